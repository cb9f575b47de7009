//! What waits for the thread that writes the history, and the state of the history.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::MeasuredValues;
use super::runs::DayRuns;
use super::saved::RestoredTarget;
use super::silence::OwnSilence;
use super::store::Unwritten;

/// The number of changes that wait. The oldest are dropped, and counted.
const MOST_WAITING: usize = 100_000;

/// The days of targets whose runs wait.
const MOST_DAYS: usize = 20_000;

/// The state of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryState {
    /// The file; absent without a history.
    pub path: Option<PathBuf>,
    /// Why the latest write failed.
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

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) inbox: Mutex<Inbox>,
    pub(super) wake: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub(super) changes: VecDeque<StateChange>,
    pub(super) acts: VecDeque<UserAct>,
    /// The silences in force. A new file gets all of them, also those that an earlier file had.
    pub(super) silences: BTreeMap<String, OwnSilence>,
    /// The ids of silences that are new or changed.
    pub(super) unsaved: BTreeSet<String>,
    /// The silences of a file that could not be read at the start.
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
}

impl Inbox {
    pub(super) fn limit(&mut self) {
        while self.changes.len() > MOST_WAITING {
            self.changes.pop_front();
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
}

pub(super) type LatestTargets = BTreeMap<String, (Timestamp, RestoredTarget)>;

impl Inbox {
    /// Takes what waits.
    pub(super) fn take(&mut self) -> (Unwritten, LatestTargets) {
        let unsaved = std::mem::take(&mut self.unsaved);
        let silences = unsaved.iter().filter_map(|id| self.silences.get(id)).cloned().collect();
        let changes = std::mem::take(&mut self.changes).into();
        let acts = std::mem::take(&mut self.acts).into();
        let runs = std::mem::take(&mut self.runs);
        (Unwritten { changes, acts, silences, runs }, std::mem::take(&mut self.latest))
    }

    /// Puts back what was not written. Of the results of a target, newer ones remain.
    pub(super) fn put_back(&mut self, waiting: Unwritten, latest: LatestTargets) {
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
