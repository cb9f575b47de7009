//! Numbers as people read them, because Starlark cannot format any.
//!
//! It knows no locale: the point is a point, and thousands are not grouped.

/// More digits than that say nothing about a 64-bit float.
const MOST_DIGITS: usize = 100;

/// The number of digits asked for is not one.
#[derive(Debug, thiserror::Error)]
#[error("fixed: {0} digits after the point were asked for; it can be 0 to 100")]
pub(super) struct Digits(i32);

/// How many digits after the point, checked.
pub(super) fn digits(digits: i32) -> Result<usize, Digits> {
    usize::try_from(digits).ok().filter(|&digits| digits <= MOST_DIGITS).ok_or(Digits(digits))
}

/// Rounded to so many digits; a zero has no sign, as `-0.0` only puzzles.
pub(super) fn fixed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        _ if number.is_nan() => "nan".to_owned(),
        _ => text,
    }
}

/// An integer of any size, exactly.
pub(super) fn fixed_integer(number: &str, digits: usize) -> String {
    let point = if digits == 0 { "" } else { "." };
    format!("{number}{point}{}", "0".repeat(digits))
}

/// `512 B`, `1.5 KiB`, `20 GiB`: powers of 1024, under names that mean powers of 1024.
pub(super) fn bytes(bytes: f64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let sign = if bytes < 0.0 { "-" } else { "" };
    let mut amount = bytes.abs();
    // Above this, rounding would show 1024 of the smaller unit.
    if amount < 1023.5 {
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

/// `250 ms`, `62 s` as `1 min 2 s`, `26 h` as `1 d 2 h`: the two largest units, rounded to the smaller.
pub(super) fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")];
    let sign = if seconds < 0.0 { "-" } else { "" };
    let amount = seconds.abs();
    if !amount.is_finite() {
        return format!("{sign}{} s", fixed(amount, 0));
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

/// Rounded, without zeros that only fill.
fn trimmed(number: f64, digits: usize) -> String {
    let text = fixed(number, digits);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
