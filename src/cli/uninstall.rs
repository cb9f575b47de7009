//! `posemo uninstall`: prints the script of a removal, or removes what posemo installed.

use super::connection::Connection;
use super::naming::Scripted;
use super::{Common, Screen, sources};
use crate::admin::removal::{self, Removed};
use crate::database::parameters::{Environment, Parameters};
use crate::install::uninstall::{self, Removal};
use crate::text::number::counted;
use crate::text::visible::visible;

/// Arguments of `uninstall`.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("print", |print| print.help(
        "Print the whole script for psql without connecting; it removes everything from --home and each --database"
    )),
    mut_arg("home", |home| home.help("Use this home database; it is dropped if posemo created it"))
)]
pub(super) struct Uninstall {
    #[command(flatten)]
    scripted: Scripted,
    /// Remove posemo from this database only; repeatable
    #[arg(long, value_name = "NAME")]
    database: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn uninstall(
    command: &Uninstall,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let options = command.scripted.options(command.database.clone());
    if let Some(version) = command.scripted.server_version {
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
    let runtime = sources::runtime()?;
    let removed =
        runtime.block_on(removal::remove(&parameters, &options, command.scripted.dry_run))?;
    runtime.shutdown_background();
    print(command, common, screen, removed)
}

fn print(
    command: &Uninstall,
    common: &Common,
    screen: &mut Screen<'_>,
    removed: Removed,
) -> anyhow::Result<u8> {
    let out = &mut screen.out;
    let would = if command.scripted.dry_run { "would " } else { "" };
    let failed = removed.failure.is_some();
    // A dry run that failed prints no changes.
    let shown = !(common.quiet || failed && command.scripted.dry_run);
    for change in removed.changes.iter().filter(|_| shown) {
        writeln!(out, "{would}{}", visible(&change.piece.what))?;
        for name in &change.names {
            writeln!(out, "  {}", visible(name))?;
        }
        for line in change.piece.sql.lines().filter(|_| common.verbose > 0) {
            writeln!(out, "    {line}")?;
        }
    }
    if let Some(failure) = removed.failure {
        anyhow::bail!(failure);
    }
    for note in &removed.notes {
        writeln!(out, "unchanged: {}", visible(note))?;
    }
    let summary = match (removed.changes.len(), command.scripted.dry_run) {
        (0, _) => format!("nothing to change: posemo is not installed{}", place(&command.database)),
        (count, true) => {
            format!("{} would be made; nothing was changed", counted(count, "change"))
        }
        (count, false) => format!("uninstalled: {}", counted(count, "change")),
    };
    if !common.quiet {
        writeln!(out, "{summary}")?;
    }
    Ok(0)
}

/// The databases that were searched; others may have posemo.
fn place(databases: &[String]) -> String {
    match databases {
        [] => String::new(),
        [only] => format!(" in database {}", visible(only)),
        _ => " in any of these databases".to_owned(),
    }
}
