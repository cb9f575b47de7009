//! Finds the databases with posemo, and the roles that must remain. It changes nothing.

use super::apply;
use super::error::AdminError;
use super::server_facts::ServerFacts;
use crate::catalog::server_version::ServerVersion;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::uninstall::{self, Removal, RemovalQueries};
use crate::install::{self, InstallOptions};

/// The result of a search.
#[derive(Debug)]
pub(super) struct Found {
    /// The server's version.
    pub(super) version: ServerVersion,
    /// What to remove; nothing if posemo is not installed.
    pub(super) removal: Option<Removal>,
    /// Objects that remain or could not be inspected, with the reason.
    pub(super) notes: Vec<String>,
}

impl Found {
    /// Reads the roles, and then inspects each database of the options, or all if they name none.
    pub(super) async fn read(
        parameters: &Parameters,
        options: &InstallOptions,
    ) -> Result<Found, AdminError> {
        let session = Session::open(parameters, Purpose::Install).await?;
        let version = ServerFacts::read(&session).await?.version;
        let queries = uninstall::queries(options, version)?;
        let roles: Vec<RoleRow> = rows(&session, &queries.roles).await?;
        let databases: Vec<DatabaseRow> = rows(&session, &queries.databases).await?;
        drop(session);
        let exists = |name: &&String| databases.iter().any(|database| database.name == **name);
        if let Some(missing) = options.databases.iter().find(|name| !exists(name)) {
            let names = databases.iter().map(|database| database.name.as_str());
            return Err(AdminError::no_database(missing, names));
        }
        let everything = options.databases.is_empty();
        let mut removal = Removal { everything, ..Removal::default() };
        let mut notes = Vec::new();
        for database in &databases {
            if everything || options.databases.contains(&database.name) {
                add(parameters, &queries, database, &mut removal, &mut notes).await?;
            }
        }
        let is_home = |row: &&DatabaseRow| row.open && row.complete && row.name == options.home;
        let home = databases.iter().find(is_home).filter(|_| !everything);
        let removed = |name: &String| {
            removal.databases.contains(name) || removal.drop_databases.contains(name)
        };
        removal.record = home.map(|row| row.name.clone()).filter(|name| !removed(name));
        let removal = with_roles(removal, &roles, options, &mut notes);
        Ok(Found { version, removal, notes })
    }
}

/// Adds the roles to a removal. Without databases and roles of posemo there is nothing to remove.
fn with_roles(
    mut removal: Removal,
    roles: &[RoleRow],
    options: &InstallOptions,
    notes: &mut Vec<String>,
) -> Option<Removal> {
    let known: Vec<String> = install::owner_roles().chain([options.monitor.clone()]).collect();
    let retired = roles.iter().filter(|role| role.marked && !known.contains(&role.name));
    removal.retired_roles = Some(retired.map(|role| role.name.clone()).collect());
    let Removal { databases, drop_databases, half_dropped, kept_roles, .. } = &removal;
    let marked = roles.iter().any(|role| role.marked && !kept_roles.contains(&role.name));
    let nowhere = databases.is_empty() && drop_databases.is_empty() && half_dropped.is_empty();
    if nowhere && !(removal.everything && marked) {
        return None;
    }
    if removal.everything {
        let unmarked = roles.iter().filter(|role| !role.marked).map(|role| &role.name);
        notes.extend(unmarked.map(|role| format!("role {role}, which posemo did not create")));
        let kept = removal.kept_roles.iter();
        notes.extend(kept.map(|role| format!("role {role}, which another schema of posemo needs")));
    }
    Some(removal)
}

/// A role of posemo, or a role with the name of one.
#[derive(Debug, serde::Deserialize)]
struct RoleRow {
    name: String,
    marked: bool,
}

/// The facts about a database without a connection to it, see [`RemovalQueries::databases`].
#[derive(Debug, serde::Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the query")]
struct DatabaseRow {
    name: String,
    created: bool,
    complete: bool,
    open: bool,
    known: bool,
}

/// The facts from inside a database, see [`RemovalQueries::inside`].
#[derive(Debug, serde::Deserialize)]
struct InsideRow {
    schema: bool,
    others: Vec<String>,
    kept_roles: Vec<String>,
}

async fn rows<Row: serde::de::DeserializeOwned>(
    session: &Session,
    query: &str,
) -> Result<Vec<Row>, AdminError> {
    let rows = session.ask(query).await?;
    rows.iter().flatten().map(|row| Ok(serde_json::from_str(row)?)).collect()
}

/// Adds a database to the removal if it has objects of posemo.
async fn add(
    parameters: &Parameters,
    queries: &RemovalQueries,
    database: &DatabaseRow,
    removal: &mut Removal,
    notes: &mut Vec<String>,
) -> Result<(), AdminError> {
    let name = &database.name;
    if database.created && !removal.everything {
        return Err(AdminError::HomeAlone(name.clone()));
    }
    if !database.complete {
        if database.created {
            removal.half_dropped.push(name.clone());
        }
        return Ok(());
    }
    let inside = match inspect(parameters, queries, database).await {
        Ok(Some(inside)) => inside,
        Ok(None) => return Ok(()),
        Err(_) if apply::lost(parameters, name).await => return Ok(()),
        Err(reason) if database.known || database.created => {
            return Err(AdminError::Closed { database: name.clone(), reason });
        }
        // Templates usually allow no connections, and a role that is not a superuser cannot connect to every database.
        Err(reason) => {
            if database.open {
                notes.push(format!("database {name}, which cannot be inspected: {reason}"));
            }
            return Ok(());
        }
    };
    for role in inside.kept_roles {
        if !removal.kept_roles.contains(&role) {
            removal.kept_roles.push(role);
        }
    }
    match inside.others.first() {
        Some(other) if database.created && inside.schema => {
            notes.push(format!("database {name}, because its schema {other} is also of posemo"));
            removal.databases.push(name.clone());
        }
        None if database.created => removal.drop_databases.push(name.clone()),
        None if database.known || inside.schema => removal.databases.push(name.clone()),
        Some(_) if inside.schema => removal.databases.push(name.clone()),
        _ => {}
    }
    Ok(())
}

/// The facts from inside a database; `None` if it no longer exists.
async fn inspect(
    parameters: &Parameters,
    queries: &RemovalQueries,
    database: &DatabaseRow,
) -> Result<Option<InsideRow>, String> {
    if !database.open {
        return Err("it allows no connections".to_owned());
    }
    let parameters = parameters.with_database(&database.name);
    let reason = |error: AdminError| error.to_string().trim_end_matches('.').to_owned();
    let session = match Session::open(&parameters, Purpose::Install).await {
        Err(error) if error.is_missing_database() => return Ok(None),
        opened => opened.map_err(|error| reason(error.into()))?,
    };
    let inside = rows(&session, &queries.inside).await.map_err(reason)?;
    inside.into_iter().next().map(Some).ok_or_else(|| "its query returned no row".to_owned())
}
