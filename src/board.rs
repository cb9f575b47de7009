//! The board of `posemo serve`: what is known about each target.
//!
//! The thread that runs checks writes it; the web server and the receivers read it. A reader holds the lock only while
//! it copies references, so that it cannot delay a check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::finding::report::{CheckReports, Report, TargetReport};
use crate::history::news::awake_since_start;
use crate::history::quiet::{matching, quiet};
use crate::history::recorder::HistoryState;
use crate::history::server::lease::ListedNode;
use crate::history::silence::OwnSilence;

pub mod effect;
pub mod notes;
pub mod order;

/// The check, the database and the id of a problem. The check of an outage is empty.
pub type ProblemKey = (String, Option<String>, String);

/// Which node of a history on a server watches a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TargetHolder {
    /// This process.
    #[default]
    Own,
    /// The node with this name.
    Node(String),
    /// None, for the moment.
    Free,
}

/// What is known about a target.
#[derive(Debug, Clone, Default)]
pub struct TargetBoard {
    /// The latest result of each check, as it counts. During an outage, as for a single run. Problems that a silence
    /// matches are suppressed.
    pub report: TargetReport,
    /// The report before silences, where it differs.
    pub loud: Option<Box<TargetReport>>,
    /// Which node watches it.
    pub holder: TargetHolder,
    /// The groups of the target.
    pub groups: Vec<String>,
    /// Why the server was not reached in the latest sweep, also where this does not count yet.
    pub outage: Option<String>,
    /// The latest result of each check, also during an outage.
    pub known: CheckReports,
    /// Since when problems exist, by check, database and id of the finding.
    pub since: BTreeMap<ProblemKey, Timestamp>,
    /// The names of the checks that judge a document. An outage does not concern them.
    pub documents: BTreeSet<String>,
    /// When the latest sweep began.
    pub swept: Option<Timestamp>,
    /// How long it took.
    pub took: Duration,
    /// When the next sweep is due.
    pub next: Option<Timestamp>,
    /// The number of slots that passed while an earlier sweep ran.
    pub missed: u64,
    /// The name and the end of the maintenance window that is open.
    pub maintenance: Option<(String, Timestamp)>,
}

impl TargetBoard {
    /// The report before silences.
    pub fn loud(&self) -> &TargetReport {
        self.loud.as_deref().unwrap_or(&self.report)
    }

    /// Suppresses the problems that these silences match.
    pub fn quieten<'s>(&mut self, silences: impl Iterator<Item = &'s OwnSilence>, now: Timestamp) {
        if let Some(report) = self.loud.take() {
            self.report = *report;
        }
        if let Some(report) = self.quieted(silences, now) {
            self.loud = Some(Box::new(std::mem::replace(&mut self.report, report)));
        }
    }

    /// The number of problems that a silence matches.
    pub fn matching(&self, silence: &OwnSilence) -> usize {
        matching(self.loud(), &self.known, &self.documents, silence)
    }

    /// The report with only these silences; absent if they match no problem.
    pub fn quieted<'s>(
        &self,
        silences: impl Iterator<Item = &'s OwnSilence>,
        now: Timestamp,
    ) -> Option<TargetReport> {
        let loud = self.loud();
        let is_for = |silence: &&OwnSilence| {
            silence.is_active(now) && silence.scope.is_for(&loud.target, &self.groups)
        };
        let silences: Vec<&OwnSilence> = silences.filter(is_for).collect();
        quiet(loud, &self.known, &self.documents, &silences)
    }

    /// The report of what was found at the time of the latest sweep. During an outage it has only the values of documents.
    pub fn measured(&self) -> TargetReport {
        let mut report = self.report.clone();
        if let Some(outage) = &self.outage
            && report.error.is_none()
        {
            report.error = Some(outage.clone());
            report.checks.retain(|check| self.documents.contains(&check.check));
        }
        report
    }
}

/// The state of a receiver.
#[derive(Debug, Clone, Default)]
pub struct ReceiverBoard {
    /// When a report was delivered.
    pub delivered: Option<Timestamp>,
    /// Why the latest report was not delivered.
    pub error: Option<String>,
    /// The number of reports that were not delivered, or only partly.
    pub failures: u64,
    /// The number of targets whose results wait.
    pub waiting: usize,
    /// The ids of the silences that the receiver has, too.
    pub silences: BTreeSet<String>,
}

/// The state of the last reload.
#[derive(Debug, Clone, Default)]
pub struct ReloadBoard {
    /// When the settings in force were read.
    pub read: Option<Timestamp>,
    /// Why newer settings are not in force.
    pub error: Option<String>,
}

