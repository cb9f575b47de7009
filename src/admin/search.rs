//! Finds the databases with posemo, and the roles that must stay. It changes nothing.

use super::error::AdminError;
use super::server_facts::ServerFacts;
use crate::catalog::server_version::ServerVersion;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::uninstall::{self, Extent, Questions};
use crate::install::{self, Options};

/// What there is.
#[derive(Debug)]
pub(super) struct Found {
    /// The server's version.
    pub(super) version: ServerVersion,
    /// What is to go; nothing, where posemo is not installed.
    pub(super) extent: Option<Extent>,
    /// What stays, or could not be looked at, with the reason.
    pub(super) notes: Vec<String>,
}

impl Found {
    /// Looks at roles, and then into each database that is meant.
    pub(super) async fn on(
        parameters: &Parameters,
        options: &Options,
    ) -> Result<Found, AdminError> {
        let session = Session::open(parameters, Purpose::Install).await?;
        let version = ServerFacts::read(&session).await?.version;
        let questions = uninstall::questions(options, version)?;
        let roles: Vec<Role> = answers(&session, &questions.roles).await?;
        let databases: Vec<Database> = answers(&session, &questions.databases).await?;
        drop(session);
        let there = |name: &&String| databases.iter().any(|database| database.name == **name);
        if let Some(missing) = options.databases.iter().find(|name| !there(name)) {
            return Err(AdminError::NoDatabase(missing.clone()));
        }
        let whole = options.databases.is_empty();
        let mut extent = Extent { whole, ..Extent::default() };
        let mut notes = Vec::new();
        for database in &databases {
            if whole || options.databases.contains(&database.name) {
                place(parameters, &questions, database, &mut extent, &mut notes).await?;
            }
        }
        let extent = with_roles(extent, &roles, options, &mut notes);
        Ok(Found { version, extent, notes })
    }
}

/// Completes what was found in databases by the roles; nothing, where there is nothing of either.
fn with_roles(
    mut extent: Extent,
    roles: &[Role],
    options: &Options,
    notes: &mut Vec<String>,
) -> Option<Extent> {
    let known: Vec<String> = install::owner_roles().chain([options.monitor.clone()]).collect();
    let older = roles.iter().filter(|role| role.marked && !known.contains(&role.name));
    extent.older = Some(older.map(|role| role.name.clone()).collect());
    let marked = roles.iter().any(|role| role.marked && !extent.kept.contains(&role.name));
    let nowhere = extent.databases.is_empty() && extent.made.is_empty() && extent.torn.is_empty();
    if nowhere && !(extent.whole && marked) {
        return None;
    }
    if extent.whole {
        let strangers = roles.iter().filter(|role| !role.marked).map(|role| &role.name);
        notes.extend(strangers.map(|role| format!("role {role}, which posemo did not make")));
        let kept = extent.kept.iter();
        notes.extend(
            kept.map(|role| format!("role {role}, which another schema of posemo's needs")),
        );
    }
    Some(extent)
}

/// A role that is posemo's, or is named like one.
#[derive(Debug, serde::Deserialize)]
struct Role {
    name: String,
    marked: bool,
}

/// What is known of a database from outside; [`Questions`] has the words.
#[derive(Debug, serde::Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
struct Database {
    name: String,
    made: bool,
    whole: bool,
    open: bool,
    known: bool,
}

/// What is known of a database from inside.
#[derive(Debug, serde::Deserialize)]
struct Inside {
    schema: bool,
    others: Vec<String>,
    kept: Vec<String>,
}

async fn answers<Answer: serde::de::DeserializeOwned>(
    session: &Session,
    question: &str,
) -> Result<Vec<Answer>, AdminError> {
    let rows = session.ask(question).await?;
    rows.iter().flatten().map(|row| Ok(serde_json::from_str(row)?)).collect()
}

/// Puts a database where it belongs, if posemo is in it.
async fn place(
    parameters: &Parameters,
    questions: &Questions,
    database: &Database,
    found: &mut Extent,
    notes: &mut Vec<String>,
) -> Result<(), AdminError> {
    let name = &database.name;
    if database.made && !found.whole {
        return Err(AdminError::HomeAlone(name.clone()));
    }
    if !database.whole {
        if database.made {
            found.torn.push(name.clone());
        }
        return Ok(());
    }
    let inside = match look_into(parameters, questions, database).await {
        Ok(inside) => inside,
        Err(reason) if database.known || database.made => {
            return Err(AdminError::Closed { database: name.clone(), reason });
        }
        // Templates usually allow no connections, and not every database allows one to a role that is not a superuser.
        Err(reason) => {
            if database.open {
                notes.push(format!("database {name}, which cannot be inspected: {reason}"));
            }
            return Ok(());
        }
    };
    found.kept.extend(
        inside.kept.iter().filter(|role| !found.kept.contains(role)).cloned().collect::<Vec<_>>(),
    );
    match inside.others.first() {
        Some(other) if database.made && inside.schema => {
            notes.push(format!("database {name}, as schema {other} in it is posemo's too"));
            found.databases.push(name.clone());
        }
        None if database.made => found.made.push(name.clone()),
        None if database.known || inside.schema => found.databases.push(name.clone()),
        Some(_) if inside.schema => found.databases.push(name.clone()),
        _ => {}
    }
    Ok(())
}

async fn look_into(
    parameters: &Parameters,
    questions: &Questions,
    database: &Database,
) -> Result<Inside, String> {
    if !database.open {
        return Err("it allows no connections".to_owned());
    }
    let there = parameters.with_database(&database.name);
    let reason = |error: AdminError| error.to_string().trim_end_matches('.').to_owned();
    let session = Session::open(&there, Purpose::Install).await;
    let session = session.map_err(|error| reason(error.into()))?;
    let inside = answers(&session, &questions.inside).await.map_err(reason)?;
    inside.into_iter().next().ok_or_else(|| "it gave no answer".to_owned())
}
