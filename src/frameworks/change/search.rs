//! The cheapest sets of changes that lead to a category.
//!
//! Slots are taken one after the other. After each, states that are alike are one node, with the least cost of all ways
//! to it; ways that could not lead to the category within the number of changes looked at are left out. From the last
//! nodes the ways are followed back, the cheapest first.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::super::condition::Value;
use super::super::policy::{Policy, Rule};
use super::bound::Bound;
use super::cost::Cost;
use super::slots::Slot;
use super::state::{Filling, Layout};

/// A hash of words that is fast and good enough for states.
#[derive(Default)]
struct Words(u64);

impl Hasher for Words {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.write_u64(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

type Known = HashMap<Box<[u64]>, u32, BuildHasherDefault<Words>>;

/// What a slot can do to a state.
#[derive(Debug)]
pub struct Move {
    /// Position among the choices of the slot.
    choice: usize,
    /// What it asks for.
    pub cost: Cost,
    /// Variables that change.
    pub vars: BTreeSet<usize>,
    /// What it adds.
    pub adds: Vec<u64>,
}

/// A slot whose choices differ in what they add.
#[derive(Debug)]
pub struct Turn {
    slot: usize,
    /// The first is that nothing changes.
    pub moves: Vec<Move>,
}

/// A set of changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Variables with their new values.
    pub given: Vec<(usize, Value)>,
    /// What it asks for.
    pub cost: Cost,
}

impl Found {
    /// The variables.
    pub fn vars(&self) -> BTreeSet<usize> {
        self.given.iter().map(|(var, _)| *var).collect()
    }
}

/// What is looked for.
pub struct Search<'a> {
    layout: &'a Layout<'a>,
    slots: &'a [Slot],
    policy: &'a Policy,
    category: usize,
    start: Vec<u64>,
    turns: Vec<Turn>,
    /// Turns before this one change more than numbers of criteria met.
    counting_from: usize,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    cost: Cost,
    /// Last edge that leads to it.
    edge: u32,
    /// What its bits leave open.
    group: u32,
}

#[derive(Debug, Clone, Copy)]
struct Edge {
    from: u32,
    /// Turn and move; the last turn there can be stands for none.
    turn: u32,
    step: u32,
    /// Next edge to the same node.
    next: u32,
}

const NONE: u32 = u32::MAX;

/// Every way that is worth following.
pub struct Ways<'a> {
    search: &'a Search<'a>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    last: Vec<u32>,
    /// Least number of changes beyond those looked at that could lead further; `None` if nothing was left out.
    pub beyond: Option<u16>,
}

impl<'a> Search<'a> {
    /// Prepares the search for a category; `without` are variables that stay as they are.
    pub fn new(
        layout: &'a Layout<'a>,
        slots: &'a [Slot],
        policy: &'a Policy,
        fillings: &[Filling],
        category: usize,
        without: &BTreeSet<usize>,
    ) -> Self {
        let mut start = layout.start();
        let mut turns = Vec::new();
        for (at, slot) in slots.iter().enumerate() {
            let moves = moves(layout, at, slot, fillings, without);
            match moves.as_slice() {
                [only] => {
                    let mut both = Vec::new();
                    layout.join(&start, &only.adds, &mut both);
                    start = both;
                }
                _ => turns.push(Turn { slot: at, moves }),
            }
        }
        let met: Vec<usize> = match &policy.rule {
            Rule::Fit(fit) => fit.members.iter().map(|member| member.met).collect(),
            _ => Vec::new(),
        };
        let counts = |turn: &Turn| {
            let first = turn.moves.first();
            first.is_some_and(|first| turn.moves.iter().all(|one| layout.only_meets(&one.adds, &first.adds, &met)))
        };
        // Few moves first: that keeps the number of states small for longest.
        turns.sort_by_key(|turn| (counts(turn), turn.moves.len()));
        let counting_from = turns.iter().position(counts).unwrap_or(turns.len());
        // What all choices of such a turn add beside numbers of criteria met is there from the start: what a state can come
        // to is judged before the turn is taken.
        for turn in turns.iter_mut().skip(counting_from) {
            let mut rest = None;
            for one in &mut turn.moves {
                let (same, counted) = layout.split(&one.adds, &met);
                one.adds = counted;
                rest = Some(same);
            }
            let mut both = Vec::new();
            layout.join(&start, &rest.unwrap_or_else(|| vec![0; start.len()]), &mut both);
            start = both;
        }
        Self { layout, slots, policy, category, start, turns, counting_from }
    }

