use confab_types::Chance;

use super::*;

#[test]
fn names_lose_what_is_dangerous_and_keep_the_rest() {
    for (name, safe) in [
        ("report.pdf", "report.pdf"),
        ("Ünïcode 文件 😀.txt", "Ünïcode 文件 😀.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\calc.exe", "calc.exe"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("folder/", "folder"),
        (".bashrc", "bashrc"),
        ("name. . .", "name"),
        ("  spaces  ", "spaces"),
        ("a\0b\nc\u{7f}", "abc"),
        ("photo\u{202e}gpj.exe", "photogpj.exe"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("Com1", "_Com1"),
        ("lpt³.log", "_lpt³.log"),
        ("com10", "com10"),
        ("aux .c", "_aux .c"),
        ("what?*<>|\":", "what_______"),
        ("a:b", "a_b"),
        ("archive.tar.gz", "archive.tar.gz"),
    ] {
        assert_eq!(safe_name(name), safe, "{name:?}");
    }
}

#[test]
fn long_names_are_shortened_before_their_ending() {
    for stem in ["x", "é", "文", "😀"] {
        let name = safe_name(&format!("{}.jpeg", stem.repeat(300)));
        assert!(name.len() <= MAX_NAME && name.len() > MAX_NAME - 8 && name.ends_with(".jpeg"), "{name}");
    }
    let name = safe_name(&format!("a.{}", "e".repeat(400)));
    assert_eq!(name.len(), MAX_NAME);
}

#[test]
fn three_hundred_hostile_names_are_safe_and_stay_as_they_are() {
    const PARTS: [&str; 30] = [
        "..",
        "/",
        "\\",
        "con",
        "NUL",
        "com1",
        ".",
        " ",
        "\0",
        "\n",
        "\u{202e}",
        "\u{2066}",
        "a",
        "é",
        "😀",
        ".exe",
        "?",
        "*",
        ":",
        "%2e%2e%2f",
        "~",
        "$HOME",
        "\u{feff}",
        "\u{a0}",
        "file://",
        "\\\\?\\",
        "-rf",
        "\u{ad}",
        "\u{3000}",
        "文",
    ];
    let mut chance = Chance::from_number(7);
    for _ in 0..300 {
        let parts = 1 + chance.below(120);
        let name: String = (0..parts).map(|_| PARTS[chance.below(30) as usize]).collect();
        let safe = safe_name(&name);
        assert!((1..=MAX_NAME).contains(&safe.len()), "{name:?}");
        assert!(
            !safe.contains(['/', '\\', ':', '*', '?']) && !safe.chars().any(is_dropped),
            "{name:?}: {safe:?}"
        );
        assert!(
            !safe.starts_with(is_edge) && !safe.ends_with(is_edge) && !is_device(&safe),
            "{name:?}: {safe:?}"
        );
        assert_eq!(safe_name(&safe), safe, "{name:?}");
    }
}
