//! What waits for the thread that writes the history, the state of the history, and what a node knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::MeasuredValues;
use super::news::NodeNews;
use super::place::HistoryPlace;
use super::runs::DayRuns;
use super::saved::RestoredTarget;
use super::silence::OwnSilence;
use super::store::Unwritten;

/// The number of changes that wait. The oldest are dropped, and counted.
const MOST_WAITING: usize = 100_000;

/// The bytes of their texts, which a server can make long.
const MOST_BYTES: usize = 64 << 20;

/// The days of targets whose runs wait.
const MOST_DAYS: usize = 20_000;

/// The state of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryState {
    /// Where it is kept; absent without a history.
    pub place: Option<HistoryPlace>,
    /// Why the latest write failed, or why the lease of this node is not renewed.
    pub error: Option<String>,
    /// The number of changes that wait.
    pub waiting: usize,
    /// The number of changes that were dropped, as too many waited.
    pub dropped: u64,
    /// The number of sweeps and blocks whose values were dropped.
    pub values_dropped: u64,
}

/// How long and how much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// How long changes are kept.
    pub changes: Duration,
    /// How long values are kept.
    pub values: Duration,
    /// How long rollups are kept.
    pub hours: Duration,
    /// The size of the file in bytes.
    pub most: u64,
}

/// What the two threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) place: HistoryPlace,
    pub(super) inbox: Mutex<Inbox>,
    pub(super) wake: Condvar,
}

/// The latest results of targets, and when they were found.
pub(super) type LatestTargets = BTreeMap<String, (Timestamp, RestoredTarget)>;

/// What is written together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) waiting: Unwritten,
    pub(super) latest: LatestTargets,
    /// The targets that the node gives back after this batch.
    pub(super) given_back: Vec<String>,
}

/// About the bytes of the texts that are written together: a server computes the hashes of a batch in a time that grows with the
/// number of rows times the bytes. A batch of 2000 changes of 500 bytes takes 0.8 s, and 2000 of 20 kB over 60 s.
const MOST_TEXT: usize = 1 << 20;

/// Takes the first ones: at most `most`, and at least one, whatever its size is.
fn first<T>(waiting: &mut VecDeque<T>, most: usize, size: impl Fn(&T) -> usize) -> Vec<T> {
    let mut bytes = 0;
    let fits = |one: &&T| {
        let is_first = bytes == 0;
        bytes += size(one).max(1);
        is_first || bytes <= MOST_TEXT
    };
    let count = waiting.iter().take(most).take_while(fits).count();
    waiting.drain(..count).collect()
}

fn size(change: &StateChange) -> usize {
    change.summary.len() + change.object.as_ref().map_or(0, String::len)
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) changes: VecDeque<StateChange>,
    pub(super) acts: VecDeque<UserAct>,
    /// The silences in force. A new file gets all of them, also those that an earlier file had.
    pub(super) silences: BTreeMap<String, OwnSilence>,
    /// The ids of silences that are new or changed.
    pub(super) unsaved: BTreeSet<String>,
    /// The silences of a file that could not be read at the start, and those of other nodes.
    pub(super) found: Vec<OwnSilence>,
    pub(super) latest: LatestTargets,
    /// The runs of targets by their names and days.
    pub(super) runs: BTreeMap<(String, i64), DayRuns>,
    pub(super) measured: Vec<MeasuredValues>,
    /// The number of these values.
    pub(super) values: usize,
    pub(super) values_dropped: u64,
    pub(super) targets: Vec<String>,
    pub(super) error: Option<String>,
    pub(super) dropped: u64,
    pub(super) stopped: bool,
    /// The number of changes that were sent, and are not written for certain.
    pub(super) sent: usize,
    /// The node of a history on a server; absent for a file.
    pub(super) node: Option<OwnNode>,
}

/// This process as a node.
#[derive(Debug, Default)]
pub(super) struct OwnNode {
    /// Its number, while it has joined.
    pub(super) id: Option<i64>,
    /// The hash of its targets and checks.
    pub(super) settings_hash: String,
    /// The targets that it holds.
    pub(super) held: BTreeSet<String>,
    /// Those of which it is not known how often an earlier node ran their checks on this day. Their counts wait.
    pub(super) unread: BTreeSet<String>,
    /// The targets that it gives back as soon as their results are written.
    pub(super) given_back: BTreeSet<String>,
    /// Why the lease cannot be renewed.
    pub(super) error: Option<String>,
    /// What the conductor does not know yet.
    pub(super) news: NodeNews,
}

impl Inbox {
    /// Drops what is too much.
    pub(super) fn limit(&mut self) {
        let mut bytes: usize = self.changes.iter().map(size).sum();
        while self.changes.len() > MOST_WAITING || bytes > MOST_BYTES {
            bytes -= self.changes.pop_front().as_ref().map_or(0, size);
            self.dropped += 1;
        }
        while self.acts.len() > MOST_WAITING {
            self.acts.pop_front();
            self.dropped += 1;
        }
        while self.runs.len() > MOST_DAYS {
            let oldest = self.runs.keys().min_by_key(|(_, day)| *day).cloned();
            self.runs.remove(&oldest.unwrap_or_default());
            self.dropped += 1;
        }
    }

    /// Whether results of a target are recorded: it is not held by another node.
    pub(super) fn holds(&self, target: &str) -> bool {
        self.node.as_ref().is_none_or(|node| node.held.contains(target))
    }

