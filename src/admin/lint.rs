//! Has a server analyse the queries of checks, and lints the result in one transaction that is rolled back.

use super::error::AdminError;
use crate::catalog::check::{Check, Query};
use crate::catalog::server_version::ServerVersion;
use crate::database::Session;
use crate::database::error::DatabaseError;
use crate::lint::complaint::Complaint;
use crate::lint::question::{PREPARE, Question, Statement, TRAPS, TREE};
use crate::lint::refusal::{Refusal, Step, refused, unreadable};
use crate::lint::{Tree, judge};
use crate::text::visible::visible;

/// The complaints about all queries that servers of this version would be given.
///
/// The session must be one for installing, with no transaction open, and best in the home database, where
/// users can make nothing: a constant of a user's array or row type is read while the query is analysed, and
/// a domain in it runs its CHECK with the rights of the session, as it would when a function is made.
pub async fn lint(
    session: &Session,
    checks: &[&Check],
    version: ServerVersion,
) -> Result<Vec<Complaint>, AdminError> {
    begin(session).await?;
    let asked = each(session, checks, version).await;
    session.apply("ROLLBACK").await?;
    asked
}

/// Opens the transaction in which queries are looked at, where nobody's code can run on the way.
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
) -> Result<Vec<Complaint>, AdminError> {
    let mut complaints = Vec::new();
    for check in checks.iter().filter(|check| check.servers.contains(version.major())) {
        for query in &check.queries {
            session.apply("SAVEPOINT posemo_lint").await?;
            let found = one(session, check, query, version).await;
            complaints.extend(found.map_err(|error| AdminError::Check {
                check: check.name.clone(),
                source: Box::new(error),
            })?);
            session.apply("ROLLBACK TO SAVEPOINT posemo_lint").await?;
        }
    }
    Ok(complaints)
}

/// One query: what the server refuses is a complaint, too.
async fn one(
    session: &Session,
    check: &Check,
    query: &Query,
    version: ServerVersion,
) -> Result<Vec<Complaint>, AdminError> {
    let question = Question::of(check, query, version);
    for (step, statement) in [(Step::Alone, &question.alone), (Step::View, &question.view)] {
        if let Some(refusal) = make(session, statement).await? {
            return Ok(vec![refused(&question, step, &refusal)]);
        }
    }
    let columns = texts(session.ask(&question.columns).await?);
    let text = texts(session.ask(TREE).await?).pop().ok_or(AdminError::NoTree)?;
    let tree = match Tree::read(&text) {
        Ok(tree) => tree,
        Err(error) => return Ok(vec![unreadable(&question, &error)]),
    };
    let names = texts(session.ask(&tree.names()).await?);
    Ok(judge(&question, &tree, &columns, &names)
        .unwrap_or_else(|error| vec![unreadable(&question, &error)]))
}

/// What the server has against a statement; a broken connection is an error.
async fn make(session: &Session, statement: &Statement) -> Result<Option<Refusal>, DatabaseError> {
    match session.apply(&statement.sql).await {
        Ok(()) => Ok(None),
        Err(error) => match error.sqlstate() {
            Some(sqlstate) => Ok(Some(Refusal {
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
