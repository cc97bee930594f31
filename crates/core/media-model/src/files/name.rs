//! File names from the network, made safe to show and to use on every system.

/// The longest safe name, bytes. Every file system takes 255; the rest is for numbers and endings of partial files.
pub const MAX_NAME: usize = 200;

/// The longest ending that survives shortening, bytes, with its dot.
const MAX_ENDING: usize = 24;

/// Names that Windows gives to devices, with any ending, in any case.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The name without its path, control and direction characters, characters and words that a system reserves, and dots and spaces at either
/// end; 1 to [`MAX_NAME`] bytes. Applying it twice changes nothing more.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim_matches(is_edge).is_empty());
    let kept = last.unwrap_or_default().chars().filter(|char| !is_dropped(*char));
    let clean: String = kept.map(|char| if is_reserved(char) { '_' } else { char }).collect();
    let clean = shortened(clean.trim_matches(is_edge));
    let clean = clean.trim_matches(is_edge);
    match clean {
        "" => "file".to_owned(),
        // A name this long is no device's.
        name if is_device(name) => format!("_{name}"),
        name => name.to_owned(),
    }
}

/// Divides a safe name into its stem and its ending with the dot, which may be empty.
pub fn divide_name(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_ENDING => name.split_at(dot),
        _ => (name, ""),
    }
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let (stem, ending) = divide_name(name);
    let stem = &stem[..stem.floor_char_boundary(MAX_NAME - ending.len())];
    format!("{}{ending}", stem.trim_end_matches(is_edge))
}

fn is_edge(char: char) -> bool {
    char == '.' || char.is_whitespace()
}

/// Control characters, line separators, and what reorders or hides text on the screen.
fn is_dropped(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

fn is_reserved(char: char) -> bool {
    matches!(char, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device).map(|rest| rest.chars().collect::<Vec<_>>());
        matches!(number.as_deref(), Some(['0'..='9' | '¹' | '²' | '³']))
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests;
