//! The digits that `fixed(x, digits)` of scripts takes, and integers of any size with such digits.

/// A 64-bit float has no more digits.
const MOST_DIGITS: usize = 100;

/// The number of digits asked for is not one.
#[derive(Debug, thiserror::Error)]
#[error("fixed: {0} digits after the point were asked for; it can be 0 to 100")]
pub(super) struct Digits(i32);

/// How many digits after the point, checked.
pub(super) fn digits(digits: i32) -> Result<usize, Digits> {
    usize::try_from(digits).ok().filter(|&digits| digits <= MOST_DIGITS).ok_or(Digits(digits))
}

/// An integer of any size, exactly.
pub(super) fn integer(number: &str, digits: usize) -> String {
    let point = if digits == 0 { "" } else { "." };
    format!("{number}{point}{}", "0".repeat(digits))
}
