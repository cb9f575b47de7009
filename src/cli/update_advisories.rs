//! `posemo update-advisories`: writes a newer list of PostgreSQL's versions.

use std::path::PathBuf;

use super::screen::Screen;
use crate::catalog::advisories::Advisories;

// Arguments of `update-advisories`.
#[derive(Debug, clap::Args)]
pub(super) struct UpdateAdvisoriesCommand {
    /// Read this file: <https://www.postgresql.org/versions.json>, or a list in posemo's form
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the list into this folder of checks
    #[arg(long, value_name = "DIR", default_value = "/etc/posemo/checks")]
    into: PathBuf,
}

pub(super) fn update(
    command: &UpdateAdvisoriesCommand,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let now = jiff::Timestamp::now();
    writeln!(screen.out, "{}", Advisories::update(&command.file, &command.into, now)?)?;
    Ok(0)
}
