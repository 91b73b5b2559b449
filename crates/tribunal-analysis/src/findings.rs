//! What an analysis has to say: codes, findings, the report.

use serde::{Deserialize, Serialize};
use tribunal_policy::codes::Code;
use tribunal_policy::diagnostic::{Diagnostic, Severity};
use tribunal_policy::source::{Sources, Span};

/// Version of the forms that analyses come in.
pub const FORMAT: u32 = 1;

macro_rules! codes {
    ($($name:ident = $severity:ident $id:literal: $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $title, ".")]
            pub static $name: Code = Code { id: $id, severity: Severity::$severity, title: $title, explanation: $explanation };
        )*

        /// Every kind of finding.
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    IMPOSSIBLE_RULE = Error "impossible-rule": "no item can make the rule fire",
        "Parts of its condition exclude each other, or a list it needs is empty. The parts that clash are named. Mend the condition, or retire the rule.";
    ALWAYS_TRUE = Error "always-true": "every item makes the rule fire",
        "Its condition holds whatever the item is, an empty one included. Usually an `or` or a `not` has slipped.";
    DUPLICATE_RULE = Warning "duplicate-rule": "two rules fire on the same items and do the same",
        "Keep one of them; two are changed apart from each other sooner or later.";
    REDUNDANT_RULE = Warning "redundant-rule": "another rule does the same on all its items and more",
        "Removing it changes no decision. Keep it only where its own clause or notice matters.";
    SHADOWED_RULE = Error "shadowed-rule": "other rules, as strict or stricter, decide all its items",
        "The rule fires, but no decision depends on it: whatever it asks for has been given by the rules named. Either it is dead, or one of those is too wide.";
    NARROWER_RULE = Note "narrower-rule": "a stricter rule for some of the items of a milder one",
        "Usually meant so: a ladder. Shown on request only.";
    CONFLICTING_EFFECTS = Warning "conflicting-effects": "one rule states the mildest value where another is stricter",
        "On one axis the strictest value holds, so that a rule that says `normal` does not protect the items it speaks of. Write an exception instead.";
    EXCEPTION_SWALLOWS = Error "exception-swallows": "the exceptions leave nothing of the rule",
        "Every item that the condition picks is exempted. The item shown would fire without the exception.";
    EXCEPTION_IDLE = Warning "exception-idle": "the exception never applies",
        "No item satisfies both the rule's condition and the exception: it protects nobody.";
    EXCEPTION_BYPASS = Warning "exception-bypass": "the author alone can bring about the exception of a serious rule",
        "Texts are written by the one who is judged. An exception that rests on a word or a tag can be had by adding it. Ask for something the author does not control as well, or soften the effect instead of cancelling it.";
    ALLOW_CLASH = Error "allow-clash": "a term stands on the blocking and on the exempting side",
        "The same term makes the rule fire and exempts from it, so that it can never work there. Take it out of one of the lists.";
    BARE_TERM = Warning "bare-term": "one word alone brings the strictest measure",
        "A single word, in whatever sentence, removes the item or strikes the account. Words are quoted, reclaimed and misread: ask for a second sign (`near`, a count, a field of the author), add an exception, or send the item to review instead.";
    OVERLAY_NO_EFFECT = Error "overlay-no-effect": "an override changes no decision",
        "With it and without it every item is decided alike in that market, checked over all items.";
    OVERLAY_DIRECTION = Error "overlay-direction": "an override does the contrary of what it says it is for",
        "It declares an `intent`, and there is an item that it decides the other way.";
    DISABLE_LEAK = Warning "disable-leak": "a rule switched off in a market is enforced there by others",
        "Whatever the rule would have done is done by the rules named, on every item. Switching it off has changed nothing for users.";
    UNEXPLAINED_DIVERGENCE = Warning "unexplained-divergence": "a rule means something else in a market, and nobody has written down why",
        "No override with a reason makes the difference: the rule, a term or an exception asks for the market itself. Say its `reason` or `legal_basis`, or move the difference into the market's overrides.";
    STALE_OVERLAY = Warning "stale-overlay": "an override whose time is over, or whose rule is retired",
        "Its date of review has passed, or it changes a rule that is off.";
    BELOW_FLOOR = Error "below-floor": "a market is milder where it must not be",
        "The rule is marked as a floor, and the item is decided more mildly in that market than without one.";
    COVERAGE_GAP = Warning "coverage-gap": "a category has no working rule where it is in scope",
        "The taxonomy says that the category is in scope there, but no live rule of it can fire.";
    LANGUAGE_GAP = Warning "language-gap": "the lists of a category hold no term of a language in scope",
        "The taxonomy names the language, and entries of the lists say theirs, but none says this one.";
    FIELD_DEAD = Error "field-dead": "the rule reads only texts that nobody scans",
        "None of the declared surfaces holds a text field that the rule reads.";
    MISSING_ATTRIBUTE = Warning "missing-attribute": "without an attribute the decision is milder",
        "The rule fires on the item shown, and is not judged when the attribute is absent: it fails open. Say `on_unknown: review` or `apply`, or `ignore` where that is meant.";
    THRESHOLD_GAP = Warning "threshold-gap": "two neighbouring thresholds leave a number between them",
        "One rule ends below a number and another begins above it, so that the number itself belongs to neither.";
    LADDER_INVERSION = Warning "ladder-inversion": "the worse harm is treated more mildly",
        "Every item of the rule is an item of a broader one whose category ranks as the lesser harm (`harm` of the taxonomy), and the broader rule does more. Usually one of the two effects, or a rank, is wrong.";
    INNOCENT_COLLISION = Warning "innocent-collision": "a term hits ordinary words",
        "Told with a list of words (`--words`): the term stands inside, or is read as a disguise of, words that are other words. Match whole words, or put the words into the list's `allow`.";
    CROSS_WORD_COLLISION = Warning "cross-word-collision": "a term is read across two ordinary words",
        "Told with a list of words (`--words`): the end of one word and the beginning of the next make up the term, glued in a hashtag or with the separators undone. Match whole words, or allow the pair.";
    CROSS_LANGUAGE = Warning "cross-language-homograph": "a term of one language is a common word of another",
        "Told with lists of words (`--words en=FILE`): say `only_lang` at the term, or ask for the language in the rule.";
    DEGENERATE_TERM = Error "degenerate-term": "a term so short that it hits ordinary text",
        "Matched anywhere in a text, fewer than three letters hit words that have nothing to do with it. Match a whole word, or write more of it.";
    MODE_MISMATCH = Warning "mode-mismatch": "a way to match that does not suit the script",
        "Scripts written without spaces have no word edges: `prefix`, `suffix` and `word` hit inside running text there.";
    SLOW_PATTERN = Warning "slow-pattern": "a regular expression without a literal to wait for",
        "It runs on every text that has a fitting character. The places that are followed at a byte are counted, not timed; a word has one. Give it a literal of three letters, or match terms instead.";
    EVASION_GAP = Note "evasion-gap": "a list finds less than nine tenths of the disguises of its terms",
        "Some terms of each list are written in every disguise that is known and looked for by the engine. Give the list more folds, or the term its `evasions`. `tribunal evade` tries all terms.";
    LISTED_EVASION = Warning "listed-evasion-missed": "a disguise that the list itself names is not found",
        "The term's `evasions` say that it has to be caught. Add it as a term, or give the term the folds that undo it.";
    IMPLIED_TERM = Note "implied-term": "another term of the list hits wherever this one does",
        "The list gives the same hits without it: decisions do not change when it is taken out.";
    HYGIENE = Note "hygiene": "a rule without owner, category or rationale",
        "Audits and statements of reasons need them.";
    TITLE_COLLISION = Note "title-collision": "two rules have the same title",
        "Moderators and statements of reasons tell rules apart by their titles.";
    INVISIBLE_IN_TERM = Warning "invisible-in-term": "an invisible or control character stands in a term",
        "Nobody sees it in a review. Most often it came along with a copy from a web page or a chat; type the term again.";
    NOT_NFC = Note "term-not-nfc": "a term is written with marks apart from their letters",
        "It hits the same texts as the usual form (NFC), but two people comparing lists will not find it.";
    DUPLICATE_TERM = Warning "duplicate-term": "a term stands twice in a list",
        "After folding both are one term. Keep one: whoever changes or retires the other changes nothing.";
    NUMBER_IN_TERM = Warning "number-in-term": "a spreadsheet has made a number of a term",
        "`1488.0` and `7.3E+18` are what a spreadsheet writes for a number. Type the term as it is meant, in a column formatted as text.";
    OPEN_ENDED = Note "open-ended": "a trial or an override without a day on which somebody looks again",
        "Rules in shadow or for a share of the items, and what markets change without a law that asks for it, stay until somebody remembers them. Say `review_by` (`due` lists it when the day comes), or `until`.";
    UNUSED_ACCEPTANCE = Warning "unused-acceptance": "an accepted finding that there is not",
        "The `allow:` entry names a finding that is not told (any more), or a code that is not known. Take it out, so that it does not hide the next one.";
}

