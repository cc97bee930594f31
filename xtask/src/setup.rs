//! `cargo xtask setup`: what a fresh machine lacks. Asks nothing when nothing is missing.

mod packages;
mod page;

use std::process::Command;

use clap::Args;

use crate::shell::{self, Failure};
use packages::{PACKAGES, Package, Use};

/// How to set up.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Options {
    /// Says what is missing and installs nothing
    #[arg(long)]
    no_install: bool,
    /// Also what the tests need
    #[arg(long)]
    tests: bool,
}

impl Options {
    /// What building and running needs, or also what the tests need.
    pub fn new(tests: bool) -> Options {
        Options { tests, no_install: std::env::var_os("CONFAB_NO_INSTALL").is_some() }
    }
}

/// Installs missing system packages where we know how, fetches the page's packages and builds the page.
pub fn setup(options: &Options) -> Result<(), Failure> {
    system(options)?;
    page()
}

/// Fetches the page's packages and builds the page.
pub fn page() -> Result<(), Failure> {
    page::fetch()?;
    page::build()
}

fn system(options: &Options) -> Result<(), Failure> {
    let wanted = |package: &&Package| options.tests || package.purpose != Use::Test;
    if !is_debian() {
        if cfg!(target_os = "linux") {
            eprintln!(
                "This is no Debian or Ubuntu, so nothing is installed. Under their Debian names, Confab needs:"
            );
            PACKAGES.iter().filter(wanted).for_each(|package| eprintln!("  {package}"));
        } else {
            eprintln!(
                "Needed besides Rust: a C++ compiler, CMake, NASM and libclang. Nothing is installed for you here."
            );
        }
        return Ok(());
    }
    let missing: Vec<&Package> =
        PACKAGES.iter().filter(wanted).filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Missing on this machine:");
    missing.iter().for_each(|package| eprintln!("  {package}"));
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    if options.no_install {
        return Err(Failure::Other(format!("install them with: sudo apt-get install {}", names.join(" "))));
    }
    // A list of packages that is out of date names versions that are gone, so the first step is a new list.
    shell::run(&mut apt_get(&["update", "-q"]))?;
    let arguments = ["install", "-y", "-q", "--no-install-recommends"];
    shell::run(&mut apt_get(&[&arguments[..], &names].concat()))
}

fn is_debian() -> bool {
    cfg!(target_os = "linux") && shell::exists("apt-get") && shell::exists("dpkg-query")
}

fn is_installed(package: &Package) -> bool {
    let status =
        |name: &str| shell::output("dpkg-query", &["--show", "--showformat=${db:Status-Status}", name]);
    // A multi-arch package is listed once for each architecture.
    let installed = |name: &str| {
        status(name).is_some_and(|status| status.contains("installed") && !status.contains("not-installed"))
    };
    installed(package.name) || package.instead.iter().any(|name| installed(name))
}

fn apt_get(arguments: &[&str]) -> Command {
    let root = shell::output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let mut command = if root { Command::new("env") } else { Command::new("sudo") };
    command.arg("DEBIAN_FRONTEND=noninteractive").arg("apt-get").args(arguments);
    command
}
