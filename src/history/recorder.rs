//! Gives changes and results to the thread that writes the history.
//!
//! The conductor gives it changes and results, and never waits. What cannot be written waits here; of the results only
//! the latest of each target, of the changes at most a fixed number.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::{Collector, MeasuredValues};
use super::inbox::{Inbox, OwnNode, Shared};
use super::news::NodeNews;
use super::opened::OpenHistory;
use super::place::HistoryPlace;
use super::runs::DayRuns;
use super::saved::RestoredTarget;
use super::server::ServerHistory;
use super::server::membership::Membership;
use super::silence::OwnSilence;
use super::store::{HistoryError, Store};
use super::writer::Writer;

pub use super::inbox::{HistoryState, Retention};
pub use super::opened::open;

/// The number of values that wait until the thread collects them. What comes later is dropped, and counted.
const MOST_VALUES: usize = 500_000;

/// Gives changes and results to the thread.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    /// It returns whether all values were written.
    thread: Option<JoinHandle<bool>>,
    membership: Option<Membership>,
}

impl Recorder {
    /// Starts the thread. `store` is absent if the file could not be opened; it is then tried again.
    pub fn start(
        path: PathBuf,
        store: Result<Store, HistoryError>,
        retention: Retention,
    ) -> std::io::Result<Recorder> {
        let error = store.as_ref().err().map(ToString::to_string);
        let inbox = Inbox { error, ..Inbox::default() };
        let store = store.ok().map(OpenHistory::File);
        Recorder::begin(HistoryPlace::File(path), inbox, store, retention)
    }

    /// Starts the threads for a history on a server. `node` is the name of this node and the time of its lease; `wake` is called
    /// when there are news.
    pub fn start_node(
        history: &Arc<ServerHistory>,
        node: (String, Duration),
        retention: Retention,
        wake: Box<dyn Fn() + Send>,
    ) -> std::io::Result<Recorder> {
        let inbox = Inbox { node: Some(OwnNode::default()), ..Inbox::default() };
        let place = HistoryPlace::Server(Arc::clone(history));
        let mut recorder = Recorder::begin(place, inbox, None, retention)?;
        let shared = Arc::clone(&recorder.shared);
        recorder.membership = Some(Membership::start(history, node, shared, wake)?);
        Ok(recorder)
    }

    fn begin(
        place: HistoryPlace,
        inbox: Inbox,
        store: Option<OpenHistory>,
        retention: Retention,
    ) -> std::io::Result<Recorder> {
        let shared = Arc::new(Shared { place, inbox: Mutex::new(inbox), wake: Condvar::new() });
        let collector = Collector::default();
        let writer =
            Writer { shared: Arc::clone(&shared), store, retention, collector, sealed: None };
        let thread = thread::Builder::new().name("history".to_owned()).spawn(|| writer.run())?;
        Ok(Recorder { shared, thread: Some(thread), membership: None })
    }

    /// Whether this process is a node, which watches only the targets that it holds.
    pub fn is_node(&self) -> bool {
        self.membership.is_some()
    }

    /// Whether this process holds a target.
    pub fn holds(&self, target: &str) -> bool {
        self.shared.lock().holds(target)
    }

    /// Gives a target back after its results are written.
    pub fn give_back(&self, target: &str) {
        let inbox = &mut *self.shared.lock();
        if let Some(node) = &mut inbox.node
            && node.held.remove(target)
        {
            node.given_back.insert(target.to_owned());
            // Without those of before, they would replace them.
            if node.unread.remove(target) {
                inbox.runs.retain(|(name, _), _| name != target);
            }
        }
    }

    /// What changed for the node since the last call.
    pub fn take_news(&self) -> Option<NodeNews> {
        let mut inbox = self.shared.lock();
        let news = &mut inbox.node.as_mut()?.news;
        let deliver_until = news.deliver_until;
        let news = std::mem::replace(news, NodeNews { deliver_until, ..NodeNews::default() });
        inbox.join_runs(&news.runs);
        Some(news)
    }

    /// Records changes.
    pub fn record(&self, changes: Vec<StateChange>) {
        let mut inbox = self.shared.lock();
        let changes: Vec<_> =
            changes.into_iter().filter(|change| inbox.holds(&change.target)).collect();
        if !changes.is_empty() {
            inbox.changes.extend(changes);
            inbox.limit();
        }
    }

    /// Records values of metrics.
    pub fn measure(&self, measured: MeasuredValues) {
        let mut inbox = self.shared.lock();
        if inbox.values + measured.len() > MOST_VALUES {
            inbox.values_dropped += 1;
        } else if !measured.is_empty() {
            inbox.values += measured.len();
            inbox.measured.push(measured);
        }
    }

    /// Records an act of a user.
    pub fn record_act(&self, act: UserAct) {
        let mut inbox = self.shared.lock();
        inbox.acts.push_back(act);
        inbox.limit();
    }

    /// Saves a silence that is new or changed, and forgets those that are not in use.
    pub fn save_silence(&self, silence: &OwnSilence, in_use: &[OwnSilence]) {
        let mut inbox = self.shared.lock();
        let inbox = &mut *inbox;
        inbox.unsaved.insert(silence.id.clone());
        inbox.silences =
            in_use.iter().map(|silence| (silence.id.clone(), silence.clone())).collect();
        inbox.silences.insert(silence.id.clone(), silence.clone());
    }

    /// The silences of a file that could not be read at the start, and was read since.
    pub fn found_silences(&self) -> Vec<OwnSilence> {
        std::mem::take(&mut self.shared.lock().found)
    }

    /// Saves the runs of a target on a day.
    pub fn save_runs(&self, target: &str, runs: DayRuns) {
        let mut inbox = self.shared.lock();
        // Of a target of another node, that node counts.
        if inbox.holds(target) {
            inbox.runs.insert((target.to_owned(), runs.day), runs);
            inbox.limit();
        }
    }

    /// Saves the latest results of a target.
    pub fn save(&self, at: Timestamp, target: RestoredTarget) {
        let mut inbox = self.shared.lock();
        if inbox.holds(&target.report.target) {
            inbox.latest.insert(target.report.target.clone(), (at, target));
        }
    }

    /// Sets the targets in use. What is known about others is forgotten. The hash is that of the targets and their checks.
    pub fn set_targets(&self, targets: Vec<String>, hash: String) {
        let mut inbox = self.shared.lock();
        inbox.targets = targets;
        if let Some(node) = &mut inbox.node {
            node.settings_hash = hash;
        }
    }

    /// The state of the history.
    pub fn state(&self) -> HistoryState {
        let inbox = self.shared.lock();
        HistoryState {
            place: Some(self.shared.place.clone()),
            error: inbox.node.as_ref().and_then(|node| node.error.clone()).or(inbox.error.clone()),
            waiting: inbox.changes.len() + inbox.sent,
            dropped: inbox.dropped,
            values_dropped: inbox.values_dropped,
        }
    }

    /// Writes what waits, and ends the thread. Returns whether everything was written.
    pub fn stop(&mut self) -> bool {
        self.shared.lock().stopped = true;
        self.shared.wake.notify_all();
        let values = self.thread.take().is_none_or(|thread| thread.join().unwrap_or(false));
        if let Some(membership) = &mut self.membership {
            membership.leave();
        }
        let inbox = self.shared.lock();
        values && inbox.measured.is_empty() && inbox.is_empty()
    }
}

#[cfg(test)]
mod tests;
