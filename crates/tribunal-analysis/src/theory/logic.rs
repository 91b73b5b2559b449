//! Conditions as a graph of conjunctions with inverted edges; equal parts are one node, whichever policy they come from.

use std::collections::HashMap;

/// A node of the graph or its contrary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Lit(u32);

impl Lit {
    pub(crate) const TRUE: Lit = Lit(0);
    pub(crate) const FALSE: Lit = Lit(1);

    pub(crate) fn node(self) -> u32 {
        self.0 >> 1
    }

    pub(crate) fn is_inverted(self) -> bool {
        self.0 & 1 == 1
    }
}

impl From<bool> for Lit {
    fn from(value: bool) -> Lit {
        if value { Lit::TRUE } else { Lit::FALSE }
    }
}

impl std::ops::Not for Lit {
    type Output = Lit;

    fn not(self) -> Lit {
        Lit(self.0 ^ 1)
    }
}

/// A truth value of three: both false is *unknown*, both true cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rail {
    /// It is true.
    pub(crate) t: Lit,
    /// It is false.
    pub(crate) f: Lit,
}

impl Rail {
    pub(crate) const TRUE: Rail = Rail { t: Lit::TRUE, f: Lit::FALSE };
    pub(crate) const FALSE: Rail = Rail { t: Lit::FALSE, f: Lit::TRUE };

    /// Never unknown.
    pub(crate) fn sharp(lit: Lit) -> Rail {
        Rail { t: lit, f: !lit }
    }
}

impl std::ops::Not for Rail {
    type Output = Rail;

    fn not(self) -> Rail {
        Rail { t: self.f, f: self.t }
    }
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    True,
    Var(u32),
    And(Lit, Lit),
}

/// The graph.
#[derive(Debug)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<(Lit, Lit), Lit>,
    vars: Vec<Lit>,
}

impl Graph {
    pub(crate) fn new() -> Graph {
        Graph { nodes: vec![Node::True], known: HashMap::new(), vars: Vec::new() }
    }

    fn push(&mut self, node: Node) -> Lit {
        self.nodes.push(node);
        Lit(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX >> 1) << 1)
    }

    pub(crate) fn node(&self, at: u32) -> Node {
        self.nodes.get(at as usize).copied().unwrap_or(Node::True)
    }

    /// The literal of a variable; variables are numbered from 0 without gaps.
    pub(crate) fn var(&mut self, var: u32) -> Lit {
        while self.vars.len() <= var as usize {
            let next = u32::try_from(self.vars.len()).unwrap_or(u32::MAX);
            let lit = self.push(Node::Var(next));
            self.vars.push(lit);
        }
        self.vars.get(var as usize).copied().unwrap_or(Lit::TRUE)
    }

    pub(crate) fn and(&mut self, a: Lit, b: Lit) -> Lit {
        let (a, b) = if a <= b { (a, b) } else { (b, a) };
        if a == Lit::FALSE || a == !b {
            return Lit::FALSE;
        }
        if a == Lit::TRUE || a == b {
            return b;
        }
        if let Some(known) = self.known.get(&(a, b)) {
            return *known;
        }
        let lit = self.push(Node::And(a, b));
        self.known.insert((a, b), lit);
        lit
    }

    pub(crate) fn or(&mut self, a: Lit, b: Lit) -> Lit {
        !self.and(!a, !b)
    }

    /// All of them; the order in which they are given does not matter.
    pub(crate) fn all(&mut self, parts: impl IntoIterator<Item = Lit>) -> Lit {
        let mut parts: Vec<Lit> = parts.into_iter().collect();
        parts.sort_unstable();
        parts.dedup();
        if parts.windows(2).any(|pair| matches!(pair, [a, b] if *a == !*b)) {
            return Lit::FALSE;
        }
        parts.into_iter().fold(Lit::TRUE, |all, part| self.and(all, part))
    }

    pub(crate) fn any(&mut self, parts: impl IntoIterator<Item = Lit>) -> Lit {
        let parts: Vec<Lit> = parts.into_iter().map(|part| !part).collect();
        !self.all(parts)
    }

    pub(crate) fn rail_all(&mut self, parts: &[Rail]) -> Rail {
        Rail { t: self.all(parts.iter().map(|part| part.t)), f: self.any(parts.iter().map(|part| part.f)) }
    }

    pub(crate) fn rail_any(&mut self, parts: &[Rail]) -> Rail {
        Rail { t: self.any(parts.iter().map(|part| part.t)), f: self.all(parts.iter().map(|part| part.f)) }
    }

    /// At least `n` of them.
    pub(crate) fn at_least(&mut self, n: usize, parts: &[Lit]) -> Lit {
        // counts[k]: at least k of those looked at so far.
        let mut counts = vec![Lit::FALSE; n + 1];
        if let Some(first) = counts.first_mut() {
            *first = Lit::TRUE;
        }
        for part in parts {
            for k in (1..=n).rev() {
                let (Some(more), Some(less)) = (counts.get(k).copied(), counts.get(k - 1).copied()) else { continue };
                let with = self.and(less, *part);
                let value = self.or(more, with);
                if let Some(slot) = counts.get_mut(k) {
                    *slot = value;
                }
            }
        }
        counts.last().copied().unwrap_or(Lit::TRUE)
    }

    /// Every node below these, children before parents.
    pub(crate) fn cone(&self, roots: &[Lit]) -> Vec<u32> {
        let mut seen = std::collections::HashSet::new();
        let mut order = Vec::new();
        let mut open: Vec<(u32, bool)> = roots.iter().map(|root| (root.node(), false)).collect();
        while let Some((at, done)) = open.pop() {
            if done {
                order.push(at);
                continue;
            }
            if !seen.insert(at) {
                continue;
            }
            open.push((at, true));
            if let Node::And(a, b) = self.node(at) {
                open.push((a.node(), false));
                open.push((b.node(), false));
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_are_one_and_contraries_cancel() {
        let mut graph = Graph::new();
        let (a, b, c) = (graph.var(0), graph.var(1), graph.var(2));
        assert_eq!(graph.all([a, b, c]), graph.all([c, b, a, a]));
        assert_eq!(graph.all([a, b, !a]), Lit::FALSE);
        assert_eq!(graph.any([a, !a]), Lit::TRUE);
        let left = graph.and(a, b);
        let right = graph.or(!a, !b);
        assert_eq!(left, !right, "De Morgan");
        assert_eq!(graph.at_least(3, &[a, b, c]), graph.all([a, b, c]));
        assert_eq!(graph.at_least(4, &[a, b, c]), Lit::FALSE);
        assert_eq!(graph.at_least(0, &[a]), Lit::TRUE);
    }
}
