//! Reads and writes intervals as people write them in settings: `30s`, `5m`, `4h`, `1d`.

use std::time::Duration;

/// The longest interval, about 100 years. Sums and multiples of it are in the range of times.
const LONGEST: u64 = 36_500 * 86_400;

/// Reads an interval: a whole number greater than 0 and one of `s`, `m`, `h`, `d`, at most 36500 days.
pub fn parse(text: &str) -> Result<Duration, String> {
    let error = || format!("\"{text}\" is not an interval; write 30s, 5m, 4h or 1d");
    let unit = text.chars().last().ok_or_else(error)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        _ => return Err(error()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| error())?;
    match number.saturating_mul(seconds) {
        0 => Err(error()),
        1..=LONGEST => Ok(Duration::from_secs(number * seconds)),
        _ => Err(format!("\"{text}\" is too long; an interval is at most 36500d")),
    }
}

/// Writes an interval in the largest unit that divides it.
pub fn write(interval: Duration) -> String {
    let seconds = interval.as_secs();
    let unit = [(86400, 'd'), (3600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(size, _)| seconds > 0 && seconds.is_multiple_of(*size));
    let (size, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_and_written() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("4h", 14_400), ("1d", 86_400)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)));
            assert_eq!(write(Duration::from_secs(seconds)), text);
        }
        assert_eq!(write(Duration::ZERO), "0s");
        assert_eq!(parse("36500d"), Ok(Duration::from_secs(LONGEST)));
        for long in ["36501d", "876001h", "18446744073709551615d"] {
            let message = format!("\"{long}\" is too long; an interval is at most 36500d");
            assert_eq!(parse(long), Err(message));
        }
        for wrong in ["", "5", "m", "0s", "-5m", "5 m", "1.5h", "99999999999999999999d", "é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