/// What all threads know.
#[derive(Debug, Default)]
pub struct Board {
    targets: RwLock<IndexMap<String, Arc<TargetBoard>>>,
    receivers: RwLock<BTreeMap<String, ReceiverBoard>>,
    reload: RwLock<ReloadBoard>,
    history: RwLock<HistoryState>,
    silences: RwLock<Arc<Vec<OwnSilence>>>,
    nodes: RwLock<Vec<ListedNode>>,
    /// Receivers get results until then, as `awake_since_start`; always if it is 0.
    deliver_until: AtomicI64,
    /// When the conductor was last awake, in milliseconds since 1970.
    awake: AtomicI64,
    missed: AtomicU64,
    sweeps: AtomicU64,
}

impl Board {
    /// Replaces all targets.
    pub fn set_targets(&self, all: Vec<TargetBoard>) {
        let all = all.into_iter().map(|one| (one.report.target.clone(), Arc::new(one)));
        *self.targets.write().unwrap_or_else(PoisonError::into_inner) = all.collect();
    }

    /// Replaces what is known about a target.
    pub fn set(&self, target: TargetBoard) {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = targets.get_mut(&target.report.target) {
            *known = Arc::new(target);
            self.sweeps.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Replaces what is shown of a target without a sweep.
    pub fn update(&self, target: TargetBoard) {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = targets.get_mut(&target.report.target) {
            *known = Arc::new(target);
        }
    }

    /// Replaces the silences: those in force, and those that ended in the last days.
    pub fn set_silences(&self, silences: Vec<OwnSilence>) {
        *self.silences.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(silences);
    }

    /// The silences in force, and those that ended in the last days.
    pub fn silences(&self) -> Arc<Vec<OwnSilence>> {
        Arc::clone(&self.silences.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A target.
    pub fn target(&self, name: &str) -> Option<Arc<TargetBoard>> {
        self.targets.read().unwrap_or_else(PoisonError::into_inner).get(name).map(Arc::clone)
    }

    /// All targets, in the order of the settings.
    pub fn targets(&self) -> Vec<Arc<TargetBoard>> {
        self.targets.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The report of all targets, as it counts.
    pub fn report(&self, now: Timestamp) -> Report {
        let targets = self.targets();
        let targets = targets.iter().map(|target| target.report.clone()).collect();
        Report { started: now, duration: Duration::ZERO, targets }
    }

    /// Changes the state of a receiver.
    pub fn receiver(&self, name: &str, change: impl FnOnce(&mut ReceiverBoard)) {
        let mut receivers = self.receivers.write().unwrap_or_else(PoisonError::into_inner);
        change(receivers.entry(name.to_owned()).or_default());
    }

    /// The states of the receivers.
    pub fn receivers(&self) -> BTreeMap<String, ReceiverBoard> {
        self.receivers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes the receivers that are not in use.
    pub fn limit_receivers(&self, is_used: impl Fn(&str) -> bool) {
        let mut receivers = self.receivers.write().unwrap_or_else(PoisonError::into_inner);
        receivers.retain(|name, _| is_used(name));
    }

    /// Records a reload.
    pub fn set_reload(&self, reload: ReloadBoard) {
        *self.reload.write().unwrap_or_else(PoisonError::into_inner) = reload;
    }

    /// The state of the last reload.
    pub fn reload(&self) -> ReloadBoard {
        self.reload.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the state of the history.
    pub fn set_history(&self, state: HistoryState) {
        *self.history.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The state of the history.
    pub fn history(&self) -> HistoryState {
        self.history.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the nodes of a history on a server.
    pub fn set_nodes(&self, nodes: Vec<ListedNode>) {
        *self.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes;
    }

    /// The nodes of a history on a server; empty without one.
    pub fn nodes(&self) -> Vec<ListedNode> {
        self.nodes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets until when receivers get results, as [`awake_since_start`].
    pub fn set_deliver_until(&self, until: i64) {
        self.deliver_until.store(until, Ordering::Relaxed);
    }

    /// Until when receivers get results, as [`awake_since_start`]; 0 if this is not a node.
    pub fn deliver_until(&self) -> i64 {
        self.deliver_until.load(Ordering::Relaxed)
    }

    /// Whether this is a node of a history on a server.
    pub fn is_node(&self) -> bool {
        self.deliver_until() != 0
    }

    /// Whether receivers get results. A node that was suspended first has to learn which targets it still holds.
    pub fn may_deliver(&self) -> bool {
        let until = self.deliver_until();
        until == 0 || awake_since_start() < until
    }

    /// Records that the conductor is awake, and the number of missed slots.
    pub fn awake(&self, now: Timestamp, missed: u64) {
        self.awake.store(now.as_millisecond(), Ordering::Relaxed);
        self.missed.store(missed, Ordering::Relaxed);
    }

    /// When the conductor was last awake.
    pub fn last_awake(&self) -> Timestamp {
        Timestamp::from_millisecond(self.awake.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// The number of slots that passed while an earlier sweep ran.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// The number of sweeps since the start.
    pub fn sweeps(&self) -> u64 {
        self.sweeps.load(Ordering::Relaxed)
    }
}
