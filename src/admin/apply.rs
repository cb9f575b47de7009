//! Applies a script piece by piece, with one transaction for each database.

use std::collections::BTreeSet;

use super::error::AdminError;
use crate::database::error::DatabaseError;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::script::{Piece, Script, ScriptStep, When};
use crate::text::visible::visible;

/// The changes that were made, or would be.
#[derive(Debug, Default)]
pub struct Applied {
    /// The pieces that were needed.
    pub changes: Vec<Change>,
    /// Functions that remain although the catalog does not contain their checks, each with its database.
    pub unknown: Vec<(String, String)>,
    /// Checks that a database cannot have because of their extension.
    pub inapplicable: Vec<InapplicableCheck>,
    /// Databases in which nothing was changed, with the reason; the others were installed.
    pub refused: Vec<(String, String)>,
    /// Databases that were dropped, renamed or moved during the installation.
    pub lost: Vec<String>,
}

/// A piece that was needed.
#[derive(Debug)]
pub struct Change {
    /// The piece, with its SQL.
    pub piece: Piece,
    /// The objects that it changed, where they depend on the server.
    pub names: Vec<String>,
}

/// A check that a database cannot have because of its extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InapplicableCheck {
    /// The name of the check.
    pub check: String,
    /// Whether the database does not have the extension. Otherwise the function of the check must not call it.
    pub missing: bool,
    /// The reason, and what to do.
    pub reason: String,
}

/// Applies a script. A dry run determines which pieces are needed and changes nothing.
pub async fn apply(
    parameters: &Parameters,
    script: &Script,
    dry: bool,
) -> Result<Applied, AdminError> {
    let mut done = Applied::default();
    let mut made_home = false;
    for (number, step) in script.steps.iter().enumerate() {
        let required = number < 2;
        // A dry run has not created the home database, so it reads from the database of the connection.
        let database = step.database.as_deref().filter(|_| !(dry && made_home && required));
        match apply_step(parameters, step, database, dry).await {
            Ok(StepOutcome { changes, unknown, inapplicable }) => {
                done.inapplicable.extend(inapplicable);
                made_home |= !step.transaction && !changes.is_empty();
                done.changes.extend(changes);
                let database = step.database.clone().unwrap_or_default();
                done.unknown.extend(unknown.into_iter().map(|name| (database.clone(), name)));
            }
            Err(failure)
                if !required && failure.lost(parameters, step.database.as_deref()).await =>
            {
                done.lost.extend(step.database.clone());
            }
            // A failure in one database does not prevent the others.
            Err(failure) if !required => {
                let mut sentence = failure.sentence_in(step.database.as_deref());
                if failure.is_denied() {
                    sentence.push_str(" Connect as a superuser or as the owner of the database, or as a role with CREATE on it.");
                }
                done.refused.push((step.database.clone().unwrap_or_default(), sentence));
            }
            Err(failure) => {
                let mut sentence = failure.sentence_in(step.database.as_deref());
                if !step.transaction && failure.sqlstate() == Some("42501") {
                    sentence.push_str(" Connect as a role with CREATEDB, or name an existing database with --home.");
                }
                // The session that holds the lock may use the database that was just created.
                let undone = match (made_home && !dry, failure.is_lock()) {
                    (false, _) => "Nothing was changed.".to_owned(),
                    (true, true) => {
                        "The new home database was not dropped, as another session uses it."
                            .to_owned()
                    }
                    (true, false) => match undo(parameters, script).await {
                        Ok(()) => "Nothing was changed.".to_owned(),
                        Err(error) => {
                            format!("The new home database could not be dropped: {error}")
                        }
                    },
                };
                let place =
                    step.database.as_deref().map(|name| format!("database {}: ", visible(name)));
                let place = place.unwrap_or_default();
                return Err(AdminError::Step(format!("{place}{} {undone}", visible(&sentence))));
            }
        }
    }
    Ok(done)
}

/// Whether a database was dropped, renamed or moved since it was listed.
pub(super) async fn lost(parameters: &Parameters, name: &str) -> bool {
    match Session::open(parameters, Purpose::Install).await {
        Ok(session) => session.lost_database(name).await,
        Err(_) => false,
    }
}

/// What a step did.
#[derive(Debug, Default)]
pub(super) struct StepOutcome {
    /// The pieces that were needed.
    pub(super) changes: Vec<Change>,
    /// The functions of checks that the catalog does not contain.
    pub(super) unknown: Vec<String>,
    /// The checks that the database cannot have.
    pub(super) inapplicable: Vec<InapplicableCheck>,
}

/// Why a step was not applied.
pub(super) enum StepFailure {
    /// No session could be opened.
    Unreachable(DatabaseError),
    /// A piece failed, and the step was rolled back.
    Piece(String, DatabaseError),
}

impl StepFailure {
    fn sentence(&self) -> String {
        match self {
            // A server's detail ends with a full stop.
            StepFailure::Unreachable(error) => {
                format!("{}.", error.to_string().trim_end_matches('.'))
            }
            StepFailure::Piece(what, error) => {
                let hint = error.hint().map(|hint| format!(" {hint}")).unwrap_or_default();
                format!("{}: {error}.{hint}", visible(what))
            }
        }
    }

