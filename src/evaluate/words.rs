//! Numbers as people say them, each in its unit.
//!
//! It rounds for reading; metrics keep their exact value.

use super::pretty;
use crate::finding::Unit;

/// An amount with its unit: `96 %`, `1.2 GiB`, `62 s`.
pub(super) fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{} %", rounded(value, 1)),
        Unit::Bytes => pretty::bytes(value),
        Unit::Seconds => seconds(value),
        Unit::Ratio => rounded(value, 3),
        Unit::None | Unit::Count => rounded(value, 2),
    }
}

/// In seconds as long as these say more, then in the two largest units.
fn seconds(value: f64) -> String {
    if value.abs() < 120.0 {
        let digits = if value.abs() < 10.0 { 3 } else { 1 };
        return format!("{} s", rounded(value, digits));
    }
    pretty::duration(value)
}

/// A number with at most so many digits behind the point, and no zeros at its end.
fn rounded(value: f64, digits: usize) -> String {
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
            (172_805.0, Unit::Seconds, "2 d"),
            (1e300, Unit::None, &format!("{:.0}", 1e300)),
            (0.9985, Unit::Ratio, "0.999"),
            (3.0, Unit::Count, "3"),
        ] {
            assert_eq!(amount(value, unit), words);
        }
    }
}
