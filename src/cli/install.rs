//! `posemo install`: writes the script down, or applies it to a server.
//!
//! What the script says is made elsewhere, from the catalogue alone.

use anyhow::Context;

use super::connection::Connection;
use super::run::Selection;
use super::{Common, Screen, apply, sources};
use crate::catalog::quote::one_line;
use crate::catalog::server_version::{OLDEST, ServerVersion};
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::install::script::Script;
use crate::install::{self, Options};

/// Arguments of `install`.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
pub(super) struct Install {
    #[command(flatten)]
    connection: Connection,
    /// Print the whole script for psql, and ask no server
    #[arg(long, requires = "server_version", conflicts_with_all = ["dry_run", "all_databases"])]
    print: bool,
    /// The server version to print the script for, such as 15.18
    #[arg(long, value_name = "X.Y", requires = "print")]
    server_version: Option<ServerVersion>,
    /// Connect, show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The home database, made if it is missing
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    home: String,
    /// posemo's schema in each database
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    schema: String,
    /// The login role that may call the functions
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    monitor_role: String,
    /// A database for the checks that are asked in each database; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "all_databases")]
    database: Vec<String>,
    /// All databases that allow connections, templates left out
    #[arg(long)]
    all_databases: bool,
    #[command(flatten)]
    selection: Selection,
    /// Install checks of your own that ask for functions owned by a superuser
    #[arg(long)]
    allow_superuser_owner: bool,
}

impl Install {
    fn options(&self, databases: Vec<String>) -> Options {
        Options {
            home: self.home.clone(),
            schema: self.schema.clone(),
            monitor: self.monitor_role.clone(),
            databases,
            only_some: self.selection.is_given(),
            superuser_owner: self.allow_superuser_owner,
            ..Options::default()
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
    if let Some(version) = command.server_version {
        let script = install::script(&checks, &command.options(command.database.clone()), version)?;
        screen.out.write_all(script.for_psql(&version.to_string())?.as_bytes())?;
        return Ok(0);
    }
    let environment = Environment::of_process();
    let parameters = Parameters::resolve(
        &command.connection.keywords(),
        &[("dbname", "postgres")],
        &environment,
    )?;
    let runtime = sources::runtime()?;
    let (script, done) = runtime.block_on(async {
        let (version, databases) = look(&parameters, command).await?;
        let script = install::script(&checks, &command.options(databases), version)?;
        let done = apply::apply(&parameters, &script, command.dry_run).await?;
        anyhow::Ok((script, done))
    })?;
    runtime.shutdown_background();
    say(command, common, screen, &script, &done)
}

/// The server's version, and the databases that are meant.
async fn look(
    parameters: &Parameters,
    command: &Install,
) -> anyhow::Result<(ServerVersion, Vec<String>)> {
    let session = Session::open(parameters, Purpose::Install).await?;
    let number = session.ask("SELECT pg_catalog.current_setting('server_version_num')").await?;
    let number = number.into_iter().flatten().next().and_then(|text| text.parse().ok());
    let version = ServerVersion::from_num(number.context("the server does not say its version")?);
    if version.major() < OLDEST {
        anyhow::bail!("PostgreSQL {version} is not served; {OLDEST} and newer are");
    }
    if !command.all_databases {
        return Ok((version, command.database.clone()));
    }
    let all = "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";
    let names = session.ask(all).await?.into_iter().flatten();
    Ok((version, names.filter(|name| *name != command.home).collect()))
}

fn say(
    command: &Install,
    common: &Common,
    screen: &mut Screen<'_>,
    script: &Script,
    done: &apply::Done,
) -> anyhow::Result<u8> {
    let out = &mut screen.out;
    for piece in &done.changes {
        if common.quiet {
            continue;
        }
        writeln!(out, "{}{}", if command.dry_run { "would " } else { "" }, one_line(&piece.what))?;
        if common.verbose > 0 {
            for line in piece.sql.lines() {
                writeln!(out, "    {line}")?;
            }
        }
    }
    for (check, reason) in &script.skipped {
        writeln!(out, "left out: {check}: {reason}")?;
    }
    for (database, reason) in &done.refused {
        writeln!(out, "not installed in database {}: {reason}", one_line(database))?;
    }
    let summary = match (done.changes.len(), command.dry_run) {
        (0, _) => "nothing to change: everything is as it should be".to_owned(),
        (count, true) => format!("{count} changes would be made; nothing was changed"),
        (count, false) => format!("installed: {count} changes"),
    };
    writeln!(out, "{summary}")?;
    Ok(u8::from(!done.refused.is_empty()))
}
