//! `posemo config`: checks the settings, and prints what is in force.

use std::path::PathBuf;

use anyhow::Context;

use super::connection::ConnectionOptions;
use super::options::GlobalOptions;
use super::screen::Screen;
use super::selection::Selection;
use crate::config::show::{self, Shown};
use crate::config::{catalog, check};
use crate::database::parameters::Environment;

// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, clap::Subcommand)]
enum ConfigAction {
    /// Report all mistakes in the settings, and settings without effect
    Check {
        /// Check this file [default: the file of the settings]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Exit with 1 also for warnings
        #[arg(long)]
        strict: bool,
    },
    /// Print the settings in force, and where each is set
    Show {
        /// Print the settings of this target [default: an overview of the file]
        #[arg(value_name = "TARGET", conflicts_with_all = ["host", "port", "username", "dbname"])]
        target: Option<String>,
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        connection: ConnectionOptions,
    },
}

pub(super) fn config(
    command: &ConfigCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    match &command.action {
        ConfigAction::Check { file, strict } => {
            let config = file.clone().or_else(|| global.config.clone());
            let text = GlobalOptions { config, ..global.clone() }.sources().settings_text()?;
            let text = text.context(
                "no settings file was found; name one, or create ~/.config/posemo/posemo.toml or /etc/posemo/posemo.toml",
            )?;
            let checked = check::check(&text, &global.checks)?;
            checked.write(global.quiet, screen.out)?;
            Ok(u8::from(checked.errors() > 0 || *strict && checked.warnings() > 0))
        }
        ConfigAction::Show { target, selection, connection } => {
            let (catalog, settings) = global.sources().all()?;
            let target = match target {
                Some(name) => Some(settings.target(name)?.clone()),
                None => connection
                    .is_given()
                    .then(|| settings.defaults().with_connection(connection.keywords())),
            };
            let shown = Shown {
                catalog: &catalog,
                settings: &settings,
                options: &connection.keywords(),
                environment: &Environment::of_process(),
            };
            let rows = if let Some(target) = &target {
                shown.target(target, &selection.checks(&catalog)?)?
            } else {
                let text = global.sources().settings_text()?;
                let paths = catalog::configured(text.as_ref(), &global.checks)?;
                shown.overview(&paths, &global.checks)
            };
            show::write(&rows, screen.out)?;
            Ok(0)
        }
    }
}