/// Of which catalogue entry a code is the name.
pub(crate) static CATALOGUE: &[(&str, &Code)] = &[
    ("C1", &IMPOSSIBLE_RULE),
    ("C2", &ALWAYS_TRUE),
    ("C3", &DUPLICATE_RULE),
    ("C4", &REDUNDANT_RULE),
    ("C5", &SHADOWED_RULE),
    ("C6", &NARROWER_RULE),
    ("C7", &CONFLICTING_EFFECTS),
    ("C8", &EXCEPTION_SWALLOWS),
    ("C9", &EXCEPTION_IDLE),
    ("C10", &EXCEPTION_BYPASS),
    ("C11", &ALLOW_CLASH),
    ("C12", &BARE_TERM),
    ("O1", &OVERLAY_NO_EFFECT),
    ("O2", &OVERLAY_DIRECTION),
    ("O3", &DISABLE_LEAK),
    ("O4", &UNEXPLAINED_DIVERGENCE),
    ("O5", &STALE_OVERLAY),
    ("O6", &BELOW_FLOOR),
    ("G1", &COVERAGE_GAP),
    ("G2", &LANGUAGE_GAP),
    ("G3", &FIELD_DEAD),
    ("G4", &MISSING_ATTRIBUTE),
    ("G5", &THRESHOLD_GAP),
    ("G6", &LADDER_INVERSION),
    ("N1", &INNOCENT_COLLISION),
    ("N2", &CROSS_WORD_COLLISION),
    ("N3", &CROSS_LANGUAGE),
    ("N4", &DEGENERATE_TERM),
    ("N5", &MODE_MISMATCH),
    ("V1", &EVASION_GAP),
    ("V2", &IMPLIED_TERM),
    ("V3", &LISTED_EVASION),
    ("P1", &SLOW_PATTERN),
    ("H1", &HYGIENE),
    ("H2", &TITLE_COLLISION),
    ("H3", &INVISIBLE_IN_TERM),
    ("H4", &NOT_NFC),
    ("H5", &DUPLICATE_TERM),
    ("H6", &NUMBER_IN_TERM),
    ("H7", &OPEN_ENDED),
    ("A1", &UNUSED_ACCEPTANCE),
];

