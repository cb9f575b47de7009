//! Rates: how fast a counter grows, in a unit of time. `posemo serve` measures them.

use std::fmt;
use std::time::Duration;

/// The window of a rate for a second or a minute, where the settings do not set another one.
const SHORT: Duration = Duration::from_secs(600);

/// The smallest and the largest window.
const WINDOWS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(86_400)];

/// The unit of time of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RatePer {
    /// For a second.
    Second,
    /// For a minute.
    Minute,
    /// For an hour.
    Hour,
}

impl RatePer {
    /// All units of time.
    pub const ALL: [RatePer; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// The word in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3600.0,
        }
    }

    /// The window over which the rate is measured, where the settings do not set another one.
    pub fn window(self) -> Duration {
        match self {
            Self::Second | Self::Minute => SHORT,
            Self::Hour => Duration::from_secs(3600),
        }
    }
}

/// The name of a rate: `deadlocks per hour`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateName {
    /// The counter.
    pub metric: String,
    /// The unit of time.
    pub per: RatePer,
}

impl fmt::Display for RateName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} per {}", self.metric, self.per.name())
    }
}

impl RateName {
    /// The name of its metric in outputs: `deadlocks_per_hour`.
    pub fn metric_name(&self) -> String {
        format!("{}_per_{}", self.metric, self.per.name())
    }

    /// Splits a name into the counter and the unit of time. `None` if it is not the name of a rate; an error is the
    /// message for the user.
    pub fn parse(text: &str) -> Option<Result<RateName, String>> {
        let (metric, unit) = text.split_once(" per ")?;
        let per = RatePer::ALL.into_iter().find(|per| per.name() == unit.trim());
        let metric = metric.trim().to_owned();
        Some(per.map(|per| RateName { metric, per }).ok_or_else(|| {
            format!("\"{}\" is not a unit of a rate; write second, minute or hour", unit.trim())
        }))
    }
}

/// A window, if its length is allowed. The error is the message for the user.
pub fn valid_window(window: Duration) -> Result<Duration, String> {
    let [least, most] = WINDOWS;
    let within = (least..=most).contains(&window);
    within.then_some(window).ok_or_else(|| "must be between 1m and 1d".to_owned())
}
