//! Everybody in the race, behind one trait.

pub(crate) mod automata;
pub(crate) mod hyperscan;
pub(crate) mod regexes;
pub(crate) mod tribunal;
#[cfg(feature = "yara")]
pub(crate) mod yara;

use crate::conditions::Program;
use crate::corpus::Item;
use crate::policies::Reading;
use crate::rules::RuleSet;

/// One thread's scanner: pushes the numbers of the rules that hold, in any order.
pub(crate) trait Scanner {
    fn scan(&mut self, item: &Item, out: &mut Vec<u32>);

    /// What it counted of its own work, for a line of text.
    fn counted(&mut self) -> Option<String> {
        None
    }
}

impl<F: FnMut(&Item, &mut Vec<u32>)> Scanner for F {
    #[inline]
    fn scan(&mut self, item: &Item, out: &mut Vec<u32>) {
        self(item, out);
    }
}

/// What a rival's answers are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// The naive reading of ASCII letters in either case.
    Ascii,
    /// The naive reading of folded text.
    Folded,
    /// The oracle: the slow second implementation of the language.
    Oracle,
    /// It answers nothing: a pass over the text.
    Nothing,
}

/// A rival, built. It lives as long as the program: scanners of several threads borrow from it.
pub(crate) struct Rival {
    pub(crate) right: Right,
    pub(crate) make: Box<dyn Fn() -> Box<dyn Scanner> + Sync>,
    /// Bytes that the counting allocator does not see.
    pub(crate) outside: usize,
    pub(crate) note: String,
}

impl Rival {
    fn new<S: Scanner + 'static>(right: Right, make: impl Fn() -> S + Sync + 'static) -> Rival {
        Rival { right, make: Box::new(move || Box::new(make())), outside: 0, note: String::new() }
    }
}

/// The rules of one race in the forms that rivals take.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) set: &'static RuleSet,
    pub(crate) program: &'static Program,
}

impl Rules {
    /// Kept for the rest of the run.
    pub(crate) fn new(set: RuleSet) -> Rules {
        let set = leak(set);
        Rules { set, program: leak(Program::new(set)) }
    }
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The names that [`build`] knows.
pub(crate) const PASS: &str = "simdutf8";
/// *Whole* with the set of instructions that follows.
pub(crate) const FORCED: &str = "tribunal whole, ";

/// Builds a rival by its name.
pub(crate) fn build(name: &str, rules: Rules) -> Result<Rival, String> {
    use aho_corasick::AhoCorasickKind::{ContiguousNFA, DFA};
    match name {
        PASS => Ok(Rival::new(Right::Nothing, || {
            |item: &Item, _: &mut Vec<u32>| {
                std::hint::black_box(simdutf8::basic::from_utf8(item.caption.as_bytes()).is_ok());
            }
        })),
        "tribunal like" => tribunal::build(rules.set, Reading::Like),
        "tribunal whole" => tribunal::build(rules.set, Reading::Whole),
        "tribunal loaded" => tribunal::loaded(rules.set),
        name if name.starts_with(FORCED) => tribunal::forced(rules.set, name.trim_start_matches(FORCED)),
        "tribunal evasive" => tribunal::build(rules.set, Reading::Evasive),
        "hyperscan literals" => hyperscan::literals(rules),
        "hyperscan regexes" => hyperscan::everything(rules),
        "aho-corasick nfa" => automata::aho_corasick(rules, ContiguousNFA),
        "aho-corasick dfa" => automata::aho_corasick(rules, DFA),
        "daachorse bytes" => automata::daachorse_bytes(rules),
        "daachorse chars" => automata::daachorse_chars(rules),
        "aho-corasick + RegexSet" => regexes::with_automaton(rules),
        "RegexSet" => regexes::set(rules),
        "regex-filtered" => regexes::filtered(rules),
        #[cfg(feature = "yara")]
        "yara-x" => yara::build(rules.set),
        #[cfg(not(feature = "yara"))]
        "yara-x" => Err("built without it".to_owned()),
        _ => Err("no such rival".to_owned()),
    }
}
