//! Checks that the text of a query is one `SELECT` without a semicolon.
//!
//! It does not parse the query: the linter checks it on a server.

/// Why a text is not one `SELECT` or `WITH … SELECT`.
pub(super) fn problem_of(sql: &str) -> Option<String> {
    let code = code_of(sql);
    let Some(code) = code else {
        return Some("a quoted text, a quoted name or a comment does not end".to_owned());
    };
    if let Some(line) = line_of(&code, |character| character == ';') {
        return Some(format!("line {line}: a semicolon; a query is one SELECT without one"));
    }
    let word: String = code
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase();
    (word != "select" && word != "with")
        .then(|| format!("begins with \"{word}\"; a query is one SELECT, or WITH … SELECT"))
}

fn line_of(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let offset = text.find(wanted)?;
    Some(text[..offset].matches('\n').count() + 1)
}

/// The text with blanks for comments, quoted texts and quoted names; line breaks remain. `None` if a quote or comment does
/// not end.
pub fn code_of(sql: &str) -> Option<String> {
    blanked(sql, false)
}

/// The same, but quoted names remain.
pub(super) fn code_with_names_of(sql: &str) -> Option<String> {
    blanked(sql, true)
}

fn blanked(sql: &str, keeps_names: bool) -> Option<String> {
    let mut code = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment_length(rest)?,
            '\'' if escapes(&code) => escaped_length(rest)?,
            '\'' | '"' => 1 + rest[1..].find(first)? + 1,
            '$' => dollar_quote_length(rest).unwrap_or(1),
            other => {
                code.push(other);
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        let keeps = keeps_names && first == '"';
        let blank = |character| if keeps || character == '\n' { character } else { ' ' };
        code.extend(rest[..length].chars().map(blank));
        rest = &rest[length..];
    }
    Some(code)
}

/// Whether a backslash escapes in the text after this code: the code ends with a word `E`.
fn escapes(code: &str) -> bool {
    let mut before = code.chars().rev();
    before.next().is_some_and(|last| matches!(last, 'e' | 'E'))
        && !before.next().is_some_and(|other| other.is_alphanumeric() || "_$".contains(other))
}

/// The length of a quoted text in which a backslash escapes the next character.
fn escaped_length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()?),
            '\'' => return Some(offset + 1),
            _ => {}
        }
    }
    None
}

/// The length of a comment. PostgreSQL nests comments.
fn comment_length(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut offset = 0;
    while offset < text.len() {
        let rest = &text.as_bytes()[offset..];
        if rest.starts_with(b"/*") {
            depth += 1;
            offset += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            offset += 2;
            if depth == 0 {
                return Some(offset);
            }
        } else {
            offset += 1;
        }
    }
    None
}

fn dollar_quote_length(text: &str) -> Option<usize> {
    let tag = &text[..=text[1..].find('$')? + 1];
    let name = &tag[1..tag.len() - 1];
    let is_tag = name.chars().all(|character| character.is_alphanumeric() || character == '_')
        && !name.starts_with(|character: char| character.is_ascii_digit());
    is_tag.then(|| text[tag.len()..].find(tag)).flatten().map(|end| tag.len() + end + tag.len())
}

#[cfg(test)]
mod tests {
    use super::problem_of;

    #[test]
    fn only_one_select_passes() {
        for (sql, wrong) in [
            ("select 1", None),
            (
                "-- why; because\nWITH a AS (SELECT ';') SELECT $1, $q$;$q$ /* ; /* nested */ ; */ FROM a -- ;",
                None,
            ),
            (r"select E'\'' as x; drop role posemo --'", Some("line 1: a semicolon")),
            (r"select E'it\'s' as x, e'\\' as y, one'\' as z", None),
            (r"select E'open\'", Some("does not end")),
            ("(select 1)", Some("begins with \"\"")),
            ("select 1;", Some("line 1: a semicolon")),
            ("select 1\n\n; drop table x", Some("line 3: a semicolon")),
            ("insert into x values (1)", Some("begins with \"insert\"")),
            ("", Some("begins with \"\"")),
            ("select 'open", Some("does not end")),
            ("select /* open", Some("does not end")),
        ] {
            let problem = problem_of(sql);
            match wrong {
                None => assert_eq!(problem, None, "{sql}"),
                Some(expected) => assert!(
                    problem.as_deref().is_some_and(|problem| problem.contains(expected)),
                    "{sql}: {problem:?}"
                ),
            }
        }
    }
}
