//! Writes numbers, sizes and durations for people: rounded, in the unit that reads best.
//!
//! The locale has no effect: the decimal separator is a point, and digits are not grouped.

/// Numbers from this size on are written with an exponent: a 64-bit float has no more exact digits.
const LARGEST_PLAIN: f64 = 1e15;

/// A number with at most `digits` digits after the point, without trailing zeros; zero has no sign.
pub fn rounded(number: f64, digits: usize) -> String {
    if number.is_finite() && number.abs() >= LARGEST_PLAIN {
        return format!("{number:.3e}");
    }
    let text = fixed(number, digits);
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

/// A number with exactly `digits` digits after the point; zero has no sign.
pub fn fixed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        _ if number.is_nan() => "nan".to_owned(),
        _ => text,
    }
}

/// A size: `512 B`, `1.5 KiB`, `20 GiB`. Units are powers of 1024.
pub fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let sign = if bytes < 0.0 { "-" } else { "" };
    let mut amount = bytes.abs();
    // Above this, rounding would show 1024 of the smaller unit.
    if amount < 1023.5 || !amount.is_finite() {
        return format!("{sign}{} B", trimmed(amount, 0));
    }
    let mut unit = "";
    for larger in UNITS {
        unit = larger;
        amount /= 1024.0;
        if amount < 1023.5 {
            break;
        }
    }
    format!("{sign}{} {unit}", trimmed(amount, usize::from(amount < 99.95)))
}

/// A number of seconds in the two largest units, rounded to the smaller: `250 ms`, `1 min 2 s`, `1 d 2 h`.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")];
    let sign = if seconds < 0.0 { "-" } else { "" };
    let amount = seconds.abs();
    if amount.is_nan() || amount >= LARGEST_PLAIN {
        return format!("{sign}{} s", rounded(amount, 0));
    }
    if amount == 0.0 {
        return "0 s".to_owned();
    }
    if amount < 0.9995 {
        return format!("{sign}{} ms", trimmed(amount * 1000.0, usize::from(amount < 0.01)));
    }
    if amount < 9.95 {
        return format!("{sign}{} s", trimmed(amount, 1));
    }
    for (pair, larger) in
        UNITS.windows(2).zip(std::iter::once(f64::INFINITY).chain(UNITS.map(|u| u.0)))
    {
        let [(large, name), (small, below)] = [pair[0], pair[1]];
        let rounded = (amount / small).round() * small;
        if rounded >= large && rounded < larger {
            let (whole, rest) = ((rounded / large).floor(), rounded % large / small);
            let rest = if rest == 0.0 { String::new() } else { format!(" {rest:.0} {below}") };
            return format!("{sign}{whole:.0} {name}{rest}");
        }
    }
    format!("{sign}{} s", fixed(amount, 0))
}

/// `1 change`, `2 changes`: a count with its noun.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn trimmed(number: f64, digits: usize) -> String {
    if number.is_finite() && number >= LARGEST_PLAIN {
        return rounded(number, digits);
    }
    let text = fixed(number, digits);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_for_people() {
        for (number, digits, expected) in [
            (96.0, 1, "96"),
            (91.44, 1, "91.4"),
            (-0.001, 1, "0"),
            (0.9985, 3, "0.999"),
            (100.0, 0, "100"),
            (1e300, 2, "1.000e300"),
            (f64::INFINITY, 1, "inf"),
            (f64::NAN, 1, "nan"),
        ] {
            assert_eq!(rounded(number, digits), expected);
        }
    }

    #[test]
    fn sizes_and_durations_have_the_unit_that_reads_best() {
        for (size, expected) in [
            (512.0, "512 B"),
            (1_288_490_188.8, "1.2 GiB"),
            (8_690_000_000.0, "8.1 GiB"),
            (-2048.0, "-2 KiB"),
            (f64::NEG_INFINITY, "-inf B"),
            (1e30, "867361737988 EiB"),
            (1e300, "8.674e281 EiB"),
        ] {
            assert_eq!(bytes(size), expected);
        }
        for (seconds, expected) in [
            (0.0, "0 s"),
            (0.0042, "4.2 ms"),
            (0.25, "250 ms"),
            (62.0, "1 min 2 s"),
            (3_723.0, "1 h 2 min"),
            (172_805.0, "2 d"),
            (f64::INFINITY, "inf s"),
            (1e300, "1.000e300 s"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
