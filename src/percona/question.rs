//! What a server is asked about a query of an advisor's check, and what it answers.
//!
//! It sends nothing. All of it is meant for a transaction that is rolled back; the query itself never runs.

use super::advice::Asked;
use super::settings;
use crate::text::sql::identifier;

/// What a server says of one query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The names of the columns, in their order; several may be the same.
    pub names: Vec<String>,
    /// One row for each of [`TYPES`].
    pub types: Vec<Vec<Option<String>>>,
    /// One row for each of [`READS`].
    pub reads: Vec<Vec<Option<String>>>,
    /// The settings that a role without rights does not see; the same for all queries.
    pub hidden: Vec<String>,
}

/// The statement that Percona's engine would send: the word `SELECT`, and the text of the query.
pub fn statement(asked: &Asked) -> String {
    match &asked.select {
        Some(text) => format!("SELECT {}", text.trim_end()),
        None => settings::ALL.to_owned(),
    }
}

/// Makes a view of a statement, whatever its columns are called. Of those that no table can have, of which
/// `anonymous` tells, it has the text.
pub fn view(statement: &str, anonymous: &[bool]) -> String {
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

/// Asks for the type of each column of the view: as it is, and what it is made of where it is a domain.
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

/// Asks which relations and functions the view reads, through other views too: sort, schema, name, whether
/// all databases share it, its kind, and the relation that the query names to get there.
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
SELECT 'relation', n.nspname, c.relname, c.relisshared, c.relkind, o.relname
FROM read
JOIN pg_class AS c ON c.oid = read.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS o ON o.oid = read.root
UNION
SELECT 'function', n.nspname, p.proname, true, 'f', coalesce(o.relname, '')
FROM read
JOIN pg_rewrite AS r ON r.ev_class = read.oid AND r.ev_type = '1'
CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':funcid ([1-9][0-9]*)', 'g') AS m (found)
JOIN pg_proc AS p ON p.oid = m.found[1]::oid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_class AS o ON o.oid = read.root
ORDER BY 1, 2, 3, 6";

/// Asks which settings the session sees.
pub const SETTINGS: &str = "SELECT name FROM pg_settings ORDER BY name";

/// Makes the session one without rights, by a role of the server's own that has no part in any other.
pub const AS_ANYBODY: &str = "SET LOCAL ROLE pg_signal_backend";
