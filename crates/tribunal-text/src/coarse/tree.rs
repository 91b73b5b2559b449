//! The tree of the terms: their letters as classes, runs of a class collapsed.

use super::Class;
use crate::glyph;
use crate::items::Item;
use crate::screen::reach::Reach;
use crate::view::ViewKind;

/// Where one word of a term ends and the next begins.
pub(super) const BOUNDARY: Class = u32::MAX;
/// A gap that may be nothing.
pub(super) const OPTIONAL: Class = u32::MAX - 1;
/// Added to a character that stands for itself alone.
pub(super) const LITERAL: Class = 1 << 24;
/// Soft gaps of a term that are tried both ways.
const SOFT_GAPS: usize = 4;

/// What the patterns of one tree have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Not behind the screen.
    pub(super) open: bool,
    /// Scripts of its letters; of one behind the screen all.
    pub(super) reach: Reach,
    pub(super) kind: usize,
    pub(super) turkish: bool,
    /// A disguise may leave no mark.
    pub(super) soft: bool,
    /// The character before a hit must not be an edge character.
    pub(super) edge: bool,
    /// More than one word.
    pub(super) several: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) key: Key,
    pub(super) kind: ViewKind,
    pub(super) nodes: Vec<Node>,
    pub(super) children: Vec<(Class, u32)>,
    /// Children of the root by ASCII class; zero where there is none.
    pub(super) root: Vec<u32>,
    pub(super) ids: Vec<u32>,
    /// The node above each.
    pub(super) parents: Vec<u32>,
}

impl Tree {
    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        let numbers = self.root.len() + self.ids.len() + self.parents.len();
        size_of_val(self.nodes.as_slice()) + size_of_val(self.children.as_slice()) + 4 * numbers
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) class: Class,
    pub(super) depth: u32,
    pub(super) children: (u32, u32),
    pub(super) ids: (u32, u32),
}

/// The class strings of a term: one, or several when it has soft gaps. Keeps its memory from one term to the next.
#[derive(Debug, Default)]
pub(super) struct Strings {
    all: Vec<Vec<Class>>,
    /// How many of them are of the term at hand.
    count: usize,
}

impl Strings {
    pub(super) fn of(&mut self, items: &[Item]) -> impl Iterator<Item = &[Class]> {
        self.count = 0;
        self.copy(1);
        let mut soft = 0;
        for item in items {
            match item {
                Item::Letter(c, _) => {
                    let class = glyph::class(*c);
                    for string in self.here().filter(|s| s.last() != Some(&class)) {
                        string.push(class);
                    }
                }
                Item::Literal(c) => self.here().for_each(|s| s.push(LITERAL | *c as u32)),
                Item::Space | Item::Gap { soft: false } => self.here().for_each(|s| s.push(BOUNDARY)),
                Item::Gap { soft: true } => {
                    soft += 1;
                    if soft > SOFT_GAPS {
                        // Too many to try both ways: the walk then also passes a gap where nothing is written.
                        self.here().for_each(|s| s.push(OPTIONAL));
                    } else {
                        let before = self.count;
                        self.copy(before);
                        self.here().skip(before).for_each(|s| s.push(BOUNDARY));
                    }
                }
                Item::Glue => {}
            }
        }
        self.all.iter().take(self.count).map(Vec::as_slice)
    }

    fn here(&mut self) -> impl Iterator<Item = &mut Vec<Class>> {
        self.all.iter_mut().take(self.count)
    }

    /// Appends copies of the first so many strings, or an empty one where there is none.
    fn copy(&mut self, count: usize) {
        for at in 0..count {
            if self.all.len() <= self.count {
                self.all.push(Vec::new());
            }
            let (known, free) = self.all.split_at_mut(self.count);
            if let Some(slot) = free.first_mut() {
                slot.clear();
                slot.extend(known.get(at).into_iter().flatten());
            }
            self.count += 1;
        }
    }
}

/// A tree while it is built: the strings of its terms, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Draft {
    classes: Vec<Class>,
    /// Where each string begins and ends, and its term.
    rows: Vec<(u32, u32, u32)>,
}

impl Draft {
    pub(super) fn insert(&mut self, string: &[Class], id: u32) {
        let start = narrow(self.classes.len());
        self.classes.extend_from_slice(string);
        self.rows.push((start, narrow(self.classes.len()), id));
    }

    pub(super) fn finish(mut self, key: Key, kind: ViewKind) -> Tree {
        let classes = &self.classes;
        let string = |(start, end, _): (u32, u32, u32)| classes.get(start as usize..end as usize).unwrap_or_default();
        self.rows.sort_by(|a, b| string(*a).cmp(string(*b)));
        let rows = &self.rows;
        let mut tree = Tree { key, kind, nodes: Vec::new(), children: Vec::new(), root: vec![0; 128], ids: Vec::new(), parents: vec![0] };
        // The strings that pass each node, its class and its depth, in the order of the nodes: level by level.
        let mut nodes: Vec<(usize, usize, Class, u32)> = vec![(0, rows.len(), BOUNDARY, 0)];
        let mut node = 0;
        while let Some((from, to, class, depth)) = nodes.get(node).copied() {
            let here = |row: &(u32, u32, u32)| string(*row).get(depth as usize).copied();
            let (first_child, first_id) = (narrow(tree.children.len()), narrow(tree.ids.len()));
            let mut at = from;
            // Those that end here come first.
            while let Some(row) = rows.get(at).filter(|row| at < to && here(row).is_none()) {
                if tree.ids.get(first_id as usize..).unwrap_or_default().last() != Some(&row.2) {
                    tree.ids.push(row.2);
                }
                at += 1;
            }
            while let Some(class) = rows.get(at).filter(|_| at < to).and_then(here) {
                let group = rows.get(at..to).unwrap_or_default();
                let count = group.iter().take_while(|row| here(row) == Some(class)).count();
                tree.children.push((class, narrow(nodes.len())));
                tree.parents.push(narrow(node));
                nodes.push((at, at + count, class, depth + 1));
                at += count;
            }
            tree.nodes.push(Node { class, depth, children: (first_child, narrow(tree.children.len())), ids: (first_id, narrow(tree.ids.len())) });
            node += 1;
        }
        for class in 0..128 {
            if let Some(child) = tree.search(0, class)
                && let Some(slot) = tree.root.get_mut(class as usize)
            {
                *slot = child;
            }
        }
        tree
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Tree {
    /// Whether its terms may be read in a text that is read in these scripts; a script is a letter that shows.
    pub(super) fn is_within(&self, reach: Reach) -> bool {
        self.key.reach.meets(reach)
    }

    pub(super) fn node(&self, node: u32) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(Node { class: BOUNDARY, depth: 0, children: (0, 0), ids: (0, 0) })
    }

    pub(super) fn children(&self, node: u32) -> &[(Class, u32)] {
        let (from, to) = self.node(node).children;
        self.children.get(from as usize..to as usize).unwrap_or_default()
    }

    pub(super) fn child(&self, node: u32, class: Class) -> Option<u32> {
        if node == 0
            && let Some(child) = self.root.get(class as usize)
        {
            return (*child != 0).then_some(*child);
        }
        self.search(node, class)
    }

    fn search(&self, node: u32, class: Class) -> Option<u32> {
        let children = self.children(node);
        let i = children.binary_search_by_key(&class, |(c, _)| *c).ok()?;
        children.get(i).map(|(_, child)| *child)
    }
}
