//! The thread that writes the history.
//!
//! The conductor gives it changes and results, and never waits. What cannot be written waits here; of the results only
//! the latest of each target, of the changes at most a fixed number.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::{Collector, MeasuredValues};
use super::inbox::{Inbox, OwnNode, Shared};
use super::limit::Kept;
use super::news::NodeNews;
use super::opened::OpenHistory;
use super::place::HistoryPlace;
use super::saved::RestoredTarget;
use super::server::ServerHistory;
use super::server::membership::Membership;
use super::silence::OwnSilence;
use super::store::{HistoryError, Store};

pub use super::opened::open;

/// The time between two writes.
const BATCH: Duration = Duration::from_secs(1);

/// The longest time between two attempts after an error.
const AGAIN: Duration = Duration::from_secs(30);

/// The same for a history on a server, which other nodes use, too.
const AGAIN_ON_A_SERVER: Duration = Duration::from_secs(5);

/// How often what is old is removed.
const UPKEEP: Duration = Duration::from_secs(60);

/// The number of values that wait until the thread collects them. What comes later is dropped, and counted.
const MOST_VALUES: usize = 500_000;

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
        let writer = Writer { shared: Arc::clone(&shared), store, retention, collector };
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
        if let Some(node) = &mut self.shared.lock().node
            && node.held.remove(target)
        {
            node.given_back.insert(target.to_owned());
        }
    }

    /// What changed for the node since the last call.
    pub fn take_news(&self) -> Option<NodeNews> {
        let mut inbox = self.shared.lock();
        let news = &mut inbox.node.as_mut()?.news;
        let deliver_until = news.deliver_until;
        Some(std::mem::replace(news, NodeNews { deliver_until, ..NodeNews::default() }))
    }

    /// Records changes.
    pub fn record(&self, changes: Vec<StateChange>) {
        let mut inbox = self.shared.lock();
        let changes: Vec<_> =
            changes.into_iter().filter(|change| inbox.holds(&change.target)).collect();
        inbox.changes.extend(changes);
        inbox.limit();
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

/// Writes, on its own thread.
struct Writer {
    shared: Arc<Shared>,
    store: Option<OpenHistory>,
    retention: Retention,
    collector: Collector,
}

impl Writer {
    /// Returns whether all values were written.
    fn run(mut self) -> bool {
        let mut pause = BATCH;
        let mut kept_up = Instant::now();
        loop {
            let stopped = self.shared.wait(pause);
            self.collect(stopped);
            let written = self.write().and_then(|()| self.write_values());
            let written = written.and_then(|()| {
                if kept_up.elapsed() < UPKEEP && !stopped {
                    return Ok(());
                }
                // If more remains, it goes on after the next write.
                if !self.keep_up()? {
                    kept_up = Instant::now();
                }
                Ok(())
            });
            let again = if self.shared.lock().node.is_some() { AGAIN_ON_A_SERVER } else { AGAIN };
            pause = if written.is_ok() { BATCH } else { (pause * 2).min(again) };
            self.note(written.err().map(|error| error.to_string()));
            if stopped {
                self.store.iter_mut().for_each(OpenHistory::close);
                return self.collector.waiting().is_empty();
            }
        }
    }

    /// Writes what waits. After an error it waits again, together with what came meanwhile.
    fn write(&mut self) -> Result<(), HistoryError> {
        let shared = Arc::clone(&self.shared);
        let written = self.store()?.write(&shared);
        self.give_up_if_broken(written)
    }

    /// A damaged file is replaced with the next attempt; one that is full or locked may be usable later.
    fn give_up_if_broken(&mut self, written: Result<(), HistoryError>) -> Result<(), HistoryError> {
        if written.as_ref().is_err_and(HistoryError::is_broken) {
            self.store = None;
        }
        written
    }

    /// Collects the values that were measured.
    fn collect(&mut self, all: bool) {
        let measured = {
            let mut inbox = self.shared.lock();
            inbox.values = 0;
            std::mem::take(&mut inbox.measured)
        };
        for one in measured {
            self.collector.take_in(one);
        }
        self.collector.complete(all);
        self.shared.lock().values_dropped += self.collector.take_dropped();
    }

    /// Writes the values. They come after the changes, so that these never wait for them.
    fn write_values(&mut self) -> Result<(), HistoryError> {
        if self.collector.waiting().is_empty() {
            return Ok(());
        }
        self.store()?;
        let Some(store) = &mut self.store else { return Ok(()) };
        let written = store.write_values(&self.shared, &mut self.collector);
        self.give_up_if_broken(written)
    }

    fn store(&mut self) -> Result<&mut OpenHistory, HistoryError> {
        if self.store.is_none() {
            let store = OpenHistory::open(&self.shared.place)?;
            // It may be a new file, or one that was locked until now.
            let found = store.silences()?;
            let mut inbox = self.shared.lock();
            inbox.unsaved = inbox.silences.keys().cloned().collect();
            if inbox.node.is_none() {
                inbox.found = found;
            }
            drop(inbox);
            self.store = Some(store);
        }
        Ok(self.store.as_mut().expect("it was opened"))
    }

    /// Returns whether more remains to be done.
    fn keep_up(&mut self) -> Result<bool, HistoryError> {
        let Retention { changes, values, hours, most } = self.retention;
        let now = Timestamp::now();
        let before = |kept| now.checked_sub(kept).unwrap_or(Timestamp::MIN);
        let kept = Kept {
            now,
            changes: before(changes),
            values: before(values),
            hours: before(hours),
            most,
        };
        let targets = self.shared.lock().targets.clone();
        // Before the first list, nothing is forgotten.
        if targets.is_empty() {
            return Ok(false);
        }
        let shared = Arc::clone(&self.shared);
        self.store()?.keep_up(&shared, &kept, &targets)
    }

    /// Notes why the history cannot be written, and logs a change.
    fn note(&self, error: Option<String>) {
        let mut inbox = self.shared.lock();
        if inbox.error != error {
            if let Some(error) = &error {
                tracing::error!("{error}; the checks run on, and changes wait");
            } else {
                tracing::info!("the history is written again");
            }
        }
        inbox.error = error;
    }
}

#[cfg(test)]
mod tests;
