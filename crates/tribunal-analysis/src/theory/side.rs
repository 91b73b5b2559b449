//! The rules of a policy in one market, in terms of the theory's variables.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tribunal_policy::cond::{Cond, CondKind, Reference, Value};
use tribunal_policy::fields::Missing;
use tribunal_policy::model::{AxisValue, Effect, EffectiveRule, ExceptionSource, OnUnknown, Stage, Target};
use tribunal_policy::{AxisId, FieldId, ListId, MarketId, Policy, RuleId, ScoreId};

use super::Theory;
use super::encode::{Encoder, ListCache, Others, Setting, Sums};
use super::logic::{Lit, Rail};
use super::vars::{Measure, Quantity, UNIT, Var};

/// Something that a decision can hold: at least this level of an axis, or this label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Demand {
    Level(AxisId, u8),
    Label(AxisId, String),
}

impl Demand {
    /// What an effect gives, one demand an axis or label.
    pub(crate) fn of(effect: &Effect) -> Vec<Demand> {
        let mut out = Vec::new();
        for (axis, value) in &effect.0 {
            match value {
                AxisValue::Level(0) => {}
                AxisValue::Level(level) => out.push(Demand::Level(*axis, *level)),
                AxisValue::Labels(labels) => out.extend(labels.iter().map(|label| Demand::Label(*axis, label.clone()))),
            }
        }
        out
    }

    /// Whether an effect gives it.
    pub(crate) fn given_by(&self, effect: &Effect) -> bool {
        match self {
            Demand::Level(axis, level) => matches!(effect.0.get(axis), Some(AxisValue::Level(given)) if given >= level),
            Demand::Label(axis, label) => matches!(effect.0.get(axis), Some(AxisValue::Labels(labels)) if labels.contains(label)),
        }
    }
}

/// A rule in one market.
#[derive(Debug)]
pub(crate) struct RuleModel {
    pub(crate) effective: EffectiveRule,
    /// Its condition, without dates.
    pub(crate) when: Rail,
    /// The parts that all have to hold for it.
    pub(crate) parts: Vec<(Cond, Rail)>,
    /// Its dates.
    pub(crate) dates: Rail,
    pub(crate) cancels: Vec<(ExceptionSource, Rail)>,
    pub(crate) softens: Vec<(ExceptionSource, Rail)>,
    pub(crate) fires: Lit,
    pub(crate) unknown: Lit,
    /// It is live, in the item's share of a rollout too.
    pub(crate) live: Lit,
}

impl RuleModel {
    pub(crate) fn rule(&self) -> RuleId {
        self.effective.rule
    }

    /// When it contributes what is demanded.
    pub(crate) fn gives(&self, theory: &mut Theory, demand: &Demand, review: Option<&Demand>) -> Lit {
        let graph = &mut theory.vars.graph;
        let mut softened = Lit::FALSE;
        let mut given = Lit::FALSE;
        for ((_, rail), (_, _, effect)) in self.softens.iter().zip(&self.effective.softens) {
            softened = graph.or(softened, rail.t);
            if demand.given_by(effect) {
                given = graph.or(given, rail.t);
            }
        }
        if demand.given_by(&self.effective.effect) {
            given = graph.or(given, !softened);
        }
        let fired = graph.all([self.fires, self.live, given]);
        let because_unknown = match self.effective.on_unknown {
            OnUnknown::Ignore => false,
            OnUnknown::Apply => demand.given_by(&self.effective.effect),
            OnUnknown::Review => match (demand, review) {
                (Demand::Level(axis, level), Some(Demand::Level(routing, review))) => axis == routing && level <= review,
                _ => false,
            },
        };
        if !because_unknown {
            return fired;
        }
        let unknown = graph.and(self.unknown, self.live);
        graph.or(fired, unknown)
    }

    /// Every effect that it can have.
    pub(crate) fn demands(&self, review: Option<&Demand>) -> Vec<Demand> {
        let mut out = Demand::of(&self.effective.effect);
        for (_, _, effect) in &self.effective.softens {
            out.extend(Demand::of(effect));
        }
        if self.effective.on_unknown == OnUnknown::Review {
            out.extend(review.cloned());
        }
        out.sort();
        out.dedup();
        out
    }
}

/// Rules by number: those of another side, and what is otherwise here. A market is mostly like all others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    base: Arc<BTreeMap<RuleId, Arc<RuleModel>>>,
    /// `None`: not judged here.
    own: BTreeMap<RuleId, Option<Arc<RuleModel>>>,
}

