//! The thread that writes the history.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::collector::Collector;
use super::inbox::{Retention, Shared};
use super::limit::Kept;
use super::store::{HistoryError, Store, compress};

/// The time between two writes.
const BATCH: Duration = Duration::from_secs(1);

/// The longest time between two attempts after an error.
const AGAIN: Duration = Duration::from_secs(30);

/// How often what is old is removed.
const UPKEEP: Duration = Duration::from_secs(60);

/// Writes, on its own thread.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) store: Option<Store>,
    pub(super) retention: Retention,
    pub(super) collector: Collector,
    /// The day on which an act last confirmed the changes.
    pub(super) sealed: Option<Date>,
}

impl Writer {
    /// Returns whether all values were written.
    pub(super) fn run(mut self) -> bool {
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
            && waiting.runs.is_empty()
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
        let kept = Kept { now, changes, values: before(values), hours: before(hours), most };
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