/// The code of this name or short id.
pub fn code(name: &str) -> Option<&'static Code> {
    let by_name = CODES.iter().copied().find(|code| code.id == name);
    by_name.or_else(|| CATALOGUE.iter().find(|(id, _)| id.eq_ignore_ascii_case(name)).map(|(_, code)| *code))
}

/// The short id of a code in the catalogue (`C5`).
pub fn short_id(code: &Code) -> &'static str {
    CATALOGUE.iter().find(|(_, other)| other.id == code.id).map_or("", |(id, _)| id)
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The engine has decided the items shown, just as it says.
    Confirmed,
    /// It holds for all items: every other possibility was excluded. An item shown has been decided by the engine.
    Proved,
    /// Read off the policy's text.
    Read,
}

/// A made-up item of a finding, as the engine decided it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// What it shows.
    pub what: String,
    /// The item, as a line of `items.jsonl`.
    pub item: serde_json::Value,
    /// The decision: axis to value (labels joined by `, `); only what is not the mildest.
    pub decision: Vec<(String, String)>,
    /// Rules that fired.
    pub rules: Vec<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The code.
    pub code: String,
    /// Its short id in the catalogue (`C5`).
    pub id: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// How sure it is.
    pub status: Status,
    /// The sentence.
    pub message: String,
    /// The rule, list or market it is about, first; then the others.
    pub subjects: Vec<String>,
    /// Markets in which it holds; `*` stands for items without a market. Empty: it does not depend on markets.
    pub markets: Vec<String>,
    /// Items.
    pub items: Vec<Shown>,
    /// It was accepted until this day, which has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_until: Option<String>,
    /// Parts of conditions, or rules, that suffice for a proof.
    pub because: Vec<String>,
    /// Where: `rules/firearms.yaml:12`.
    pub place: String,
    #[serde(skip)]
    pub(crate) span: Option<Span>,
}

impl Finding {
    pub(crate) fn new(code: &'static Code, status: Status, span: Span, message: impl Into<String>) -> Finding {
        Finding {
            code: code.id.to_owned(),
            id: short_id(code).to_owned(),
            severity: code.severity.name().to_owned(),
            status,
            message: message.into(),
            subjects: Vec::new(),
            markets: Vec::new(),
            items: Vec::new(),
            accepted_until: None,
            because: Vec::new(),
            place: String::new(),
            span: Some(span),
        }
    }

    #[must_use]
    pub(crate) fn about(mut self, subjects: impl IntoIterator<Item = String>) -> Finding {
        self.subjects.extend(subjects);
        self
    }

    #[must_use]
    pub(crate) fn markets(mut self, markets: Vec<String>) -> Finding {
        self.markets = markets;
        self
    }

    #[must_use]
    pub(crate) fn item(mut self, shown: Shown) -> Finding {
        self.items.push(shown);
        self
    }

    #[must_use]
    pub(crate) fn because(mut self, because: Vec<String>) -> Finding {
        self.because = because;
        self
    }

