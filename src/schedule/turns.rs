//! The turns of one target: which of its checks are due, while one sweep runs at a time.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::slot::{next_slot, slots_between};

/// After a start, all checks run once within this time.
const FIRST: Duration = Duration::from_secs(30);

/// When each check of a target runs. Checks are given by their position.
#[derive(Debug)]
pub struct Turns {
    target: String,
    checks: Vec<CheckTurn>,
    /// The checks of the sweep that runs, if one does.
    running: Option<BTreeSet<usize>>,
    /// The checks that were requested, and wait for the end of the sweep.
    requested: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
struct CheckTurn {
    interval: Duration,
    due: Timestamp,
    missed: u64,
}

/// What the end of a sweep means for the next one.
#[derive(Debug, Default)]
pub struct TurnOutcome {
    /// The checks that did not run, as the server was not reached. They run again in the next sweep, so that after the
    /// outage each check reports what is true.
    pub unreached: Vec<usize>,
    /// The checks of which the state does not count yet, and after which time each runs again.
    pub recheck: Vec<(usize, Duration)>,
}

impl Turns {
    /// The turns of checks with these intervals.
    pub fn new(target: &str, intervals: &[Duration], now: Timestamp) -> Turns {
        let first = |interval: &Duration| CheckTurn {
            interval: *interval,
            due: next_slot(target, (*interval).min(FIRST), now),
            missed: 0,
        };
        Turns {
            target: target.to_owned(),
            checks: intervals.iter().map(first).collect(),
            running: None,
            requested: BTreeSet::new(),
        }
    }

    /// Sets when a check is due, as it was before the settings were read again.
    pub fn keep(&mut self, check: usize, due: Timestamp) {
        self.checks[check].due = due;
    }

    /// When the next sweep is due. Absent while a sweep runs, and for a target without checks.
    pub fn due(&self) -> Option<Timestamp> {
        if self.running.is_some() {
            return None;
        }
        let requested = (!self.requested.is_empty()).then_some(Timestamp::MIN);
        requested.or_else(|| self.checks.iter().map(|check| check.due).min())
    }

    /// When a check is due, whether or not a sweep runs.
    pub fn next(&self, check: usize) -> Option<Timestamp> {
        self.checks.get(check).map(|check| check.due)
    }

    /// Begins a sweep with the checks that are due or were requested, and returns their positions. It is empty while
    /// another sweep runs.
    pub fn start(&mut self, now: Timestamp) -> Vec<usize> {
        if self.running.is_some() {
            return Vec::new();
        }
        let mut due = std::mem::take(&mut self.requested);
        due.extend((0..self.checks.len()).filter(|position| self.checks[*position].due <= now));
        if !due.is_empty() {
            self.running = Some(due.clone());
        }
        due.into_iter().collect()
    }

    /// Ends the sweep. A slot that passed meanwhile is missed: it is counted, and not made up for.
    pub fn finish(&mut self, now: Timestamp, outcome: &TurnOutcome) {
        let Some(finished) = self.running.take() else { return };
        let unreached = &outcome.unreached;
        let shortest = unreached.iter().map(|position| self.checks[*position].interval).min();
        for position in finished {
            let check = &mut self.checks[position];
            if check.due <= now {
                check.missed += slots_between(check.due, now, check.interval);
            }
            check.due = next_slot(&self.target, check.interval, now);
            let again = match shortest {
                Some(shortest) if unreached.contains(&position) => {
                    Some(next_slot(&self.target, shortest, now))
                }
                _ => None,
            };
            check.due = check.due.min(again.unwrap_or(Timestamp::MAX));
        }
        for (position, after) in &outcome.recheck {
            let again = now.checked_add(*after).unwrap_or(Timestamp::MAX);
            let check = &mut self.checks[*position];
            check.due = check.due.min(again);
        }
    }

    /// Requests checks at once, or after the sweep that runs. A check that is part of this sweep is not requested
    /// again. Returns whether all checks are part of the sweep that runs.
    pub fn request(&mut self, checks: impl IntoIterator<Item = usize>) -> bool {
        let running = self.running.as_ref();
        let is_running =
            |position: &usize| running.is_some_and(|running| running.contains(position));
        let all = self.checks.len();
        let waiting: BTreeSet<usize> = checks
            .into_iter()
            .filter(|position| *position < all && !is_running(position))
            .collect();
        let joined = waiting.is_empty();
        self.requested.extend(waiting);
        joined
    }

