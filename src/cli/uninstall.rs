//! `posemo uninstall`: writes the script of a removal down, or finds out what there is and applies it.
//!
//! What is removed, and what is refused, is said by the script.

use super::apply::{self, Change};
use super::connection::Connection;
use super::naming::Scripted;
use super::{Common, Screen, sources};
use crate::database::parameters::{Environment, Parameters};
use crate::install::Options;
use crate::install::script::Script;
use crate::install::uninstall::{self, Extent};
use crate::text::visible::visible;
use search::Found;

mod search;

/// Arguments of `uninstall`.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("print", |print| print.help(
        "Print the whole script for psql, and ask no server; it takes everything from --home and each --database"
    )),
    mut_arg("home", |home| home.help("The home database; it is dropped if posemo made it"))
)]
pub(super) struct Uninstall {
    #[command(flatten)]
    scripted: Scripted,
    /// Take posemo out of this database only, and leave the rest; repeatable
    #[arg(long, value_name = "NAME")]
    database: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

/// What was found, and what was done about it.
#[derive(Debug, Default)]
struct Done {
    changes: Vec<Change>,
    /// What stays, or was not looked at, with the reason.
    notes: Vec<String>,
    /// Why it ended before its end.
    failure: Option<String>,
}

pub(super) fn uninstall(
    command: &Uninstall,
    common: &Common,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let options = command.scripted.options(command.database.clone());
    if let Some(version) = command.scripted.server_version {
        let script = uninstall::script(&options, &Extent::named(&options), version)?;
        let text = uninstall::for_psql(&script, &version.to_string())?;
        screen.out.write_all(text.as_bytes())?;
        return Ok(0);
    }
    if command.database.contains(&command.scripted.home) {
        anyhow::bail!("{}", search::home_alone(&command.scripted.home));
    }
    let parameters = Parameters::resolve(
        &command.connection.keywords(),
        &[("dbname", "postgres")],
        &Environment::of_process(),
    )?;
    let runtime = sources::runtime()?;
    let done = runtime.block_on(remove(&parameters, &options, command.scripted.dry_run))?;
    runtime.shutdown_background();
    say(command, common, screen, done)
}

/// Looks around, and removes what is there.
async fn remove(parameters: &Parameters, options: &Options, dry: bool) -> anyhow::Result<Done> {
    let found = Found::on(parameters, options).await?;
    let mut done = Done { notes: found.notes, ..Done::default() };
    if let Some(extent) = &found.extent {
        let script = uninstall::script(options, extent, found.version)?;
        apply_all(parameters, &script, dry, &mut done).await;
    }
    Ok(done)
}

/// The steps one after the other, as far as they go.
async fn apply_all(parameters: &Parameters, script: &Script, dry: bool, done: &mut Done) {
    for step in &script.steps {
        match apply::apply_step(parameters, step, step.database.as_deref(), dry).await {
            Ok(changes) => done.changes.extend(changes),
            Err(failure) => {
                let place = step.database.iter().map(|name| format!("database {name}: "));
                let end = if dry || done.changes.is_empty() {
                    "Nothing was changed."
                } else {
                    "What was done before stays done; uninstall again to finish it."
                };
                let words = place.chain([
                    failure.words_in(step.database.as_deref()),
                    " ".to_owned(),
                    end.to_owned(),
                ]);
                done.failure = Some(visible(&words.collect::<String>()));
                return;
            }
        }
    }
}

fn say(
    command: &Uninstall,
    common: &Common,
    screen: &mut Screen<'_>,
    done: Done,
) -> anyhow::Result<u8> {
    let out = &mut screen.out;
    let would = if command.scripted.dry_run { "would " } else { "" };
    let failed = done.failure.is_some();
    // What would have been done after something else failed is of no interest.
    let shown = !(common.quiet || failed && command.scripted.dry_run);
    for change in done.changes.iter().filter(|_| shown) {
        writeln!(out, "{would}{}", visible(&change.piece.what))?;
        for name in &change.names {
            writeln!(out, "  {}", visible(name))?;
        }
        for line in change.piece.sql.lines().filter(|_| common.verbose > 0) {
            writeln!(out, "    {line}")?;
        }
    }
    if let Some(failure) = done.failure {
        anyhow::bail!(failure);
    }
    for note in &done.notes {
        writeln!(out, "left: {}", visible(note))?;
    }
    let summary = match (done.changes.len(), command.scripted.dry_run) {
        (0, _) => format!("nothing to change: posemo is not installed{}", place(&command.database)),
        (count, true) => {
            format!("{} would be made; nothing was changed", apply::counted(count))
        }
        (count, false) => format!("uninstalled: {}", apply::counted(count)),
    };
    if !common.quiet {
        writeln!(out, "{summary}")?;
    }
    Ok(0)
}

/// Where it was looked for; elsewhere it may well be.
fn place(databases: &[String]) -> String {
    match databases {
        [] => String::new(),
        [only] => format!(" in database {}", visible(only)),
        _ => " in any of these databases".to_owned(),
    }
}
