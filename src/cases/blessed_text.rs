//! Writes findings into the text of an offline case as the value of `expect`. All other bytes remain unchanged.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::notation;
use crate::catalog::check::{Check, Scope};
use crate::catalog::server_version::{NEWEST, OLDEST};
use crate::finding::Finding;

/// Why a text cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextNotBlessed {
    /// The text is not TOML.
    #[error("{0}")]
    NotToml(String),
    /// `expect` is not a list.
    #[error("expect is not a list")]
    NotAList,
    /// `expect` is written as tables.
    #[error("the case has [[expect]]; write expect = [] instead")]
    Tables,
    /// The text has no `server`, after which `expect` could be written.
    #[error("the case has neither server nor document")]
    NoServer,
}

/// The text of a case with the findings in `expect`, which is added if it does not exist.
pub fn blessed(text: &str, found: &[Finding]) -> Result<String, TextNotBlessed> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let value = value(found, newline);
    let root = DeTable::parse(text)
        .map_err(|error| TextNotBlessed::NotToml(error.message().to_owned()))?;
    let root = root.get_ref();
    if let Some((_, old)) = root.get_key_value("expect") {
        let span = old.span();
        if !matches!(old.get_ref(), DeValue::Array(_)) || !text[span.clone()].starts_with('[') {
            return Err(TextNotBlessed::NotAList);
        }
        if text[span.clone()].starts_with("[[") {
            return Err(TextNotBlessed::Tables);
        }
        return Ok(format!("{}{value}{}", &text[..span.start], &text[span.end..]));
    }
    // A key after a table header would belong to the table. It is written after `rows` if that is before the first
    // table, or else after `server`, which always is.
    let inline = |key: &str| {
        let (_, value) = root.get_key_value(key)?;
        let span = Spanned::span(value);
        text[span.clone()].starts_with(|c: char| c == '[' || c.is_ascii_digit()).then_some(span)
    };
    let rows = inline("rows").filter(|span| !text[span.clone()].starts_with("[["));
    let document = || root.get_key_value("document").map(|(_, value)| Spanned::span(value));
    let behind = rows.or_else(|| inline("server")).or_else(document);
    let behind = behind.ok_or(TextNotBlessed::NoServer)?.end;
    let end = text[behind..].find('\n').map(|at| behind + at + 1);
    Ok(match end {
        Some(end) => format!("{}expect = {value}{newline}{}", &text[..end], &text[end..]),
        None => format!("{text}{newline}expect = {value}{newline}"),
    })
}

/// The text of the first case of a check: no rows, on the newest server that the check is for.
pub fn first_case(check: &Check) -> String {
    if check.document.is_some() {
        return "document = '[]'\n".to_owned();
    }
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
    fn all_other_bytes_are_unchanged() {
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
