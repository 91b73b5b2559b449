//! The tree of the terms: their letters as classes, runs of a class collapsed.

use super::Class;
use crate::glyph;
use crate::items::Item;
use crate::screen::reach::Reach;
use crate::view::ViewKind;
use std::collections::BTreeMap;

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

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) class: Class,
    pub(super) depth: u32,
    pub(super) children: (u32, u32),
    pub(super) ids: (u32, u32),
}

/// The class strings of a term: one, or several when it has soft gaps.
pub(super) fn strings(items: &[Item]) -> Vec<Vec<Class>> {
    let mut out: Vec<Vec<Class>> = vec![Vec::new()];
    let mut soft = 0;
    for item in items {
        match item {
            Item::Letter(c, _) => {
                let class = glyph::class(*c);
                for string in out.iter_mut().filter(|s| s.last() != Some(&class)) {
                    string.push(class);
                }
            }
            Item::Literal(c) => out.iter_mut().for_each(|s| s.push(LITERAL | *c as u32)),
            Item::Space | Item::Gap { soft: false } => out.iter_mut().for_each(|s| s.push(BOUNDARY)),
            Item::Gap { soft: true } => {
                soft += 1;
                if soft > SOFT_GAPS {
                    // Too many to try both ways: the walk then also passes a gap where nothing is written.
                    out.iter_mut().for_each(|s| s.push(OPTIONAL));
                } else {
                    let mut with = out.clone();
                    with.iter_mut().for_each(|s| s.push(BOUNDARY));
                    out.extend(with);
                }
            }
            Item::Glue => {}
        }
    }
    out
}

/// A tree while it is built.
#[derive(Default)]
pub(super) struct Draft {
    nodes: Vec<DraftNode>,
}

/// Class, depth, children by class, ids of the terms that end here.
type DraftNode = (Class, u32, BTreeMap<Class, u32>, Vec<u32>);

impl Draft {
    pub(super) fn insert(&mut self, string: &[Class], id: u32) {
        if self.nodes.is_empty() {
            self.nodes.push((BOUNDARY, 0, BTreeMap::new(), Vec::new()));
        }
        let mut node = 0usize;
        for class in string {
            let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let Some((_, depth, children, _)) = self.nodes.get_mut(node) else { return };
            let depth = *depth + 1;
            let child = *children.entry(*class).or_insert(next);
            if child == next {
                self.nodes.push((*class, depth, BTreeMap::new(), Vec::new()));
            }
            node = child as usize;
        }
        if let Some((.., ids)) = self.nodes.get_mut(node)
            && ids.last() != Some(&id)
        {
            ids.push(id);
        }
    }

    pub(super) fn finish(self, key: Key, kind: ViewKind) -> Tree {
        let mut tree = Tree { key, kind, nodes: Vec::new(), children: Vec::new(), root: vec![0; 128], ids: Vec::new(), parents: Vec::new() };
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for (class, depth, children, ids) in self.nodes {
            let (c, i) = (at(tree.children.len()), at(tree.ids.len()));
            tree.children.extend(children);
            tree.ids.extend(ids);
            let node = Node { class, depth, children: (c, at(tree.children.len())), ids: (i, at(tree.ids.len())) };
            tree.nodes.push(node);
        }
        tree.parents = vec![0; tree.nodes.len()];
        for node in 0..at(tree.nodes.len()) {
            for (_, child) in tree.children(node).to_vec() {
                if let Some(parent) = tree.parents.get_mut(child as usize) {
                    *parent = node;
                }
            }
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