impl Rules {
    /// As in another side, but for these, which are still to come.
    fn beside(other: &Rules, but: &BTreeSet<RuleId>) -> Rules {
        let mut rules = other.clone();
        rules.own.extend(but.iter().map(|rule| (*rule, None)));
        rules
    }

    fn set(&mut self, rule: RuleId, model: Arc<RuleModel>) {
        self.own.insert(rule, Some(model));
    }

    /// For others to be beside.
    fn settled(self) -> Rules {
        if self.own.len() * 4 < self.base.len() {
            return self;
        }
        let all: BTreeMap<RuleId, Arc<RuleModel>> = self.iter().map(|(rule, model)| (rule, Arc::clone(model))).collect();
        Rules { base: Arc::new(all), own: BTreeMap::new() }
    }

    pub(crate) fn get(&self, rule: &RuleId) -> Option<&Arc<RuleModel>> {
        match self.own.get(rule) {
            Some(own) => own.as_ref(),
            None => self.base.get(rule),
        }
    }

    /// In the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RuleId, &Arc<RuleModel>)> {
        let (mut base, mut own) = (self.base.iter().peekable(), self.own.iter().peekable());
        std::iter::from_fn(move || {
            loop {
                let first = match (base.peek(), own.peek()) {
                    (Some((at, _)), Some((mine, _))) if at < mine => true,
                    (Some(_), None) => true,
                    (_, Some(_)) => false,
                    (None, None) => return None,
                };
                if first {
                    return base.next().map(|(rule, model)| (*rule, model));
                }
                let (rule, model) = own.next()?;
                if base.peek().is_some_and(|(at, _)| *at == rule) {
                    base.next();
                }
                if let Some(model) = model {
                    return Some((*rule, model));
                }
            }
        })
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<RuleModel>> {
        self.iter().map(|(_, model)| model)
    }

    /// Rules that may be otherwise than in the other side; `None`: the two have nothing in common.
    pub(crate) fn differing(&self, other: &Rules) -> Option<BTreeSet<RuleId>> {
        if !Arc::ptr_eq(&self.base, &other.base) {
            return None;
        }
        let ids: BTreeSet<RuleId> = self.own.keys().chain(other.own.keys()).copied().collect();
        Some(ids.into_iter().filter(|rule| !matches!((self.get(rule), other.get(rule)), (Some(one), Some(other)) if Arc::ptr_eq(one, other))).collect())
    }
}

/// A policy in one market.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) setting: Setting,
    /// Rules that are judged, by id.
    pub(crate) rules: Rules,
    /// `routing: review`, where the axes have it.
    pub(crate) review: Option<Demand>,
    /// The term sets that the lists are here.
    pub(crate) sets: Arc<[u32]>,
}

impl Side {
    /// What rules other than `but` contribute of a demand.
    pub(crate) fn givers(&self, theory: &mut Theory, demand: &Demand, but: Option<RuleId>) -> Vec<(RuleId, Lit)> {
        let rules = self.rules.values().filter(|model| Some(model.rule()) != but);
        let lits = rules.map(|model| (model.rule(), model.gives(theory, demand, self.review.as_ref())));
        lits.filter(|(_, lit)| *lit != Lit::FALSE).collect()
    }
}

/// Rules of one policy that were written down already.
#[derive(Debug, Default)]
pub(crate) struct SideCache {
    pub(crate) lists: ListCache,
    known: HashMap<RuleId, Vec<Known>>,
    links: Option<Arc<Links>>,
}

#[derive(Debug)]
struct Known {
    sets: Vec<u32>,
    market: Option<MarketId>,
    model: Arc<RuleModel>,
}

/// What the meaning of each rule hangs on, as it is without a market.
#[derive(Debug)]
pub(crate) struct Links {
    by_list: HashMap<ListId, Vec<RuleId>>,
    of_market: Vec<RuleId>,
    scoped: Vec<(RuleId, MarketId)>,
    /// Rules that ask about a rule.
    askers: HashMap<RuleId, Vec<RuleId>>,
}

impl Links {
    fn of(policy: &Policy) -> Links {
        let mut links = Links { by_list: HashMap::new(), of_market: Vec::new(), scoped: Vec::new(), askers: HashMap::new() };
        let ids = || (0_u32..).map(RuleId).zip(&policy.rules);
        for (id, rule) in ids() {
            let served = policy.exceptions.iter().filter(|exception| exception.applies_to.iter().any(|selector| selector.picks(id, rule)));
            let served: Vec<_> = served.collect();
            links.scoped.extend(rule.scope.iter().chain(served.iter().filter_map(|exception| exception.scope.as_ref())).map(|scope| (id, *scope)));
            let mut depends = Depends::default();
            let own = std::iter::once(&rule.when).chain(rule.unless.iter().map(|unless| &unless.when));
            let mut asked = Vec::new();
            for cond in own.chain(served.iter().map(|exception| &exception.when)) {
                depends.add(cond);
                cond.references(&mut |reference| match reference {
                    Reference::Rule(other) => asked.push(other),
                    Reference::Score(score) => asked.extend(ids().filter(|(_, rule)| rule.points.contains_key(&score)).map(|(id, _)| id)),
                });
            }
            for list in &depends.lists {
                links.by_list.entry(*list).or_default().push(id);
            }
            if depends.market {
                links.of_market.push(id);
            }
            for other in asked {
                links.askers.entry(other).or_default().push(id);
            }
        }
        links
    }

