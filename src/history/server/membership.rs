//! The thread of a node: it renews the lease, takes free targets, gives surplus ones back, and reads what others hold.
//!
//! If the server does not answer, the node keeps its targets. It holds them again when the server answers, unless another node
//! has removed it meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::found::{FoundResults, MOST_KEPT, OtherResults, latest_runs, results};
use super::lease::{self, ListedNode, NodeFacts};
use super::read::silences;
use super::{ServerHistory, ServerHistoryError, check_version};
use crate::database::kept::KeptConnection;
use crate::history::inbox::Shared;
use crate::history::news::{ClaimedTarget, awake_since_start};
use crate::history::runs::DayRuns;
use crate::history::saved::RestoredTarget;

/// The shortest time for one statement.
const LEAST: Duration = Duration::from_secs(1);

/// The longest pause in which the thread does not see that it has to end.
const PAUSE: Duration = Duration::from_millis(50);

/// The thread.
#[derive(Debug)]
pub(in crate::history) struct Membership {
    thread: Option<JoinHandle<()>>,
    leaves: Arc<AtomicBool>,
}

impl Membership {
    /// Starts the thread. `wake` is called when there are news.
    pub(in crate::history) fn start(
        history: &ServerHistory,
        (name, lease): (String, Duration),
        shared: Arc<Shared>,
        wake: Box<dyn Fn() + Send>,
    ) -> std::io::Result<Membership> {
        let connection = history.connection((lease / 3).max(LEAST))?;
        let leaves = Arc::new(AtomicBool::new(false));
        let facts = NodeFacts { name, settings_hash: String::new(), lease };
        let member = Member {
            connection,
            facts,
            shared,
            wake,
            leaves: Arc::clone(&leaves),
            is_checked: false,
            has_joined: false,
            node: None,
            steady_since: None,
            answered: 0,
            giving: BTreeSet::new(),
            others: OtherResults::default(),
            differing: BTreeSet::new(),
        };
        let thread = thread::Builder::new().name("node".to_owned()).spawn(|| member.run())?;
        Ok(Membership { thread: Some(thread), leaves })
    }

