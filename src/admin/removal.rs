//! Uninstalls: finds the databases with posemo, and applies the script that removes it.

use super::apply::{self, Change};
use super::error::AdminError;
use super::search::Found;
use crate::database::parameters::Parameters;
use crate::install::InstallOptions;
use crate::install::script::Script;
use crate::install::uninstall;
use crate::text::visible::visible;

/// The result of an uninstall.
#[derive(Debug, Default)]
pub struct Removed {
    /// The changes that were made, or would be.
    pub changes: Vec<Change>,
    /// Objects that remain or could not be inspected, with the reason.
    pub notes: Vec<String>,
    /// Why the removal stopped before its end.
    pub failure: Option<String>,
}

/// Removes posemo from the databases of the options, or everything if they name none.
pub async fn remove(
    parameters: &Parameters,
    options: &InstallOptions,
    dry_run: bool,
) -> Result<Removed, AdminError> {
    if options.databases.contains(&options.home) {
        return Err(AdminError::HomeAlone(options.home.clone()));
    }
    let found = Found::read(parameters, options).await?;
    let mut removed = Removed { notes: found.notes, ..Removed::default() };
    if let Some(removal) = &found.removal {
        let script = uninstall::script(options, removal, found.version)?;
        apply_all(parameters, &script, dry_run, &mut removed).await;
    }
    Ok(removed)
}

/// Applies the steps until one fails.
async fn apply_all(parameters: &Parameters, script: &Script, dry_run: bool, removed: &mut Removed) {
    for step in &script.steps {
        match apply::apply_step(parameters, step, step.database.as_deref(), dry_run).await {
            Ok(done) => removed.changes.extend(done.changes),
            // With a database, its part of posemo was dropped too.
            Err(failure) if failure.lost(parameters, step.database.as_deref()).await => {}
            Err(failure) => {
                let database = step.database.iter().map(|name| format!("database {name}: "));
                let end = if dry_run || removed.changes.is_empty() {
                    " Nothing was changed."
                } else {
                    " The earlier changes remain; run uninstall again to finish."
                };
                let sentence = database
                    .chain([failure.sentence_in(step.database.as_deref()), end.to_owned()])
                    .collect::<String>();
                removed.failure = Some(visible(&sentence));
                return;
            }
        }
    }
}
