//! `posemo init`: writes the first settings for servers, and reports what it found.

use std::path::PathBuf;

use anyhow::Context;
use futures_util::future::join_all;

use super::reporting::block_on;
use super::screen::Screen;
use crate::admin::first_settings::{self, NamedServer, SurveyedServer};
use crate::database::parameters::Environment;
use crate::files;

// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub(super) struct InitCommand {
    /// Write a section for each of these servers: HOST, HOST:PORT or a socket directory
    #[arg(value_name = "HOST", required = true)]
    hosts: Vec<String>,
    /// Connect as this role, which will install [default: that of psql]
    #[arg(short = 'U', long, value_name = "NAME")]
    username: Option<String>,
    /// Write this file, which must not exist
    #[arg(short, long, value_name = "FILE", default_value = "posemo.toml")]
    file: PathBuf,
}

pub(super) fn init(command: &InitCommand, screen: &mut Screen<'_>) -> anyhow::Result<u8> {
    let (path, role) = (command.file.display().to_string(), command.username.as_deref());
    let hosts = NamedServer::parse_all(&command.hosts).map_err(anyhow::Error::msg)?;
    // An existing file is found before the servers are asked, and the new one is there only when it is complete.
    if command.file.symlink_metadata().is_ok() {
        anyhow::bail!("{path} exists; name another file with --file");
    }
    let environment = Environment::of_process();
    let surveys = hosts.into_iter().map(|host| SurveyedServer::survey(host, role, &environment));
    let servers = block_on(join_all(surveys))?;
    let text = first_settings::settings(&servers);
    files::write(&command.file, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {path}"))?;
    first_settings::write(&servers, &path, role, screen.out)?;
    Ok(0)
}