    /// These rules, and all that ask about them.
    fn closed(&self, mut open: Vec<RuleId>) -> BTreeSet<RuleId> {
        let mut found = BTreeSet::new();
        while let Some(rule) = open.pop() {
            if found.insert(rule) {
                open.extend(self.askers.get(&rule).into_iter().flatten().copied());
            }
        }
        found
    }

    /// Rules that an override changes.
    pub(crate) fn touched_by(&self, target: &Target) -> BTreeSet<RuleId> {
        self.closed(match target {
            // Whoever asks for a score may ask about this rule with the override, or without it.
            Target::Rule(rule, change) if change.points.is_some() => self.askers.values().flatten().copied().chain([*rule]).collect(),
            Target::Rule(rule, _) => vec![*rule],
            Target::List(list, _) => self.by_list.get(list).cloned().unwrap_or_default(),
        })
    }

    /// Rules that may be otherwise in a market than without one; `changed`: lists that are. Points and conditions that overrides bring
    /// along are looked at there.
    fn touched_in(&self, policy: &Policy, market: MarketId, changed: &[ListId]) -> BTreeSet<RuleId> {
        let line = policy.lineage(market);
        let mut open: Vec<RuleId> = self.of_market.clone();
        open.extend(self.scoped.iter().filter(|(_, scope)| line.contains(scope)).map(|(rule, _)| *rule));
        open.extend(changed.iter().filter_map(|list| self.by_list.get(list)).flatten().copied());
        for change in line.iter().filter_map(|id| policy.markets.get(id.index())).flat_map(|market| &market.overrides) {
            if let Target::Rule(rule, change) = &change.target {
                open.push(*rule);
                if change.points.is_some() {
                    // Whoever asks for the score asks about this rule from now on.
                    open.extend(self.askers.values().flatten().copied());
                }
            }
        }
        self.closed(open)
    }
}

impl SideCache {
    pub(crate) fn links(&mut self, policy: &Policy) -> Arc<Links> {
        Arc::clone(self.links.get_or_insert_with(|| Arc::new(Links::of(policy))))
    }
}

/// What a side is made of beside another one: all rules but some are as they are there.
pub(crate) struct Changed<'s> {
    pub(crate) from: &'s Side,
    pub(crate) rules: BTreeSet<RuleId>,
}

/// Writes down the policy in a market (`None`: without one).
pub(crate) fn whole(theory: &mut Theory, cache: &mut SideCache, setting: &Setting, general: Option<&Side>) -> Side {
    let sets: Arc<[u32]> = Arc::from(cache.lists.sets(theory, &setting.policy, setting.market));
    let (Some(general), Some(market)) = (general, setting.market) else {
        let effective = setting.policy.effective(setting.market);
        return side(theory, cache, setting, effective, sets, None);
    };
    let pairs = (0_u32..).map(ListId).zip(sets.iter().zip(general.sets.iter()));
    let changed: Vec<ListId> = pairs.filter(|(_, (here, there))| here != there).map(|(list, _)| list).collect();
    let rules = cache.links(&setting.policy).touched_in(&setting.policy, market, &changed);
    let effective = setting.policy.effective_of(Some(market), &|rule| rules.contains(&rule));
    side(theory, cache, setting, effective, sets, Some(Changed { from: general, rules }))
}

/// Writes down these rules, with these term sets; the others are as in another side.
pub(crate) fn side(
    theory: &mut Theory,
    cache: &mut SideCache,
    setting: &Setting,
    effective: Vec<EffectiveRule>,
    sets: Arc<[u32]>,
    changed: Option<Changed<'_>>,
) -> Side {
    let done = changed.map_or_else(Rules::default, |changed| Rules::beside(&changed.from.rules, &changed.rules));
    let mut work = Work { setting, cache, sets: Arc::clone(&sets), here: BTreeMap::new(), done };
    for mut rule in effective.into_iter().filter(|rule| rule.stage >= Stage::Shadow) {
        rule.overlays.clear();
        work.here.insert(rule.rule, rule);
    }
    let ids: Vec<RuleId> = work.here.keys().copied().collect();
    for id in ids {
        work.model(theory, id);
    }
    let rules = work.done.settled();
    Side { setting: setting.clone(), rules, review: review(setting), sets }
}

