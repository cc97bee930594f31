//! `cargo xtask bench`: figures. Every bench prints JSON objects, one a line, and nothing else on standard output.

use cargo_metadata::TargetKind;
use clap::Args;

use crate::floors;
use crate::shell::{self, Failure, cargo};

/// Which benches.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Only those whose name contains this text
    name: Option<String>,
    /// Optimises as a release does; builds everything anew
    #[arg(long)]
    release: bool,
}

/// Builds all benches, then runs one after the other so that none disturbs another.
pub fn bench(options: &Options) -> Result<(), Failure> {
    let metadata = floors::metadata()?;
    let profile = if options.release { "release" } else { "dev" };
    let mut names = Vec::new();
    for package in metadata.workspace_packages() {
        let benches = package.targets.iter().filter(|target| target.is_kind(TargetKind::Bench));
        names.extend(benches.map(|target| target.name.clone()));
    }
    names.retain(|name| options.name.as_ref().is_none_or(|wanted| name.contains(wanted.as_str())));
    names.sort();
    if names.is_empty() {
        return Err(Failure::Other("there is no such bench".to_owned()));
    }
    shell::run(&mut cargo(&["build", "--workspace", "--benches", "--profile", profile]))?;
    for name in names {
        let arguments = ["bench", "--quiet", "--workspace", "--profile", profile, "--bench", &name];
        let mut command = cargo(&arguments);
        let status = command.status().map_err(|error| shell::not_started(&command, error))?;
        if !status.success() {
            return Err(Failure::Ended { line: format!("bench {name}"), code: status.code() });
        }
    }
    Ok(())
}
