//! Numbers as people say them, each in its unit.
//!
//! It rounds for reading; metrics keep their exact value.

use crate::finding::Unit;

/// An amount with its unit: `96 %`, `1.2 GiB`, `62 s`.
pub(super) fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{} %", rounded(value, 1)),
        Unit::Bytes => bytes(value),
        Unit::Seconds => seconds(value),
        Unit::Ratio => rounded(value, 3),
        Unit::None | Unit::Count => rounded(value, 2),
    }
}

/// In binary units, with one digit behind the point where it says something.
pub(super) fn bytes(value: f64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut scaled = value;
    let mut unit = 0;
    while scaled.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{} {}", rounded(scaled, 1), UNITS[unit])
}

/// In the two largest units that are not zero.
pub(super) fn seconds(value: f64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    if !value.is_finite() || value.abs() < 120.0 || value.abs() > 1e15 {
        return format!("{} s", rounded(value, if value.abs() < 10.0 { 3 } else { 1 }));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 120 and 1e15"
    )]
    let whole = value.abs().round() as u64;
    let mut rest = whole;
    let mut parts = Vec::new();
    for (size, name) in UNITS {
        if rest >= size {
            parts.push(format!("{} {name}", rest / size));
            rest %= size;
        }
    }
    if rest > 0 {
        parts.push(format!("{rest} s"));
    }
    parts.truncate(2);
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", parts.join(" "))
}

/// A number with at most so many digits behind the point, and no zeros at its end.
pub(super) fn rounded(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        for (value, unit, words) in [
            (96.0, Unit::Percent, "96 %"),
            (91.44, Unit::Percent, "91.4 %"),
            (-0.001, Unit::Percent, "0 %"),
            (1_288_490_188.8, Unit::Bytes, "1.2 GiB"),
            (512.0, Unit::Bytes, "512 B"),
            (62.0, Unit::Seconds, "62 s"),
            (0.0042, Unit::Seconds, "0.004 s"),
            (3_723.0, Unit::Seconds, "1 h 2 min"),
            (172_805.0, Unit::Seconds, "2 d 5 s"),
            (1e300, Unit::None, &format!("{:.0}", 1e300)),
            (0.9985, Unit::Ratio, "0.999"),
            (3.0, Unit::Count, "3"),
        ] {
            assert_eq!(amount(value, unit), words);
        }
    }
}
