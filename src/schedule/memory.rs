//! What is remembered of the findings of a target from one run to the next. It can be written and read, so that it
//! survives a restart.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, State};

/// The changes of the last hour from which on a check is reported as flapping.
const FLAPPING: usize = 7;

/// The id of the failure of a check, which no finding has.
pub(super) const ERROR: &str = "error";

const HOUR: Duration = Duration::from_secs(3600);

/// The findings of one target that count or may count soon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingMemory {
    /// By check, then by finding.
    pub(super) checks: BTreeMap<String, BTreeMap<String, KnownFinding>>,
    /// By check.
    shown: BTreeMap<String, ShownState>,
    /// The runs in which the server was not reached.
    pub(super) outage: Option<KnownFinding>,
}

/// A finding of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownFinding {
    /// The finding as it counts. Absent while its state does not count yet.
    pub(super) counts: Option<Finding>,
    /// The number of runs in a row with the other state: bad ones while it does not count, good ones while it does.
    pub(super) runs: u32,
    /// The first of the bad runs.
    pub(super) since: Timestamp,
}

/// The state of a check as it was reported, and when it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ShownState {
    state: State,
    changes: VecDeque<Timestamp>,
}

impl FindingMemory {
    /// Records the state that is reported for a check. Returns the number of changes in the last hour, if there are so
    /// many that the check flaps.
    pub(super) fn show(&mut self, check: &str, state: State, now: Timestamp) -> Option<usize> {
        let first = || ShownState { state, changes: VecDeque::new() };
        let shown = self.shown.entry(check.to_owned()).or_insert_with(first);
        if shown.state != state {
            shown.state = state;
            shown.changes.push_back(now);
        }
        let is_old = |time: &Timestamp| now.duration_since(*time).unsigned_abs() >= HOUR;
        while shown.changes.front().is_some_and(is_old) || shown.changes.len() > 10 * FLAPPING {
            shown.changes.pop_front();
        }
        Some(shown.changes.len()).filter(|count| *count >= FLAPPING)
    }

    /// The findings that count, each with its check, its database, its id and the first of its bad runs. The failure of a
    /// check has the id that `failure` gives.
    pub fn since<'m>(
        &'m self,
        failure: &'m str,
    ) -> impl Iterator<Item = (&'m str, Option<&'m str>, &'m str, Timestamp)> {
        let known = self.checks.iter().flat_map(|(check, known)| {
            known.iter().map(move |(key, known)| (check.as_str(), key.as_str(), known))
        });
        known.filter(|(_, _, known)| known.counts.is_some()).filter_map(
            move |(check, key, known)| {
                let (database, id) = key.split_once('\0')?;
                let id = if id == ERROR { failure } else { id };
                Some((check, Some(database).filter(|name| !name.is_empty()), id, known.since))
            },
        )
    }

    /// The first of the runs in which the server was not reached.
    pub fn outage_since(&self) -> Option<Timestamp> {
        self.outage.as_ref().map(|known| known.since)
    }

    /// Forgets the checks that do not belong to the target anymore.
    pub fn limit_to(&mut self, is_planned: impl Fn(&str) -> bool) {
        self.checks.retain(|check, _| is_planned(check));
        self.shown.retain(|check, _| is_planned(check));
    }
}
