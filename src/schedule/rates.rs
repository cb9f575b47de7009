//! How fast counters grow: what is remembered of them, and the growth over a window.
//!
//! A counter that becomes smaller has begun anew, and the counters of another server, or of a server that was
//! restarted, continue nothing. Such a step counts as no growth, so that a rate is never negative and never too large.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A window is divided into this many parts: the growth is known at the end of each.
const PARTS: u32 = 15;

/// The number of counters of a target that are remembered.
pub const MOST_COUNTERS: usize = 2000;

/// One counter of a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CounterName {
    /// The check.
    pub check: String,
    /// The rate, as settings name it.
    pub rate: String,
    /// The database of the check.
    pub database: Option<String>,
    /// The object.
    pub object: Option<String>,
}

/// The counters of one target.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RateMemory {
    counters: BTreeMap<CounterName, KnownCounter>,
}

/// The form of [`RateMemory`] that is saved: in JSON, a key is a text.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedRates {
    counters: Vec<(CounterName, KnownCounter)>,
}

/// What is remembered of one counter: at most a point for each part of the window, and one before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KnownCounter {
    /// The latest value, and when it was measured.
    latest: CounterValue,
    at: Timestamp,
    /// The growth since the first value.
    growth: f64,
    /// The growth at earlier times, the oldest first.
    points: VecDeque<(Timestamp, f64)>,
    /// The window.
    window: Duration,
}

/// A value of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CounterValue {
    /// The value: the sum, if several rows are about the same object.
    pub value: f64,
    /// The number of rows. A sum of another number of rows continues nothing.
    pub rows: u32,
    /// When the server started, which differs from server to server. Without it, the server is taken for the same.
    pub server: Option<i64>,
}

/// The growth of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// How much it grew.
    pub by: f64,
    /// In which time. It is less than the window if the counter is not known for so long.
    pub within: Duration,
}

impl RateMemory {
    /// Takes a value in. Returns the growth over the window: nothing after the first value, and for a counter that is not
    /// remembered, as there are too many.
    ///
    /// A window is at least as long as the interval of the check. A counter without a value for two windows begins anew,
    /// and so does one whose latest value is of the future.
    pub fn take_in(
        &mut self,
        name: &CounterName,
        value: CounterValue,
        window: Duration,
        now: Timestamp,
    ) -> Result<Option<Growth>, TooManyCounters> {
        if let Some(known) = self.counters.get_mut(name)
            && known.continues(window, now)
        {
            return Ok(known.take_in(value, now));
        }
        if self.counters.len() >= MOST_COUNTERS && !self.counters.contains_key(name) {
            return Err(TooManyCounters);
        }
        self.counters.insert(name.clone(), KnownCounter::new(value, window, now));
        Ok(None)
    }

    /// Forgets the counters without a value for two windows, and those that `is_used` does not contain.
    pub fn limit_to(&mut self, now: Timestamp, is_used: impl Fn(&CounterName) -> bool) {
        self.counters.retain(|name, known| known.continues(known.window, now) && is_used(name));
    }

    /// Forgets all counters, as after the clock was set.
    pub fn clear(&mut self) {
        self.counters.clear();
    }

    /// The shortest of the windows. What is saved continues if it is younger than twice this time.
    pub fn shortest_window(&self) -> Option<Duration> {
        self.counters.values().map(|known| known.window).min()
    }

    /// Whether no counter is known.
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }
}

/// A target has more counters than are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyCounters;

impl KnownCounter {
    fn new(latest: CounterValue, window: Duration, now: Timestamp) -> KnownCounter {
        let points = VecDeque::from([(now, 0.0)]);
        KnownCounter { latest, at: now, growth: 0.0, points, window }
    }

    /// Whether its parts are as they are here. What was saved is read from a file that may be damaged.
    fn is_possible(&self) -> bool {
        let most = usize::try_from(PARTS).unwrap_or(usize::MAX).saturating_add(2);
        let times = || self.points.iter().map(|(time, _)| *time).chain([self.at]);
        (1..=most).contains(&self.points.len()) && times().is_sorted()
    }

    fn continues(&self, window: Duration, now: Timestamp) -> bool {
        self.window == window && self.at <= now && since(self.at, now) <= window.saturating_mul(2)
    }

    fn take_in(&mut self, next: CounterValue, now: Timestamp) -> Option<Growth> {
        let before = self.latest;
        let is_same =
            next.server.is_none() || before.server.is_none_or(|one| next.server == Some(one));
        if is_same && next.rows == before.rows && next.value > before.value {
            // It remains a number, which JSON can contain.
            self.growth = (self.growth + (next.value - before.value)).min(f64::MAX);
        }
        self.latest = CounterValue { server: next.server.or(before.server), ..next };
        self.at = now;
        let old = |(time, _): &(Timestamp, f64)| since(*time, now) >= self.window;
        // The newest of the points before the window is its beginning.
        while self.points.get(1).is_some_and(old) {
            self.points.pop_front();
        }
        let (begin, before) = *self.points.front()?;
        let growth = Growth { by: self.growth - before, within: since(begin, now) };
        let newest = self.points.back().map_or(begin, |(time, _)| *time);
        if since(newest, now) >= self.window / PARTS {
            self.points.push_back((now, self.growth));
        }
        (!growth.within.is_zero()).then_some(growth)
    }
}

/// The time that passed.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

impl From<&RateMemory> for SavedRates {
    fn from(memory: &RateMemory) -> SavedRates {
        let counters = memory.counters.iter();
        SavedRates {
            counters: counters.map(|(name, known)| (name.clone(), known.clone())).collect(),
        }
    }
}

impl From<SavedRates> for RateMemory {
    fn from(saved: SavedRates) -> RateMemory {
        let is_possible = |(_, known): &(CounterName, KnownCounter)| known.is_possible();
        let counters = saved.counters.into_iter().filter(is_possible);
        RateMemory { counters: counters.take(MOST_COUNTERS).collect() }
    }
}

#[cfg(test)]
mod tests;
