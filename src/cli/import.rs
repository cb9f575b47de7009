//! `posemo import`: makes check folders of Percona's advisor checks and of queries of other monitoring programs.
//!
//! It asks a server to describe the queries, and runs none of them.

use std::path::PathBuf;

use super::connection::ConnectionOptions;
use super::options::GlobalOptions;
use super::reporting::block_on;
use super::screen::Screen;
use crate::admin::import::{self, ImportError, ImportRequest};
use crate::admin::import_text::ImportText;
use crate::imports::format::ForeignFormat;
use crate::signature::key::TrustedKey;
use crate::text::visible::visible;

// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct ImportCommand {
    /// Read queries from these files, and from the files in these folders
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write a folder for each check into this folder; create it if it does not exist
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Read the files in this format, such as pgwatch [default: determined by their content]
    #[arg(long, value_name = "FORMAT")]
    format: Option<ForeignFormat>,
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
    let catalog = global.sources().catalog()?;
    let request = ImportRequest {
        files: command.files.clone(),
        into: command.into.clone(),
        format: command.format,
        signatures: command.signature.clone(),
        keys: command.key.clone(),
        options: command.connection.is_given().then(|| command.connection.keywords()),
        bindir: command.bindir.clone(),
    };
    let result = block_on(import::import(&request, &catalog))?;
    if let Err(ImportError::Mistakes(mistakes)) = &result {
        for mistake in mistakes {
            writeln!(screen.err, "{}", visible(&mistake.to_string()))?;
        }
    }
    let result = result?;
    let (quiet, verbose) = (global.quiet, global.verbose > 0);
    let text = ImportText { into: &command.into, result: &result, quiet, verbose };
    text.write(screen.out, screen.err)?;
    Ok(u8::from(result.has_refusals()))
}
