//! `posemo install`: writes the script down, or applies it to a server.
//!
//! What the script says is made elsewhere, from the catalogue alone.

use std::path::PathBuf;

use super::connection::Connection;
use super::naming::Scripted;
use super::run::Selection;
use super::survey::{self, Survey};
use super::{Common, Screen, apply, lint, password, sources};
use crate::catalog::check::{Check, Scope};
use crate::catalog::server_version::ServerVersion;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::evaluate::script;
use crate::install::{self, Options};
use outcome::Outcome;

mod outcome;

/// Arguments of `install`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("home", |home| home.help("The home database, made if it is missing")))]
pub(super) struct Install {
    #[command(flatten)]
    scripted: Scripted,
    /// Print the script for an installer that is no superuser, but has CREATEROLE
    #[arg(long, requires = "print")]
    without_superuser: bool,
    /// A database for the checks that are asked in each database; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "all_databases")]
    database: Vec<String>,
    /// All databases that allow connections, templates left out
    #[arg(long, conflicts_with = "print")]
    all_databases: bool,
    /// Give the monitor the password that is the first line of this file, or of standard input for `-`
    #[arg(long, value_name = "FILE", conflicts_with = "print")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Install checks of your own that ask for functions owned by a superuser
    #[arg(long)]
    allow_superuser_owner: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Install {
    fn options(&self, databases: Vec<String>) -> Options {
        Options {
            only_some: self.selection.is_given(),
            superuser_owner: self.allow_superuser_owner,
            ..self.scripted.options(databases)
        }
    }
}

pub(super) fn install(
    command: &Install,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = sources::catalog(common)?;
    let checks = command.selection.of(&catalog)?;
    if let Some(version) = command.scripted.server_version {
        let options = Options {
            superuser: !command.without_superuser,
            ..command.options(command.database.clone())
        };
        let script = install::script(&checks, &options, version)?;
        let installer =
            if command.without_superuser { "a role with CREATEROLE" } else { "a superuser" };
        let text = script.for_psql(&version.to_string(), installer)?;
        screen.out.write_all(text.as_bytes())?;
        return Ok(0);
    }
    let environment = Environment::of_process();
    let parameters = Parameters::resolve(
        &command.connection.keywords(),
        &[("dbname", "postgres")],
        &environment,
    )?;
    let verifier = match &command.password_file {
        Some(path) => {
            let (verifier, warning) = password::verifier(path)?;
            if let Some(warning) = warning {
                writeln!(screen.err, "posemo: {warning}")?;
            }
            Some(verifier)
        }
        None => None,
    };
    let runtime = sources::runtime()?;
    let outcome = runtime.block_on(async {
        let mut options = command.options(Vec::new());
        options.verifier = verifier;
        let (version, other_homes) = look(&parameters, command, &checks, &mut options).await?;
        let script = install::script(&checks, &options, version)?;
        lint_own(&parameters, &checks, &options, version).await?;
        let done = apply::apply(&parameters, &script, command.scripted.dry_run).await?;
        anyhow::Ok(Outcome { script, done, other_homes })
    })?;
    runtime.shutdown_background();
    outcome.say(command, common, &catalog, screen)
}

/// Completes the options by what the server says: who the installer is there, what it may grant, and
/// which databases are meant. Where posemo is already, it is brought up to date. Home databases of other
/// installations are found on the way.
async fn look(
    parameters: &Parameters,
    command: &Install,
    checks: &[Check],
    options: &mut Options,
) -> anyhow::Result<(ServerVersion, Vec<String>)> {
    let session = Session::open(parameters, Purpose::Install).await?;
    let survey = Survey::of(&session).await?;
    options.superuser = survey.superuser;
    options.withheld = survey.withheld;
    options.databases = if command.all_databases {
        survey::databases(&session).await?
    } else {
        let mut databases = command.database.clone();
        let known = survey::installed(&session).await?;
        databases.extend(known.into_iter().filter(|name| !command.database.contains(name)));
        databases
    };
    // Where nothing can be asked there is nothing to install, and a schema of its own would be empty.
    let has_per_database = checks.iter().any(|check| {
        check.is_asked(Scope::Database)
            && check.servers.contains(survey.version.major())
            && !options.withheld.contains_key(&check.owner)
    });
    if !has_per_database {
        let known = survey::installed(&session).await?;
        options.databases.retain(|name| known.contains(name));
    }
    if !command.database.contains(&command.scripted.home) {
        options.databases.retain(|name| *name != command.scripted.home);
    }
    let other_homes = survey::homes(&session, options, survey.version).await?;
    Ok((survey.version, other_homes))
}

/// Checks of the user's own are looked at before anything is changed; those that came with posemo have
/// been looked at by its tests. One that may name users' tables is looked at where it will be asked.
async fn lint_own(
    parameters: &Parameters,
    checks: &[Check],
    options: &Options,
    version: ServerVersion,
) -> anyhow::Result<()> {
    let own = checks.iter().filter(|check| !check.shipped);
    for check in own.clone() {
        if let Some(source) = &check.script {
            script::read(&check.name, source)
                .map_err(|error| anyhow::anyhow!("{error}. Nothing was changed."))?;
        }
    }
    let (there, here): (Vec<&Check>, Vec<&Check>) =
        own.partition(|check| check.is_asked(Scope::Database) && check.owner == "plain");
    let mut complaints = Vec::new();
    if !here.is_empty() {
        let session = Session::open(parameters, Purpose::Install).await?;
        complaints.extend(lint::lint(&session, &here, version).await?);
    }
    for database in options.databases.iter().filter(|_| !there.is_empty()) {
        let parameters = parameters.with_database(database);
        // Whether it can be reached is found out, and said, when it is its turn.
        if let Ok(session) = Session::open(&parameters, Purpose::Install).await {
            complaints.extend(lint::lint(&session, &there, version).await?);
        }
    }
    complaints.sort_by_key(ToString::to_string);
    complaints.dedup();
    if complaints.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> =
        complaints.iter().map(|complaint| format!("\n  {complaint}")).collect();
    anyhow::bail!("checks that must not be installed. Nothing was changed.{}", lines.concat())
}
