//! Several nodes on one history: each watches the targets that it holds, and shows what the others found.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::conductor::Conductor;
use super::fleet::Fleet;
use crate::board::TargetHolder;
use crate::board::order::OrderError;
use crate::history::recorder::Recorder;
use crate::history::runs::RunLog;
use crate::schedule::turns::Turns;

impl Conductor {
    /// Takes in what the node has learned.
    pub(super) fn take_news(&mut self) {
        let Some(news) = self.recorder.as_ref().and_then(Recorder::take_news) else { return };
        let now = Timestamp::now();
        // The silences first, so that a problem that is silenced is never sent.
        self.turn_silences(now);
        let names = self.fleet.names().into_iter().enumerate();
        let positions: HashMap<String, usize> =
            names.map(|(position, name)| (name, position)).collect();
        // At the start of the only node, the first runs are spread. Of another node, no target waits for longer.
        let others = news.nodes.as_ref().is_some_and(|nodes| nodes.len() > 1);
        let at_once = others || self.board.sweeps() > 0;
        let moved = !news.gone.is_empty() || !news.claimed.is_empty();
        for target in &news.gone {
            let Some(&position) = positions.get(target) else { continue };
            self.agenda.pause(position);
            self.leaving.remove(target);
            self.fleet.targets[position].hand_over(TargetHolder::Free);
            self.show_from_store(position, now);
        }
        for (target, saved) in news.claimed {
            let Some(&position) = positions.get(&target) else { continue };
            let watched = &mut self.fleet.targets[position];
            let was_watched = saved.results.is_some();
            watched.adopt(saved.results, TargetHolder::Own);
            watched.state.runs = saved.runs.map(RunLog::restored).unwrap_or_default();
            let intervals = watched.intervals();
            self.agenda.resume(position, Turns::new(&target, &intervals, now));
            if at_once && was_watched {
                self.agenda.request(position, 0..intervals.len());
            }
            self.show_from_store(position, now);
        }
        for (target, earlier) in news.runs {
            let Some(&position) = positions.get(&target) else { continue };
            if self.fleet.targets[position].is_held() {
                self.fleet.targets[position].state.runs.join(earlier);
            }
        }
        for (target, saved) in news.others {
            let Some(&position) = positions.get(&target) else { continue };
            let watched = &mut self.fleet.targets[position];
            if !watched.is_held() {
                let holder = watched.holder().clone();
                watched.adopt(Some(saved), holder);
                self.show_from_store(position, now);
            }
        }
        for (target, node) in news.holders.unwrap_or_default() {
            let Some(&position) = positions.get(&target) else { continue };
            let watched = &mut self.fleet.targets[position];
            let holder =
                if node.is_empty() { TargetHolder::Free } else { TargetHolder::Node(node) };
            if !watched.is_held() && *watched.holder() != holder {
                watched.hand_over(holder);
                self.show_from_store(position, now);
            }
        }
        for target in news.surplus {
            if let Some(&position) = positions.get(&target) {
                self.agenda.pause(position);
                self.leaving.insert(target);
            }
        }
        if let Some(nodes) = news.nodes {
            self.board.set_nodes(nodes);
        }
        self.give_back(now);
        if moved {
            self.refuse_waiting();
            tracing::info!("this node watches {} targets", self.held());
            self.deliveries.changed();
        }
        // The receivers get results only after the board shows whose they are.
        self.board.set_deliver_until(news.deliver_until);
    }

    /// Holds no target yet that the history on a server does not assign to this node.
    pub(super) fn begin_as_node(&mut self) {
        let Some(recorder) = self.recorder.as_ref().filter(|recorder| recorder.is_node()) else {
            return;
        };
        for (position, watched) in self.fleet.targets.iter_mut().enumerate() {
            if !recorder.holds(&watched.job.name) {
                if watched.is_held() {
                    watched.hand_over(TargetHolder::Free);
                }
                self.agenda.pause(position);
            }
        }
    }

    /// Gives the history the targets in use.
    pub(super) fn announce_targets(&self) {
        if let Some(recorder) = &self.recorder {
            let hash = if recorder.is_node() { settings_hash(&self.fleet) } else { String::new() };
            recorder.set_targets(self.fleet.names(), hash);
            self.board.set_history(recorder.state());
        }
    }

    /// Gives surplus targets back on which no sweep runs.
    pub(super) fn give_back(&mut self, now: Timestamp) {
        for target in self.leaving.clone() {
            let Some(position) = self.fleet.position(&target) else {
                self.leaving.remove(&target);
                continue;
            };
            if self.agenda.turns(position).is_running() {
                continue;
            }
            self.leaving.remove(&target);
            self.save(position, now);
            if let Some(recorder) = &self.recorder {
                recorder.give_back(&target);
            }
            self.fleet.targets[position].hand_over(TargetHolder::Free);
            self.show_from_store(position, now);
            self.refuse_waiting();
        }
    }

    /// Why an order for a target cannot be carried out here, if it cannot.
    pub(super) fn not_held(&self, position: usize) -> Option<OrderError> {
        let watched = &self.fleet.targets[position];
        let name = watched.job.name.clone();
        match watched.holder() {
            TargetHolder::Own if !self.leaving.contains(&name) => None,
            TargetHolder::Node(node) => Some(OrderError::OfOtherNode(name, node.clone())),
            TargetHolder::Own | TargetHolder::Free => Some(OrderError::OfNoNode(name)),
        }
    }

    /// The number of targets that this process watches.
    fn held(&self) -> usize {
        self.fleet.targets.iter().filter(|watched| watched.is_held()).count()
    }

    fn show_from_store(&mut self, position: usize, now: Timestamp) {
        let turns = self.agenda.turns(position);
        let watched = &mut self.fleet.targets[position];
        let next = turns.due().filter(|_| watched.is_held());
        let _ = watched.board();
        let mut shown = watched.shown(next, turns.missed());
        shown.quieten(self.silences.all().iter(), now);
        self.board.update(shown);
    }

    /// Answers the orders that wait for targets of other nodes.
    fn refuse_waiting(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let position = self.fleet.position(&waiting.target);
            match position.and_then(|position| self.not_held(position)) {
                Some(error) => drop(waiting.answer.send(Err(error))),
                None => self.waiting.push(waiting),
            }
        }
    }
}

/// The hash of the targets and their checks, so that nodes can compare their settings.
fn settings_hash(fleet: &Fleet) -> String {
    let mut text = String::new();
    for watched in &fleet.targets {
        let _ = writeln!(text, "{:?} {:?} {:?}", watched.job.name, watched.groups, watched.windows);
        for planned in watched.job.planned() {
            let _ = writeln!(text, "{:?} {:?}", planned.check.name, planned.effective);
        }
    }
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
