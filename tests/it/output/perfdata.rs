//! A strict reader of performance data, written after the grammar and not after the writer.
//!
//! It accepts less than any real parser: what it accepts, all of them accept.

/// An item of performance data.
pub(super) struct Item<'a> {
    pub(super) label: &'a str,
    pub(super) value: f64,
}

/// Reads all items of a line; the error names the fault and its position.
pub(super) fn read(mut rest: &str) -> Result<Vec<Item<'_>>, String> {
    let mut items = Vec::new();
    loop {
        let (item, after) = item(rest).map_err(|error| format!("{error} at {rest:?}"))?;
        items.push(item);
        match after.strip_prefix(' ') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(items),
            None => return Err(format!("no blank before {after:?}")),
        }
    }
}

fn item(text: &str) -> Result<(Item<'_>, &str), String> {
    let quoted = text.strip_prefix('\'').ok_or("no quote")?;
    let (label, rest) = quoted.split_once("'=").ok_or("no end of the label")?;
    let safe = |character: char| character.is_ascii_alphanumeric() || " _.-".contains(character);
    if label.is_empty() || label.trim() != label || !label.chars().all(safe) {
        return Err(format!("bad label {label:?}"));
    }
    let end = rest.find(' ').unwrap_or(rest.len());
    let (fields, rest) = rest.split_at(end);
    let fields = fields.split(';').collect::<Vec<_>>();
    if fields.len() > 5 || (fields.len() > 1 && fields.last() == Some(&"")) {
        return Err(format!("bad fields {fields:?}"));
    }
    let unit = fields[0].trim_start_matches(|character: char| "-.0123456789".contains(character));
    let value = number(&fields[0][..fields[0].len() - unit.len()])?;
    if !["", "s", "B", "%", "c"].contains(&unit) {
        return Err(format!("bad unit {unit:?}"));
    }
    for range in fields.iter().skip(1).take(2).filter(|range| !range.is_empty()) {
        let ends = range.strip_prefix('@').unwrap_or(range);
        let (start, end) = ends.split_once(':').unwrap_or(("", ends));
        for end in [start, end].into_iter().filter(|end| !end.is_empty() && *end != "~") {
            number(end)?;
        }
    }
    for bound in fields.iter().skip(3).filter(|bound| !bound.is_empty()) {
        number(bound)?;
    }
    Ok((Item { label, value }, rest))
}

/// A number: `-?[0-9]+(\.[0-9]+)?`.
fn number(text: &str) -> Result<f64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(part) {
        return Err(format!("bad number {text:?}"));
    }
    text.parse().map_err(|error| format!("bad number {text:?}: {error}"))
}

#[test]
fn the_reader_refuses_what_parsers_disagree_on() {
    assert!(read("'a b'=1.5s;10;@1:2;0 'c'=-3%").is_ok());
    for bad in [
        "a=1",
        "'a=1",
        "''=1",
        "'a''b'=1",
        "'a'=1e3",
        "'a'=nan",
        "'a'=U",
        "'a'=1KB",
        "'a'=1;",
        "'a'=1;2;3;0;1;2",
        "'a'=1  'b'=2",
        "'a'=1 ",
        "",
        "'a'=.5",
        "'a'=+1",
        "'a'=1,5",
    ] {
        assert!(read(bad).is_err(), "{bad:?}");
    }
}
