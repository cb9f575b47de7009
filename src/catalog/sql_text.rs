//! Looks at the outside of a query's text: is it one `SELECT`, without a semicolon?
//!
//! It is no parser: whether the query is right and harmless is said by a server.

/// Says what keeps a text from being one `SELECT` or `WITH … SELECT`.
pub(super) fn complain(sql: &str) -> Option<String> {
    let code = code_of(sql);
    let Some(code) = code else {
        return Some("a quoted text, name or comment has no end".to_owned());
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

/// The text with comments and everything quoted blanked out; line breaks stay. `None` if a quote is open.
fn code_of(sql: &str) -> Option<String> {
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
        code.extend(
            rest[..length].chars().map(|character| if character == '\n' { '\n' } else { ' ' }),
        );
        rest = &rest[length..];
    }
    Some(code)
}

/// Whether the code before a quote makes backslashes escape in it: an `E` that begins a word.
fn escapes(code: &str) -> bool {
    let mut before = code.chars().rev();
    before.next().is_some_and(|last| matches!(last, 'e' | 'E'))
        && !before.next().is_some_and(|other| other.is_alphanumeric() || "_$".contains(other))
}

/// The length of a text in which a backslash takes the next character's meaning away.
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

/// Comments nest in PostgreSQL.
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
    use super::complain;

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
            (r"select E'open\'", Some("has no end")),
            ("(select 1)", Some("begins with \"\"")),
            ("select 1;", Some("line 1: a semicolon")),
            ("select 1\n\n; drop table x", Some("line 3: a semicolon")),
            ("insert into x values (1)", Some("begins with \"insert\"")),
            ("", Some("begins with \"\"")),
            ("select 'open", Some("has no end")),
            ("select /* open", Some("has no end")),
        ] {
            let said = complain(sql);
            match wrong {
                None => assert_eq!(said, None, "{sql}"),
                Some(words) => assert!(
                    said.as_deref().is_some_and(|said| said.contains(words)),
                    "{sql}: {said:?}"
                ),
            }
        }
    }
}
