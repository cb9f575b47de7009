//! Gives changes and results to the thread that writes the history.
//!
//! The conductor gives it changes and results, and never waits. What cannot be written waits here; of the results only
//! the latest of each target, of the changes at most a fixed number.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::{Collector, MeasuredValues};
use super::inbox::{Inbox, Shared};
use super::runs::DayRuns;
use super::saved::RestoredTarget;
use super::silence::OwnSilence;
use super::store::{HistoryError, Store};
use super::writer::Writer;

pub use super::inbox::{HistoryState, Retention};
pub use super::writer::open;

/// The number of values that wait until the thread collects them. What comes later is dropped, and counted.
const MOST_VALUES: usize = 500_000;

/// Gives changes and results to the thread.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    /// It returns whether all values were written.
    thread: Option<JoinHandle<bool>>,
}

impl Recorder {
    /// Starts the thread. `store` is absent if the file could not be opened; it is then tried again.
    pub fn start(
        path: PathBuf,
        store: Result<Store, HistoryError>,
        retention: Retention,
    ) -> std::io::Result<Recorder> {
        let error = store.as_ref().err().map(ToString::to_string);
        let inbox = Mutex::new(Inbox { error, ..Inbox::default() });
        let shared = Arc::new(Shared { path, inbox, wake: Condvar::new() });
        let collector = Collector::default();
        let writer = Writer {
            shared: Arc::clone(&shared),
            store: store.ok(),
            retention,
            collector,
            sealed: None,
        };
        let thread = thread::Builder::new().name("history".to_owned()).spawn(|| writer.run())?;
        Ok(Recorder { shared, thread: Some(thread) })
    }

    /// Records changes.
    pub fn record(&self, changes: Vec<StateChange>) {
        let mut inbox = self.shared.lock();
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

    /// Saves the runs of a target on a day.
    pub fn save_runs(&self, target: &str, runs: DayRuns) {
        let mut inbox = self.shared.lock();
        inbox.runs.insert((target.to_owned(), runs.day), runs);
        inbox.limit();
    }

    /// Saves the latest results of a target.
    pub fn save(&self, at: Timestamp, target: RestoredTarget) {
        self.shared.lock().latest.insert(target.report.target.clone(), (at, target));
    }

    /// Sets the targets in use. What is known about others is forgotten.
    pub fn set_targets(&self, targets: Vec<String>) {
        self.shared.lock().targets = targets;
    }

    /// The state of the history.
    pub fn state(&self) -> HistoryState {
        let inbox = self.shared.lock();
        HistoryState {
            path: Some(self.shared.path.clone()),
            error: inbox.error.clone(),
            waiting: inbox.changes.len(),
            dropped: inbox.dropped,
            values_dropped: inbox.values_dropped,
        }
    }

    /// Writes what waits, and ends the thread. Returns whether everything was written.
    pub fn stop(&mut self) -> bool {
        self.shared.lock().stopped = true;
        self.shared.wake.notify_all();
        let values = self.thread.take().is_none_or(|thread| thread.join().unwrap_or(false));
        let inbox = self.shared.lock();
        values
            && inbox.measured.is_empty()
            && inbox.changes.is_empty()
            && inbox.latest.is_empty()
            && inbox.acts.is_empty()
            && inbox.unsaved.is_empty()
            && inbox.runs.is_empty()
    }
}

#[cfg(test)]
mod tests;
