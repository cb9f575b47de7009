//! Applies the script of an installation, piece by piece: one transaction a database.
//!
//! What the pieces are is not known here, and what they say is not changed.

use anyhow::Context;

use crate::database::error::DatabaseError;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::script::{Piece, Script, Step, When};

/// What was done, or would be done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Pieces that were needed, with their SQL.
    pub(super) changes: Vec<Piece>,
    /// Databases that could not be connected to, with the reason; the others are installed all the same.
    pub(super) unreachable: Vec<(String, String)>,
}

/// Applies a script; or, for a dry run, finds out which pieces are needed and changes nothing.
pub(super) async fn apply(
    parameters: &Parameters,
    script: &Script,
    dry: bool,
) -> anyhow::Result<Done> {
    let mut done = Done::default();
    let mut made_home = false;
    for (number, step) in script.steps.iter().enumerate() {
        let required = number < 2;
        let outcome = match step.database.as_deref() {
            // A dry run has not made the home database, so everything in it would have to be done.
            Some(_) if dry && made_home && required => {
                done.changes.extend(
                    step.pieces
                        .iter()
                        .filter(|piece| matches!(piece.when, When::Unless(_)))
                        .cloned(),
                );
                continue;
            }
            database => apply_step(parameters, step, database, dry).await,
        };
        match outcome {
            Ok(changes) => {
                made_home |= !step.transaction && !changes.is_empty();
                done.changes.extend(changes);
            }
            Err(Failure::Unreachable(error)) if !required => {
                let database = step.database.clone().unwrap_or_default();
                done.unreachable.push((database, error.to_string()));
            }
            Err(failure) => {
                if made_home && required && !dry {
                    undo(parameters, script).await?;
                }
                return Err(failure.into_error(step.database.as_deref()));
            }
        }
    }
    Ok(done)
}

/// Why a step was not done.
enum Failure {
    /// There was no session.
    Unreachable(DatabaseError),
    /// A piece failed, and the step was rolled back.
    Piece(String, DatabaseError),
}

impl Failure {
    fn into_error(self, database: Option<&str>) -> anyhow::Error {
        match self {
            Failure::Unreachable(error) => anyhow::Error::new(error),
            Failure::Piece(what, error) => {
                let database =
                    database.map(|name| format!("database {name}: ")).unwrap_or_default();
                let hint = error.hint().map(|hint| format!(" {hint}")).unwrap_or_default();
                anyhow::anyhow!("{database}{what}: {error}.{hint} Nothing was changed.")
            }
        }
    }
}

async fn apply_step(
    parameters: &Parameters,
    step: &Step,
    database: Option<&str>,
    dry: bool,
) -> Result<Vec<Piece>, Failure> {
    let own;
    let parameters = match database {
        Some(name) => {
            own = parameters.with_database(name);
            &own
        }
        None => parameters,
    };
    let session =
        Session::open(parameters, Purpose::Install).await.map_err(Failure::Unreachable)?;
    let begun = |error| Failure::Piece("begin".to_owned(), error);
    if dry {
        session.apply("BEGIN READ ONLY").await.map_err(begun)?;
    } else if step.transaction {
        session.apply("BEGIN").await.map_err(begun)?;
    }
    let mut changes = Vec::new();
    for piece in &step.pieces {
        let failed = |error| Failure::Piece(piece.what.clone(), error);
        let needed = match &piece.when {
            When::First => true,
            When::Last => !dry,
            When::Unless(done) => !session.holds(done).await.map_err(failed)?,
        };
        if !needed {
            continue;
        }
        if matches!(piece.when, When::Unless(_)) {
            changes.push(piece.clone());
            if dry {
                continue;
            }
        }
        for statement in statements(step, piece) {
            session.apply(statement).await.map_err(failed)?;
        }
    }
    // Nothing to write down: the locks and settings go, and no transaction number is spent.
    let end = if dry || changes.is_empty() { "ROLLBACK" } else { "COMMIT" };
    if dry || step.transaction {
        session.apply(end).await.map_err(|error| Failure::Piece("commit".to_owned(), error))?;
    }
    Ok(changes)
}

/// Several statements in one message are one transaction, which `CREATE DATABASE` does not bear.
fn statements<'a>(step: &Step, piece: &'a Piece) -> Vec<&'a str> {
    if step.transaction { vec![&piece.sql] } else { piece.sql.lines().collect() }
}

/// Takes away the home database that a failed installation made.
async fn undo(parameters: &Parameters, script: &Script) -> anyhow::Result<()> {
    let session = Session::open(parameters, Purpose::Install).await?;
    session.apply(&script.undo).await.context("the new home database could not be dropped again")
}
