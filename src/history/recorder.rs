//! The thread that writes the history.
//!
//! The conductor gives it changes and results, and never waits. What cannot be written waits here; of the results only
//! the latest of each target, of the changes at most a fixed number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::Timestamp;

use super::act::UserAct;
use super::change::StateChange;
use super::collector::{Collector, MeasuredValues};
use super::limit::Kept;
use super::saved::RestoredTarget;
use super::silence::OwnSilence;
use super::store::{HistoryError, Store, Unwritten, compress};

/// The time between two writes.
const BATCH: Duration = Duration::from_secs(1);

/// The longest time between two attempts after an error.
const AGAIN: Duration = Duration::from_secs(30);

/// How often what is old is removed.
const UPKEEP: Duration = Duration::from_secs(60);

/// The number of changes that wait. The oldest are dropped, and counted.
const MOST_WAITING: usize = 100_000;

/// The number of values that wait until the thread collects them. What comes later is dropped, and counted.
const MOST_VALUES: usize = 500_000;

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

/// Gives changes and results to the thread.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    /// It returns whether all values were written.
    thread: Option<JoinHandle<bool>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    inbox: Mutex<Inbox>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Inbox {
    changes: VecDeque<StateChange>,
    acts: VecDeque<UserAct>,
    /// The silences in force. A new file gets all of them, also those that an earlier file had.
    silences: BTreeMap<String, OwnSilence>,
    /// The ids of silences that are new or changed.
    unsaved: BTreeSet<String>,
    /// The silences of a file that could not be read at the start.
    found: Vec<OwnSilence>,
    latest: LatestTargets,
    measured: Vec<MeasuredValues>,
    /// The number of these values.
    values: usize,
    values_dropped: u64,
    targets: Vec<String>,
    error: Option<String>,
    dropped: u64,
    stopped: bool,
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
        let writer =
            Writer { shared: Arc::clone(&shared), store: store.ok(), retention, collector, sealed: None };
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
    }
}

impl Inbox {
    fn limit(&mut self) {
        while self.changes.len() > MOST_WAITING {
            self.changes.pop_front();
            self.dropped += 1;
        }
        while self.acts.len() > MOST_WAITING {
            self.acts.pop_front();
            self.dropped += 1;
        }
    }
}

type LatestTargets = BTreeMap<String, (Timestamp, RestoredTarget)>;

impl Inbox {
    /// Takes what waits.
    fn take(&mut self) -> (Unwritten, LatestTargets) {
        let unsaved = std::mem::take(&mut self.unsaved);
        let silences = unsaved.iter().filter_map(|id| self.silences.get(id)).cloned().collect();
        let changes = std::mem::take(&mut self.changes).into();
        let acts = std::mem::take(&mut self.acts).into();
        (Unwritten { changes, acts, silences }, std::mem::take(&mut self.latest))
    }

    /// Puts back what was not written. Of the results of a target, newer ones remain.
    fn put_back(&mut self, waiting: Unwritten, latest: LatestTargets) {
        let Unwritten { changes, acts, silences } = waiting;
        let newer = std::mem::replace(&mut self.changes, changes.into());
        self.changes.extend(newer);
        let newer = std::mem::replace(&mut self.acts, acts.into());
        self.acts.extend(newer);
        self.unsaved.extend(silences.into_iter().map(|silence| silence.id));
        self.limit();
        for (name, target) in latest {
            self.latest.entry(name).or_insert(target);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, unless the thread has to stop. Returns whether it has to.
    fn wait(&self, time: Duration) -> bool {
        let guard = self.wake.wait_timeout_while(self.lock(), time, |inbox| !inbox.stopped);
        guard.unwrap_or_else(PoisonError::into_inner).0.stopped
    }
}

/// Writes, on its own thread.
struct Writer {
    shared: Arc<Shared>,
    store: Option<Store>,
    retention: Retention,
    collector: Collector,
    /// The day on which an act last confirmed the changes.
    sealed: Option<Date>,
}

impl Writer {
    /// Returns whether all values were written.
    fn run(mut self) -> bool {
        let mut pause = BATCH;
        let mut kept_up = Instant::now();
        loop {
            let stopped = self.shared.wait(pause);
            self.collect(stopped);
            let written = self.write().and_then(|()| self.seal(stopped));
            let written = written.and_then(|()| self.write_values());
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
            pause = if written.is_ok() { BATCH } else { (pause * 2).min(AGAIN) };
            self.note(written.err().map(|error| error.to_string()));
            if stopped {
                return self.collector.waiting().is_empty();
            }
        }
    }

    /// Writes what waits. After an error it waits again, together with what came meanwhile.
    fn write(&mut self) -> Result<(), HistoryError> {
        self.store()?;
        let (waiting, latest) = self.shared.lock().take();
        if waiting.changes.is_empty()
            && waiting.acts.is_empty()
            && waiting.silences.is_empty()
            && latest.is_empty()
        {
            return Ok(());
        }
        let saved = latest.iter();
        let saved = saved.map(|(name, (at, target))| (name.clone(), (*at, compress(target))));
        let saved: BTreeMap<_, _> = saved.collect();
        let written = self.store().and_then(|store| store.write(&waiting, &saved));
        if written.is_err() {
            self.shared.lock().put_back(waiting, latest);
            // A damaged file is replaced with the next attempt; one that is full or locked may be usable later.
            if written.as_ref().is_err_and(HistoryError::is_broken) {
                self.store = None;
            }
        }
        written
    }

    /// Confirms the changes once a day and at the end. The log gets the head of the chain, as it can be kept elsewhere.
    fn seal(&mut self, stopped: bool) -> Result<(), HistoryError> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        if self.sealed == Some(today) && !stopped {
            return Ok(());
        }
        if let Some((act, hash)) = self.store()?.seal()? {
            tracing::info!("the head of the history is {hash} (act {act})");
        }
        self.sealed = Some(today);
        Ok(())
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
        let blocks = self.collector.waiting();
        let store = self.store.as_mut().expect("it was opened");
        let written = store.write_values(blocks);
        if written.is_ok() {
            self.collector.written();
        } else if written.as_ref().is_err_and(HistoryError::is_broken) {
            self.store = None;
        }
        written
    }

    fn store(&mut self) -> Result<&mut Store, HistoryError> {
        if self.store.is_none() {
            let store = open(&self.shared.path)?;
            // It may be a new file, or one that was locked until now.
            let found = store.silences()?;
            let mut inbox = self.shared.lock();
            inbox.unsaved = inbox.silences.keys().cloned().collect();
            inbox.found = found;
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
        // By whole days, as each removal is an act.
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).start_of_day();
        let changes = day(before(changes)).map_or(Timestamp::MIN, |day| day.timestamp());
        let kept = Kept {
            now,
            changes,
            values: before(values),
            hours: before(hours),
            most,
        };
        let targets = self.shared.lock().targets.clone();
        // Before the first list, nothing is forgotten.
        if targets.is_empty() {
            return Ok(false);
        }
        self.store()?.keep_up(&kept, &targets)
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

/// Opens the history, and logs if a broken file was replaced.
pub fn open(path: &Path) -> Result<Store, HistoryError> {
    let (store, replaced) = Store::open_or_replace(path)?;
    if let Some(aside) = replaced {
        tracing::error!(
            "the history {} cannot be read: it was moved to {}, and a new one begins",
            path.display(),
            aside.display()
        );
    }
    Ok(store)
}

#[cfg(test)]
mod tests;
