//! Writes `docs/reference/findings.md` from the codes of findings and from the policies in `tests/findings`, each of which shows its
//! code as it is rendered: `cargo run -p xtask -- docs [--check]` runs this.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use tribunal_analysis::evade::Words;
use tribunal_analysis::{CODES, Options, WordList, analyze, short_id};
use tribunal_policy::{load_str, render};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-01, for dates of review.
const TODAY: i64 = 1_793_491_200;

fn main() -> Outcome<()> {
    let check = std::env::args().nth(1).as_deref() == Some("--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("docs/reference/findings.md");
    let page = page(&root.join("tests/findings"))?;
    if !check {
        std::fs::write(&path, page)?;
        println!("wrote docs/reference/findings.md");
    } else if std::fs::read_to_string(&path).unwrap_or_default() != page {
        return Err("docs/reference/findings.md differs from what the code gives; run `xtask docs`".into());
    }
    Ok(())
}

fn page(folder: &Path) -> Outcome<String> {
    let words = Words::parse(&std::fs::read_to_string(folder.join("words.tsv"))?)?;
    let options = Options { today: Some(TODAY), words: vec![WordList { lang: Some("en".to_owned()), words }], ..Options::default() };
    let mut out = String::from(
        "<!-- Written by `cargo run -p xtask -- docs`. Change the code, not this page. -->\n\n# Findings of `tribunal analyze`\n\nEach is switched off by \
         `--disable CODE` (or its short id), and accepted where the policy says so, with a reason:\n\n```yaml\nrules:\n  - id: insult\n    # …\n    allow: \
         [{code: bare-term, reason: Reviewed with the regional team., until: 2027-01-31, owner: safety}]\n```\n\nAt the top of a file such an entry names what \
         it is `about:` (a rule, list, category or market, or several with commas between). Past its `until` the finding is told again.\n",
    );
    for code in CODES {
        let text = std::fs::read_to_string(folder.join(format!("{}.yaml", code.id)))?;
        let loaded = load_str("policy.yaml", &text);
        let policy = Arc::new(loaded.policy.ok_or_else(|| format!("{}: {:?}", code.id, loaded.diagnostics))?);
        let analysis = analyze(&policy, &options)?;
        let finding =
            analysis.findings.iter().find(|finding| finding.code == code.id).ok_or_else(|| format!("{}: not found: {:?}", code.id, analysis.findings))?;
        let diagnostic = finding.diagnostic().ok_or("no place")?;
        let rendered = render::human(&[diagnostic], &loaded.sources, false);
        let _ = write!(
            out,
            "\n## {}\n\n{} · {} · {}\n\n{}\n\n```yaml\n{text}```\n\n```text\n{rendered}```\n",
            code.id,
            short_id(code),
            code.severity.name(),
            code.title,
            code.explanation
        );
    }
    Ok(out)
}
