//! Literals of what is left of a text when the letters alone are kept.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::literals::{LEAST, Literal, Stands, cost, is_edge, is_word_edge, usable};

/// The letter that stands for each byte of ASCII in a squeezed text, in which a row of one letter is written once; 0 for what is dropped, as everything beyond ASCII is.
///
/// `S.h-1 ttt` becomes `shit`: whatever an expression allows between and in place of its letters (`s+h+i+t+`, `s[ .-]h[ .-]i[ .-]t`,
/// `[s5$]h[i1!]t`) is gone, so that one literal stands for all of it.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(crate) const CLASSES: [u8; 128] = {
    let mut classes = [0; 128];
    let mut letter = b'a';
    while letter <= b'z' {
        classes[letter as usize] = letter;
        classes[letter.to_ascii_uppercase() as usize] = letter;
        letter += 1;
    }
    let alike: [(u8, &[u8]); 9] =
        [(b'a', b"4@"), (b'b', b"689"), (b'c', b"(<"), (b'e', b"3"), (b'i', b"lL1!|"), (b'o', b"0"), (b's', b"5$"), (b't', b"7+"), (b'z', b"2")];
    let mut at = 0;
    while at < alike.len() {
        let (letter, others) = alike[at];
        let mut other = 0;
        while other < others.len() {
            classes[others[other] as usize] = letter;
            other += 1;
        }
        at += 1;
    }
    classes
};

/// The characters that a letter of a squeezed text stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Whether a word begins or ends before one of them, and behind one.
    pub(crate) stands: Stands,
    /// Bytes of the text from the first on, and to where the next row begins; what is dropped may stand between.
    from: u32,
    to: u32,
}

impl Row {
    /// The row of a letter, by the bytes at which they begin.
    pub(crate) fn of(text: &[u8], begins: &[u32], letter: usize) -> Option<Row> {
        let from = *begins.get(letter)?;
        let to = begins.get(letter + 1).copied().unwrap_or(u32::try_from(text.len()).unwrap_or(u32::MAX));
        let row = Row { stands: Stands::ANYHOW, from, to };
        let stands = |stands: Stands, at: u32| {
            let edges = [is_edge(text, at as usize), is_edge(text, at as usize + 1)];
            stands.with(Stands::FIRST_AT_EDGE, edges[0]).with(Stands::LAST_AT_EDGE, edges[1])
        };
        Some(Row { stands: row.places(text, false).fold(row.stands, stands), ..row })
    }

    /// The bytes of the text that are of the row; with `at_edge` those alone before which a word may begin or end.
    pub(crate) fn places(self, text: &[u8], at_edge: bool) -> impl Iterator<Item = u32> {
        (self.from..self.to).filter(move |at| {
            let at = *at as usize;
            text.get(at).is_some_and(|byte| letter(*byte) != 0) && (!at_edge || is_edge(text, at))
        })
    }
}

