//! Reads the numbers of the other plugins: `10 GB`, `1.5 hours`, `1d2h`, `90%`.

use super::table::Kind;

/// The longest text of a number. A person does not write a longer one.
const LONGEST: usize = 64;

const K: f64 = 1024.0;

/// Reads a number of one of these kinds. A number without a unit has the first kind that fits.
pub(super) fn read(text: &str, kinds: &[Kind]) -> Option<(Kind, f64)> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let kinds = kinds.iter().copied();
    kinds.clone().find_map(|kind| Some((kind, of_kind(text, kind)?)))
}

fn of_kind(text: &str, kind: Kind) -> Option<f64> {
    match kind {
        Kind::Percent => number(text.strip_suffix('%')?.trim_end()),
        Kind::Free => number(text.strip_prefix('-')?),
        Kind::Count => number(&text.replace('_', "")),
        Kind::Size => size(text),
        Kind::Time => time(text),
    }
}

/// Digits with or without a fraction.
fn number(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(fraction)).then(|| text.parse().ok()).flatten()
}

/// The number and the word at the beginning of a text, and the rest.
fn first(text: &str) -> Option<(f64, &str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start();
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic());
    let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
    Some((number(digits)?, word, rest.trim_start()))
}

/// Bytes. Only the first letter of the unit counts, and units are powers of 1024.
fn size(text: &str) -> Option<f64> {
    let (number, unit, rest) = first(text)?;
    let letter = unit.chars().next().unwrap_or('b').to_ascii_lowercase();
    let power = "bkmgtpez".find(letter)?;
    let unit = K.powi(i32::try_from(power).ok()?);
    rest.is_empty().then_some(number * unit)
}

/// Seconds: one number with a unit, or several, as in `1d2h`.
fn time(text: &str) -> Option<f64> {
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let (number, unit, after) = first(rest)?;
        // The other plugins read only the first letter. A millisecond or a month would be a minute.
        let lower = unit.to_ascii_lowercase();
        if ["ms", "mo", "mil", "mic"].iter().any(|other| lower.starts_with(other)) {
            return None;
        }
        let factor = match unit.chars().next().map(|letter| letter.to_ascii_lowercase()) {
            None | Some('s') => 1.0,
            Some('m') => 60.0,
            Some('h') => 3600.0,
            Some('d') => 86_400.0,
            Some('w') => 604_800.0,
            Some('y') => 31_536_000.0,
            Some(_) => return None,
        };
        seconds += number * factor;
        rest = after;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Count, Free, Percent, Size, Time};

    #[test]
    fn numbers_are_read_as_the_other_plugins_read_them() {
        for (text, kinds, expected) in [
            ("90%", &[Percent, Count][..], Some((Percent, 90.0))),
            ("90", &[Percent, Count], Some((Count, 90.0))),
            ("1_000", &[Count], Some((Count, 1000.0))),
            ("10 GB", &[Size], Some((Size, 10.0 * K * K * K))),
            ("1.5m", &[Size], Some((Size, 1.5 * K * K))),
            ("500", &[Size], Some((Size, 500.0))),
            ("1TB", &[Size], Some((Size, K * K * K * K))),
            ("10 minutes", &[Time], Some((Time, 600.0))),
            ("1d2h3m4s", &[Time], Some((Time, 93_784.0))),
            ("1.5 hours", &[Time], Some((Time, 5400.0))),
            ("2 days", &[Time], Some((Time, 172_800.0))),
            ("30m", &[Count, Time], Some((Time, 1800.0))),
            ("30", &[Count, Time], Some((Count, 30.0))),
            ("5 minuts", &[Time], Some((Time, 300.0))),
            ("10ms", &[Time], None),
            ("1 month", &[Time], None),
            ("2 Millis", &[Time], None),
            ("-5", &[Count], None),
            ("-5", &[Percent, Count, Free], Some((Free, 5.0))),
            ("-5%", &[Percent, Count, Free], None),
            ("--5", &[Count, Free], None),
            ("5", &[Free], None),
            ("1:5", &[Count, Time], None),
            ("5 apples", &[Time, Size], None),
            ("", &[Count], None),
            ("1e9", &[Count], None),
            ("inf", &[Count, Time], None),
            ("%", &[Percent], None),
            ("10 GB x", &[Size], None),
        ] {
            assert_eq!(read(text, kinds), expected, "{text}");
        }
    }
}
