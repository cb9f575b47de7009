//! Refuses tables of an owner set that a database does not have, or on which the installing role cannot grant SELECT.

use super::refusal::{LintRefusal, RefusalList};
use crate::catalog::owner_set::{GrantedTable, OwnerSet};
use crate::text::sql::literal;
use crate::text::visible::visible;

/// The end of a problem that is one of the installing role, and not of the table.
const CANNOT_GRANT: &str = "so it cannot grant SELECT on it";

/// Whether a refusal is about the installing role only: another one may be able to grant.
pub fn is_of_role(refusal: &LintRefusal) -> bool {
    refusal.rule == "table" && refusal.problem.ends_with(CANNOT_GRANT)
}

/// Reads what prevents the grant: one row for each problem, with a keyword and a detail.
pub fn query(table: &GrantedTable) -> String {
    let columns: Vec<String> = table.columns.iter().map(|name| literal(name)).collect();
    format!(
        "WITH found AS (SELECT c.oid, c.relkind, c.relowner, c.relrowsecurity, n.nspowner FROM pg_catalog.pg_class AS c
           JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = {} AND c.relname = {})
         SELECT 'absent' WHERE NOT EXISTS (SELECT FROM found)
         UNION ALL SELECT 'kind' FROM found WHERE relkind NOT IN ('r', 'p', 'm')
         UNION ALL SELECT 'policies' FROM found WHERE relrowsecurity
         UNION ALL SELECT 'column ' || w.name FROM found, pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) AS w(name)
           WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = found.oid AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped)
         UNION ALL SELECT 'owner ' || current_user::pg_catalog.text FROM found
           WHERE NOT (pg_catalog.pg_has_role(relowner, 'USAGE') AND pg_catalog.pg_has_role(nspowner, 'USAGE'))",
        literal(&table.schema),
        literal(&table.table),
        columns.join(", ")
    )
}

/// The refusal for a row of the query. `checks` are the checks of the owner set that would run in the database.
pub fn refused(
    own: &OwnerSet,
    table: &GrantedTable,
    database: &str,
    checks: &[&str],
    found: &str,
) -> LintRefusal {
    let name = visible(&table.name());
    let database = visible(database);
    let checks = checks.join(", ");
    let elsewhere = format!(
        "or, if it does not belong there, leave {database} out of databases in the check.toml or the settings of {checks}"
    );
    let (problem, instead) = match found.split_once(' ') {
        Some(("column", column)) => (
            format!("has no column {} in database {database}", visible(column)),
            "correct the name in the file, or add the column to the table".to_owned(),
        ),
        Some(("owner", role)) => (
            format!(
                "belongs to a role whose privileges {} does not have in database {database}, {CANNOT_GRANT}",
                visible(role)
            ),
            format!(
                "run posemo install as a superuser, or as a member of the owners of the table and of schema {}",
                visible(&table.schema)
            ),
        ),
        _ if found == "policies" => (
            format!("has row-level security in database {database}, where the function of a check fails: it would not see all rows"),
            "read a table without row-level security, for example one that a trigger or a job of the application fills".to_owned(),
        ),
        _ if found == "kind" => (
            format!("is not a table in database {database}"),
            "name the tables that the view or foreign table reads; the function cannot read a view of a user"
                .to_owned(),
        ),
        _ => (
            format!("does not exist in database {database}"),
            format!("create the table; {elsewhere}"),
        ),
    };
    let mut refusals = RefusalList::new(own.place.clone());
    refusals.add("table", format!("table {name}"), problem, instead);
    refusals.into_vec().remove(0)
}