    /// Leaves, and ends the thread.
    pub(in crate::history) fn leave(&mut self) {
        self.leaves.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
struct Member {
    connection: KeptConnection,
    facts: NodeFacts,
    shared: Arc<Shared>,
    wake: Box<dyn Fn() + Send>,
    leaves: Arc<AtomicBool>,
    /// Whether the version of the tables was checked.
    is_checked: bool,
    has_joined: bool,
    node: Option<i64>,
    /// Since when each beat was in time. Only then it removes others: after an outage of the server all come back.
    steady_since: Option<i64>,
    /// When the server answered last.
    answered: i64,
    /// The targets that the conductor gives back.
    giving: BTreeSet<String>,
    /// The results of targets of others.
    others: OtherResults,
    /// The nodes with other settings that were reported.
    differing: BTreeSet<String>,
}

/// What a turn found out about the targets that this node holds.
struct HeldTurn {
    node: i64,
    nodes: Vec<ListedNode>,
    held: BTreeSet<String>,
    /// The targets that are new, and the results of some of them.
    new: BTreeSet<String>,
    claimed: BTreeMap<String, RestoredTarget>,
    runs: BTreeMap<String, DayRuns>,
    gone: BTreeSet<String>,
    surplus: Vec<String>,
}

impl Member {
    fn run(mut self) {
        let lease = i64::try_from(self.facts.lease.as_millis()).unwrap_or(i64::MAX);
        let beat = self.facts.lease / 3;
        loop {
            let began = awake_since_start();
            let turn = self.turn(lease);
            self.note(turn.err(), began + lease);
            (self.wake)();
            let until = began + i64::try_from(beat.as_millis()).unwrap_or(i64::MAX);
            while awake_since_start() < until && !self.leaves.load(Ordering::Relaxed) {
                thread::sleep(PAUSE);
            }
            if self.leaves.load(Ordering::Relaxed) {
                break;
            }
        }
        let is_away = self.steady_since.is_none();
        if let Some(node) = self.node.filter(|_| !is_away)
            && let Err(error) = lease::leave(&mut self.connection, node)
        {
            tracing::warn!("the node did not leave: {error}; its lease ends by itself");
        }
        self.connection.close();
    }

    /// Renews the lease, or joins, and reads what the conductor must know.
    fn turn(&mut self, lease: i64) -> Result<(), ServerHistoryError> {
        let (wanted, stopped) = {
            let inbox = self.shared.lock();
            if let Some(node) = &inbox.node {
                self.facts.settings_hash.clone_from(&node.settings_hash);
            }
            (inbox.targets.iter().cloned().collect::<BTreeSet<_>>(), inbox.stopped)
        };
        if wanted.is_empty() {
            return Ok(());
        }
        let began = awake_since_start();
        if !self.is_checked {
            check_version(&mut self.connection)?;
            self.is_checked = true;
        }
        if let Some(node) = self.node
            && !lease::beat(&mut self.connection, node, &self.facts)?
        {
            self.lose(node);
        }
        // It is not in the way of an orderly end.
        if stopped {
            return Ok(());
        }
        let node = match self.node {
            Some(node) => node,
            None => self.join()?,
        };
        let now = awake_since_start();
        // Of two beats that are far apart, one was late.
        let is_late = self.answered < began - lease;
        self.answered = now;
        let since = match self.steady_since {
            Some(since) if !is_late => since,
            _ => now,
        };
        self.steady_since = Some(since);
        if now - since >= lease {
            for name in lease::remove_dead(&mut self.connection, node)? {
                tracing::warn!("node {name:?} has shown no sign of life: its targets are free");
            }
        }
        // The silences first, so that a problem that is silenced is never sent.
        let silenced = self.read_silences();
        lease::register(&mut self.connection, &wanted)?;
        let nodes = lease::nodes(&mut self.connection)?;
        self.report_differing(node, &nodes);
        let same = |other: &&ListedNode| {
            other.id == node || other.is_alive && other.settings_hash == self.facts.settings_hash
        };
        let share = wanted.len().div_ceil(nodes.iter().filter(same).count().max(1));
        let held_before = self.held();
        let room = share.saturating_sub(held_before.len());
        let in_store = lease::claim(&mut self.connection, node, &wanted, room)?;
        self.giving.retain(|target| in_store.contains(target));
        let is_new =
            |target: &&String| !held_before.contains(*target) && !self.giving.contains(*target);
        let new: BTreeSet<String> = in_store.iter().filter(is_new).cloned().collect();
        let held: BTreeSet<String> =
            in_store.intersection(&held_before).chain(&new).cloned().collect();
        let gone: BTreeSet<String> = held_before.difference(&in_store).cloned().collect();
        let surplus: Vec<String> = held.difference(&self.giving).skip(share).cloned().collect();
        let claimed = self.results(&new);
        let runs = self.runs(&new, &held);
        // Whatever else cannot be read: this node watches what it holds.
        let held_now = held.clone();
        self.hand_over(HeldTurn { node, nodes, held, new, claimed, runs, gone, surplus });
        let others = self.read_others(&wanted, &held_now);
        silenced.and(others).map_err(|error| ServerHistoryError::Unread(Box::new(error)))
    }

    /// Gives the conductor the targets that this node holds.
    fn hand_over(&mut self, turn: HeldTurn) {
        let HeldTurn { node, nodes, held, new, mut claimed, mut runs, gone, surplus } = turn;
        let mut inbox = self.shared.lock();
        inbox.forget(&gone);
        let Some(own) = &mut inbox.node else { return };
        own.id = Some(node);
        // The conductor may have given one back meanwhile.
        let before = std::mem::take(&mut own.held);
        let is_given = |target: &String| self.giving.contains(target) && !before.contains(target);
        own.held = held.into_iter().filter(|target| !is_given(target)).collect();
        self.giving.extend(surplus.iter().cloned());
        own.news.lose(&gone);
        own.news.claimed.extend(new.into_iter().map(|target| {
            let (results, runs) = (claimed.remove(&target), runs.remove(&target));
            if runs.is_none() {
                own.unread.insert(target.clone());
            }
            (target, ClaimedTarget { results, runs })
        }));
        own.news.runs.extend(runs);
        own.news.surplus.extend(surplus);
        own.news.nodes = Some(nodes);
    }

    /// The latest results of targets that are new. Without them, their checks begin anew: that is better than to wait for a server
    /// that does not answer.
    fn results(&mut self, targets: &BTreeSet<String>) -> BTreeMap<String, RestoredTarget> {
        let mut read = || results(&mut self.connection, targets, MOST_KEPT);
        let found = read().or_else(|_| read()).unwrap_or_else(|error| {
            tracing::error!(
                "the results of {} targets that this node takes over cannot be read: {error}; their checks begin anew",
                targets.len()
            );
            FoundResults::default()
        });
        for target in &found.left_out {
            tracing::error!(
                "the results of target {target:?}, which this node takes over, are too large or damaged; its checks begin anew"
            );
        }
        found.targets.into_iter().map(|(name, (target, _))| (name, target)).collect()
    }

    /// How often the checks of targets ran on the latest day: of those that are new, and of those for which it could not be read yet.
    fn runs(
        &mut self,
        new: &BTreeSet<String>,
        held: &BTreeSet<String>,
    ) -> BTreeMap<String, DayRuns> {
        let unread = {
            let inbox = self.shared.lock();
            inbox.node.as_ref().map(|own| own.unread.clone()).unwrap_or_default()
        };
        let targets = unread.intersection(held).chain(new).cloned().collect();
        match latest_runs(&mut self.connection, &targets) {
            Ok((found, 0)) => found,
            Ok((found, left_out)) => {
                tracing::error!(
                    "table posemo_history.watched is too large: the runs of the checks of {left_out} targets are counted anew"
                );
                found
            }
            Err(error) => {
                if !new.is_empty() {
                    tracing::error!(
                        "how often the checks of {} targets ran cannot be read: {error}; it is read later, and until then their counts wait",
                        new.len()
                    );
                }
                BTreeMap::new()
            }
        }
    }

    /// Reads the silences of all nodes.
    fn read_silences(&mut self) -> Result<(), ServerHistoryError> {
        let found = silences(&mut self.connection)?;
        self.shared.lock().found = found.all;
        if found.more > 0 {
            return Err(ServerHistoryError::TooManySilences(found.more));
        }
        Ok(())
    }

    /// Reads who holds the other targets, and what was found there.
    fn read_others(
        &mut self,
        wanted: &BTreeSet<String>,
        held: &BTreeSet<String>,
    ) -> Result<(), ServerHistoryError> {
        let holders = lease::holders(&mut self.connection, wanted)?;
        let times = holders.iter().map(|(name, (_, at))| (name.as_str(), *at)).collect();
        let others = self.others.read(&mut self.connection, &times, held);
        let mut inbox = self.shared.lock();
        let Some(own) = &mut inbox.node else { return Ok(()) };
        let names = holders.into_iter().map(|(target, (node, _))| (target, node));
        own.news.holders = Some(names.collect());
        own.news.others.extend(others?);
        Ok(())
    }

    fn join(&mut self) -> Result<i64, ServerHistoryError> {
        let node = lease::join(&mut self.connection, &self.facts, !self.has_joined)?;
        tracing::info!("this is node {:?}, number {node}", self.facts.name);
        self.has_joined = true;
        self.node = Some(node);
        Ok(node)
    }

    /// The targets that the conductor knows as held.
    fn held(&self) -> BTreeSet<String> {
        self.shared.lock().node.as_ref().map(|node| node.held.clone()).unwrap_or_default()
    }

    /// Another node has ended the lease: everything that is not written is another node's now.
    fn lose(&mut self, node: i64) {
        tracing::warn!("node {node} has lost its lease: its targets are free, and it joins again");
        self.node = None;
        self.steady_since = None;
        self.giving.clear();
        self.others.clear();
        let mut inbox = self.shared.lock();
        let held = inbox.node.as_mut().map(|own| {
            own.id = None;
            own.given_back.clear();
            std::mem::take(&mut own.held)
        });
        let held = held.unwrap_or_default();
        inbox.forget(&held);
        if let Some(own) = &mut inbox.node {
            own.news.lose(&held);
        }
    }

    /// Logs nodes with other targets or checks, once.
    fn report_differing(&mut self, node: i64, nodes: &[ListedNode]) {
        let own = &self.facts.settings_hash;
        let differs =
            |other: &&ListedNode| other.id != node && other.is_alive && other.settings_hash != *own;
        let differing: BTreeSet<String> =
            nodes.iter().filter(differs).map(|other| other.name.clone()).collect();
        for name in differing.difference(&self.differing) {
            tracing::warn!(
                "node {name:?} has other targets or checks in its settings than this node"
            );
        }
        self.differing = differing;
    }

    /// Records until when results may be delivered, and why the lease cannot be renewed. A node that no longer reaches the server
    /// delivers on: it cannot know whether the others do.
    fn note(&mut self, error: Option<ServerHistoryError>, until: i64) {
        let is_renewed = matches!(error, None | Some(ServerHistoryError::Unread(_)));
        if !is_renewed {
            self.steady_since = None;
            self.is_checked = false;
        }
        let error = error.map(|error| error.to_string());
        let mut inbox = self.shared.lock();
        if let Some(own) = &mut inbox.node {
            if own.error != error {
                match &error {
                    Some(error) if is_renewed => tracing::error!("{error}"),
                    Some(error) => {
                        tracing::error!("the lease of this node is not renewed: {error}");
                    }
                    None => tracing::info!(
                        "the lease of this node is renewed, and the shared history is read"
                    ),
                }
            }
            own.error = error;
            own.news.deliver_until = until;
        }
    }
}
