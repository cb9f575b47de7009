//! The agenda: the turns of all targets, in the order of time.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::turns::{TurnOutcome, Turns};

/// The turns of all targets. Targets are given by their position.
#[derive(Debug, Default)]
pub struct Agenda {
    turns: Vec<Turns>,
    /// When each target that no sweep runs on is due.
    due: BTreeSet<(Timestamp, usize)>,
    /// The targets on which no sweep begins.
    paused: BTreeSet<usize>,
}

impl Agenda {
    /// The agenda of these targets.
    pub fn new(turns: Vec<Turns>) -> Agenda {
        let due = turns.iter().enumerate();
        let due = due.filter_map(|(target, turns)| Some((turns.due()?, target))).collect();
        Agenda { turns, due, paused: BTreeSet::new() }
    }

    /// When the next target is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(time, _)| *time)
    }

    /// Begins a sweep of the target that waits longest, if one is due. Returns the target, when it was due, and its
    /// checks.
    pub fn start(&mut self, now: Timestamp) -> Option<(usize, Timestamp, Vec<usize>)> {
        let (time, target) = *self.due.first().filter(|(time, _)| *time <= now)?;
        self.due.pop_first();
        let checks = self.turns[target].start(now);
        self.enter(target);
        Some((target, time, checks))
    }

    /// Ends the sweep of a target.
    pub fn finish(&mut self, target: usize, now: Timestamp, outcome: &TurnOutcome) {
        self.turns[target].finish(now, outcome);
        self.enter(target);
    }

    /// Requests checks of a target. Returns whether all of them are part of the sweep that runs.
    pub fn request(&mut self, target: usize, checks: impl IntoIterator<Item = usize>) -> bool {
        if let Some(due) = self.turns[target].due() {
            self.due.remove(&(due, target));
        }
        let joined = self.turns[target].request(checks);
        self.enter(target);
        joined
    }

    /// Begins no sweep of a target until it is resumed. One that runs ends as always.
    pub fn pause(&mut self, target: usize) {
        if let Some(due) = self.turns[target].due() {
            self.due.remove(&(due, target));
        }
        self.paused.insert(target);
    }

    /// Resumes a target with new turns.
    pub fn resume(&mut self, target: usize, turns: Turns) {
        self.pause(target);
        self.paused.remove(&target);
        self.turns[target] = turns;
        self.enter(target);
    }

    /// Plans all targets again, after the clock was set.
    pub fn replan(&mut self, now: Timestamp) {
        for turns in &mut self.turns {
            turns.replan(now);
        }
        self.due.clear();
        (0..self.turns.len()).for_each(|target| self.enter(target));
    }

    /// The turns of a target.
    pub fn turns(&self, target: usize) -> &Turns {
        &self.turns[target]
    }

    /// How many sweeps run.
    pub fn running(&self) -> usize {
        self.turns.iter().filter(|turns| turns.is_running()).count()
    }

    fn enter(&mut self, target: usize) {
        if self.paused.contains(&target) {
            return;
        }
        self.due.extend(self.turns[target].due().map(|due| (due, target)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
    }

    #[test]
    fn each_target_has_one_sweep_at_a_time_and_none_is_forgotten() {
        let minute = Duration::from_secs(60);
        let names = ["a", "b", "c", "d"];
        let turns = names.map(|name| Turns::new(name, &[minute], at(0)));
        let mut agenda = Agenda::new(turns.into());
        let mut started = Vec::new();
        while let Some((target, due, checks)) = agenda.start(at(30)) {
            assert!(due <= at(30) && checks == [0]);
            started.push(target);
        }
        started.sort_unstable();
        assert_eq!(started, [0, 1, 2, 3]);
        assert_eq!((agenda.running(), agenda.next()), (4, None));
        agenda.finish(2, at(31), &TurnOutcome::default());
        assert!(!agenda.request(2, [0]));
        assert!(agenda.request(3, [0]), "its sweep runs");
        assert_eq!(agenda.start(at(31)), Some((2, Timestamp::MIN, vec![0])));
        assert_eq!(agenda.start(at(31)), None);
        agenda.replan(at(31));
        assert_eq!(agenda.next(), None, "all sweeps run");
        agenda.finish(0, at(40), &TurnOutcome::default());
        assert!(agenda.next() > Some(at(40)));
        agenda.pause(0);
        agenda.request(0, [0]);
        agenda.pause(1);
        agenda.finish(1, at(50), &TurnOutcome::default());
        assert_eq!((agenda.next(), agenda.running()), (None, 2));
        agenda.resume(1, Turns::new("b", &[minute], at(60)));
        agenda.resume(2, Turns::new("c", &[minute], at(60)));
        assert!(agenda.next() >= Some(at(60)), "what was requested of an earlier turn is over");
        assert_eq!(agenda.running(), 1);
    }
}