fn review(setting: &Setting) -> Option<Demand> {
    let axis = setting.policy.axis("routing")?;
    match &setting.policy.axes.get(axis.index())?.kind {
        tribunal_policy::model::AxisKind::Ordered(values) => {
            let level = values.iter().position(|value| value == "review")?;
            Some(Demand::Level(axis, u8::try_from(level).ok()?))
        }
        tribunal_policy::model::AxisKind::Set(_) => None,
    }
}

struct Work<'a> {
    setting: &'a Setting,
    cache: &'a mut SideCache,
    sets: Arc<[u32]>,
    here: BTreeMap<RuleId, EffectiveRule>,
    done: Rules,
}

/// What one rule sees of the others.
struct Asking<'w, 'a> {
    work: &'w mut Work<'a>,
    live: Lit,
}

impl Others for Asking<'_, '_> {
    fn rule(&mut self, theory: &mut Theory, rule: RuleId) -> Rail {
        let Some(model) = self.work.model(theory, rule) else { return Rail::FALSE };
        let graph = &mut theory.vars.graph;
        let visible = graph.or(!self.live, model.live);
        let (t, unknown) = (graph.and(visible, model.fires), graph.and(visible, model.unknown));
        let seen = graph.or(t, unknown);
        Rail { t, f: !seen }
    }

    fn score(&mut self, theory: &mut Theory, score: ScoreId) -> Result<Sums, String> {
        // Rules that are as elsewhere are written down already; of the others there is the text.
        let own = self.work.here.values().map(|rule| (rule.rule, &rule.points));
        let there = self.work.done.values().filter(|model| !self.work.here.contains_key(&model.rule())).map(|model| (model.rule(), &model.effective.points));
        let mut givers: Vec<(RuleId, i64)> =
            own.chain(there).filter_map(|(rule, points)| Some((rule, points.get(&score).copied()?))).filter(|(_, points)| *points != 0).collect();
        givers.sort_unstable();
        let givers: Vec<(i64, Rail)> = givers.into_iter().map(|(rule, points)| (points, self.rule(theory, rule))).collect();
        let mut sums = Sums { least: vec![(0, Lit::TRUE)], greatest: vec![(0, Lit::TRUE)] };
        for (points, rail) in &givers {
            let points = *points;
            // Points that may come: for the least sum those below zero count, for the greatest those above.
            let (sure, maybe) = (rail.t, !rail.f);
            let (low, high) = if points > 0 { (sure, maybe) } else { (maybe, sure) };
            sums.least = add(theory, &sums.least, points, low);
            sums.greatest = add(theory, &sums.greatest, points, high);
            if sums.least.len().max(sums.greatest.len()) > 256 {
                return Err(format!("{givers:?}"));
            }
        }
        Ok(sums)
    }
}

fn add(theory: &mut Theory, sums: &[(i64, Lit)], points: i64, given: Lit) -> Vec<(i64, Lit)> {
    let graph = &mut theory.vars.graph;
    let mut next: BTreeMap<i64, Lit> = BTreeMap::new();
    for (sum, lit) in sums {
        for (sum, part) in [(*sum, !given), (sum + points, given)] {
            let both = graph.and(*lit, part);
            let known = next.get(&sum).copied().unwrap_or(Lit::FALSE);
            next.insert(sum, graph.or(known, both));
        }
    }
    next.into_iter().filter(|(_, lit)| *lit != Lit::FALSE).collect()
}

