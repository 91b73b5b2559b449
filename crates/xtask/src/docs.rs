//! The reference pages.

use std::process::Command;

use crate::Outcome;

/// Runs the example of `tribunal-policy` that writes `docs/reference`, or with `check` compares it. A process of its own:
/// this crate must build before the tables of `tribunal-text` are there.
pub(crate) fn docs(check: bool) -> Outcome<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "tribunal-policy", "--example", "reference", "--"]);
    if check {
        command.arg("--check");
    }
    match command.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
        true => Ok(()),
        false => Err("the reference pages were not written, or are not as the code gives them".into()),
    }
}
