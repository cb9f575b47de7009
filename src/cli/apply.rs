//! Applies the script of an installation, piece by piece: one transaction a database.
//!
//! What the pieces are is not known here, and what they say is not changed.

use crate::database::error::DatabaseError;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::script::{Piece, Script, Step, When};
use crate::text::visible::visible;

/// What was done, or would be done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// What was needed.
    pub(super) changes: Vec<Change>,
    /// Databases in which nothing was done, with the reason; the others are installed all the same.
    pub(super) refused: Vec<(String, String)>,
}

/// A piece that was needed.
#[derive(Debug)]
pub(super) struct Change {
    /// With its SQL.
    pub(super) piece: Piece,
    /// What it changed, one by one, where that depended on what was there.
    pub(super) names: Vec<String>,
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
        // A dry run has not made the home database, and looks from where it is connected.
        let database = step.database.as_deref().filter(|_| !(dry && made_home && required));
        match apply_step(parameters, step, database, dry).await {
            Ok(changes) => {
                made_home |= !step.transaction && !changes.is_empty();
                done.changes.extend(changes);
            }
            // One database's trouble keeps posemo out of no other.
            Err(failure) if !required => {
                let mut words = failure.words_in(step.database.as_deref());
                if failure.is_denied() {
                    words.push_str(" Connect as a superuser or as the owner of the database, or have CREATE on it granted to you.");
                }
                done.refused.push((step.database.clone().unwrap_or_default(), words));
            }
            Err(failure) => {
                let mut words = failure.words_in(step.database.as_deref());
                if !step.transaction && failure.sqlstate() == Some("42501") {
                    words.push_str(" Connect as a role with CREATEDB, or name a database that is there with --home.");
                }
                // Whoever holds the lock may be at work in the database that was made here.
                let undone = match (made_home && !dry, failure.is_lock()) {
                    (false, _) => "Nothing was changed.".to_owned(),
                    (true, true) => {
                        "The new home database was left, as somebody is at work in it.".to_owned()
                    }
                    (true, false) => match undo(parameters, script).await {
                        Ok(()) => "Nothing was changed.".to_owned(),
                        Err(error) => {
                            format!("The new home database could not be dropped again: {error}")
                        }
                    },
                };
                let place =
                    step.database.as_deref().map(|name| format!("database {}: ", visible(name)));
                anyhow::bail!("{}{} {undone}", place.unwrap_or_default(), visible(&words));
            }
        }
    }
    Ok(done)
}

/// `1 change`, `2 changes`.
pub(super) fn counted(changes: usize) -> String {
    format!("{changes} change{}", if changes == 1 { "" } else { "s" })
}

/// Why a step was not done.
pub(super) enum Failure {
    /// There was no session.
    Unreachable(DatabaseError),
    /// A piece failed, and the step was rolled back.
    Piece(String, DatabaseError),
}

impl Failure {
    fn words(&self) -> String {
        match self {
            // A server's detail ends with a stop of its own.
            Failure::Unreachable(error) => format!("{}.", error.to_string().trim_end_matches('.')),
            Failure::Piece(what, error) => {
                let hint = error.hint().map(|hint| format!(" {hint}")).unwrap_or_default();
                format!("{}: {error}.{hint}", visible(what))
            }
        }
    }

    /// The same, to be said after the name of the database, which need not be said again.
    pub(super) fn words_in(&self, database: Option<&str>) -> String {
        let again = database.map(|name| format!(" in database {}", visible(name)));
        again.map_or_else(|| self.words(), |again| self.words().replace(&again, ""))
    }

    /// Whether a right is missing, and the server's own words are all there is to say.
    fn is_denied(&self) -> bool {
        let hint = match self {
            Failure::Unreachable(_) => None,
            Failure::Piece(_, error) => error.hint(),
        };
        self.sqlstate() == Some("42501") && hint.is_none()
    }

    fn sqlstate(&self) -> Option<&str> {
        match self {
            Failure::Unreachable(_) => None,
            Failure::Piece(_, error) => error.sqlstate(),
        }
    }

    fn is_lock(&self) -> bool {
        self.sqlstate() == Some("55P03")
    }
}

/// Applies one step, or none of it; a step for no database is applied where the parameters lead.
pub(super) async fn apply_step(
    parameters: &Parameters,
    step: &Step,
    database: Option<&str>,
    dry: bool,
) -> Result<Vec<Change>, Failure> {
    let new = step.database.is_some() && database.is_none();
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
            // In a new database there is nothing yet, neither to keep nor to take away.
            When::Unless(_) if new && !piece.shared => piece.names.is_none(),
            When::Last => !dry,
            When::Unless(done) => !session.holds(done).await.map_err(failed)?,
        };
        if !needed {
            continue;
        }
        if matches!(piece.when, When::Unless(_)) {
            let names = match &piece.names {
                Some(question) => session.ask(question).await.map_err(failed)?,
                None => Vec::new(),
            };
            let names = names.into_iter().flatten().collect();
            changes.push(Change { piece: piece.clone(), names });
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
    Ok(session.apply(&script.undo).await?)
}
