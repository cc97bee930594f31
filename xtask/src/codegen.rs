//! `cargo xtask codegen`: the TypeScript of the contract, written by the test that otherwise compares it.

use crate::shell::{self, Failure, cargo};

/// Writes `ui/src/contract/`.
pub fn codegen() -> Result<(), Failure> {
    let arguments = ["test", "--quiet", "--package", "confab-contract", "--test", "typescript"];
    shell::run(cargo(&arguments).env("CONFAB_CODEGEN", "write"))
}
