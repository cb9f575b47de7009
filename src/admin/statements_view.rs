//! Prepares queries of the view of the extension `pg_stat_statements`, in whose place posemo calls the function.

use crate::catalog::code_of_query;

/// The view.
pub(super) const STATEMENTS: &str = "pg_stat_statements";

/// The name of the call in a query that writes the name of the view before columns.
pub(super) const ALIAS: &str = "of_statements";

/// The query without the schema before the name of the view, and with another name before its columns. Also whether it has
/// such columns.
pub(super) fn without_schema(sql: &str, schema: &str) -> (String, bool) {
    let Some(code) = code_of_query(sql) else { return (sql.to_owned(), false) };
    let code = code.to_ascii_lowercase();
    let is_part = |letter: char| letter.is_alphanumeric() || "_$".contains(letter);
    let (mut text, mut has_columns) = (sql.to_owned(), false);
    let places: Vec<usize> = code.match_indices(STATEMENTS).map(|(at, _)| at).collect();
    for at in places.into_iter().rev() {
        let (before, after) = (&code[..at], code[at + STATEMENTS.len()..].trim_start());
        let is_longer = code[at + STATEMENTS.len()..].starts_with(is_part);
        if before.ends_with(is_part) || is_longer || after.starts_with('(') {
            continue;
        }
        // Both texts have the same characters here, of which some have other lengths in bytes.
        let Some((at, _)) = sql.char_indices().nth(before.chars().count()) else { continue };
        let end = at + STATEMENTS.len();
        let is_column = after.starts_with('.');
        let start = schema_before(&sql[..at], schema);
        if is_column && start == at && sql[..at].ends_with('.') {
            continue;
        }
        if is_column {
            has_columns = true;
            text.replace_range(start..end, ALIAS);
        } else {
            text.replace_range(start..at, "");
        }
    }
    (text, has_columns)
}

/// Where the schema before a name begins; the end of the text if it is another name or none.
fn schema_before(text: &str, schema: &str) -> usize {
    let quoted = format!("\"{}\".", schema.replace('"', "\"\""));
    let plain = format!("{schema}.");
    let is_part = |letter: char| letter.is_alphanumeric() || "_$.\"".contains(letter);
    let begins = |name: &str| {
        let start = text.len().checked_sub(name.len())?;
        let found = text.get(start..)?;
        (found.eq_ignore_ascii_case(name) && !text[..start].ends_with(is_part)).then_some(start)
    };
    begins(&quoted).or_else(|| begins(&plain)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_of_the_view_has_no_schema_before_it() {
        for (sql, expected, has_columns) in [
            ("FROM public.pg_stat_statements s", "FROM pg_stat_statements s", false),
            ("FROM \"public\".PG_Stat_Statements", "FROM PG_Stat_Statements", false),
            ("FROM other.pg_stat_statements", "FROM other.pg_stat_statements", false),
            ("FROM my_public.pg_stat_statements", "FROM my_public.pg_stat_statements", false),
            (
                "SELECT 'ä', pg_stat_statements.calls, 'pg_stat_statements.max' FROM Public.pg_stat_statements",
                "SELECT 'ä', of_statements.calls, 'pg_stat_statements.max' FROM pg_stat_statements",
                true,
            ),
            ("public.pg_stat_statements.calls", "of_statements.calls", true),
            ("FROM pg_stat_statements(true)", "FROM pg_stat_statements(true)", false),
            ("FROM pg_stat_statements_info", "FROM pg_stat_statements_info", false),
            ("SELECT 'open", "SELECT 'open", false),
        ] {
            assert_eq!(without_schema(sql, "public"), (expected.to_owned(), has_columns), "{sql}");
        }
    }
}
