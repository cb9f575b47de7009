//! How many runs a state of a check needs until it counts.

use std::time::Duration;

/// How many runs a state needs until `posemo serve` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// The number of bad runs in a row until a problem counts.
    pub confirm: u32,
    /// The number of good runs in a row until it is over.
    pub release: u32,
    /// The time until the next run of a check whose state does not count yet.
    pub recheck: Duration,
}

impl Default for Confirmation {
    fn default() -> Confirmation {
        Confirmation { confirm: 1, release: 1, recheck: Duration::from_secs(30) }
    }
}
