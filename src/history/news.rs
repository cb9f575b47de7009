//! What a node learns from a shared history: which targets it holds, and what others hold and found.

use std::collections::{BTreeMap, BTreeSet};

use rustix::time::{ClockId, clock_gettime};

use super::runs::DayRuns;
use super::saved::RestoredTarget;
use super::server::lease::ListedNode;

/// What changed since it was last taken. First the targets that are gone, then those that are new.
#[derive(Debug, Default)]
pub struct NodeNews {
    /// The targets that the node does not hold anymore.
    pub gone: BTreeSet<String>,
    /// The targets that it holds since, with the latest results.
    pub claimed: BTreeMap<String, ClaimedTarget>,
    /// What earlier nodes counted of targets that it holds, if it could not be read with them.
    pub runs: BTreeMap<String, DayRuns>,
    /// The targets that it should give back, as other nodes hold fewer.
    pub surplus: BTreeSet<String>,
    /// Who holds the other targets: the name of a node, empty for a free one.
    pub holders: Option<BTreeMap<String, String>>,
    /// The latest results of targets that others hold.
    pub others: BTreeMap<String, RestoredTarget>,
    /// All nodes.
    pub nodes: Option<Vec<ListedNode>>,
    /// Results may be delivered until this time of [`awake_since_start`].
    pub deliver_until: i64,
}

/// What earlier nodes wrote about a target.
#[derive(Debug, Default)]
pub struct ClaimedTarget {
    /// The latest results.
    pub results: Option<RestoredTarget>,
    /// How often its checks ran on the latest day. If it cannot be read, it comes later.
    pub runs: Option<DayRuns>,
}

impl NodeNews {
    /// Records that targets are gone.
    pub(super) fn lose(&mut self, targets: &BTreeSet<String>) {
        self.claimed.retain(|target, _| !targets.contains(target));
        self.runs.retain(|target, _| !targets.contains(target));
        self.surplus.retain(|target| !targets.contains(target));
        self.gone.extend(targets.iter().cloned());
    }
}

/// The milliseconds since the machine started, also those in which it was suspended.
pub fn awake_since_start() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
}
