//! Refuses to build a slow H.264 encoder in silence.
//!
//! `openh264-sys2` falls back to plain C++ when `nasm` is missing, which makes encoding 2.5 times slower and says so only
//! in a log that cargo hides. Everyone who builds Confab shall learn it here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::exit;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["PATH", "NASM", "OPENH264_NO_ASM"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    if !matches!(arch.as_str(), "x86" | "x86_64") {
        return;
    }
    if env::var_os("OPENH264_NO_ASM").is_some() {
        println!(
            "cargo:warning=OPENH264_NO_ASM is set: H.264 is built without assembly and encodes 2.5 times slower"
        );
        return;
    }
    if !has_nasm() {
        eprintln!("{}", message(&arch));
        exit(1);
    }
}

/// The assembler is named by `NASM` or lies in a folder of `PATH`, as `openh264-sys2` looks for it.
fn has_nasm() -> bool {
    let name = env::var_os("NASM").map_or_else(|| PathBuf::from("nasm"), PathBuf::from);
    if name.components().count() > 1 {
        return is_program(&name);
    }
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| is_program(&folder.join(&name))))
}

fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

fn message(arch: &str) -> String {
    format!(
        "\n\
         error: `nasm` was not found on PATH.\n\n\
         Confab's H.264 codec for {arch} is built with assembly; without it encoding takes 2.5 times as long.\n\
         Install the assembler and build again:\n\n\
         \x20   Debian, Ubuntu   sudo apt-get install nasm\n\
         \x20   Fedora           sudo dnf install nasm\n\
         \x20   Arch             sudo pacman -S nasm\n\
         \x20   macOS            brew install nasm\n\
         \x20   Windows          winget install NASM.NASM   (then add its folder to PATH)\n\n\
         If OpenH264 was built before without it, rebuild it: cargo clean -p openh264-sys2\n\
         To build the slow codec on purpose, set OPENH264_NO_ASM=1.\n"
    )
}
