use std::collections::BTreeSet;

use confab_types::Chance;

use super::*;

struct Folder(Downloads);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("confab-downloads-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(Downloads::at(path.join("Downloads")))
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<String, FileFault> {
        let hash = hash_of(bytes);
        let mut part = self.0.begin(name, bytes.len() as u64, Some(hash), |_| {})?;
        part.write(bytes, hash)?;
        self.0.finish(part)
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.0.folder()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.folder().parent().expect("it was joined"));
    }
}

#[test]
fn three_hundred_hostile_names_stay_inside_the_folder_and_overwrite_nothing() {
    const PARTS: [&str; 24] = [
        "..", "/", "\\", "con", "NUL", ".", " ", "\0", "\r\n", "\u{202e}", "a", "é", "😀", ".exe", "?", "*",
        ":", "../../", "C:", "~", "$HOME", "\u{feff}", "file:///", "-rf",
    ];
    let folder = Folder::new("hostile");
    let mut chance = Chance::from_number(11);
    for number in 0..300_u32 {
        let parts = 1 + chance.below(100);
        let name: String = (0..parts).map(|_| PARTS[chance.below(24) as usize]).collect();
        let saved =
            folder.save(&name, &number.to_be_bytes()).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let file = saved.strip_prefix("Downloads/").unwrap();
        assert_eq!(fs::read(folder.0.folder().join(file)).unwrap(), number.to_be_bytes());
    }
    assert_eq!(folder.names().len(), 300, "each has a name of its own, and nothing partial is left");
    let above = fs::read_dir(folder.0.folder().parent().unwrap()).unwrap().count();
    assert_eq!(above, 1, "nothing was made outside");
}

#[test]
fn a_name_that_is_taken_gets_a_number() {
    let folder = Folder::new("taken");
    for expected in ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"] {
        assert_eq!(folder.save("a.tar.gz", b"x"), Ok(format!("Downloads/{expected}")));
    }
    // A name that is taken while the file grows.
    let hash = hash_of(b"y");
    let mut part = folder.0.begin("late", 1, Some(hash), |_| {}).unwrap();
    part.write(b"y", hash).unwrap();
    fs::write(folder.0.folder().join("late"), b"mine").unwrap();
    assert_eq!(folder.0.finish(part), Ok("Downloads/late (2)".to_owned()));
    assert_eq!(fs::read(folder.0.folder().join("late")).unwrap(), b"mine");
}

#[test]
fn two_of_the_same_file_at_once_do_not_share_a_part() {
    let folder = Folder::new("twice");
    let hash = hash_of(b"xy");
    let mut first = folder.0.begin("a", 2, Some(hash), |_| {}).unwrap();
    let mut second = folder.0.begin("a", 2, Some(hash), |_| {}).unwrap();
    first.write(b"xy", hash).unwrap();
    second.write(b"xy", hash).unwrap();
    assert_eq!(folder.0.finish(first), Ok("Downloads/a".to_owned()));
    assert_eq!(folder.0.finish(second), Ok("Downloads/a (2)".to_owned()));
    assert_eq!(folder.names().len(), 2);
}

#[test]
fn a_part_of_another_file_or_with_a_broken_list_is_not_gone_on_with() {
    for list in ["", "confab-part-1 2 -\n", "garbage\nmore", "confab-part-1 99 00\n"] {
        let folder = Folder::new("broken");
        fs::create_dir_all(folder.0.folder()).unwrap();
        fs::write(folder.0.folder().join("a.part"), b"xy").unwrap();
        fs::write(folder.0.folder().join("a.part.pieces"), list).unwrap();
        assert_eq!(folder.save("a", b"xy"), Ok("Downloads/a".to_owned()), "{list:?}");
        assert_eq!(
            fs::read(folder.0.folder().join("a.part")).unwrap(),
            b"xy",
            "what is not ours is left alone"
        );
    }
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    let folder = Folder::new("links");
    fs::create_dir_all(folder.0.folder()).unwrap();
    let outside = folder.0.folder().parent().unwrap().join("outside");
    fs::write(&outside, b"precious").unwrap();
    for name in ["a", "b.part", "c.part.pieces"] {
        std::os::unix::fs::symlink(&outside, folder.0.folder().join(name)).unwrap();
    }
    for name in ["a", "b", "c"] {
        assert_eq!(
            folder.save(name, b"hello there"),
            Ok(format!("Downloads/{name}{}", if name == "a" { " (2)" } else { "" }))
        );
    }
    assert_eq!(fs::read(outside).unwrap(), b"precious");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_says_so() {
    let folder = Folder::new("denied");
    fs::create_dir_all(folder.0.folder().parent().unwrap()).unwrap();
    fs::write(folder.0.folder(), b"a file where the folder should be").unwrap();
    assert!(matches!(folder.save("a", b"x"), Err(FileFault::Unwritable(_))));
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    assert_eq!(unwritable(&full), FileFault::DiskFull);
    assert!(matches!(unwritable(&denied), FileFault::Denied(_)));
}