    /// Whether a sweep runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The number of slots that passed while an earlier sweep ran.
    pub fn missed(&self) -> u64 {
        self.checks.iter().map(|check| check.missed).sum()
    }

    /// Plans all checks again, after the clock was set.
    pub fn replan(&mut self, now: Timestamp) {
        for check in &mut self.checks {
            check.due = next_slot(&self.target, check.interval, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
    }

    /// Runs turns second by second, with sweeps of this length, and returns the number of runs of each check.
    fn simulated(turns: &mut Turns, seconds: i64, length: i64) -> Vec<i64> {
        let mut runs = vec![0; turns.checks.len()];
        let mut end = None;
        for second in 0..seconds {
            if end == Some(second) {
                turns.finish(at(second), &TurnOutcome::default());
                end = None;
            }
            for position in turns.start(at(second)) {
                runs[position] += 1;
                end = Some(second + length);
            }
        }
        runs
    }

    #[test]
    fn each_check_runs_once_in_its_interval() {
        let intervals = [10, 60, 300].map(|count| SECOND * count);
        let mut turns = Turns::new("db1", &intervals, at(0));
        let runs = simulated(&mut turns, 3000, 1);
        for (run, expected) in runs.iter().zip([300, 50, 10]) {
            assert!((run - expected).abs() <= 1, "{runs:?}");
        }
        assert_eq!(turns.missed(), 0);
    }

    #[test]
    fn all_checks_run_soon_after_a_start() {
        let mut turns = Turns::new("db1", &[SECOND * 60, SECOND * 86_400], at(0));
        assert_eq!(simulated(&mut turns, 31, 1), [1, 1]);
    }

    #[test]
    fn slots_that_pass_during_a_sweep_are_missed() {
        let mut turns = Turns::new("db1", &[SECOND * 10], at(0));
        let runs = simulated(&mut turns, 1000, 25);
        assert!((33..=35).contains(&runs[0]), "{runs:?}");
        assert!((64..=68).contains(&turns.missed()), "{}", turns.missed());
    }

    #[test]
    fn after_an_outage_every_check_runs() {
        let mut turns = Turns::new("db1", &[SECOND * 10, SECOND * 3600], at(0));
        while turns.start(at(40)).len() < 2 {
            turns.finish(at(40), &TurnOutcome::default());
        }
        turns.finish(at(41), &TurnOutcome { unreached: vec![0, 1], ..TurnOutcome::default() });
        assert!(turns.next(1) <= Some(at(51)), "{:?}", turns.next(1));
    }

    #[test]
    fn a_check_whose_state_does_not_count_runs_earlier() {
        let mut turns = Turns::new("db1", &[SECOND * 3600, SECOND * 3600], at(0));
        assert_eq!(turns.start(at(31)), [0, 1]);
        let recheck = vec![(1, SECOND * 30)];
        turns.finish(at(32), &TurnOutcome { recheck, ..TurnOutcome::default() });
        assert_eq!(turns.start(at(62)), [1]);
    }

    #[test]
    fn a_request_runs_at_once_or_joins_the_sweep() {
        let mut turns = Turns::new("db1", &[SECOND * 3600, SECOND * 3600], at(0));
        turns.start(at(31));
        turns.finish(at(32), &TurnOutcome::default());
        assert!(!turns.request([1]));
        assert_eq!(turns.due(), Some(Timestamp::MIN));
        assert_eq!(turns.start(at(33)), [1]);
        assert!(turns.request([1]), "the sweep that runs has this check");
        assert!(!turns.request([0]));
        assert_eq!(turns.due(), None, "one sweep at a time");
        turns.finish(at(34), &TurnOutcome::default());
        assert_eq!(turns.start(at(34)), [0]);
        turns.finish(at(35), &TurnOutcome::default());
        assert!(turns.request([7]), "an unknown position is ignored");
        assert!(turns.start(at(36)).is_empty());
    }

    #[test]
    fn after_the_clock_was_set_nothing_is_made_up_for() {
        let mut turns = Turns::new("db1", &[SECOND * 10], at(0));
        turns.replan(at(-100_000));
        assert!(turns.due() <= Some(at(-99_990)));
        turns.replan(at(100_000));
        assert!(turns.due() > Some(at(100_000)));
    }
}
