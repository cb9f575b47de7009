//! `posemo history`: prepares a PostgreSQL server for the history of `posemo serve`.

use std::path::PathBuf;

use super::connection::ConnectionOptions;
use super::reporting::block_on;
use super::screen::Screen;
use crate::history::server::copy::copy;
use crate::history::server::install::HistoryInstallation;

// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum HistoryCommand {
    /// Create the schema, its tables and their role, or upgrade them, as superuser
    Install {
        /// Print the script for psql without connecting
        #[arg(long)]
        print: bool,
        #[command(flatten)]
        connection: ConnectionOptions,
    },
    /// Copy a history from a file into the empty tables on a server
    Copy {
        /// Copy this file, such as /var/lib/posemo/history.db
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        #[command(flatten)]
        connection: ConnectionOptions,
    },
}

pub(super) fn history(command: &HistoryCommand, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let text = match command {
        HistoryCommand::Install { print: true, .. } => HistoryInstallation::script(),
        HistoryCommand::Install { connection, .. } => {
            block_on(HistoryInstallation::run(&connection.keywords()))??.text()
        }
        HistoryCommand::Copy { from, connection } => copy(from, &connection.keywords())?,
    };
    screen.out.write_all(text.as_bytes())?;
    Ok(0)
}
