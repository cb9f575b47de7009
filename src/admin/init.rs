//! The work of `posemo init`: surveys servers, writes the first settings, and reports what was found.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use super::first_settings::{self, NamedServer, SurveyedServer};
use crate::database::parameters::Environment;
use crate::files;

/// Why no settings were written, or their report was not printed.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A server is not named in a form that is known.
    #[error("{0}")]
    Server(String),
    /// The file exists.
    #[error("{} exists; name another file with --file", .0.display())]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("cannot write {}", .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
    /// The report cannot be printed.
    #[error("cannot print the report")]
    Output(#[from] io::Error),
}

/// Writes the settings for servers into a file that does not exist.
pub async fn init(
    hosts: &[String],
    role: Option<&str>,
    file: &Path,
    out: &mut dyn Write,
) -> Result<(), InitError> {
    let environment = Environment::of_process();
    let hosts = NamedServer::parse_all(hosts, &environment).map_err(InitError::Server)?;
    // An existing file is found before the servers are asked, and the new one is there only when it is complete.
    if files::exists(file) {
        return Err(InitError::Exists(file.to_owned()));
    }
    let surveys = hosts.into_iter().map(|host| SurveyedServer::survey(host, role, &environment));
    let servers = join_all(surveys).await;
    let text = first_settings::settings(&servers);
    files::write(file, |out| out.write_all(text.as_bytes()))
        .map_err(|error| InitError::Unwritable(file.to_owned(), error))?;
    Ok(first_settings::write(&servers, &file.display().to_string(), role, out)?)
}
