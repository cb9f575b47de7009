//! Finds out where on a server posemo is, and which of its roles stay.
//!
//! It asks, and changes nothing; what stands in the way of a removal is not looked for here.

use super::super::survey::Survey;
use crate::catalog::server_version::ServerVersion;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::install::uninstall::{self, Extent, Questions};
use crate::install::{self, Options};
use crate::text::visible::visible;

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
    pub(super) async fn on(parameters: &Parameters, options: &Options) -> anyhow::Result<Found> {
        let session = Session::open(parameters, Purpose::Install).await?;
        let version = Survey::of(&session).await?.version;
        let questions = uninstall::questions(options, version)?;
        let roles: Vec<Role> = answers(&session, &questions.roles).await?;
        let databases: Vec<Database> = answers(&session, &questions.databases).await?;
        drop(session);
        let there = |name: &&String| databases.iter().any(|database| database.name == **name);
        if let Some(missing) = options.databases.iter().find(|name| !there(name)) {
            anyhow::bail!("there is no database {}. Nothing was changed.", visible(missing));
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

/// Why the home database is not to be named with `--database`.
pub(super) fn home_alone(database: &str) -> String {
    format!(
        "database {} is the home database, without which no other can be checked; leave --database away to uninstall everything. Nothing was changed.",
        visible(database)
    )
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
) -> anyhow::Result<Vec<Answer>> {
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
) -> anyhow::Result<()> {
    let name = &database.name;
    if database.made && !found.whole {
        anyhow::bail!("{}", home_alone(name));
    }
    if !database.whole {
        if database.made {
            found.torn.push(name.clone());
        }
        return Ok(());
    }
    let inside = match look_into(parameters, questions, database).await {
        Ok(inside) => inside,
        Err(error) if database.known || database.made => anyhow::bail!(
            "posemo is in database {}, which cannot be looked into: {}. Nothing was changed.",
            visible(name),
            visible(error.to_string().trim_end_matches('.'))
        ),
        // Templates are closed as a rule, and databases of others to whoever is no superuser.
        Err(error) => {
            if database.open {
                notes.push(format!(
                    "database {name} as it is, which cannot be looked into: {error}"
                ));
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
) -> anyhow::Result<Inside> {
    anyhow::ensure!(database.open, "it takes no connections");
    let session =
        Session::open(&parameters.with_database(&database.name), Purpose::Install).await?;
    let inside = answers(&session, &questions.inside).await?.into_iter().next();
    inside.ok_or_else(|| anyhow::anyhow!("it gave no answer"))
}
