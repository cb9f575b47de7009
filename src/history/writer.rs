//! The thread that writes the history.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::collector::Collector;
use super::inbox::{Retention, Shared};
use super::limit::Kept;
use super::opened::OpenHistory;
use super::store::HistoryError;

/// The time between two writes.
const BATCH: Duration = Duration::from_secs(1);

/// The longest time between two attempts after an error.
const AGAIN: Duration = Duration::from_secs(30);

/// The same for a history on a server, which other nodes use, too.
const AGAIN_ON_A_SERVER: Duration = Duration::from_secs(5);

/// How long it tries again at the end: the lease of a busy machine may have run out for a moment.
const AT_THE_END: Duration = Duration::from_secs(5);

/// How often what is old is removed.
const UPKEEP: Duration = Duration::from_secs(60);

/// Writes, on its own thread.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) store: Option<OpenHistory>,
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
        let mut end = None;
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
            let again = if self.shared.lock().node.is_some() { AGAIN_ON_A_SERVER } else { AGAIN };
            pause = if written.is_ok() { BATCH } else { (pause * 2).min(again) };
            let failed = written.is_err();
            self.note(written.err().map(|error| error.to_string()));
            if stopped {
                if failed && end.get_or_insert_with(Instant::now).elapsed() < AT_THE_END {
                    thread::sleep(AT_THE_END / 10);
                    continue;
                }
                self.store.iter_mut().for_each(OpenHistory::close);
                let waits = self.store.as_ref().is_some_and(OpenHistory::waits);
                return self.collector.waiting().is_empty() && !waits;
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

    /// Confirms the changes once a day and at the end. The log gets the head of the chain, as it can be kept elsewhere.
    fn seal(&mut self, stopped: bool) -> Result<(), HistoryError> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        if self.sealed == Some(today) && !stopped {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        if let Some((act, hash)) = self.store()?.seal(&shared)? {
            tracing::info!("the head of the history is {hash} (act {act})");
            self.sealed = Some(today);
        }
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
        let waits = self.store.as_ref().is_some_and(OpenHistory::waits);
        if self.collector.waiting().is_empty() && !waits {
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
        // By whole days, as each removal is an act.
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).start_of_day();
        let changes = day(before(changes)).map_or(Timestamp::MIN, |day| day.timestamp());
        let kept = Kept { now, changes, values: before(values), hours: before(hours), most };
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
