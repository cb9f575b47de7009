//! Has a server analyse the queries of checks, and lints the result in one transaction that is rolled back.

use super::error::AdminError;
use super::tables;
use crate::catalog::check::{Check, Query};
use crate::catalog::server_version::ServerVersion;
use crate::database::Session;
use crate::database::error::DatabaseError;
use crate::lint::refusal::LintRefusal;
use crate::lint::server_error::{LintStep, ServerError, refused, unreadable};
use crate::lint::statements::{LintStatement, LintStatements, PREPARE, TRAPS, TREE};
use crate::lint::{QueryTree, judge};
use crate::text::sql::literal;
use crate::text::visible::visible;

/// Lints all queries that servers of this version would run.
///
/// The session must have the purpose `Install` and no open transaction. The home database is best, because users
/// cannot create objects there: while PostgreSQL analyses a query, it reads constants of a user's array or row type,
/// and the CHECK of a domain in them runs with the privileges of the session, as in CREATE FUNCTION. A check is linted only
/// if the database has the extension that it requires.
pub async fn lint(
    session: &Session,
    checks: &[&Check],
    version: ServerVersion,
) -> Result<Vec<LintRefusal>, AdminError> {
    begin(session).await?;
    let result = each(session, checks, version).await;
    session.apply("ROLLBACK").await?;
    result
}

/// Lints checks that read tables of users in a database, which has the name `database`. A check whose tables are not there
/// is refused with the database and the table.
pub async fn lint_in(
    session: &Session,
    database: &str,
    checks: &[&Check],
    version: ServerVersion,
) -> Result<Vec<LintRefusal>, AdminError> {
    let for_version: Vec<&Check> =
        checks.iter().filter(|check| check.servers.contains(version.major())).copied().collect();
    let (mut refusals, sets) = tables::problems(session, database, &for_version).await?;
    let rest: Vec<&Check> =
        for_version.into_iter().filter(|check| !sets.contains(&check.owner)).collect();
    for mut refusal in lint(session, &rest, version).await? {
        if refusal.rule == "unknown_name" {
            refusal.problem.push_str(&[", in database ", &visible(database)].concat());
        }
        refusals.push(refusal);
    }
    Ok(refusals)
}

/// Opens the transaction in which queries are analysed. No event trigger of another role may exist, because its code
/// would run.
pub(super) async fn begin(session: &Session) -> Result<(), AdminError> {
    let traps: Vec<String> = session.ask(TRAPS).await?.into_iter().flatten().collect();
    if let Some(trap) = traps.first() {
        return Err(AdminError::EventTrigger(trap.clone()));
    }
    Ok(session.apply(&format!("BEGIN; {PREPARE}")).await?)
}

async fn each(
    session: &Session,
    checks: &[&Check],
    version: ServerVersion,
) -> Result<Vec<LintRefusal>, AdminError> {
    let mut refusals = Vec::new();
    for check in checks.iter().filter(|check| check.servers.contains(version.major())) {
        for query in &check.queries {
            session.apply("SAVEPOINT posemo_lint").await?;
            let found = one(session, check, query, version).await;
            refusals.extend(found.map_err(|error| AdminError::Check {
                check: check.name.clone(),
                source: Box::new(error),
            })?);
            session.apply("ROLLBACK TO SAVEPOINT posemo_lint").await?;
        }
    }
    Ok(refusals)
}

/// Lints one query. If the server cannot analyse it, that is a refusal too.
async fn one(
    session: &Session,
    check: &Check,
    query: &Query,
    version: ServerVersion,
) -> Result<Vec<LintRefusal>, AdminError> {
    let schema = match check.requires {
        Some(extension) => match schema_of(session, extension.name).await? {
            // It is not installed in a database without the extension.
            None => return Ok(Vec::new()),
            schema => schema,
        },
        None => None,
    };
    let statements = LintStatements::new(check, query, version, schema.as_deref());
    let steps = [(LintStep::Alone, &statements.alone), (LintStep::View, &statements.view)];
    for (step, statement) in steps {
        if let Some(error) = apply(session, statement).await? {
            return Ok(vec![refused(&statements, step, &error)]);
        }
    }
    let columns = texts(session.ask(&statements.columns).await?);
    let text = texts(session.ask(TREE).await?).pop().ok_or(AdminError::NoTree)?;
    let tree = match QueryTree::read(&text) {
        Ok(tree) => tree,
        Err(error) => return Ok(vec![unreadable(&statements, &error)]),
    };
    let names = texts(session.ask(&tree.names_query()).await?);
    Ok(judge(&statements, &tree, &columns, &names)
        .unwrap_or_else(|error| vec![unreadable(&statements, &error)]))
}

/// The schema of an extension; nothing if the database does not have the extension.
async fn schema_of(session: &Session, extension: &str) -> Result<Option<String>, AdminError> {
    let query = format!(
        "SELECT n.nspname::text FROM pg_catalog.pg_extension AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace WHERE x.extname = {}",
        literal(extension)
    );
    Ok(texts(session.ask(&query).await?).pop())
}

/// Runs a statement and returns the server's error. Without an SQLSTATE the connection is broken.
async fn apply(
    session: &Session,
    statement: &LintStatement,
) -> Result<Option<ServerError>, DatabaseError> {
    match session.apply(&statement.sql).await {
        Ok(()) => Ok(None),
        Err(error) => match error.sqlstate() {
            Some(sqlstate) => Ok(Some(ServerError {
                sqlstate: sqlstate.to_owned(),
                message: visible(&error.to_string()),
                position: error.position(),
            })),
            None => Err(error),
        },
    }
}

fn texts(answer: Vec<Option<String>>) -> Vec<String> {
    answer.into_iter().flatten().collect()
}
