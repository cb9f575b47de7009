//! The statements with which a server analyses a query: a function, a view, and queries for the view's definition.
//!
//! It sends nothing. The statements belong into a transaction that is rolled back.

use std::borrow::Cow;
use std::sync::Arc;

use crate::catalog::check::{Check, Query};
use crate::catalog::extension::{Extension, PLACEHOLDER};
use crate::catalog::is_included_query;
use crate::catalog::owner_set::OwnerSet;
use crate::catalog::server_version::ServerVersion;
use crate::text::sql::{dollar_quoted, identifier, literal};

/// The alias of the query in the view; no check can have this name.
const QUERY: &str = "the query";

/// The view of a query, in the temporary schema of the session.
pub(super) const VIEW: &str = "posemo_lint";

/// The settings of the transaction. A database can have `check_function_bodies` turned off.
pub const PREPARE: &str = "SET LOCAL search_path = pg_catalog, pg_temp; \
    SET LOCAL check_function_bodies = on; SET LOCAL lock_timeout = '2s'";

/// Reads the event triggers with functions of roles that are not superusers: CREATE VIEW would run them with the
/// privileges of the installing role.
pub const TRAPS: &str = "\
SELECT e.evtname FROM pg_catalog.pg_event_trigger AS e
JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
WHERE e.evtenabled <> 'D' AND NOT r.rolsuper";

/// Reads the analysed query as one text.
pub const TREE: &str = "SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = 'pg_temp.posemo_lint'::regclass";

/// The statements for one query.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent property of the query")]
pub struct LintStatements {
    /// Creates a function with the query as its body.
    ///
    /// The text is dollar-quoted, so it cannot end the quotes. If the server accepts it here, its brackets are balanced.
    pub alone: LintStatement,
    /// Creates a view with the query in brackets; sent only after the function was created.
    ///
    /// A text that is valid in both is one `SELECT`: a semicolon is an error here.
    pub view: LintStatement,
    /// Reads the columns, declared and returned, with their types.
    pub columns: String,
    pub(super) file: String,
    pub(super) function: String,
    pub(super) arguments: Vec<String>,
    pub(super) owner: String,
    /// Whether the query is one of an included check.
    pub(super) included: bool,
    /// The tables of the owner set, if it is one of a user.
    pub(super) own_owner: Option<Arc<OwnerSet>>,
    pub(super) worst_first: bool,
    /// The extension that it requires.
    pub(super) requires: Option<&'static Extension>,
    pub(super) writes: bool,
    /// Whether it is a query of posemo that returns digests of definitions of built-in objects.
    pub(super) digests: bool,
}

/// A statement that contains the query.
#[derive(Debug, Clone)]
pub struct LintStatement {
    /// The SQL.
    pub sql: String,
    /// The number of lines before the query.
    before: usize,
}

impl LintStatement {
    fn new(before: &str, text: &str, after: &str) -> LintStatement {
        let lines = before.matches('\n').count();
        LintStatement { sql: format!("{before}{text}{after}"), before: lines }
    }

    /// The line in the query's file at a position, which counts characters from 1.
    pub(super) fn line(&self, position: u32) -> Option<usize> {
        let characters = usize::try_from(position).ok()?.checked_sub(1)?;
        let lines =
            self.sql.chars().take(characters).filter(|character| *character == '\n').count();
        Some(lines.checked_sub(self.before)? + 1)
    }
}

impl LintStatements {
    /// The statements for one query of a check, on servers of a version. `schema` is that of the extension of the check.
    pub fn new(
        check: &Check,
        query: &Query,
        version: ServerVersion,
        schema: Option<&str>,
    ) -> LintStatements {
        let signature = &query.signature;
        let function = identifier(&signature.function);
        let text = query.text_for(version.major()).trim_end();
        let text = match schema {
            Some(schema) => Cow::Owned(text.replace(PLACEHOLDER, &identifier(schema))),
            None => Cow::Borrowed(text),
        };
        let text = text.as_ref();
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
        LintStatements {
            alone: LintStatement::new(&create, text, close),
            view: LintStatement::new(&view, text, &format!("\n) AS {}", identifier(QUERY))),
            columns: columns(query),
            file: file(check, query, version.major()),
            function: signature.function.clone(),
            arguments: signature.arguments.iter().map(|argument| argument.name.clone()).collect(),
            owner: check.owner.clone(),
            digests: check.digests && is_included_query(text),
            included: is_included_query(text),
            own_owner: check.own_owner.clone(),
            worst_first: check.worst_first,
            requires: check.requires,
            writes: check.writes,
        }
    }
}

/// The arguments as a table with the name of the function, so that names resolve as in the function: plain or
/// qualified.
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

/// One JSON row for each column: `declared` or `returned`, name, type.
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

/// The file with the text for servers of a major version, as the user finds it.
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
