//! `posemo uninstall`: prints the script of a removal, or removes what posemo installed.

use super::connection::ConnectionOptions;
use super::installation::ScriptOptions;
use super::options::GlobalOptions;
use super::reporting::block_on;
use super::screen::Screen;
use crate::admin::removal;
use crate::database::parameters::{Environment, Parameters};
use crate::install::uninstall::{self, Removal};

// Arguments of `uninstall`.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("print", |print| print.help(
        "Print the whole script for psql without connecting; it removes posemo from --home and each --database"
    )),
    mut_arg("home", |home| home.help("Use this home database; it is dropped if posemo created it"))
)]
pub(super) struct UninstallCommand {
    #[command(flatten)]
    script: ScriptOptions,
    /// Remove posemo from this database only; repeatable
    #[arg(long, value_name = "NAME")]
    database: Vec<String>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

impl UninstallCommand {
    /// The exit code after an error.
    pub(super) fn failure_code(&self) -> u8 {
        self.script.code(0, false)
    }
}

pub(super) fn uninstall(
    command: &UninstallCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let options = command.script.options(command.database.clone());
    if let Some(version) = command.script.server_version {
        let script = uninstall::script(&options, &Removal::named(&options), version)?;
        let text = uninstall::for_psql(&script, &version.to_string())?;
        screen.out.write_all(text.as_bytes())?;
        return Ok(0);
    }
    let parameters = Parameters::resolve(
        &command.connection.keywords(),
        &[("dbname", "postgres")],
        &Environment::of_process(),
    )?;
    let removed = block_on(removal::remove(&parameters, &options, command.script.dry_run))??;
    removed.write(&command.database, command.script.printing(global), screen.out)?;
    match removed.failure {
        Some(failure) => anyhow::bail!(failure),
        None => Ok(command.script.code(removed.changes.len(), true)),
    }
}
