//! The reference pages.

use std::process::Command;

use crate::Outcome;

/// The examples that write `docs/reference`, by their crate.
const WRITERS: [(&str, &str); 2] = [("tribunal-policy", "reference"), ("tribunal-analysis", "findings")];

/// Runs the examples that write `docs/reference`, or with `check` compares it. Processes of their own: this crate must build before
/// the tables of `tribunal-text` are there.
pub(crate) fn docs(check: bool) -> Outcome<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (package, example) in WRITERS {
        let mut command = Command::new(&cargo);
        command.args(["run", "--quiet", "--package", package, "--example", example, "--"]);
        if check {
            command.arg("--check");
        }
        if !command.current_dir(crate::here()).status()?.success() {
            return Err("the reference pages were not written, or are not as the code gives them".into());
        }
    }
    Ok(())
}
