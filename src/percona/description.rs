//! The SQL with which a server describes a query of an advisor check, and the description.
//!
//! The caller sends it in a transaction that is rolled back. The query itself never runs.

use super::advisor_check::AdvisorQuery;
use super::settings;
use crate::text::sql::identifier;

/// The description of one query.
#[derive(Debug, Clone, Default)]
pub struct QueryDescription {
    /// The names of the columns, in their order. Several columns can have the same name.
    pub names: Vec<String>,
    /// The rows of [`TYPES`].
    pub types: Vec<Vec<Option<String>>>,
    /// The rows of [`READS`].
    pub reads: Vec<Vec<Option<String>>>,
    /// The rows of [`TABLES`].
    pub tables: Vec<Vec<Option<String>>>,
    /// The settings that a role without privileges does not see; the same for all queries.
    pub hidden: Vec<String>,
}

/// The statement that Percona's engine sends: the word `SELECT` and the text of the query.
pub fn statement(query: &AdvisorQuery) -> String {
    match &query.select {
        Some(text) => format!("SELECT {}", text.trim_end()),
        None => settings::SHOW_ALL.to_owned(),
    }
}

/// Creates a view of a statement with any column names. Columns with a type that a table cannot have are cast to text;
/// `anonymous` marks them.
pub fn create_view(statement: &str, anonymous: &[bool]) -> String {
    let names: Vec<String> =
        (1..=anonymous.len()).map(|number| identifier(&format!("c{number}"))).collect();
    let selected: Vec<String> = names
        .iter()
        .zip(anonymous)
        .map(
            |(name, anonymous)| {
                if *anonymous { format!("q.{name}::text") } else { format!("q.{name}") }
            },
        )
        .collect();
    format!(
        "CREATE TEMPORARY VIEW posemo_import AS SELECT {} FROM (\n{statement}\n) AS q ({})",
        selected.join(", "),
        names.join(", ")
    )
}

/// Returns the type of each column of the view, and its base type. They differ for a domain.
pub const TYPES: &str = "\
SELECT format_type(a.atttypid, NULL), (
  WITH RECURSIVE base (oid) AS (
    SELECT a.atttypid
    UNION ALL
    SELECT t.typbasetype FROM base JOIN pg_type AS t ON t.oid = base.oid WHERE t.typtype = 'd'
  )
  SELECT format_type(t.oid, NULL) FROM base JOIN pg_type AS t ON t.oid = base.oid WHERE t.typtype <> 'd')
FROM pg_attribute AS a
WHERE a.attrelid = 'pg_temp.posemo_import'::regclass AND a.attnum > 0 ORDER BY a.attnum";

/// Returns the relations and functions that the view reads, directly or through other views: "relation" or "function",
/// schema, name, whether all databases share it, its kind, the relation in the query through which it is read, who may
/// read it: empty for every role, else a predefined role that may, or `superuser`, and the columns that the query itself reads
/// of a relation of `pg_catalog`, with `*` for a whole row. A view reads its relations as its owner, but calls its functions as
/// the one who reads it. In the text of a rule, columns are numbered from 8 on, and system columns before.
pub const READS: &str = "\
WITH RECURSIVE read (root, oid) AS (
  SELECT NULL::oid, 'pg_temp.posemo_import'::regclass::oid
  UNION
  SELECT coalesce(read.root, m.found[1]::oid), m.found[1]::oid
  FROM read
  JOIN pg_rewrite AS r ON r.ev_class = read.oid AND r.ev_type = '1'
  CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':relid ([1-9][0-9]*)', 'g') AS m (found)
  WHERE m.found[1]::oid <> r.ev_class
)
SELECT 'relation', n.nspname, c.relname, c.relisshared, c.relkind, o.relname,
  CASE WHEN c.oid <> read.root OR n.nspname <> 'pg_catalog' THEN ''
       WHEN has_any_column_privilege('public', c.oid, 'SELECT') THEN ''
       WHEN has_any_column_privilege('pg_read_all_settings', c.oid, 'SELECT') THEN 'pg_read_all_settings'
       WHEN has_any_column_privilege('pg_read_all_stats', c.oid, 'SELECT') THEN 'pg_read_all_stats'
       WHEN has_any_column_privilege('pg_monitor', c.oid, 'SELECT') THEN 'pg_monitor'
       ELSE 'superuser' END, (
  SELECT coalesce(string_agg(DISTINCT coalesce(a.attname, '*'), ', '), '')
  FROM pg_rewrite AS r
  CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':relid ' || c.oid || ' [^{}]*:selectedCols \\(b([ 0-9]+)\\)', 'g') AS m (found)
  CROSS JOIN LATERAL regexp_split_to_table(btrim(m.found[1]), ' +') AS s (number)
  LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = s.number::int - 7
  WHERE r.ev_class = 'pg_temp.posemo_import'::regclass AND n.nspname = 'pg_catalog')
FROM read
JOIN pg_class AS c ON c.oid = read.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS o ON o.oid = read.root
UNION
SELECT 'function', n.nspname, p.proname, true, 'f', coalesce(o.relname, ''),
  CASE WHEN n.nspname <> 'pg_catalog' OR has_function_privilege('public', p.oid, 'EXECUTE') THEN ''
       WHEN has_function_privilege('pg_read_all_settings', p.oid, 'EXECUTE') THEN 'pg_read_all_settings'
       WHEN has_function_privilege('pg_read_all_stats', p.oid, 'EXECUTE') THEN 'pg_read_all_stats'
       WHEN has_function_privilege('pg_monitor', p.oid, 'EXECUTE') THEN 'pg_monitor'
       ELSE 'superuser' END, ''
FROM read
JOIN pg_rewrite AS r ON r.ev_class = read.oid AND r.ev_type = '1'
CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':funcid ([1-9][0-9]*)', 'g') AS m (found)
JOIN pg_proc AS p ON p.oid = m.found[1]::oid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_class AS o ON o.oid = read.root
ORDER BY 1, 2, 3, 6";

/// Returns the columns of tables of users that the query itself reads: schema, table and column. A table of which it reads
/// no column, as in `count(*)`, has its first one, as that needs a privilege on any. NULL is a system column.
pub const TABLES: &str = "\
SELECT n.nspname, c.relname, (
  SELECT a.attname FROM pg_attribute AS a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND d.refobjsubid IN (0, a.attnum)
  ORDER BY a.attnum LIMIT 1)
FROM pg_rewrite AS r
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class AS c ON c.oid = d.refobjid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE r.ev_class = 'pg_temp.posemo_import'::regclass AND c.oid <> r.ev_class AND c.relkind IN ('r', 'p', 'm')
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1, 2, d.refobjsubid";

/// Returns the settings that the session sees.
pub const SETTINGS: &str = "SELECT name FROM pg_settings ORDER BY name";

/// Switches to a predefined role that is not a member of another role and has no other privileges.
pub const AS_UNPRIVILEGED: &str = "SET LOCAL ROLE pg_signal_backend";