    /// For the renderers of diagnostics (people, SARIF).
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        let code = code(&self.code)?;
        let span = self.span?;
        let mut out = Diagnostic::new(code, span, self.message.clone());
        for because in &self.because {
            out = out.note(because.clone());
        }
        if let Some(until) = &self.accepted_until {
            out = out.note(format!("it was accepted until {until}"));
        }
        if !self.markets.is_empty() {
            out = out.note(format!("in {}", markets(&self.markets)));
        }
        for shown in &self.items {
            let decision: Vec<String> = shown.decision.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
            let decision = if decision.is_empty() { "nothing".to_owned() } else { decision.join(", ") };
            let rules = if shown.rules.is_empty() { String::new() } else { format!(" by {}", shown.rules.join(", ")) };
            out = out.note(format!("{}: {} → {decision}{rules}", shown.what, shown.item));
        }
        Some(out.help(code.explanation))
    }
}

/// `US, CA and 14 more markets`.
pub fn markets(names: &[String]) -> String {
    let shown = |name: &String| if name == "*" { "items without a market".to_owned() } else { name.clone() };
    let first: Vec<String> = names.iter().take(3).map(shown).collect();
    match names.len().saturating_sub(3) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The findings about a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Version of this form.
    pub format: u32,
    /// Id, version and digest of the policy.
    pub policy: crate::PolicyName,
    /// The findings, by severity, then place.
    pub findings: Vec<Finding>,
    /// Findings that the policy says are accepted; they are not among the others.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    /// Findings of each severity.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Notes; those that are only counted unless asked for are among them.
    pub notes: u64,
    /// Findings that the engine would not confirm, by code: shown to nobody.
    pub suspected: Vec<(String, u64)>,
    /// Every question that has no answer, and why.
    #[serde(default)]
    pub left_open: Vec<LeftOpen>,
    /// Where the taxonomy says that a category is in scope, and which rules work there.
    #[serde(default)]
    pub coverage: Vec<CoverageCell>,
    /// What was not looked at.
    pub not_checked: Vec<String>,
    /// What it cost.
    pub effort: Effort,
}

/// A question without an answer: neither told as a finding nor taken as settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOpen {
    /// The code of the finding that it would be; `diff` where two policies are compared.
    pub code: String,
    /// The rules (lists, markets) it is about.
    pub about: Vec<String>,
    /// Why there is none.
    pub why: Why,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It took more steps than it may.
    Budget,
    /// The engine did not confirm what was found.
    Refuted,
}

/// A category where it is in scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoverageCell {
    /// The category.
    pub category: String,
    /// The market; `*`: items without one.
    pub market: String,
    /// The field; `*`: the taxonomy names none.
    pub field: String,
    /// The language; `*`: the taxonomy names none.
    pub language: String,
    /// Live rules of the category that can fire there.
    pub rules: Vec<String>,
    /// An item that passes where there is none.
    pub through: Option<Shown>,
}

/// A finding that somebody accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// Last day on which it is.
    pub until: Option<String>,
    /// Who accepted it.
    pub owner: Option<String>,
    /// Where that is written.
    pub place: String,
}

/// What an analysis cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// Rules, in all their forms over the markets.
    pub forms: u64,
    /// Questions to the solver.
    pub solver_calls: u64,
    /// Items run through the engine.
    pub items_run: u64,
    /// Steps of the solver.
    #[serde(default)]
    pub steps: u64,
}

/// The findings as SARIF 2.1.0; accepted ones are there as suppressed in the source.
pub fn sarif(analysis: &Analysis, notes: bool, sources: &Sources) -> serde_json::Value {
    let shown = analysis.findings.iter().filter(|finding| notes || finding.severity != "note");
    let open: Vec<Diagnostic> = shown.filter_map(Finding::diagnostic).collect();
    let accepted: Vec<(Diagnostic, &Accepted)> = analysis.accepted.iter().filter_map(|accepted| Some((accepted.finding.diagnostic()?, accepted))).collect();
    let all: Vec<Diagnostic> = open.iter().cloned().chain(accepted.iter().map(|(diagnostic, _)| diagnostic.clone())).collect();
    let mut log = tribunal_policy::render::sarif(&all, sources);
    if let Some(results) = log.pointer_mut("/runs/0/results").and_then(serde_json::Value::as_array_mut) {
        for (result, (_, accepted)) in results.iter_mut().skip(open.len()).zip(&accepted) {
            result["suppressions"] = serde_json::json!([{"kind": "inSource", "status": "accepted", "justification": accepted.reason}]);
        }
    }
    log
}

pub(crate) fn place(sources: &Sources, span: Span) -> String {
    format!("{}:{}", sources.path(span.file), sources.line(span))
}
