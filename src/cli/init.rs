//! `posemo init`: writes the first settings for servers, and reports what it found.

use std::path::PathBuf;

use super::reporting::block_on;
use super::screen::Screen;
use crate::admin::init;

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
    let role = command.username.as_deref();
    block_on(init::init(&command.hosts, role, &command.file, screen.out))??;
    Ok(0)
}