    /// Every way of at most so many changes that may lead to the category; `None` if there are too many states for the
    /// work that is left.
    pub fn ways(&'a self, most: u16, work: &mut usize) -> Option<Ways<'a>> {
        let mut ways = Ways { search: self, nodes: Vec::new(), edges: Vec::new(), last: Vec::new(), beyond: None };
        let mut bound = Bound::new(self.layout, self.policy, self.category);
        ways.nodes.push(Node { cost: Cost::default(), edge: NONE, group: NONE });
        let mut layer: Vec<(Box<[u64]>, u32)> = vec![(self.start.clone().into_boxed_slice(), 0)];
        if self.counting_from == 0 {
            layer = ways.settled(layer, &mut bound, most);
        }
        for (at, turn) in self.turns.iter().enumerate() {
            *work = work.checked_sub(layer.len() * turn.moves.len())?;
            let counting = at >= self.counting_from;
            let mut known = Known::default();
            let mut state = Vec::with_capacity(self.layout.words());
            for (words, node) in &layer {
                let Some(from) = ways.nodes.get(*node as usize).copied() else { continue };
                for (step, one) in turn.moves.iter().enumerate() {
                    let cost = from.cost.plus(one.cost);
                    if cost.changes > most {
                        ways.leave_out(cost.changes);
                        continue;
                    }
                    self.layout.join(words, &one.adds, &mut state);
                    let edge = Edge { from: *node, turn: index(at), step: index(step), next: NONE };
                    if let Some(to) = known.get(state.as_slice()) {
                        ways.reach(*to, cost, edge);
                        continue;
                    }
                    if counting {
                        match bound.least(from.group, &state, at + 1 - self.counting_from) {
                            None => continue,
                            Some(least) if cost.changes + least > most => {
                                ways.leave_out(cost.changes + least);
                                continue;
                            }
                            Some(_) => {}
                        }
                    }
                    let to = ways.add(cost, from.group, edge);
                    known.insert(state.clone().into_boxed_slice(), to);
                }
            }
            layer = known.into_iter().collect();
            layer.sort_unstable_by_key(|(_, node)| *node);
            if at + 1 == self.counting_from {
                layer = ways.settled(layer, &mut bound, most);
            }
        }
        ways.last = layer
            .into_iter()
            .filter(|(state, _)| self.layout.leads_to(state, self.category))
            .map(|(_, node)| node)
            .collect();
        Some(ways)
    }
}

/// What the choices of a slot do, those left out that do no more than a part of them.
fn moves(layout: &Layout, at: usize, slot: &Slot, fillings: &[Filling], without: &BTreeSet<usize>) -> Vec<Move> {
    let mut order: Vec<usize> = (0..slot.choices.len()).collect();
    order.sort_by_key(|choice| slot.choices.get(*choice).map(|choice| choice.cost));
    let mut found: Vec<Move> = Vec::new();
    let mut alike: HashMap<Vec<u64>, Vec<usize>> = HashMap::new();
    for choice in order {
        let Some(one) = slot.choices.get(choice) else { continue };
        let vars: BTreeSet<usize> = one.given.iter().map(|(var, _)| *var).collect();
        if !vars.is_disjoint(without) {
            continue;
        }
        let Some(adds) = layout.adds(at, &one.given, fillings) else { continue };
        let same = alike.entry(adds.clone()).or_default();
        if same.iter().filter_map(|other| found.get(*other)).any(|other| other.vars.is_subset(&vars)) {
            continue;
        }
        same.push(found.len());
        found.push(Move { choice, cost: one.cost, vars, adds });
    }
    found
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

impl Ways<'_> {
    fn leave_out(&mut self, changes: u16) {
        self.beyond = Some(self.beyond.map_or(changes, |known| known.min(changes)));
    }

    fn add(&mut self, cost: Cost, group: u32, edge: Edge) -> u32 {
        self.edges.push(edge);
        self.nodes.push(Node { cost, edge: index(self.edges.len() - 1), group });
        index(self.nodes.len() - 1)
    }

    /// One more way to a node.
    fn reach(&mut self, to: u32, cost: Cost, edge: Edge) {
        let next = index(self.edges.len());
        if let Some(node) = self.nodes.get_mut(to as usize) {
            node.cost = node.cost.min(cost);
            self.edges.push(Edge { next: node.edge, ..edge });
            node.edge = next;
        }
    }

    /// The same states with every condition over several slots settled.
    fn settled(&mut self, layer: Vec<(Box<[u64]>, u32)>, bound: &mut Bound, most: u16) -> Vec<(Box<[u64]>, u32)> {
        let search = self.search;
        let mut known = Known::default();
        for (words, node) in layer {
            let Some(state) = search.layout.settle(&words) else { continue };
            let Some(from) = self.nodes.get(node as usize).copied() else { continue };
            let group = bound.group(&state, search.turns.get(search.counting_from..).unwrap_or_default());
            match bound.least(group, &state, 0) {
                None => continue,
                Some(least) if from.cost.changes + least > most => {
                    self.leave_out(from.cost.changes + least);
                    continue;
                }
                Some(_) => {}
            }
            let edge = Edge { from: node, turn: NONE, step: 0, next: NONE };
            match known.entry(state.into_boxed_slice()) {
                Entry::Occupied(held) => self.reach(*held.get(), from.cost, edge),
                Entry::Vacant(place) => {
                    let to = self.add(from.cost, group, edge);
                    place.insert(to);
                }
            }
        }
        let mut layer: Vec<(Box<[u64]>, u32)> = known.into_iter().collect();
        layer.sort_unstable_by_key(|(_, node)| *node);
        layer
    }
    /// Sets of changes in the order of their cost.
    pub fn cheapest(&self, most: u16) -> Cheapest<'_> {
        let mut cheapest = Cheapest { ways: self, most, open: BinaryHeap::new(), made: Vec::new() };
        for node in &self.last {
            cheapest.push(*node, Cost::default(), NONE);
        }
        cheapest
    }

