//! Conditions as a flat program: equal atoms are one, and the cheap parts of a conjunction come first. Parts lie side by side, so that a
//! rule that is woken is a line or two of the cache.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tribunal_policy::cond::{Cond, CondKind, Op, Operand, Set, Subject, SubjectForm, Test, Value};
use tribunal_policy::source::Span;
use tribunal_policy::{FieldId, ListId, RuleId};

use crate::artefact::column::Column;
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::engine::FieldBits;

/// A node of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Nodes `first..first + count`.
    And {
        first: u32,
        count: u32,
    },
    Or {
        first: u32,
        count: u32,
    },
    Not(u32),
    /// Whether a subject has a list; an atom too. Nine conditions of ten are.
    List {
        subject: u32,
        list: ListId,
        atom: u32,
    },
    /// Remembered for the item.
    Atom(u32),
    /// Depends on which rules the asking rule sees.
    Rule(RuleId),
    /// An atom with a score in it: as `Rule`.
    Score(u32),
}

/// An atom in numbers: the subject and the list, or `OTHER` and the place among the others.
type Row = [u32; 2];

const OTHER: u32 = u32::MAX;

/// A condition without parts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Atom<'p> {
    /// Whether the subject has the list.
    List(&'p Subject, ListId),
    Other(&'p CondKind),
}

/// All conditions of an engine.
#[derive(Debug, Default)]
pub(crate) struct Program {
    nodes: Column<[u32; 3]>,
    atoms: Column<Row>,
    /// Of the atoms that ask for one list.
    subjects: Vec<Subject>,
    /// The fields of each; nothing where hosts are asked for.
    fields: Vec<Option<FieldBits>>,
    /// The others.
    others: Vec<CondKind>,
}

/// Conditions being put together.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    nodes: Vec<[u32; 3]>,
    atoms: Vec<Row>,
    /// Of the atoms that ask for one list.
    subjects: Vec<Subject>,
    /// The others.
    others: Vec<CondKind>,
    known: HashMap<Row, u32>,
    known_others: HashMap<String, u32>,
}

/// Bits of the first number of a node that say its kind; of one that asks for a list the others are the subject.
const KIND_BITS: u32 = 3;
const LIST: u32 = 6;

impl Node {
    fn row(self) -> [u32; 3] {
        match self {
            Node::And { first, count } => [0, first, count],
            Node::Or { first, count } => [1, first, count],
            Node::Not(inner) => [2, inner, 0],
            Node::Atom(atom) => [3, atom, 0],
            Node::Rule(rule) => [4, rule.0, 0],
            Node::Score(atom) => [5, atom, 0],
            Node::List { subject, list, atom } => [LIST | subject << KIND_BITS, list.0, atom],
        }
    }

    fn of([kind, first, count]: [u32; 3]) -> Option<Node> {
        Some(match kind {
            0 => Node::And { first, count },
            1 => Node::Or { first, count },
            2 => Node::Not(first),
            3 => Node::Atom(first),
            4 => Node::Rule(RuleId(first)),
            5 => Node::Score(first),
            kind if kind & ((1 << KIND_BITS) - 1) == LIST => Node::List { subject: kind >> KIND_BITS, list: ListId(first), atom: count },
            _ => return None,
        })
    }
}

impl Program {
    #[inline]
    pub(crate) fn node(&self, id: u32) -> Option<Node> {
        Node::of(*self.nodes.get(id as usize)?)
    }

    /// Asks for a node; parts stand just before what they are parts of.
    #[inline]
    pub(crate) fn prefetch(&self, id: u32) {
        crate::kernel::prefetch(&self.nodes, id as usize);
    }

    /// The parts of a conjunction or a disjunction.
    #[inline]
    pub(crate) fn parts(first: u32, count: u32) -> std::ops::Range<u32> {
        first..first.saturating_add(count)
    }

    /// The fields of the subject of a condition that asks for a list, unless it is hosts that are asked for.
    #[inline]
    pub(crate) fn fields(&self, subject: u32) -> Option<FieldBits> {
        self.fields.get(subject as usize).copied().flatten()
    }

