//! The slots of a target: the times at which its checks are due.
//!
//! Slots of one interval are a whole interval apart, on the wall clock. A hash of the target's name shifts them, so that
//! targets do not run at the same time. The shift does not depend on the process, so that the slots of two processes,
//! or before and after a restart, are the same. Where one interval is a multiple of another, the slots of the longer
//! one are slots of the shorter one, so that one sweep runs both.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The first slot of a target after a time.
pub fn next_slot(target: &str, interval: Duration, after: Timestamp) -> Timestamp {
    let interval = nanoseconds(interval);
    let shift = i128::from(hash(target)) % interval;
    let slot = ((after.as_nanosecond() - shift).div_euclid(interval) + 1) * interval + shift;
    Timestamp::from_nanosecond(slot).unwrap_or(Timestamp::MAX)
}

/// How many slots of an interval fit between two times.
pub fn slots_between(earlier: Timestamp, later: Timestamp, interval: Duration) -> u64 {
    let between = later.as_nanosecond() - earlier.as_nanosecond();
    u64::try_from(between / nanoseconds(interval)).unwrap_or(0)
}

fn nanoseconds(interval: Duration) -> i128 {
    i128::try_from(interval.as_nanos()).unwrap_or(i128::MAX).max(1)
}

/// A number of 64 bits that is the same in each process and version.
fn hash(target: &str) -> u64 {
    let digest = Sha256::digest(target.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn time(text: &str) -> Timestamp {
        text.parse().expect("it is a time")
    }

    #[test]
    fn slots_are_one_interval_apart_and_the_same_in_each_process() {
        let now = time("2026-11-29T12:00:00Z");
        let first = next_slot("db1", MINUTE, now);
        assert_eq!(first, time("2026-11-29T12:00:28.277596143Z"), "a constant of the format");
        assert_eq!(next_slot("db1", MINUTE, first), time("2026-11-29T12:01:28.277596143Z"));
        // A restart in between changes nothing.
        let later = first.checked_sub(Duration::from_nanos(1)).expect("it is a time");
        assert_eq!(next_slot("db1", MINUTE, later), first);
        assert_eq!(slots_between(first, next_slot("db1", MINUTE, first), MINUTE), 1);
        assert_eq!(slots_between(first, now, MINUTE), 0, "the clock was set back");
    }

    #[test]
    fn the_slots_of_a_longer_interval_are_slots_of_the_shorter_one() {
        let now = time("2026-11-29T12:00:00Z");
        for target in ["db1", "db2", "a", ""] {
            let hour = next_slot(target, MINUTE * 60, now);
            let before = hour.checked_sub(MINUTE / 2).expect("it is a time");
            assert_eq!(next_slot(target, MINUTE, before), hour, "{target}");
        }
    }

    /// No second of an interval has more than three times the mean.
    #[test]
    fn targets_are_spread_over_the_interval() {
        let now = time("2026-11-29T12:00:00Z");
        let mut seconds = [0; 60];
        for number in 0..3000 {
            let slot = next_slot(&format!("db{number}"), MINUTE, now);
            let second = slot.as_second() - now.as_second();
            seconds[usize::try_from(second).expect("it is later") % 60] += 1;
        }
        let most = seconds.iter().max().copied();
        assert!(most < Some(150) && seconds.iter().all(|count| *count > 0), "{seconds:?}");
    }
}
