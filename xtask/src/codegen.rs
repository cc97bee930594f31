//! `cargo xtask codegen`: the TypeScript of the contract, written by the test that otherwise compares it.

use crate::shell::{self, Failure, cargo};

/// Writes `ui/src/contract/`.
pub fn codegen() -> Result<(), Failure> {
    // Of the whole workspace, so that features are those of every other build.
    let arguments = ["test", "--quiet", "--workspace", "--test", "typescript"];
    shell::run(cargo(&arguments).env("CONFAB_CODEGEN", "write"))
}
