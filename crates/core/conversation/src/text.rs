//! Texts from people and from the network, made fit to show as text.

/// The longest line, bytes of UTF-8.
pub const MAX_TEXT: usize = 16 << 10;

/// The longest name or kind, bytes.
const MAX_WORD: usize = 256;

/// A line without control characters but line breaks and tabs, without empty space around it, cut at [`MAX_TEXT`].
pub(crate) fn clean_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept: String =
        text.chars().filter(|char| matches!(char, '\n' | '\t') || !char.is_control()).collect();
    let kept = kept.trim();
    kept[..kept.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// A short text in one line.
pub(crate) fn clean_word(text: &str) -> String {
    let kept: String = text.chars().filter(|char| !char.is_control()).collect();
    let kept = kept.trim();
    kept[..kept.floor_char_boundary(MAX_WORD)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_lines_stay() {
        for (text, clean) in [
            ("hi", "hi"),
            (" a\r\nb\tc ", "a\nb\tc"),
            ("\u{1b}[31mred\u{7}\0", "[31mred"),
            ("\u{9b}x\u{85}", "x"),
            ("\n\n", ""),
            ("<b>markup</b>", "<b>markup</b>"),
        ] {
            assert_eq!(clean_text(text), clean, "{text:?}");
        }
        assert_eq!(clean_text(&"é".repeat(MAX_TEXT)).len(), MAX_TEXT);
        assert_eq!(clean_word("a\nb"), "ab");
    }
}
