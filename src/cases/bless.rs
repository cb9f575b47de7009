//! Writes what was found into the text of an offline case, in place of what it expected.
//!
//! Every other byte stays as it is. Whether what was found is right is for a person to say.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::notation;
use crate::catalog::check::{Check, Scope};
use crate::catalog::server_version::{NEWEST, OLDEST};
use crate::finding::Finding;

/// The text of a case with its `expect` replaced, or added where there was none.
pub fn blessed(text: &str, found: &[Finding]) -> Result<String, String> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let value = value(found, newline);
    let root = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let root = root.get_ref();
    if let Some((_, old)) = root.get_key_value("expect") {
        let span = old.span();
        if !matches!(old.get_ref(), DeValue::Array(_)) || !text[span.clone()].starts_with('[') {
            return Err("expect is no list".to_owned());
        }
        if text[span.clone()].starts_with("[[") {
            return Err("it is written as [[expect]]; write expect = [] instead".to_owned());
        }
        return Ok(format!("{}{value}{}", &text[..span.start], &text[span.end..]));
    }
    // Behind the rows where they stand in the first part of the file, as a table further down must not
    // swallow it; else behind the server, which stands there always.
    let inline = |key: &str| {
        let (_, value) = root.get_key_value(key)?;
        let span = Spanned::span(value);
        text[span.clone()].starts_with(|c: char| c == '[' || c.is_ascii_digit()).then_some(span)
    };
    let rows = inline("rows").filter(|span| !text[span.clone()].starts_with("[["));
    let behind = rows.or_else(|| inline("server")).ok_or("it has no key server")?.end;
    let end = text[behind..].find('\n').map(|at| behind + at + 1);
    Ok(match end {
        Some(end) => format!("{}expect = {value}{newline}{}", &text[..end], &text[end..]),
        None => format!("{text}{newline}expect = {value}{newline}"),
    })
}

/// The first case of a check that has none: no rows, from the newest server that it is for.
pub fn first(check: &Check) -> String {
    let server = (OLDEST..=NEWEST).rev().find(|major| check.servers.contains(*major));
    let server = server.unwrap_or(NEWEST);
    let none = |scope: Scope| match scope {
        Scope::Cluster => "rows = []",
        Scope::Database => "databases.app = []",
    };
    let rows: String = match check.queries.as_slice() {
        [one] => format!("{}\n", none(one.scope)),
        several => {
            let each =
                several.iter().map(|query| format!("\n[[queries]]\n{}\n", none(query.scope)));
            each.collect::<Vec<_>>().concat()
        }
    };
    format!("server = {server}\n{rows}")
}

fn value(found: &[Finding], newline: &str) -> String {
    match found {
        [] => "[]".to_owned(),
        [one] => format!("[{}]", notation::finding(one)),
        several => {
            let lines = several
                .iter()
                .map(|finding| format!("    {},{newline}", notation::finding(finding)));
            format!("[{newline}{}]", lines.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::State;

    fn found(count: usize) -> Vec<Finding> {
        let finding = |number| {
            Finding::new(State::Warning, format!("n {number}")).about(Some("o".to_owned()))
        };
        (0..count).map(finding).collect()
    }

    #[test]
    fn every_other_byte_stays() {
        const ONE: &str = "[{ state = \"warning\", object = \"o\", summary = \"n 0\" }]";
        for (text, count, expected) in [
            (
                "# a\nserver=17 # b\nrows = [ ]\nexpect = [ # old\n]  # c\n",
                1,
                format!("# a\nserver=17 # b\nrows = [ ]\nexpect = {ONE}  # c\n"),
            ),
            ("expect=[{state='ok'}]\nserver = 17", 0, "expect=[]\nserver = 17".to_owned()),
            (
                "server = 17\nrows = [\n  {},\n] # r\n# end",
                1,
                format!("server = 17\nrows = [\n  {{}},\n] # r\nexpect = {ONE}\n# end"),
            ),
            ("server = 17", 0, "server = 17\nexpect = []\n".to_owned()),
            (
                "server = 17\n\n[[queries]]\nrows = []\n",
                0,
                "server = 17\nexpect = []\n\n[[queries]]\nrows = []\n".to_owned(),
            ),
            (
                "server = 17\n[[rows]]\na = 1\n",
                0,
                "server = 17\nexpect = []\n[[rows]]\na = 1\n".to_owned(),
            ),
            (
                "server = 17\r\nrows = []\r\n",
                1,
                format!("server = 17\r\nrows = []\r\nexpect = {ONE}\r\n"),
            ),
        ] {
            assert_eq!(blessed(text, &found(count)).unwrap(), expected, "{text}");
        }
        let several = blessed("server = 1\nexpect = []", &found(2)).unwrap();
        let read: toml::Table = several.parse().unwrap();
        assert_eq!(read["expect"].as_array().map(Vec::len), Some(2), "{several}");
        assert!(blessed("server = 17\n[[expect]]\nstate = 'ok'\n", &[]).is_err());
    }
}
