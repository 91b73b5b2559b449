//! For want of which fields a rule could not be judged: down from its root, through unknown parts only.

use tribunal_policy::cond::{CondKind, Operand, Value};
use tribunal_policy::{FieldId, ScoreId};

use super::Eval;
use crate::compile::program::{Atom, Node, Program};
use crate::truth::Truth;

impl Eval<'_, '_> {
    /// The fields of a rule's unknown parts: its dates, its condition, its exceptions.
    pub(crate) fn missing(&mut self, id: u32, out: &mut Vec<FieldId>) {
        let Some(variant) = self.engine.variants.get(id) else { return };
        if self.scratch.chain > self.engine.options.limits.reference_depth {
            return;
        }
        self.scratch.chain += 1;
        let shadow = !self.is_live(variant);
        if self.dates(variant) == Truth::Unknown {
            out.push(FieldId::AS_OF);
        }
        self.missing_in(variant.when, shadow, out);
        for cond in variant.frame.cancels.iter().chain(variant.frame.softens.iter().map(|(cond, _)| cond)) {
            self.missing_in(*cond, shadow, out);
        }
        self.scratch.chain -= 1;
    }

    fn missing_in(&mut self, node: u32, shadow: bool, out: &mut Vec<FieldId>) {
        if self.node(node, shadow) != Truth::Unknown {
            return;
        }
        let Some(found) = self.engine.program.node(node) else { return };
        match found {
            Node::And { first, count } | Node::Or { first, count } => {
                for child in Program::parts(first, count) {
                    self.missing_in(child, shadow, out);
                }
            }
            Node::Not(inner) => self.missing_in(inner, shadow, out),
            Node::Rule(rule) => {
                if let Some((id, _)) = self.engine.variant_of(rule, self.scratch.context.slot) {
                    self.missing(id, out);
                }
            }
            Node::List { atom, .. } | Node::Atom(atom) | Node::Score(atom) => match self.engine.program.atom(atom) {
                Some(Atom::List(subject, _)) => subject.fields.iter().for_each(|field| self.missing_field(*field, out)),
                Some(Atom::Other(kind)) => self.missing_leaf(kind, shadow, out),
                None => {}
            },
        }
    }

    pub(crate) fn missing_leaf(&mut self, kind: &CondKind, shadow: bool, out: &mut Vec<FieldId>) {
        match kind {
            CondKind::Has(subject, _) => subject.fields.iter().for_each(|field| self.missing_field(*field, out)),
            CondKind::Compare(left, _, right) => {
                self.missing_value(left, shadow, out);
                if let Operand::Value(right) = right {
                    self.missing_value(right, shadow, out);
                }
            }
            CondKind::In(value, ..) => self.missing_value(value, shadow, out),
            CondKind::Flag(field) => self.missing_field(*field, out),
            _ => {}
        }
    }

    fn missing_field(&self, field: FieldId, out: &mut Vec<FieldId>) {
        let unknown = if field == FieldId::AS_OF { self.scratch.context.as_of.is_none() } else { self.field_unknown(field) };
        if unknown {
            out.push(field);
        }
    }

    fn missing_value(&mut self, value: &Value, shadow: bool, out: &mut Vec<FieldId>) {
        if let Value::Score(score) = value {
            return self.missing_score(*score, shadow, out);
        }
        value.fields(&mut |field| self.missing_field(field, out));
    }

    fn missing_score(&mut self, score: ScoreId, shadow: bool, out: &mut Vec<FieldId>) {
        let engine = self.engine;
        for id in engine.scores.get(score.index()).into_iter().flatten() {
            let Some(variant) = engine.variants.get(*id) else { continue };
            let here = engine.variant_of(variant.rule, self.scratch.context.slot).map(|(id, _)| id) == Some(*id);
            // A rule without points in it leaves the sum as it is.
            let counts = variant.points.iter().any(|(of, points)| *of == score && *points != 0);
            if here && counts && self.sees(variant, shadow) && self.state(*id) == crate::scratch::RuleState::Unknown {
                self.missing(*id, out);
            }
        }
    }
}
