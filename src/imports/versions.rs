//! Reads versions of PostgreSQL as other programs write them.

/// The range of major versions of an expression such as `>=10.0.0 <14` or `> 9.4`: the first, and the first that is too new.
/// `None` for another form.
pub(super) fn of_expression(text: &str) -> Option<(u32, Option<u32>)> {
    let spaced = ['<', '>', '=', '!', '|']
        .iter()
        .fold(text.to_owned(), |text, sign| text.replace(&format!("{sign} "), &sign.to_string()));
    let (mut from, mut until) = (0, None::<u32>);
    for part in spaced.split_whitespace() {
        let digits = part.find(|c: char| c.is_ascii_digit())?;
        let (sign, version) = part.split_at(digits);
        let mut numbers = version.split('.').map(str::parse::<u32>);
        let major = numbers.next()?.ok()?;
        let is_whole = numbers.all(|number| number == Ok(0));
        let after = if is_whole { major } else { major.checked_add(1)? };
        match sign {
            ">=" => from = from.max(major),
            ">" => from = from.max(if is_whole { major.checked_add(1)? } else { major }),
            "<" => until = Some(until.unwrap_or(after).min(after)),
            "<=" => until = Some(major.checked_add(1)?),
            "=" | "==" | "" => (from, until) = (major, Some(major.checked_add(1)?)),
            _ => return None,
        }
    }
    Some((from, until))
}

/// The major version of a number such as 150002, 90600 and `090600`; of a limit that is not included, the first major version
/// that it excludes.
pub(super) fn of_number(text: &str, limit: bool) -> Option<u32> {
    let number: u32 = text.trim().parse().ok()?;
    Some(if limit { number.div_ceil(10_000) } else { number / 10_000 })
}

/// The major version of Telegraf's numbers: 1500 is 15, and 906 is 9.6.
pub(super) fn of_telegraf(number: u32, limit: bool) -> u32 {
    if limit { number.div_ceil(100) } else { number / 100 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_versions_have_whole_majors() {
        for (text, expected) in [
            (">=10.0.0", Some((10, None))),
            (">=10.0.0 <14.0.0", Some((10, Some(14)))),
            (">= 10 < 14", Some((10, Some(14)))),
            ("> 9.4", Some((9, None))),
            (">=14", Some((14, None))),
            (">14", Some((15, None))),
            ("<=15.0.0", Some((0, Some(16)))),
            ("<9.4", Some((0, Some(10)))),
            ("16.1.0", Some((16, Some(17)))),
            (">=10 || <9", None),
            ("10-12", None),
            (">=", None),
            (">=99999999999", None),
        ] {
            assert_eq!(of_expression(text), expected, "{text}");
        }
        assert_eq!((of_number("150002", false), of_number("090600", false)), (Some(15), Some(9)));
        assert_eq!((of_number("170000", true), of_number("140005", true)), (Some(17), Some(15)));
        assert_eq!((of_telegraf(1500, false), of_telegraf(906, false)), (15, 9));
    }
}