    /// Drops what waits of targets that another node may hold.
    pub(super) fn forget(&mut self, targets: &BTreeSet<String>) {
        self.changes.retain(|change| !targets.contains(&change.target));
        self.latest.retain(|target, _| !targets.contains(target));
        self.runs.retain(|(target, _), _| !targets.contains(target));
        if let Some(node) = &mut self.node {
            node.unread.retain(|target| !targets.contains(target));
        }
    }

    /// Adds what earlier nodes counted. Then the counts of these targets can be written.
    pub(super) fn join_runs(&mut self, earlier: &BTreeMap<String, DayRuns>) {
        let Some(node) = self.node.as_mut().filter(|_| !earlier.is_empty()) else { return };
        node.unread.retain(|target| !earlier.contains_key(target));
        let mut joined = BTreeSet::new();
        for ((target, _), runs) in &mut self.runs {
            // Later days follow the first one, and not the earlier node.
            if let Some(earlier) = earlier.get(target).filter(|_| joined.insert(target)) {
                runs.follow(earlier);
            }
        }
    }

    /// Whether the counts of a target wait, as those of before are not known.
    fn is_unread(&self, target: &str) -> bool {
        self.node.as_ref().is_some_and(|node| node.unread.contains(target))
    }

    /// Takes what waits, at most `most` changes, acts and targets each.
    pub(super) fn take(&mut self, most: usize) -> Batch {
        let unsaved = std::mem::take(&mut self.unsaved);
        let silences = unsaved.iter().filter_map(|id| self.silences.get(id)).cloned().collect();
        let changes = first(&mut self.changes, most, size);
        let acts = first(&mut self.acts, most, |act| act.detail.len());
        let latest = match self.latest.keys().nth(most).cloned() {
            Some(first) => {
                let rest = self.latest.split_off(&first);
                std::mem::replace(&mut self.latest, rest)
            }
            None => std::mem::take(&mut self.latest),
        };
        let is_all = self.changes.is_empty() && self.latest.is_empty();
        let given_back = self.node.as_mut().filter(|_| is_all);
        let given_back =
            given_back.map(|node| std::mem::take(&mut node.given_back)).unwrap_or_default();
        let (unread, runs) = std::mem::take(&mut self.runs)
            .into_iter()
            .partition(|((target, _), _)| self.is_unread(target));
        self.runs = unread;
        let waiting = Unwritten { changes, acts, silences, runs };
        Batch { waiting, latest, given_back: given_back.into_iter().collect() }
    }

    /// Puts back what was not written. Of the results of a target, newer ones remain.
    pub(super) fn put_back(&mut self, batch: Batch) {
        let Batch { waiting, latest, given_back } = batch;
        let Unwritten { changes, acts, silences, runs } = waiting;
        let newer = std::mem::replace(&mut self.changes, changes.into());
        self.changes.extend(newer);
        let newer = std::mem::replace(&mut self.acts, acts.into());
        self.acts.extend(newer);
        self.unsaved.extend(silences.into_iter().map(|silence| silence.id));
        for (day, counted) in runs {
            self.runs.entry(day).or_insert(counted);
        }
        self.limit();
        for (name, target) in latest {
            self.latest.entry(name).or_insert(target);
        }
        if let Some(node) = &mut self.node {
            node.given_back.extend(given_back);
        }
    }

    /// Whether nothing waits, except values.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.latest.is_empty()
            && self.acts.is_empty()
            && self.unsaved.is_empty()
            && self.runs.keys().all(|(target, _)| self.is_unread(target))
            && self.sent == 0
    }
}

impl Batch {
    /// Whether nothing is to be written.
    pub(super) fn is_empty(&self) -> bool {
        let Unwritten { changes, acts, silences, runs } = &self.waiting;
        changes.is_empty()
            && acts.is_empty()
            && silences.is_empty()
            && runs.is_empty()
            && self.latest.is_empty()
            && self.given_back.is_empty()
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, unless the thread has to stop. Returns whether it has to.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let guard = self.wake.wait_timeout_while(self.lock(), time, |inbox| !inbox.stopped);
        guard.unwrap_or_else(PoisonError::into_inner).0.stopped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::State;

    #[test]
    fn what_is_written_together_has_a_limit_in_rows_and_bytes() {
        let mut waiting: VecDeque<usize> = VecDeque::from([2 * MOST_TEXT, 1, MOST_TEXT, 0, 0, 0]);
        let mut take = |most| first(&mut waiting, most, |size| *size);
        assert_eq!(take(10), [2 * MOST_TEXT], "a large one is written alone");
        assert_eq!(take(10), [1]);
        assert_eq!(take(10), [MOST_TEXT]);
        assert_eq!(take(2), [0, 0]);
        assert_eq!(take(2), [0]);
        assert_eq!(take(2), [0; 0]);
    }

    #[test]
    fn what_waits_has_a_limit_in_bytes() {
        let change = |seq| StateChange {
            seq,
            at: Timestamp::UNIX_EPOCH,
            target: "db1".to_owned(),
            check: "slots".to_owned(),
            database: None,
            finding: "1".to_owned(),
            object: None,
            was: State::Ok,
            became: State::Warning,
            summary: "x".repeat(MOST_BYTES / 2),
        };
        let mut inbox = Inbox { changes: (0..3).map(change).collect(), ..Inbox::default() };
        inbox.limit();
        assert_eq!((inbox.changes.len(), inbox.changes[0].seq, inbox.dropped), (2, 1, 1));
    }
}
