//! Golden output of every verb. `TRYCMD=overwrite cargo test -p tribunal-cli` writes it anew.

#[test]
fn golden() {
    let cases = trycmd::TestCases::new();
    cases.insert_var("[VERSION]", env!("CARGO_PKG_VERSION")).unwrap_or_else(|error| unreachable!("a version is a plain text: {error}"));
    cases.case("tests/cmd/*.trycmd");
}
