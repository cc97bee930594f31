//! Puts the guests' page into the program: every file of `ui/dist-guest`, which `cargo xtask setup` builds.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it")).join("../../..");
    let folder = root.join("ui/dist-guest");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    if !files.iter().any(|file| file.ends_with("guest.html")) {
        println!(
            "cargo::warning=the guests' page is not built, so guests see a notice instead: run `cargo xtask setup` and build again"
        );
    }
    // Copies, so that a page that is built anew meanwhile does not break this build.
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    let mut source = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&folder).expect("it is inside").to_string_lossy().replace('\\', "/");
        let copy = target.join(format!("page-{number}"));
        if let Err(error) = fs::copy(file, &copy) {
            println!("cargo::warning={name} of the guests' page is gone ({error}): build again");
            continue;
        }
        writeln!(source, "    ({name:?}, include_bytes!({:?})),", copy.display().to_string())
            .expect("writing to a String does not fail");
    }
    source.push_str("]\n");
    fs::write(target.join("page.rs"), source).expect("the folder for what is generated can be written");
}

/// Every file below a folder; none when there is no folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
