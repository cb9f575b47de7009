//! Makes the text of a query the one SELECT that a function can contain, or refuses it with the reason.

use crate::catalog::code_of_query;

/// The longest text of a query, in bytes. A file of a check folder may be longer.
const LONGEST: usize = 64 * 1024;

/// First words of statements, and why a check cannot run them.
const REASONS: [(&[&str], &str); 6] = [
    (&["explain"], "is EXPLAIN, which returns a plan; write the query alone"),
    (
        &["insert", "update", "delete", "merge", "truncate", "copy", "refresh"],
        "writes, and a check only reads",
    ),
    (
        &["create", "alter", "drop", "grant", "revoke", "comment", "reindex", "cluster"],
        "changes objects, and a check only reads",
    ),
    (
        &["show"],
        "is SHOW, which a function cannot contain; write SELECT current_setting('NAME') AS setting",
    ),
    (
        &[
            "do",
            "call",
            "execute",
            "prepare",
            "lock",
            "notify",
            "listen",
            "vacuum",
            "analyze",
            "checkpoint",
        ],
        "is a command and returns no rows, and a check is one SELECT",
    ),
    (
        &["set", "reset", "begin", "start", "commit", "rollback", "declare", "fetch"],
        "depends on the session, and a check is one SELECT",
    ),
];

/// The query without blanks around it and without the semicolon at its end. An error is the reason for a refusal.
pub(super) fn one_select(sql: &str) -> Result<String, String> {
    if sql.contains('\0') {
        return Err("contains a NUL character, which PostgreSQL does not accept".to_owned());
    }
    if sql.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    if let Some(template) = template_in(sql) {
        return Err(format!(
            "contains {template}, which another program replaces; write the value"
        ));
    }
    let Some(code) = code_of_query(sql) else {
        return Err("a quoted text, a quoted name or a comment does not end".to_owned());
    };
    let mut kept: Vec<char> = code.chars().collect();
    // Quoted texts and comments are blanks in the code, so only a semicolon shows the end.
    while let Some(last) = kept.iter().rposition(|character| *character == ';') {
        if !kept[last + 1..].iter().all(|character| character.is_whitespace()) {
            break;
        }
        kept.truncate(last);
    }
    if kept.iter().all(|character| character.is_whitespace()) {
        return Err("is empty".to_owned());
    }
    if kept.contains(&';') {
        return Err("contains several statements, and a check is one SELECT".to_owned());
    }
    let code: String = kept.iter().collect();
    let begins = code.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word: String = begins.chars().take_while(char::is_ascii_alphabetic).collect();
    let word = word.to_ascii_lowercase();
    if !["select", "with", "values", "table"].contains(&word.as_str()) {
        let reason = REASONS.iter().find(|(words, _)| words.contains(&word.as_str()));
        return Err(match reason {
            Some((_, reason)) => (*reason).to_owned(),
            None => "does not begin with SELECT or WITH".to_owned(),
        });
    }
    if has_into(begins) {
        return Err("is SELECT INTO, which creates a table".to_owned());
    }
    // Blanks replace each character of a quoted text or comment, so the numbers of characters are equal.
    let text: String = sql.chars().take(kept.len()).collect();
    Ok(text.trim().to_owned())
}

/// A place that another program fills in: `{{ name }}` of a template, or `${NAME}` of the environment. It can be in a quoted text,
/// and would be compared with values there. An array in a text has commas, or numbers only.
fn template_in(sql: &str) -> Option<&str> {
    let found = |open: &str, close: &str| {
        sql.match_indices(open).find_map(|(start, _)| {
            let inner = start + open.len();
            let end = inner + sql[inner..].find(close)?;
            let name = &sql[inner..end];
            let is_name = name.len() <= 100
                && name.contains(char::is_alphabetic)
                && !name.contains(['{', '}', ',', '\n', ';']);
            is_name.then(|| &sql[start..end + close.len()])
        })
    };
    found("{{", "}}").or_else(|| found("${", "}"))
}

/// Whether the code of a query contains the word INTO outside of parentheses, and not as a name.
fn has_into(code: &str) -> bool {
    let (mut depth, mut before) = (0_usize, String::new());
    let is_end = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    for word in code.split_inclusive(is_end) {
        let name = word.trim_end_matches(is_end).to_ascii_lowercase();
        if name == "into" && depth == 0 && before != "as" {
            return true;
        }
        match word.chars().last() {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !word.trim().is_empty() {
            before = name;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::one_select;

    #[test]
    fn only_one_select_remains() {
        for (sql, expected) in [
            ("  select 1;\n", Ok("select 1")),
            ("SELECT 'ä;' AS a, $$;$$ -- ;\n ; -- end\n;", Ok("SELECT 'ä;' AS a, $$;$$ -- ;")),
            ("/* a; */ WITH x AS (SELECT 1) TABLE x", Ok("/* a; */ WITH x AS (SELECT 1) TABLE x")),
            ("(select 1)", Ok("(select 1)")),
            ("select 1; drop table x", Err("several statements")),
            ("select 1; -- '\n select 2", Err("several statements")),
            ("DELETE FROM x", Err("writes")),
            ("SELECT 1 AS a\nINTO x", Err("is SELECT INTO")),
            ("select 1 as into, 'into' as \"into\"", Ok("select 1 as into, 'into' as \"into\"")),
            (
                "WITH x AS (INSERT INTO y VALUES (1)) SELECT 1",
                Ok("WITH x AS (INSERT INTO y VALUES (1)) SELECT 1"),
            ),
            ("create table x ()", Err("changes objects")),
            ("show max_connections", Err("current_setting")),
            ("do $$ begin end $$", Err("returns no rows")),
            ("-- only a comment", Err("is empty")),
            (";", Err("is empty")),
            ("select 'open", Err("does not end")),
            ("select '\0'", Err("NUL")),
            ("\\d", Err("does not begin")),
            ("explain select 1", Err("returns a plan")),
            ("select 1 where '{{ env }}' = 'x'", Err("contains {{ env }}, which")),
            ("select ${LIMIT:-5}", Err("contains ${LIMIT:-5}, which")),
            ("select '{{1},{2}}'::int[], '{{a,b}}'", Ok("select '{{1},{2}}'::int[], '{{a,b}}'")),
        ] {
            match (one_select(sql), expected) {
                (Ok(text), Ok(expected)) => assert_eq!(text, expected, "{sql}"),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{sql}: {reason}"),
                (other, _) => panic!("{sql}: {other:?}"),
            }
        }
        assert!(one_select(&format!("select '{}'", "x".repeat(70_000))).is_err());
    }
}
