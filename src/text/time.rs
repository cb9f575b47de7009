//! Times in UTC, as programs and as people read them.

use jiff::Timestamp;

/// RFC 3339 to the second.
pub fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The day and the minute, for people.
pub fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_cut_not_rounded() {
        let time: Timestamp = "2026-11-29T23:59:59.999Z".parse().expect("it is a time");
        assert_eq!(second(time), "2026-11-29T23:59:59Z");
        assert_eq!(minute(time), "2026-11-29 23:59 UTC");
    }
}
