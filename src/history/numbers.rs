//! Numbers in as few bytes as they need, and texts.

/// Whole numbers below it are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads numbers and texts.
pub(super) struct NumberReader<'b> {
    /// What was not read yet.
    pub(super) bytes: &'b [u8],
}

impl NumberReader<'_> {
    /// A number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(first & 127) << shift;
            if *first < 128 {
                return Some(number);
            }
        }
        None
    }

    /// A number of parts, of which each has at least one byte.
    pub(super) fn length(&mut self) -> Option<usize> {
        let number = usize::try_from(self.number()?).ok()?;
        (number <= self.bytes.len()).then_some(number)
    }

    /// A number with a sign.
    pub(super) fn signed(&mut self) -> Option<i64> {
        self.number().map(unfolded)
    }

    /// A text, or the absence of one.
    pub(super) fn text(&mut self) -> Result<Option<String>, Damaged> {
        let Some(length) = self.number().ok_or(Damaged)?.checked_sub(1) else { return Ok(None) };
        let length = usize::try_from(length).map_err(|_| Damaged)?;
        let (text, rest) = self.bytes.split_at_checked(length).ok_or(Damaged)?;
        self.bytes = rest;
        String::from_utf8(text.to_vec()).map(Some).map_err(|_| Damaged)
    }
}

/// The bytes are damaged.
pub(super) struct Damaged;

/// Writes a number in as few bytes as it needs.
pub(super) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push(number.to_le_bytes()[0] | 128);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Writes the number of some parts.
pub(super) fn write_length(bytes: &mut Vec<u8>, length: usize) {
    write_number(bytes, u64::try_from(length).unwrap_or(u64::MAX));
}

/// Writes a number with a sign.
pub(super) fn write_signed(bytes: &mut Vec<u8>, number: i64) {
    write_number(bytes, folded(number));
}

/// A number without its sign: small numbers remain small.
pub(super) fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// The number of [`folded`].
pub(super) fn unfolded(number: u64) -> i64 {
    let half = (number >> 1).cast_signed();
    if number & 1 == 0 { half } else { !half }
}

/// A value as a whole number, if it is exactly the same when it is read.
#[expect(clippy::cast_possible_truncation, reason = "the number is smaller than 2^53")]
pub(super) fn scaled(value: f64, scale: f64) -> Option<i64> {
    let whole = (value * scale).round();
    let is_small = whole.abs() < EXACT;
    let number = if is_small { whole as i64 } else { return None };
    (unscaled(number, scale).to_bits() == value.to_bits()).then_some(number)
}

/// The value of [`scaled`].
#[expect(clippy::cast_precision_loss, reason = "a damaged block may have any value")]
pub(super) fn unscaled(number: i64, scale: f64) -> f64 {
    number as f64 / scale
}

/// Writes a text, or its absence.
pub(super) fn write_text(bytes: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else { return write_number(bytes, 0) };
    write_length(bytes, text.len() + 1);
    bytes.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let mut numbers = vec![0, 1, -1, 63, -64, 64, i64::MAX / 2, i64::MIN / 2];
        numbers.extend((0..62).flat_map(|bit| [1 << bit, -(1 << bit)]));
        for number in numbers {
            let mut bytes = Vec::new();
            write_signed(&mut bytes, number);
            assert_eq!(NumberReader { bytes: &bytes }.signed(), Some(number));
        }
    }
}
