//! Adapts a query to the role and to the session in which posemo runs it: writes schemas before the names of tables of users, as
//! a function of posemo has a fixed `search_path`, and names views that every role may read.

use super::describe::described;
use super::error::AdminError;
use super::statements_view::{ALIAS, STATEMENTS, without_schema};
use crate::catalog::code_of_query;
use crate::database::Session;
use crate::lint::server_error::ServerError;
use crate::percona::description::QueryDescription;
use crate::percona::guess;
use crate::text::sql::{identifier, literal};
use crate::text::visible::visible;

/// The most names of a query that get a schema.
const MOST: usize = 64;

/// A query with schemas, as the server described it.
#[derive(Debug)]
pub(super) struct QualifiedQuery {
    /// Its text.
    pub(super) sql: String,
    /// The description, or the server's error.
    pub(super) described: Result<QueryDescription, ServerError>,
    /// What was changed, for the reviewer.
    pub(super) remarks: Vec<String>,
    /// Whether it calls the function of `pg_stat_statements`.
    pub(super) requires_statements: bool,
}

/// Has the server describe a query, and writes the schema before each name that is only known with it.
pub(super) async fn described_with_schemas(
    session: &Session,
    mut sql: String,
    hidden: &[String],
) -> Result<QualifiedQuery, AdminError> {
    let mut remarks = Vec::new();
    let (mut extension, mut alias) = (None, String::new());
    if sql.to_ascii_lowercase().contains(STATEMENTS)
        && let Some(schema) = schema_of_statements(session).await?
    {
        let (plain, has_columns) = without_schema(&sql, &schema);
        sql = plain;
        if has_columns {
            alias = format!(" AS {ALIAS}");
        }
    }
    loop {
        let mut described = described(session, &sql, hidden).await?;
        let statements = match &described {
            Err(error) if error.sqlstate == "42P01" && remarks.len() < MOST => {
                place_of_statements(&sql, error)
            }
            _ => None,
        };
        if let Some(at) = statements
            && let Some(schema) = schema_of_statements(session).await?
        {
            let call = call_of_statements(&identifier(&schema));
            sql.replace_range(at..at + STATEMENTS.len(), &[call.as_str(), &alias].concat());
            extension = Some(call);
            remarks.push(format!(
                "`{STATEMENTS}` became `{STATEMENTS}(false)`, which returns no texts of statements: their column is NULL, and a condition on it, such as LIKE, holds for no row: remove it."
            ));
            continue;
        }
        let missing = match &described {
            Err(error) if error.sqlstate == "42P01" && remarks.len() < MOST => missing(&sql, error),
            _ => None,
        };
        let schema = match &missing {
            Some((_, name)) => schema_of(session, name).await?,
            None => None,
        };
        if let Ok(description) = &described
            && reads_roles_only(description)
            && let Some(of_roles) = with_roles(&sql)
            // The query may contain pg_roles, too.
            && let Ok(description) = self::described(session, &of_roles, hidden).await?
        {
            (sql, described) = (of_roles, Ok(description));
            remarks.push(
                "`pg_authid` became `pg_roles`, which every role may read: the query does not read the passwords."
                    .to_owned(),
            );
        }
        let (Some((at, name)), Some(schema)) = (missing, schema) else {
            let requires_statements = extension.is_some();
            if let Some(call) = extension {
                sql = sql.replace(&call, &call_of_statements("@extschema@"));
            }
            remarks.dedup();
            return Ok(QualifiedQuery { sql, described, remarks, requires_statements });
        };
        sql.insert_str(at, &[&identifier(&schema), "."].concat());
        let remark = format!(
            "`{0}` became `{1}.{0}`: a function of posemo has a fixed search_path.",
            visible(&name),
            visible(&schema)
        );
        if !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }
}

/// The columns of `pg_authid` that `pg_roles` has, too.
const OF_ROLES: &str = "oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, \
    rolconnlimit, rolvaliduntil, rolbypassrls";

/// Whether a query reads `pg_authid` itself, and only columns of `pg_roles`.
fn reads_roles_only(description: &QueryDescription) -> bool {
    let reads = guess::reads(description);
    let mut direct =
        reads.iter().filter(|read| read.name == "pg_authid" && read.through == read.name);
    direct.next().is_some_and(|read| read.columns_beyond(OF_ROLES).is_empty())
}

/// The query with `pg_roles` in place of `pg_authid`; absent if it does not contain this name.
fn with_roles(sql: &str) -> Option<String> {
    const NAME: &str = "pg_authid";
    let code = code_of_query(sql)?.to_ascii_lowercase();
    let is_part = |letter: char| letter.is_alphanumeric() || "_$".contains(letter);
    let is_name = |at: &usize| {
        !code[..*at].ends_with(is_part) && !code[at + NAME.len()..].starts_with(is_part)
    };
    let places: Vec<usize> = code.match_indices(NAME).map(|(at, _)| at).filter(is_name).collect();
    let mut replaced = sql.to_owned();
    for at in places.iter().rev() {
        // Both texts have the same characters here, of which some have other lengths in bytes.
        let at = sql.char_indices().nth(code[..*at].chars().count())?.0;
        replaced.replace_range(at..at + NAME.len(), "pg_roles");
    }
    (!places.is_empty()).then_some(replaced)
}

