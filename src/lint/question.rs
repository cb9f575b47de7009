//! What a server is asked about a query, as SQL: to read it alone, to make a view of it, to show the view.
//!
//! It sends nothing. All of it is meant for a transaction that is rolled back.

use crate::catalog::check::{Check, Query};
use crate::catalog::server_version::ServerVersion;
use crate::text::sql::dollar_quoted;
use crate::text::sql::identifier;
use crate::text::sql::literal;

use super::flow::QUERY;

/// The view that is made of a query, in the session's own schema for temporary objects.
pub(super) const VIEW: &str = "posemo_lint";

/// What comes before the first question of a transaction.
///
/// Whether bodies of functions are read at all is a setting that a database can have turned off.
pub const PREPARE: &str = "SET LOCAL search_path = pg_catalog, pg_temp; \
    SET LOCAL check_function_bodies = on; SET LOCAL lock_timeout = '2s'";

/// Event triggers whose functions are not a superuser's: making a view would run them with the installer's
/// rights. As the first column of no row, if there is none.
pub const TRAPS: &str = "\
SELECT e.evtname FROM pg_catalog.pg_event_trigger AS e
JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
WHERE e.evtenabled <> 'D' AND NOT r.rolsuper";

/// Asks for the analysed query, as one text.
pub const TREE: &str = "SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = 'pg_temp.posemo_lint'::regclass";

/// What a server is asked about one query.
#[derive(Debug, Clone)]
pub struct Question {
    /// Makes a function whose body is the query and nothing else.
    ///
    /// The text is between dollar quotes, so it cannot end early; a text that the server reads as statements
    /// here cannot close a bracket that it did not open.
    pub alone: Statement,
    /// Makes a view, in which the query stands in brackets; sent only where it was read alone.
    ///
    /// What is right alone and right in brackets is one `SELECT`: a semicolon would be an error here.
    pub view: Statement,
    /// Asks for the columns: declared and returned, and their types.
    pub columns: String,
    pub(super) file: String,
    pub(super) function: String,
    pub(super) arguments: Vec<String>,
    pub(super) owner: String,
}

/// A statement, with the place of the query in it.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// So many lines stand before the first of the query.
    before: usize,
}

impl Statement {
    fn around(before: &str, text: &str, after: &str) -> Statement {
        let lines = before.matches('\n').count();
        Statement { sql: format!("{before}{text}{after}"), before: lines }
    }

    /// The line of the query's file that a position means, counted in characters from 1.
    pub(super) fn line(&self, position: u32) -> Option<usize> {
        let characters = usize::try_from(position).ok()?.checked_sub(1)?;
        let lines =
            self.sql.chars().take(characters).filter(|character| *character == '\n').count();
        Some(lines.checked_sub(self.before)? + 1)
    }
}

impl Question {
    /// About one query of a check, on servers of a version.
    pub fn of(check: &Check, query: &Query, version: ServerVersion) -> Question {
        let signature = &query.signature;
        let function = identifier(&signature.function);
        let text = query.text_for(version.major()).trim_end();
        let typed: Vec<String> = signature
            .arguments
            .iter()
            .map(|argument| format!("{} {}", identifier(&argument.name), argument.sql_type.sql()))
            .collect();
        let body = dollar_quoted(&format!("\n{text}\n"));
        let (open, close) = body.split_once(text).unwrap_or((&body, ""));
        let create = format!(
            "CREATE FUNCTION pg_temp.{function}({}) RETURNS SETOF record LANGUAGE sql STABLE AS {open}",
            typed.join(", ")
        );
        let view = format!(
            "CREATE TEMPORARY VIEW {VIEW} AS SELECT {q}.* FROM {}LATERAL (\n",
            arguments(query, &function),
            q = identifier(QUERY)
        );
        Question {
            alone: Statement::around(&create, text, close),
            view: Statement::around(&view, text, &format!("\n) AS {}", identifier(QUERY))),
            columns: columns(query),
            file: file(check, query, version.major()),
            function: signature.function.clone(),
            arguments: signature.arguments.iter().map(|argument| argument.name.clone()).collect(),
            owner: check.owner.clone(),
        }
    }
}

/// The arguments as a table of the function's name, so that they are found as in the function: by their own
/// name, or qualified.
fn arguments(query: &Query, function: &str) -> String {
    let arguments = &query.signature.arguments;
    if arguments.is_empty() {
        return String::new();
    }
    let columns: Vec<String> = arguments
        .iter()
        .map(|argument| {
            format!("CAST(NULL AS {}) AS {}", argument.sql_type.sql(), identifier(&argument.name))
        })
        .collect();
    format!("(SELECT {}) AS {function} CROSS JOIN ", columns.join(", "))
}

/// One row a column: `declared` or `returned`, its name, its type; as JSON.
fn columns(query: &Query) -> String {
    let declared: Vec<String> = query
        .signature
        .columns
        .iter()
        .enumerate()
        .map(|(number, column)| {
            let (name, sql_type) = (literal(&column.name), literal(column.sql_type.sql()));
            format!("({number}, 'declared', {name}, {sql_type}::regtype)")
        })
        .collect();
    format!(
        "SELECT pg_catalog.jsonb_build_array(c.side, c.name, c.type::text)::text FROM (VALUES {}\n\
         UNION ALL SELECT a.attnum, 'returned', a.attname, a.atttypid::regtype FROM pg_catalog.pg_attribute AS a\n\
         WHERE a.attrelid = 'pg_temp.{VIEW}'::regclass AND a.attnum > 0) AS c (number, side, name, type)\n\
         ORDER BY c.side, c.number",
        declared.join(", ")
    )
}

/// The file that holds the text for servers of a major, as a user would find it.
fn file(check: &Check, query: &Query, major: u32) -> String {
    let several = check.queries.len() > 1;
    let number = check
        .queries
        .iter()
        .position(|other| other.signature.function == query.signature.function)
        .filter(|_| several)
        .map(|index| format!("-{}", index + 1))
        .unwrap_or_default();
    let variant = query.before.iter().find(|(before, _)| major < *before);
    let variant = variant.map(|(before, _)| format!(".before-{before}")).unwrap_or_default();
    format!("{}/query{number}{variant}.sql", check.place)
}
