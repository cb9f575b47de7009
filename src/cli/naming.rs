//! What posemo's things on a server are called, and how a script for it is looked at before it is applied.
//!
//! The options are said here once for all commands that take them; what they mean, each command knows.

use crate::catalog::server_version::ServerVersion;
use crate::install::InstallOptions;

/// What posemo's schema and role are called.
#[derive(Debug, clap::Args)]
pub(super) struct Names {
    /// posemo's schema in each database
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) schema: String,
    /// The login role that may call the functions
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) monitor_role: String,
}

/// The script of an installation or a removal: for which names, and whether it is only to be shown.
#[derive(Debug, clap::Args)]
pub(super) struct Scripted {
    /// Print the whole script for psql, and ask no server
    #[arg(long, requires = "server_version", conflicts_with = "dry_run")]
    pub(super) print: bool,
    /// The server version to print the script for, such as 15.18
    #[arg(long, value_name = "X.Y", requires = "print")]
    pub(super) server_version: Option<ServerVersion>,
    /// Connect, show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The home database
    #[arg(long, value_name = "NAME", default_value = "posemo")]
    pub(super) home: String,
    #[command(flatten)]
    pub(super) names: Names,
}

impl Names {
    /// Options of an installation with these names, all others as they are by default.
    pub(super) fn options(&self) -> InstallOptions {
        InstallOptions {
            schema: self.schema.clone(),
            monitor: self.monitor_role.clone(),
            ..InstallOptions::default()
        }
    }
}

impl Scripted {
    /// Options for the script, all that is not said here as it is by default.
    pub(super) fn options(&self, databases: Vec<String>) -> InstallOptions {
        InstallOptions { home: self.home.clone(), databases, ..self.names.options() }
    }
}
