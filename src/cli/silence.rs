//! `posemo silence`: lists, adds and ends silences of an Alertmanager or of a `posemo serve`.
//!
//! It does not acknowledge problems in other receivers; they have commands for this.

use std::path::PathBuf;
use std::time::Duration;

use super::completion;
use super::options::GlobalOptions;
use super::screen::Screen;
use crate::deliver::silencing::{SilencePlace, SilenceRequest, SilenceServer};
use crate::text::interval;

// Arguments of `silence`.
#[derive(Debug, clap::Args)]
pub(super) struct SilenceCommand {
    #[command(subcommand)]
    action: SilenceAction,
    /// Use this receiver of the settings; required if several receivers are Alertmanagers
    #[arg(long, value_name = "NAME", global = true, add = completion::receivers())]
    receiver: Option<String>,
    /// Use the silences of the posemo serve at this URL; `unix:` and a path name its socket
    #[arg(long, value_name = "URL", global = true, conflicts_with = "receiver")]
    server: Option<String>,
    /// Read the token for the server from the first line of this file
    #[arg(long, value_name = "FILE", global = true, requires = "server")]
    token_file: Option<PathBuf>,
    /// Accept certificates of the server that are signed by one in this file [default: those of the system]
    #[arg(long, value_name = "FILE", global = true, requires = "server")]
    sslrootcert: Option<PathBuf>,
    /// Set the author [default: the current user, or the user of the token]
    #[arg(long, value_name = "NAME", global = true)]
    by: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum SilenceAction {
    /// Print the active silences, sorted by their end
    List,
    /// Add a silence for alerts that match all given options
    Add(AddSilence),
    /// End a silence
    End {
        /// End the silence with this id; `list` prints the ids
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct AddSilence {
    /// Match alerts of this check
    #[arg(long, value_name = "NAME", add = completion::checks())]
    check: Option<String>,
    /// Match alerts about this target
    #[arg(long, value_name = "NAME", add = completion::targets())]
    target: Option<String>,
    /// Match alerts about this database
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Match alerts about this object, named as in the alerts
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// Match problems of the targets of this group; needs --server
    #[arg(long, value_name = "NAME", add = completion::targets_and_groups())]
    group: Option<String>,
    /// Match the finding with this id; needs --server
    #[arg(long, value_name = "ID")]
    finding: Option<String>,
    /// End the silence after this time, such as 30m, 2h or 7d
    #[arg(long = "for", value_name = "TIME", value_parser = interval::parse)]
    span: Duration,
    /// Set the comment
    #[arg(long, value_name = "TEXT", default_value = "added by posemo silence")]
    comment: String,
}

pub(super) fn silence(
    command: &SilenceCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let SilenceCommand { action, receiver, server, token_file, sslrootcert, by } = command;
    let (catalog, settings) = global.sources().all()?;
    let has_own_checks = server.is_some();
    let (token_file, root_file) = (token_file.clone(), sslrootcert.clone());
    let server = server.clone().map(|url| SilenceServer { url, token_file, root_file });
    let place = SilencePlace::choose(server, receiver.as_deref(), &settings)?;
    match action {
        SilenceAction::List => place.list(screen.out)?,
        SilenceAction::Add(add) => {
            let check = add.check.as_ref().map(|name| match catalog.get(name) {
                Ok(check) => Ok(check.name),
                Err(_) if has_own_checks => Ok(name.clone()),
                Err(error) => Err(error),
            });
            let request = SilenceRequest {
                check: check.transpose()?,
                target: add.target.clone(),
                database: add.database.clone(),
                object: add.object.clone(),
                group: add.group.clone(),
                finding: add.finding.clone(),
                span: add.span,
                comment: add.comment.clone(),
            };
            place.add(&request, by.clone(), screen.out)?;
        }
        SilenceAction::End { id } => place.end(id, by.clone(), screen.out)?,
    }
    Ok(0)
}
