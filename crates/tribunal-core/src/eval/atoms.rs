//! Leaves of conditions.

use tribunal_policy::cond::{CondKind, Near, Subject, SubjectForm, Test};
use tribunal_policy::{FieldId, ListId};

use super::Eval;
use super::fields::{self, Seen};
use crate::engine::FieldBits;
use crate::scratch::Hit;
use crate::truth::Truth;

/// A hit of a list in a subject, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundHit {
    pub(crate) list: ListId,
    pub(crate) field: FieldId,
    pub(crate) element: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) term: u32,
    pub(crate) evasive: bool,
    /// Where it comes from: a pattern with its segment, or an entry compared exactly.
    pub(crate) origin: Origin,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Pattern { segment: u32 },
    Entry(u32),
}

impl FoundHit {
    /// The text it stands in; hits that are compared exactly stand in none.
    fn segment(&self) -> u32 {
        match self.origin {
            Origin::Pattern { segment } => segment,
            Origin::Entry(_) => u32::MAX,
        }
    }
}

impl Eval<'_, '_> {
    /// A condition without parts.
    pub(crate) fn leaf(&mut self, kind: &CondKind, shadow: bool) -> Truth {
        match kind {
            CondKind::Has(subject, test) => self.has(subject, test),
            CondKind::Compare(left, op, right) => self.compare(left, *op, right, shadow),
            CondKind::In(value, negated, set) => self.membership(value, *negated, set, shadow),
            CondKind::Rule(rule) => self.rule(*rule, shadow),
            CondKind::IsMissing(field) => Truth::from(fields::is_missing(self.engine, self.fields.item, *field)),
            CondKind::Flag(field) => match self.see(*field) {
                Seen::Bool(value) => Truth::from(value),
                _ => Truth::Unknown,
            },
            CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) => Truth::False,
        }
    }

    fn has(&mut self, subject: &Subject, test: &Test) -> Truth {
        match test {
            Test::Any(lists) => self.any_of(subject, lists),
            Test::All(lists) => lists.iter().fold(Truth::True, |truth, list| truth.and(self.any_of(subject, std::slice::from_ref(list)))),
            Test::AtLeast(count, lists) => {
                let (mut certain, mut possible) = (0u32, 0u32);
                for list in lists {
                    match self.any_of(subject, std::slice::from_ref(list)) {
                        Truth::True => {
                            certain += 1;
                            possible += 1;
                        }
                        Truth::Unknown => possible += 1,
                        Truth::False => {}
                    }
                }
                if certain >= *count {
                    Truth::True
                } else if possible >= *count {
                    Truth::Unknown
                } else {
                    Truth::False
                }
            }
            Test::Near(near) => self.near(subject, near),
        }
    }

    /// Whether a field of the subject holds a term of one of the lists.
    pub(crate) fn any_of(&mut self, subject: &Subject, lists: &[ListId]) -> Truth {
        if subject.form != SubjectForm::Domains {
            let fields = subject.fields.iter().fold(FieldBits::default(), |all, field| all.with(*field));
            match self.occurs(lists, fields) {
                Some(true) => return Truth::True,
                Some(false) => return self.or_unknown(subject),
                None => {}
            }
        }
        self.ensure(lists, subject.form);
        let mut found = false;
        for list in lists {
            self.each_hit(*list, subject, &mut |_| found = true);
            if found {
                return Truth::True;
            }
        }
        self.or_unknown(subject)
    }

    pub(crate) fn or_unknown(&self, subject: &Subject) -> Truth {
        if subject.fields.iter().any(|field| self.field_unknown(*field)) { Truth::Unknown } else { Truth::False }
    }

    /// Every hit of a list in the known fields of a subject. The list has been [ensured](Eval::ensure).
    pub(crate) fn each_hit(&self, list: ListId, subject: &Subject, found: &mut dyn FnMut(FoundHit)) {
        if subject.form != SubjectForm::Domains {
            let block = self.scratch.blocks.get(list.index()).filter(|block| block.epoch == self.scratch.epoch);
            let (from, to) = block.map_or((0, 0), |block| block.value);
            for hit in self.scratch.texts.hits.get(from as usize..to as usize).unwrap_or_default() {
                let Some(segment) = self.scratch.texts.segments.get(hit.segment as usize) else { continue };
                let field = FieldId(segment.field);
                if subject.fields.contains(&field) && !self.field_unknown(field) {
                    found(self.found(hit, field, segment.element));
                }
            }
        }
        for field in &subject.fields {
            let text = self.engine.facts.fields.get(field.index()).is_some_and(|field| field.ty.is_text());
            if subject.form == SubjectForm::Domains || !text {
                self.each_exact(list, subject.form, *field, &mut |hit| {
                    found(FoundHit {
                        list,
                        field: hit.field,
                        element: hit.element,
                        start: hit.start,
                        end: hit.end,
                        term: hit.term,
                        evasive: false,
                        origin: Origin::Entry(hit.entry),
                    });
                });
            }
        }
    }

    fn found(&self, hit: &Hit, field: FieldId, element: u32) -> FoundHit {
        FoundHit {
            list: hit.list,
            field,
            element,
            start: hit.start,
            end: hit.end,
            term: hit.term,
            evasive: hit.evasive,
            origin: Origin::Pattern { segment: hit.segment },
        }
    }

    fn near(&mut self, subject: &Subject, near: &Near) -> Truth {
        let mut holds = false;
        self.each_pair(subject, near, &mut |_, _| {
            holds = true;
            false
        });
        if holds { Truth::True } else { self.or_unknown(subject) }
    }

    /// Every satisfying pair, until `found` says that it has seen enough.
    pub(crate) fn each_pair(&mut self, subject: &Subject, near: &Near, found: &mut dyn FnMut(FoundHit, FoundHit) -> bool) {
        self.ensure(&near.left, subject.form);
        self.ensure(&near.right, subject.form);
        let (mut left, mut right) = (std::mem::take(&mut self.scratch.left), std::mem::take(&mut self.scratch.right));
        left.clear();
        right.clear();
        near.left.iter().for_each(|list| self.each_hit(*list, subject, &mut |hit| left.push(hit)));
        near.right.iter().for_each(|list| self.each_hit(*list, subject, &mut |hit| right.push(hit)));
        let place = |hit: &FoundHit| (hit.segment(), hit.start, hit.end);
        left.sort_unstable_by_key(place);
        right.sort_unstable_by_key(place);
        if self.pairs_in_order(&left, &right, near.within, found) && !near.ordered {
            self.pairs_in_order(&right, &left, near.within, &mut |b, a| found(a, b));
        }
        self.scratch.left = left;
        self.scratch.right = right;
    }

    /// Pairs whose first hit ends before the second begins, both sorted by place; `false` when enough has been seen.
    fn pairs_in_order(&mut self, first: &[FoundHit], second: &[FoundHit], within: u32, found: &mut dyn FnMut(FoundHit, FoundHit) -> bool) -> bool {
        for a in first {
            let from = second.partition_point(|b| (b.segment(), b.start) < (a.segment(), a.end));
            for b in second.get(from..).unwrap_or_default().iter().take_while(|b| b.segment() == a.segment()) {
                // The further the second begins, the more words lie between.
                if self.words_between(a.segment(), a.end, b.start) > within {
                    break;
                }
                if !found(*a, *b) {
                    return false;
                }
            }
        }
        true
    }

    /// Words that touch neither of two hits and lie between them.
    fn words_between(&mut self, segment: u32, from: u32, to: u32) -> u32 {
        let Some(segment) = self.scratch.texts.segments.get_mut(segment as usize) else { return 0 };
        if !segment.has_words {
            segment.has_words = true;
            segment.words.clear();
            if let Some(text) = self.fields.text_of(segment) {
                let words = &mut segment.words;
                tribunal_text::words::words(text, |range| {
                    words.push((u32::try_from(range.start).unwrap_or(u32::MAX), u32::try_from(range.end).unwrap_or(u32::MAX)));
                });
            }
        }
        let first = segment.words.partition_point(|(start, _)| *start < from);
        let count = segment.words.get(first..).unwrap_or_default().iter().take_while(|(_, end)| *end <= to).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}