/// What one of which has to stand in a squeezed text: the rarest such set.
pub(crate) fn squeezed(hir: &Hir) -> Option<Vec<Literal>> {
    match hir.kind() {
        HirKind::Capture(capture) => squeezed(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().map(squeezed).collect::<Option<Vec<_>>>().map(|sets| sets.concat()),
        kind => {
            let mut stretches = Stretches::default();
            stretches.walk(hir);
            stretches.end();
            let stretch = stretches.best.map(|best| vec![best]);
            let parts = if let HirKind::Concat(parts) = kind { parts.as_slice() } else { &[] };
            let inside = |part: &Hir| Some(squeezed(part)?.into_iter().map(Literal::inside).collect());
            stretch.into_iter().chain(parts.iter().filter_map(inside)).filter(|set| usable(set)).min_by(|a, b| cost(a).total_cmp(&cost(b)))
        }
    }
}

/// The stretches of letters that are there in every match, from left to right.
#[derive(Default)]
struct Stretches {
    here: Vec<u8>,
    /// As far as is known.
    stands: Stands,
    /// The rarest that has ended.
    best: Option<Literal>,
    /// Some part may be one thing or another.
    broken: bool,
    /// Some part is dropped from a squeezed text.
    loose: bool,
    /// Some part is before this.
    begun: bool,
    /// An edge stands here, and nothing but it since.
    at_edge: bool,
    /// Here ends the last letter, and nothing has been dropped since.
    at_letter: bool,
}

impl Stretches {
    fn push(&mut self, letter: u8) {
        if letter == 0 {
            return self.gap();
        }
        if self.here.is_empty() {
            self.stands = Stands::ANYHOW.with(Stands::FIRST_AT_EDGE, self.at_edge).with(Stands::AT_BEGIN, !self.begun);
        }
        if self.here.last() != Some(&letter) {
            self.here.push(letter);
        }
        self.stands = self.stands.without(Stands::LAST_AT_EDGE);
        (self.begun, self.at_edge, self.at_letter) = (true, false, true);
    }

    /// Something that is dropped, or may be.
    fn gap(&mut self) {
        self.stands = self.stands.without(Stands::LAST_AT_EDGE);
        (self.begun, self.loose, self.at_edge, self.at_letter) = (true, true, false, false);
    }

    fn edge(&mut self) {
        self.at_edge = true;
        if self.at_letter {
            self.stands = self.stands.with(Stands::LAST_AT_EDGE, true);
        }
    }

    fn end(&mut self) {
        let here = std::mem::take(&mut self.here);
        let stands = std::mem::take(&mut self.stands);
        self.at_letter = false;
        self.keep(Literal { bytes: here, stands });
    }

    /// The rarer of a stretch and the best.
    fn keep(&mut self, stretch: Literal) {
        let rarer = |best: &Literal| cost(std::slice::from_ref(&stretch)) < cost(std::slice::from_ref(best));
        if stretch.bytes.len() >= LEAST && self.best.as_ref().is_none_or(rarer) {
            self.best = Some(stretch);
        }
    }

    fn unsure(&mut self) {
        self.end();
        self.gap();
        self.broken = true;
    }

    fn walk(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty => {}
            HirKind::Look(look) => {
                if is_word_edge(*look) {
                    self.edge();
                }
            }
            HirKind::Literal(literal) => literal.0.iter().for_each(|byte| self.push(letter(*byte))),
            HirKind::Class(class) => match one_letter(class) {
                Some(letter) => self.push(letter),
                None => self.unsure(),
            },
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
            HirKind::Repetition(repetition) => {
                // Walked once, however deep repetitions nest.
                let mut inside = Stretches::default();
                inside.walk(&repetition.sub);
                self.repeated(inside, repetition.min > 0);
            }
            HirKind::Alternation(parts) => {
                let mut images = parts.iter().map(exact);
                match images.next().flatten() {
                    Some(first) if images.all(|image| image.as_ref() == Some(&first)) => {
                        self.gap();
                        first.iter().for_each(|letter| self.push(*letter));
                        self.gap();
                    }
                    _ => self.unsure(),
                }
            }
        }
    }

    /// A part that is there several times, `surely` at least once.
    fn repeated(&mut self, mut inside: Stretches, surely: bool) {
        match inside.here.as_slice() {
            _ if inside.broken => {
                self.unsure();
                if surely {
                    inside.end();
                    inside.best.into_iter().for_each(|best| self.keep(best.inside()));
                }
            }
            [] => {
                if inside.loose {
                    self.gap();
                }
            }
            // More of the letter before it is no more.
            [letter] if surely || self.here.last() == Some(letter) => {
                let at_letter = self.at_letter;
                if inside.loose {
                    self.gap();
                }
                self.push(*letter);
                self.at_letter &= surely || at_letter;
                if inside.loose {
                    self.gap();
                }
            }
            letters => {
                if inside.loose {
                    self.gap();
                }
                if surely {
                    letters.iter().for_each(|letter| self.push(*letter));
                }
                self.unsure();
            }
        }
    }
}

/// What is left of every match, squeezed, where that is the same for all.
fn exact(hir: &Hir) -> Option<Vec<u8>> {
    let mut stretches = Stretches::default();
    stretches.walk(hir);
    (!stretches.broken).then_some(stretches.here)
}

fn letter(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The letter that all characters of a class are, or 0 where all are dropped.
fn one_letter(class: &Class) -> Option<u8> {
    let mut found = None;
    let mut take = |low: u32, high: u32| {
        let ascii = (low..=high.min(0x7f)).map(|code| letter(u8::try_from(code).unwrap_or(0)));
        // The two that fold into ASCII stand beside the letter they fold into; texts with them are looked at whole.
        let beyond = (high > 0x7f && !(low == high && matches!(low, 0x17f | 0x212a))).then_some(0);
        ascii.chain(beyond).all(|letter| *found.get_or_insert(letter) == letter)
    };
    let same = match class {
        Class::Unicode(class) => class.iter().all(|range| take(range.start().into(), range.end().into())),
        Class::Bytes(class) => class.iter().all(|range| take(range.start().into(), range.end().into())),
    };
    found.filter(|_| same)
}
