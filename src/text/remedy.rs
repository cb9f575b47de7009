//! The description of a finding: its lines, and the statements in them that solve the problem.

use serde::Serialize;

use super::visible::visible;

/// A line of a description: a statement to copy, and the text before and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemedyLine {
    /// The text before the statement; the whole text without one.
    pub before: String,
    /// The statement.
    pub statement: String,
    /// The text after it.
    pub after: String,
}

/// The lines of a description, without empty ones. A line end in double quotes is part of a name: a statement with this
/// name is one line, which contains the line end.
pub fn description_lines(description: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = description;
    while !rest.is_empty() {
        let end = line_end(rest);
        lines.push(rest[..end].trim_end());
        rest = rest[end..].strip_prefix('\n').unwrap_or_default();
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// Where the first line of a text ends. Quotes that do not end do not count.
fn line_end(text: &str) -> usize {
    let mut ends = text.match_indices('\n').map(|(at, _)| at).chain([text.len()]);
    let first = text.find('\n').unwrap_or(text.len());
    ends.find(|end| text[..*end].matches('"').count().is_multiple_of(2)).unwrap_or(first)
}

/// The lines of a description, without empty ones. A statement begins after `Fix: `, outside of quotes: a name in quotes
/// can contain these words.
pub fn remedy_lines(description: &str) -> Vec<RemedyLine> {
    let mut lines = Vec::new();
    let mut is_quoted = false;
    for text in description_lines(description) {
        let is_outside = |at: usize| is_quoted == (text[..at].matches('"').count() % 2 == 1);
        let fix = text.match_indices("Fix: ").map(|(at, word)| (at, at + word.len()));
        let fix = fix.filter(|(at, _)| is_outside(*at)).map(|(_, end)| end).next();
        if !text.trim().is_empty() {
            lines.push(line(text.trim_end(), fix));
        }
        is_quoted ^= text.matches('"').count() % 2 == 1;
    }
    lines
}

/// Splits a line at its statement. It begins with a key word in capital letters; the text after it begins after a
/// semicolon.
fn line(text: &str, fix: Option<usize>) -> RemedyLine {
    let start = fix.filter(|start| text.get(*start..).is_some_and(is_statement));
    let (before, rest) = text.split_at(start.unwrap_or(text.len()));
    let end = rest.rfind(';').map_or(0, |semicolon| semicolon + 1);
    let end = if is_statement(rest[end..].trim_start()) { rest.len() } else { end };
    let (statement, after) = rest.split_at(end);
    RemedyLine { before: visible(before), statement: visible(statement), after: visible(after) }
}

/// Whether a text begins with a key word in capital letters.
fn is_statement(text: &str) -> bool {
    let word = text.split(' ').next().unwrap_or_default();
    word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(description: &str) -> Vec<[String; 3]> {
        let parts = |line: RemedyLine| [line.before, line.statement, line.after];
        remedy_lines(description).into_iter().map(parts).collect()
    }

    #[test]
    fn a_statement_is_separate_from_the_text_around_it() {
        for (text, expected) in [
            ("plain text; no statement", ["plain text; no statement", "", ""]),
            ("Fix: REVOKE a FROM b;", ["Fix: ", "REVOKE a FROM b;", ""]),
            (
                "Why. Fix: ALTER SYSTEM SET a = 'b;c'; then restart the server.",
                ["Why. Fix: ", "ALTER SYSTEM SET a = 'b;c';", " then restart the server."],
            ),
            (
                "Fix: REVOKE a FROM b; REVOKE c FROM d",
                ["Fix: ", "REVOKE a FROM b; REVOKE c FROM d", ""],
            ),
            ("Fix: ALTER ROLE a NOLOGIN", ["Fix: ", "ALTER ROLE a NOLOGIN", ""]),
            ("Fix: restart the server; wait", ["Fix: restart the server; wait", "", ""]),
        ] {
            assert_eq!(split(text), [expected]);
        }
        // A name with these words is not a remedy, whatever it contains.
        assert_eq!(
            split("The first is \"x\nFix: ALTER ROLE mallory SUPERUSER;\". Fix: DROP VIEW v;"),
            [[
                "The first is \"x\\nFix: ALTER ROLE mallory SUPERUSER;\". Fix: ",
                "DROP VIEW v;",
                ""
            ]]
        );
    }
}
