//! `posemo import`: makes check folders of Percona's advisor checks.
//!
//! It asks a server to describe the queries, and runs none of them.

use std::path::PathBuf;

use super::connection::ConnectionOptions;
use super::options::GlobalOptions;
use super::reporting::block_on;
use super::screen::Screen;
use crate::admin::describe::{self, DescribingServer, Drafts};
use crate::admin::import_text::ImportText;
use crate::database::parameters::Environment;
use crate::percona::{duplicates, files, folders};
use crate::signature::key::TrustedKey;
use crate::text::number::counted;
use crate::text::visible::visible;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportCommand {
    /// Read advisor checks from these YAML files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write a folder for each check into this folder; create it if it does not exist
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Require a valid minisign signature of each FILE, in one of these files
    #[arg(long, value_name = "FILE", requires = "key")]
    signature: Vec<PathBuf>,
    /// Accept signatures by this minisign public key; repeatable
    #[arg(long, value_name = "KEY", requires = "signature")]
    key: Vec<TrustedKey>,
    /// Describe the queries on a temporary server, started with the programs in this directory
    #[arg(long, value_name = "DIR", conflicts_with_all = ["host", "port", "username", "dbname"])]
    bindir: Option<PathBuf>,
    #[command(flatten)]
    connection: ConnectionOptions,
}

pub(super) fn import(
    command: &ImportCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let mut read = files::read(&command.files, &command.signature, &command.key)?;
    let catalog = global.sources().catalog()?;
    duplicates::leave_out_known(&mut read, &catalog);
    let mut mistakes = read.mistakes;
    mistakes.extend(duplicates::find(&read.checks, &command.into, &catalog)?);
    if !mistakes.is_empty() {
        for mistake in &mistakes {
            writeln!(screen.err, "{}", visible(&mistake.to_string()))?;
        }
        anyhow::bail!("{}; nothing was written", counted(mistakes.len(), "mistake"));
    }
    let mut drafts = Drafts::default();
    if !read.checks.is_empty() {
        let options = command.connection.is_given().then(|| command.connection.keywords());
        let (bindir, environment) = (command.bindir.clone(), Environment::of_process());
        let server = DescribingServer::of(options.as_deref(), bindir, &environment)?;
        drafts = block_on(describe::draft(&server, &read.checks, &command.into))??;
        let written = drafts.imported.iter().map(|imported| &imported.draft);
        folders::write_all(&command.into, written)?;
    }
    let text = ImportText {
        into: &command.into,
        drafts: &drafts,
        ignored: &read.ignored,
        quiet: global.quiet,
        verbose: global.verbose > 0,
    };
    text.write(screen.out, screen.err)?;
    Ok(u8::from(!drafts.refused.is_empty()))
}
