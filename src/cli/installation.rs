//! The options of the commands that write or verify an installation.

use super::exit::USAGE;
use super::options::GlobalOptions;
use crate::admin::change_text::Printing;
use crate::catalog::server_version::ServerVersion;
use crate::install::InstallOptions;

// The names of posemo's schema and of the monitor role.
#[derive(Debug, clap::Args)]
pub(super) struct InstallationNames {
    /// Use this schema in each database
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) schema: String,
    /// Use this login role, which may call the functions
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) monitor_role: String,
}

// The script of an installation or a removal: its names, and whether it is only printed.
#[derive(Debug, clap::Args)]
pub(super) struct ScriptOptions {
    /// Print the whole script for psql without connecting
    #[arg(long, requires = "server_version", conflicts_with = "dry_run")]
    pub(super) print: bool,
    /// Print the script for this server version, such as 15.18
    #[arg(long, value_name = "X.Y", requires = "print")]
    pub(super) server_version: Option<ServerVersion>,
    /// Connect and print the changes, but make none
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Exit with 1 if --dry-run found a change, with 0 if not, and with 2 after an error
    #[arg(long, requires = "dry_run")]
    pub(super) exit_code: bool,
    /// Use this home database
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) home: String,
    #[command(flatten)]
    pub(super) names: InstallationNames,
}

impl InstallationNames {
    /// The options of an installation with these names.
    pub(super) fn options(&self) -> InstallOptions {
        InstallOptions {
            schema: self.schema.clone(),
            monitor: self.monitor_role.clone(),
            ..InstallOptions::default()
        }
    }
}

impl ScriptOptions {
    /// The options of an installation in the home database and in `databases`.
    pub(super) fn options(&self, databases: Vec<String>) -> InstallOptions {
        InstallOptions { home: self.home.clone(), databases, ..self.names.options() }
    }

    /// How much of the changes to print.
    pub(super) fn printing(&self, global: &GlobalOptions) -> Printing {
        Printing { quiet: global.quiet, verbose: global.verbose > 0, dry_run: self.dry_run }
    }

    /// The exit code of a command that found changes, and did everything that it should do or not.
    pub(super) fn code(&self, changes: usize, complete: bool) -> u8 {
        match (complete, self.exit_code) {
            (true, false) => 0,
            (true, true) => u8::from(changes > 0),
            (false, false) => 1,
            (false, true) => USAGE,
        }
    }
}
