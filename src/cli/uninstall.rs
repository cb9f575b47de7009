//! `posemo uninstall`: prints the script of a removal, or removes what posemo installed.

use super::connection::ConnectionOptions;
use super::installation::{ScriptOptions, print_changes};
use super::options::GlobalOptions;
use super::screen::Screen;
use super::sources;
use crate::admin::removal::{self, Removed};
use crate::database::parameters::{Environment, Parameters};
use crate::install::uninstall::{self, Removal};
use crate::text::number::counted;
use crate::text::visible::visible;

/// Arguments of `uninstall`.
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
    let removed =
        sources::block_on(removal::remove(&parameters, &options, command.script.dry_run))??;
    print(command, global, screen, removed)
}

fn print(
    command: &UninstallCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
    removed: Removed,
) -> anyhow::Result<u8> {
    let out = &mut *screen.out;
    let dry_run = command.script.dry_run;
    // A dry run that failed prints no changes.
    if !(global.quiet || removed.failure.is_some() && dry_run) {
        print_changes(&removed.changes, dry_run, global.verbose > 0, out)?;
    }
    if let Some(failure) = removed.failure {
        anyhow::bail!(failure);
    }
    for note in &removed.notes {
        writeln!(out, "unchanged: {}", visible(note))?;
    }
    let summary = match (removed.changes.len(), dry_run) {
        (0, _) => {
            format!("nothing to change: posemo is not installed{}", in_databases(&command.database))
        }
        (count, true) => {
            format!("{} would be made; nothing was changed", counted(count, "change"))
        }
        (count, false) => format!("uninstalled: {}", counted(count, "change")),
    };
    if !global.quiet {
        writeln!(out, "{summary}")?;
    }
    Ok(command.script.code(removed.changes.len(), true))
}

/// The databases that were searched. posemo can be installed in others.
fn in_databases(databases: &[String]) -> String {
    match databases {
        [] => String::new(),
        [only] => format!(" in database {}", visible(only)),
        _ => " in any of these databases".to_owned(),
    }
}