    /// An atom.
    #[inline]
    pub(crate) fn atom(&self, id: u32) -> Option<Atom<'_>> {
        match *self.atoms.get(id as usize)? {
            [OTHER, at] => self.others.get(at as usize).map(Atom::Other),
            [subject, list] => self.subjects.get(subject as usize).map(|subject| Atom::List(subject, ListId(list))),
        }
    }

    /// A subject of a condition that asks for a list.
    #[inline]
    pub(crate) fn subject(&self, subject: u32) -> Option<&Subject> {
        self.subjects.get(subject as usize)
    }

    /// The lists that an atom asks for.
    pub(crate) fn lists(&self, atom: u32, visit: &mut dyn FnMut(ListId)) {
        match self.atom(atom) {
            Some(Atom::List(_, list)) => visit(list),
            Some(Atom::Other(kind)) => Cond { span: Span::default(), kind: kind.clone() }.lists(&mut |list, _| visit(list)),
            None => {}
        }
    }

    /// How many different ones there are.
    pub(crate) fn atoms(&self) -> usize {
        self.atoms.len()
    }

    /// Bytes on the heap, as far as they are known.
    pub(crate) fn bytes(&self) -> usize {
        self.nodes.len() * 12 + self.atoms.len() * size_of::<Row>() + self.others.len() * size_of::<CondKind>()
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        out.column(Part::Conditions, &self.nodes);
        out.column(Part::Conditions, &self.atoms);
        let others: Vec<Leaf> = self.others.iter().filter_map(Leaf::of).collect();
        out.value(Part::Conditions, &(&self.subjects, others));
    }

    pub(crate) fn load(from: &mut Reader) -> Result<Program, LoadError> {
        let (nodes, atoms) = (from.column(Part::Conditions)?, from.column(Part::Conditions)?);
        let (subjects, others): (Vec<Subject>, Vec<Leaf>) = from.value(Part::Conditions)?;
        let program = Program { nodes, atoms, fields: fields(&subjects), subjects, others: others.into_iter().map(Leaf::kind).collect() };
        program.check()?;
        Ok(program)
    }

    /// Evaluation follows parts into parts: each has to stand before what it is a part of, and not too deep; and none is part of two, so
    /// that there are no more ways through them than there are nodes.
    fn check(&self) -> Result<(), LoadError> {
        // Of each node how deep it goes, until it is part of another.
        let mut depths: Vec<Option<u16>> = Vec::with_capacity(self.nodes.len());
        for row in self.nodes.iter() {
            let parts = match Node::of(*row).ok_or(LoadError::Malformed("a condition of no kind"))? {
                Node::And { first, count } | Node::Or { first, count } => Program::parts(first, count),
                Node::Not(part) => Program::parts(part, 1),
                Node::List { .. } | Node::Atom(_) | Node::Rule(_) | Node::Score(_) => 0..0,
            };
            let below = depths.get_mut(parts.start as usize..parts.end as usize).ok_or(LoadError::Malformed("a condition that is part of itself"))?;
            let mut depth = 0;
            for part in below {
                depth = depth.max(part.take().ok_or(LoadError::Malformed("a condition that is part of two"))? + 1);
            }
            if depth > DEEPEST {
                return Err(LoadError::Malformed("a condition nested too deep"));
            }
            depths.push(Some(depth));
        }
        Ok(())
    }
}

/// The reader of conditions stops far before.
const DEEPEST: u16 = 1_000;

/// A condition without parts, as it is kept in a file.
#[derive(Debug, Serialize, Deserialize)]
enum Leaf {
    Has(Subject, Test),
    Compare(Value, Op, Operand),
    In(Value, bool, Set),
    Rule(RuleId),
    IsMissing(FieldId),
    Flag(FieldId),
}

impl Leaf {
    fn of(kind: &CondKind) -> Option<Leaf> {
        Some(match kind.clone() {
            CondKind::Has(subject, test) => Leaf::Has(subject, test),
            CondKind::Compare(left, op, right) => Leaf::Compare(left, op, right),
            CondKind::In(value, negated, set) => Leaf::In(value, negated, set),
            CondKind::Rule(rule) => Leaf::Rule(rule),
            CondKind::IsMissing(field) => Leaf::IsMissing(field),
            CondKind::Flag(field) => Leaf::Flag(field),
            CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_) => return None,
        })
    }

    fn kind(self) -> CondKind {
        match self {
            Leaf::Has(subject, test) => CondKind::Has(subject, test),
            Leaf::Compare(left, op, right) => CondKind::Compare(left, op, right),
            Leaf::In(value, negated, set) => CondKind::In(value, negated, set),
            Leaf::Rule(rule) => CondKind::Rule(rule),
            Leaf::IsMissing(field) => CondKind::IsMissing(field),
            Leaf::Flag(field) => CondKind::Flag(field),
        }
    }
}

impl Draft {
    /// Adds a condition; `deep` says whether a list is looked for only when asked for.
    pub(crate) fn add(&mut self, cond: &Cond, deep: &dyn Fn(ListId) -> bool) -> u32 {
        let (node, _) = self.node(cond, deep);
        self.push(node)
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node.row());
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    /// A node, below which everything is added, and what it costs.
    fn node(&mut self, cond: &Cond, deep: &dyn Fn(ListId) -> bool) -> (Node, u32) {
        match &cond.kind {
            CondKind::And(parts) => self.parts(parts, deep, |first, count| Node::And { first, count }),
            CondKind::Or(parts) => self.parts(parts, deep, |first, count| Node::Or { first, count }),
            CondKind::Not(inner) => {
                let (inner, cost) = self.node(inner, deep);
                (Node::Not(self.push(inner)), cost)
            }
            CondKind::Rule(rule) => (Node::Rule(*rule), 40),
            leaf => {
                let atom = self.leaf(leaf);
                if has_score(leaf) {
                    return (Node::Score(atom), 50);
                }
                let node = match self.atoms.get(atom as usize) {
                    Some([subject, list]) if *subject < OTHER >> KIND_BITS => Node::List { subject: *subject, list: ListId(*list), atom },
                    _ => Node::Atom(atom),
                };
                (node, leaf_cost(leaf, deep))
            }
        }
    }

