//! Conditions as a flat program: equal atoms are one, and the cheap parts of a conjunction come first.

use std::collections::HashMap;

use tribunal_policy::cond::{Cond, CondKind, Operand, Subject, Test, Value};
use tribunal_policy::{ListId, RuleId};

/// A node of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Children `first..first + count` of the list of children.
    And {
        first: u32,
        count: u32,
    },
    Or {
        first: u32,
        count: u32,
    },
    Not(u32),
    /// Remembered for the item.
    Atom(u32),
    /// Depends on which rules the asking rule sees.
    Rule(RuleId),
    /// An atom with a score in it: as `Rule`.
    Score(u32),
}

/// An atom in numbers: the subject and the list, or `OTHER` and the place among the others. Nine conditions of ten ask whether a
/// list occurs.
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
    pub(crate) nodes: Vec<Node>,
    pub(crate) children: Vec<u32>,
    atoms: Vec<Row>,
    /// Of the atoms that ask for one list.
    subjects: Vec<Subject>,
    /// The others.
    others: Vec<CondKind>,
    known: HashMap<Row, u32>,
    known_others: HashMap<String, u32>,
    costs: Vec<u32>,
}

impl Program {
    /// Adds a condition; `deep` says whether a list is looked for only when asked for.
    pub(crate) fn add(&mut self, cond: &Cond, deep: &dyn Fn(tribunal_policy::ListId) -> bool) -> u32 {
        let (node, cost) = match &cond.kind {
            CondKind::And(parts) => self.parts(parts, deep, |first, count| Node::And { first, count }),
            CondKind::Or(parts) => self.parts(parts, deep, |first, count| Node::Or { first, count }),
            CondKind::Not(inner) => {
                let inner = self.add(inner, deep);
                (Node::Not(inner), self.cost(inner))
            }
            CondKind::Rule(rule) => (Node::Rule(*rule), 40),
            leaf => {
                let atom = self.leaf(leaf);
                if has_score(leaf) { (Node::Score(atom), 50) } else { (Node::Atom(atom), leaf_cost(leaf, deep)) }
            }
        };
        self.nodes.push(node);
        self.costs.push(cost);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn cost(&self, node: u32) -> u32 {
        self.costs.get(node as usize).copied().unwrap_or(0)
    }

    fn parts(&mut self, parts: &[Cond], deep: &dyn Fn(tribunal_policy::ListId) -> bool, make: fn(u32, u32) -> Node) -> (Node, u32) {
        let mut nodes: Vec<u32> = parts.iter().map(|part| self.add(part, deep)).collect();
        nodes.sort_by_key(|node| self.cost(*node));
        let cost = nodes.iter().map(|node| self.cost(*node)).max().unwrap_or(0);
        let first = u32::try_from(self.children.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        self.children.extend(nodes);
        (make(first, count), cost)
    }

    /// An atom.
    #[inline]
    pub(crate) fn atom(&self, id: u32) -> Option<Atom<'_>> {
        match *self.atoms.get(id as usize)? {
            [OTHER, at] => self.others.get(at as usize).map(Atom::Other),
            [subject, list] => self.subjects.get(subject as usize).map(|subject| Atom::List(subject, ListId(list))),
        }
    }

    /// How many different ones there are.
    pub(crate) fn atoms(&self) -> usize {
        self.atoms.len()
    }

    /// Bytes on the heap, as far as they are known.
    pub(crate) fn bytes(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.children.len() * 4 + self.atoms.len() * size_of::<Row>() + self.others.len() * size_of::<CondKind>()
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

    /// Frees what only building needs.
    pub(crate) fn finish(&mut self) {
        self.known = HashMap::new();
        self.known_others = HashMap::new();
        self.children.shrink_to_fit();
        self.nodes.shrink_to_fit();
        self.atoms.shrink_to_fit();
        self.others.shrink_to_fit();
        self.costs = Vec::new();
    }
}

fn has_score(leaf: &CondKind) -> bool {
    match leaf {
        CondKind::Compare(left, _, right) => matches!(left, Value::Score(_)) || matches!(right, Operand::Value(Value::Score(_))),
        CondKind::In(value, ..) => matches!(value, Value::Score(_)),
        _ => false,
    }
}

/// Metadata before text that was scanned anyway, that before text that has to be scanned for it.
fn leaf_cost(leaf: &CondKind, deep: &dyn Fn(tribunal_policy::ListId) -> bool) -> u32 {
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