    fn step(&self, edge: Edge) -> Option<&Move> {
        self.search.turns.get(edge.turn as usize)?.moves.get(edge.step as usize)
    }
}

/// Follows ways back from their end, the cheapest first.
pub struct Cheapest<'a> {
    ways: &'a Ways<'a>,
    most: u16,
    /// Cost of the whole, node, cost behind the node, last change behind the node.
    open: BinaryHeap<Reverse<(Cost, u32, Cost, u32)>>,
    /// Changes: turn, move, the one made before.
    made: Vec<(u32, u32, u32)>,
}

impl Cheapest<'_> {
    fn push(&mut self, node: u32, behind: Cost, made: u32) {
        if let Some(known) = self.ways.nodes.get(node as usize) {
            let whole = known.cost.plus(behind);
            if whole.changes <= self.most {
                self.open.push(Reverse((whole, node, behind, made)));
            }
        }
    }

    /// The next set of changes that includes none of the sets of variables in `held`; `None` when there is none, or
    /// when `work` is used up.
    pub fn next(&mut self, held: &[BTreeSet<usize>], work: &mut usize) -> Option<Found> {
        while let Some(Reverse((_, node, behind, made))) = self.open.pop() {
            *work = work.checked_sub(1)?;
            if self.includes(made, held) {
                continue;
            }
            if node == 0 {
                return Some(self.found(made, behind));
            }
            let mut edge = self.ways.nodes.get(node as usize).map_or(NONE, |node| node.edge);
            while let Some(here) = self.ways.edges.get(edge as usize).copied() {
                edge = here.next;
                let (cost, changes) =
                    self.ways.step(here).map_or((Cost::default(), false), |step| (step.cost, !step.vars.is_empty()));
                let mut last = made;
                if changes {
                    self.made.push((here.turn, here.step, made));
                    last = index(self.made.len() - 1);
                }
                self.push(here.from, behind.plus(cost), last);
            }
        }
        None
    }

    fn steps(&self, mut made: u32) -> Vec<(usize, &Move)> {
        let mut found = Vec::new();
        while let Some((turn, step, before)) = self.made.get(made as usize) {
            made = *before;
            let turn = self.ways.search.turns.get(*turn as usize);
            if let Some((turn, step)) = turn.and_then(|turn| Some((turn, turn.moves.get(*step as usize)?))) {
                found.push((turn.slot, step));
            }
        }
        found
    }

    fn includes(&self, made: u32, held: &[BTreeSet<usize>]) -> bool {
        if made == NONE || held.is_empty() {
            return false;
        }
        let vars: BTreeSet<usize> = self.steps(made).iter().flat_map(|(_, step)| step.vars.iter().copied()).collect();
        held.iter().any(|held| held.is_subset(&vars))
    }

    fn found(&self, made: u32, cost: Cost) -> Found {
        let choices = self.steps(made);
        let given = choices.iter().filter_map(|(slot, step)| {
            Some(self.ways.search.slots.get(*slot)?.choices.get(step.choice)?.given.iter().copied())
        });
        let mut given: Vec<(usize, Value)> = given.flatten().collect();
        given.sort_by_key(|(var, _)| *var);
        Found { given, cost }
    }
}