    fn parts(&mut self, parts: &[Cond], deep: &dyn Fn(ListId) -> bool, make: fn(u32, u32) -> Node) -> (Node, u32) {
        let mut nodes: Vec<(Node, u32)> = parts.iter().map(|part| self.node(part, deep)).collect();
        nodes.sort_by_key(|(_, cost)| *cost);
        let first = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        self.nodes.extend(nodes.iter().map(|(node, _)| node.row()));
        (make(first, count), nodes.last().map_or(0, |(_, cost)| *cost))
    }

    fn leaf(&mut self, leaf: &CondKind) -> u32 {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let row = match leaf {
            CondKind::Has(subject, Test::Any(lists)) if lists.len() == 1 => {
                let known = self.subjects.iter().position(|known| known == subject).unwrap_or_else(|| {
                    self.subjects.push(subject.clone());
                    self.subjects.len() - 1
                });
                [narrow(known), lists.first().map_or(0, |list| list.0)]
            }
            // Leaves hold no places, so what prints alike is alike.
            leaf => {
                let next = narrow(self.others.len());
                let at = *self.known_others.entry(format!("{leaf:?}")).or_insert(next);
                if at == next {
                    self.others.push(leaf.clone());
                }
                [OTHER, at]
            }
        };
        let next = narrow(self.atoms.len());
        let id = *self.known.entry(row).or_insert(next);
        if id == next {
            self.atoms.push(row);
        }
        id
    }

    /// The program.
    pub(crate) fn finish(self) -> Program {
        Program { nodes: self.nodes.into(), atoms: self.atoms.into(), fields: fields(&self.subjects), subjects: self.subjects, others: self.others }
    }
}

fn fields(subjects: &[Subject]) -> Vec<Option<FieldBits>> {
    let bits = |subject: &Subject| subject.fields.iter().fold(FieldBits::default(), |all, field| all.with(*field));
    subjects.iter().map(|subject| (subject.form != SubjectForm::Domains).then(|| bits(subject))).collect()
}

fn has_score(leaf: &CondKind) -> bool {
    match leaf {
        CondKind::Compare(left, _, right) => matches!(left, Value::Score(_)) || matches!(right, Operand::Value(Value::Score(_))),
        CondKind::In(value, ..) => matches!(value, Value::Score(_)),
        _ => false,
    }
}

/// Metadata before text that was scanned anyway, that before text that has to be scanned for it.
fn leaf_cost(leaf: &CondKind, deep: &dyn Fn(ListId) -> bool) -> u32 {
    let lists = |mut lists: Box<dyn Iterator<Item = tribunal_policy::ListId> + '_>| if lists.any(deep) { 30 } else { 10 };
    match leaf {
        CondKind::Has(_, test) => lists(Box::new(test.lists())),
        CondKind::Compare(value, ..) | CondKind::In(value, ..) => match value {
            Value::Field(_) | Value::CountList(_) | Value::Age(_) => 1,
            Value::Length(_) | Value::Words(_) | Value::UppercaseRatio(_) | Value::EmojiCount(_) | Value::LinkCount(_) => 20,
            _ => lists(Box::new(value.lists().iter().copied())),
        },
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_would_not_end_are_no_program() {
        let program = |nodes: &[Node]| Program { nodes: nodes.iter().map(|node| node.row()).collect::<Vec<_>>().into(), ..Program::default() };
        let (leaf, and) = (Node::Atom(0), |first, count| Node::And { first, count });
        let fine = [leaf, leaf, and(0, 2), Node::Not(2), Node::List { subject: 3, list: ListId(4), atom: 5 }];
        assert!(program(&fine).check().is_ok());
        assert!(matches!(Node::of(fine[4].row()), Some(Node::List { subject: 3, list: ListId(4), atom: 5 })));
        for bad in [&[and(0, 1)][..], &[leaf, and(0, u32::MAX)], &[leaf, Node::Not(1)], &[leaf, and(0, 1), and(0, 1)], &[leaf, and(0, 1), and(0, 2)]] {
            assert!(program(bad).check().is_err(), "{bad:?}");
        }
        let deep: Vec<Node> = std::iter::once(leaf).chain((0..u32::from(DEEPEST) + 1).map(Node::Not)).collect();
        assert!(program(&deep).check().is_err() && program(&deep[..deep.len() - 1]).check().is_ok());
    }
}