impl Work<'_> {
    fn model(&mut self, theory: &mut Theory, id: RuleId) -> Option<Arc<RuleModel>> {
        if let Some(model) = self.done.get(&id) {
            return Some(Arc::clone(model));
        }
        let rule = self.here.get(&id)?.clone();
        let here = Depends::of(&rule);
        let market = here.market.then_some(self.setting.market).flatten();
        let fixed = here.market && market.is_none();
        let sets: Vec<u32> = here.lists.iter().filter_map(|list| self.sets.get(list.index()).copied()).collect();
        if !here.others
            && !fixed
            && let Some(known) =
                self.cache.known.get(&id).into_iter().flatten().find(|known| known.market == market && known.sets == sets && known.model.effective == rule)
        {
            self.done.set(id, Arc::clone(&known.model));
            return Some(Arc::clone(&known.model));
        }
        let model = Arc::new(self.build(theory, &rule));
        if !here.others && !fixed {
            self.cache.known.entry(id).or_default().push(Known { sets, market, model: Arc::clone(&model) });
        }
        self.done.set(id, Arc::clone(&model));
        Some(model)
    }

    fn build(&mut self, theory: &mut Theory, rule: &EffectiveRule) -> RuleModel {
        let live = self.live(theory, rule);
        let dates = self.dates(theory, rule);
        let mut cond = |cond: &Cond| {
            let setting = self.setting;
            let sets = Arc::clone(&self.sets);
            Encoder { theory, setting, sets: &sets }.cond(cond, &mut Asking { work: self, live })
        };
        let conjuncts: &[Cond] = if let CondKind::And(parts) = &rule.when.kind { parts } else { std::slice::from_ref(&rule.when) };
        let parts: Vec<(Cond, Rail)> = conjuncts.iter().map(|part| (part.clone(), cond(part))).collect();
        let cancels: Vec<(ExceptionSource, Rail)> = rule.cancels.iter().map(|(source, exception)| (*source, cond(exception))).collect();
        let softens: Vec<(ExceptionSource, Rail)> = rule.softens.iter().map(|(source, exception, _)| (*source, cond(exception))).collect();
        let graph = &mut theory.vars.graph;
        let when = graph.rail_all(&parts.iter().map(|(_, rail)| *rail).collect::<Vec<_>>());
        let dated = graph.rail_all(&[dates, when]);
        let exempt = graph.any(cancels.iter().map(|(_, rail)| rail.t));
        let fires = graph.and(dated.t, !exempt);
        let unknown = graph.all([!dated.t, !dated.f, !exempt]);
        RuleModel { effective: rule.clone(), when, parts, dates, cancels, softens, fires, unknown, live }
    }

    fn live(&self, theory: &mut Theory, rule: &EffectiveRule) -> Lit {
        if rule.stage != Stage::Live {
            return Lit::FALSE;
        }
        let Some(rollout) = rule.rollout.filter(|rollout| rollout.threshold.is_some()) else { return Lit::TRUE };
        let policy = &self.setting.policy;
        let by = policy.fields.get(rollout.by.index()).map_or_else(String::new, |field| field.name.clone());
        let name = policy.rules.get(rule.rule.index()).map_or_else(String::new, |rule| rule.name.clone());
        let inside = theory.vars.lit(Var::Rollout { rule: name, share: rollout.share, by: by.clone() });
        let missing = theory.vars.lit(Var::Missing { field: by });
        theory.vars.graph.and(inside, !missing)
    }

    fn dates(&self, theory: &mut Theory, rule: &EffectiveRule) -> Rail {
        if rule.effective_from.is_none() && rule.effective_until.is_none() {
            return Rail::TRUE;
        }
        let quantity = Quantity { measure: Measure::Time, field: "as_of".to_owned() };
        let seconds = |seconds: i64| i128::from(seconds).saturating_mul(UNIT);
        let mut inside = Lit::TRUE;
        if let Some(from) = rule.effective_from {
            let before = theory.vars.below(quantity.clone(), seconds(from.seconds), false);
            inside = theory.vars.graph.and(inside, !before);
        }
        if let Some(until) = rule.effective_until {
            let before = theory.vars.below(quantity, seconds(until.end()), false);
            inside = theory.vars.graph.and(inside, before);
        }
        let stand_in = self.setting.policy.fields.get(FieldId::AS_OF.index()).map(|field| field.missing.clone());
        if let Some(Missing::Value(_)) = stand_in {
            return Rail::sharp(inside);
        }
        let missing = theory.vars.lit(Var::Missing { field: "as_of".to_owned() });
        let graph = &mut theory.vars.graph;
        Rail { t: graph.and(inside, !missing), f: graph.and(!inside, !missing) }
    }
}

/// What the meaning of a rule depends on beside itself.
#[derive(Default)]
struct Depends {
    lists: Vec<ListId>,
    market: bool,
    others: bool,
}

impl Depends {
    fn of(rule: &EffectiveRule) -> Depends {
        let mut depends = Depends::default();
        rule.conditions().for_each(|cond| depends.add(cond));
        depends
    }

    fn add(&mut self, cond: &Cond) {
        cond.lists(&mut |list, _| self.lists.push(list));
        cond.fields(&mut |field| self.market |= field == FieldId::MARKET);
        cond.references(&mut |_| self.others = true);
        cond.walk(&mut |part| self.market |= matches!(&part.kind, CondKind::In(Value::Field(FieldId::MARKET), ..)));
        self.lists.sort_unstable();
        self.lists.dedup();
    }
}
