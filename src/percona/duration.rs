//! Reads the words of Go that parameters hold: truth values and durations.
//!
//! Only whether they are right is of interest; nothing here is ever run with them.

/// A truth value as Go's `strconv.ParseBool` knows it.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Whether a text is a duration as Go's `time.ParseDuration` knows it, such as `1h30m` or `1.5s`.
pub(super) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.len()
            - rest.trim_start_matches(|digit: char| digit.is_ascii_digit() || digit == '.').len();
        let digits = &rest[..number];
        if !digits.bytes().any(|byte| byte.is_ascii_digit()) || digits.matches('.').count() > 1 {
            return false;
        }
        rest = &rest[number..];
        let unit =
            rest.find(|other: char| other.is_ascii_digit() || other == '.').unwrap_or(rest.len());
        if !["ns", "us", "\u{b5}s", "\u{3bc}s", "ms", "s", "m", "h"].contains(&&rest[..unit]) {
            return false;
        }
        rest = &rest[unit..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_go() {
        for right in ["300ms", "1.5h", "2h45m", "0", "-1s", "+5m", ".5s", "1.s", "10us"] {
            assert!(is_duration(right), "{right}");
        }
        for wrong in ["", "5", "1d", "s", "1.2.3s", "1h 5m", "-", ".s", "1hh"] {
            assert!(!is_duration(wrong), "{wrong}");
        }
        assert_eq!(
            [truth("T"), truth("False"), truth("yes"), truth("tRUE")],
            [Some(true), Some(false), None, None]
        );
    }
}