fn call_of_statements(schema: &str) -> String {
    format!("{schema}.{STATEMENTS}(false)")
}

/// The place of the view of the extension, if an error points to it.
fn place_of_statements(sql: &str, error: &ServerError) -> Option<usize> {
    let before = usize::try_from(error.position?).ok()?.checked_sub(1)?;
    let at = sql.char_indices().nth(before)?.0;
    let name = sql.get(at..at + STATEMENTS.len())?;
    let rest = sql[at + STATEMENTS.len()..].trim_start();
    let is_part = |letter: char| letter.is_alphanumeric() || "_$.(".contains(letter);
    let ends = !sql[at + STATEMENTS.len()..].starts_with(is_part) && !rest.starts_with(['.', '(']);
    (name.eq_ignore_ascii_case(STATEMENTS) && ends).then_some(at)
}

/// The schema of the extension in the database.
async fn schema_of_statements(session: &Session) -> Result<Option<String>, AdminError> {
    let query = format!(
        "SELECT n.nspname::text FROM pg_catalog.pg_extension AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
         WHERE x.extname = {}",
        literal(STATEMENTS)
    );
    Ok(session.ask(&query).await?.into_iter().flatten().next())
}

/// The name without a schema to which an error points, and its place in bytes.
fn missing(sql: &str, error: &ServerError) -> Option<(usize, String)> {
    let before = usize::try_from(error.position?).ok()?.checked_sub(1)?;
    let at = sql.char_indices().nth(before)?.0;
    let rest = &sql[at..];
    let (name, length) = if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find('"')?;
        (quoted[..end].to_owned(), end + 2)
    } else {
        let is_part = |letter: char| letter.is_alphanumeric() || "_$".contains(letter);
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        (rest[..end].to_ascii_lowercase(), end)
    };
    // The server's own names, and those of extensions, which are not tables of users.
    let is_known = name.is_empty() || name.starts_with("pg_") || !error.message.contains(&name);
    let has_schema = rest[length..].trim_start().starts_with(['.', '"']);
    (!is_known && !has_schema).then_some((at, name))
}

/// The schema of a table: `public`, or the only one that has it.
async fn schema_of(session: &Session, table: &str) -> Result<Option<String>, AdminError> {
    let query = format!(
        "SELECT n.nspname::text FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relname = {} AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S') AND n.nspname <> 'information_schema'
           AND n.nspname !~ '^pg_' ORDER BY n.nspname <> 'public', n.nspname LIMIT 2",
        literal(table)
    );
    let schemas: Vec<String> = session.ask(&query).await?.into_iter().flatten().collect();
    Ok(match schemas.as_slice() {
        [only] => Some(only.clone()),
        [first, ..] if first == "public" => Some(first.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_in_place_of_passwords() {
        for (sql, expected) in [
            (
                "SELECT pg_authid.oid FROM pg_catalog.PG_AUTHID -- pg_authid",
                Some("SELECT pg_roles.oid FROM pg_catalog.pg_roles -- pg_authid"),
            ),
            (
                "SELECT 'pg_authid'::regclass, 'ä' FROM pg_authid a",
                Some("SELECT 'pg_authid'::regclass, 'ä' FROM pg_roles a"),
            ),
            ("SELECT 1 FROM my_pg_authid, pg_authid_old", None),
        ] {
            assert_eq!(with_roles(sql).as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn the_view_of_statements_is_found() {
        for (sql, position, expected) in [
            ("SELECT 1 FROM Pg_Stat_Statements s", 15, Some(14)),
            ("SELECT 1 FROM pg_stat_statements;", 15, Some(14)),
            ("SELECT 1 FROM pg_stat_statements_info", 15, None),
            ("SELECT 1 FROM pg_stat_statements (true)", 15, None),
            ("SELECT 1 FROM pg_stat_statements.x", 15, None),
            ("SELECT 1 FROM pg_stat", 15, None),
        ] {
            let error = ServerError {
                sqlstate: "42P01".to_owned(),
                message: String::new(),
                position: Some(position),
            };
            assert_eq!(place_of_statements(sql, &error), expected, "{sql}");
        }
    }

    #[test]
    fn the_name_at_the_position_of_an_error_is_found() {
        for (sql, position, expected) in [
            ("SELECT 'ä' FROM Orders o", 17, Some((17, "orders"))),
            ("SELECT 1 FROM \"Odd.x\"", 15, Some((14, "Odd.x"))),
            ("SELECT 1 FROM a.orders", 15, None),
            ("SELECT 1 FROM pg_stat_statements", 15, None),
            ("SELECT 1 FROM \"a\"\"b\"", 15, None),
            ("SELECT 1", 99, None),
        ] {
            let message = "relation \"orders\" or \"Odd.x\" or \"a.orders\" or pg_stat_statements does not exist";
            let error = ServerError {
                sqlstate: "42P01".to_owned(),
                message: message.to_owned(),
                position: Some(position),
            };
            let expected = expected.map(|(at, name)| (at, name.to_owned()));
            assert_eq!(missing(sql, &error), expected, "{sql}");
        }
    }
}