    /// The sentence, to be printed after the name of the database and without repeating it.
    pub(super) fn sentence_in(&self, database: Option<&str>) -> String {
        let again = database.map(|name| format!(" in database {}", visible(name)));
        again.map_or_else(|| self.sentence(), |again| self.sentence().replace(&again, ""))
    }

    /// Whether a privilege is missing and the server gave no hint.
    fn is_denied(&self) -> bool {
        let hint = match self {
            StepFailure::Unreachable(_) => None,
            StepFailure::Piece(_, error) => error.hint(),
        };
        self.sqlstate() == Some("42501") && hint.is_none()
    }

    fn sqlstate(&self) -> Option<&str> {
        match self {
            StepFailure::Unreachable(_) => None,
            StepFailure::Piece(_, error) => error.sqlstate(),
        }
    }

    /// Whether the database of a step was dropped, renamed or moved since it was listed.
    pub(super) async fn lost(&self, parameters: &Parameters, database: Option<&str>) -> bool {
        let Some(name) = database else { return false };
        // It may exist again since.
        let missing =
            matches!(self, StepFailure::Unreachable(error) if error.is_missing_database());
        missing || lost(parameters, name).await
    }

    fn is_lock(&self) -> bool {
        self.sqlstate() == Some("55P03")
    }
}

/// Applies one step completely or not at all. A step without a database uses that of the parameters.
pub(super) async fn apply_step(
    parameters: &Parameters,
    step: &ScriptStep,
    database: Option<&str>,
    dry: bool,
) -> Result<StepOutcome, StepFailure> {
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
        Session::open(parameters, Purpose::Install).await.map_err(StepFailure::Unreachable)?;
    let begun = |error| StepFailure::Piece("begin".to_owned(), error);
    if dry {
        session.apply("BEGIN READ ONLY").await.map_err(begun)?;
    } else if step.transaction {
        session.apply("BEGIN").await.map_err(begun)?;
    }
    let mut changes = Vec::new();
    let mut exact: Option<BTreeSet<String>> = None;
    for piece in &step.pieces {
        let failed = |error| StepFailure::Piece(piece.what.clone(), error);
        if let (Some(query), Some(_), None, false) = (&step.exact, &piece.function, &exact, new) {
            let names = session.ask(query).await.map_err(failed)?;
            exact = Some(names.into_iter().flatten().collect());
        }
        let function = piece.function.as_ref().zip(exact.as_ref());
        let missing = function.map(|(name, exact)| !exact.contains(name));
        let needed = match &piece.when {
            When::First => true,
            When::Unless(_) if missing.is_some() => missing == Some(true),
            // A new database is empty: nothing exists in it, and nothing has to be removed.
            When::Unless(_) if new && !piece.shared => piece.names.is_none() && !piece.extension,
            When::Last => !dry,
            When::Unless(done) => !session.holds(done).await.map_err(failed)?,
        };
        if !needed {
            continue;
        }
        if matches!(piece.when, When::Unless(_)) {
            let names = match &piece.names {
                Some(query) => session.ask(query).await.map_err(failed)?,
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
    let unknown = match step.unknown.as_ref().filter(|_| !new) {
        Some(query) => {
            let failed = |error| StepFailure::Piece("find functions of other checks".into(), error);
            session.ask(query).await.map_err(failed)?.into_iter().flatten().collect()
        }
        None => Vec::new(),
    };
    let inapplicable = match step.inapplicable.as_ref().filter(|_| !new) {
        Some(query) => {
            let failed = |error| StepFailure::Piece("find extensions of checks".into(), error);
            let rows = session.table(query, 3).await.map_err(failed)?;
            rows.into_iter().map(inapplicable_check).collect()
        }
        None => Vec::new(),
    };
    // Without a change the transaction is rolled back, which uses no transaction id.
    let end = if dry || changes.is_empty() { "ROLLBACK" } else { "COMMIT" };
    if dry || step.transaction {
        session.apply(end).await.map_err(|error| StepFailure::Piece("commit".to_owned(), error))?;
    }
    Ok(StepOutcome { changes, unknown, inapplicable })
}

fn inapplicable_check(row: Vec<Option<String>>) -> InapplicableCheck {
    let mut values = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || values.next().unwrap_or_default();
    let (check, kind, reason) = (next(), next(), next());
    InapplicableCheck { check, missing: kind == "missing", reason }
}

/// Several statements in one message are one transaction, in which `CREATE DATABASE` is not allowed.
fn statements<'a>(step: &ScriptStep, piece: &'a Piece) -> Vec<&'a str> {
    if step.transaction { vec![&piece.sql] } else { piece.sql.lines().collect() }
}

/// Drops the home database that a failed installation created.
async fn undo(parameters: &Parameters, script: &Script) -> Result<(), DatabaseError> {
    let session = Session::open(parameters, Purpose::Install).await?;
    session.apply(&script.undo).await
}
