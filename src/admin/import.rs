//! The work of `posemo import`: reads files, has a server describe their queries, and writes check folders.

use std::path::PathBuf;

use super::describe::{self, DescribingServer, Drafts};
use super::error::AdminError;
use super::foreign::{self, ForeignDrafts};
use crate::catalog::Catalog;
use crate::database::parameters::Environment;
use crate::imports::format::ForeignFormat;
use crate::imports::input;
use crate::imports::input_error::InputError;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::duplicates::{self, DuplicatesError};
use crate::percona::files;
use crate::percona::folders::{self, CheckFolder, FolderError};
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;

/// What to import.
#[derive(Debug)]
pub struct ImportRequest {
    /// Files and folders.
    pub files: Vec<PathBuf>,
    /// The folder for the checks.
    pub into: PathBuf,
    /// The format; determined by the content if absent.
    pub format: Option<ForeignFormat>,
    /// Signatures of the files.
    pub signatures: Vec<PathBuf>,
    /// Keys by which the files must be signed.
    pub keys: Vec<TrustedKey>,
    /// The connection options of a running server.
    pub options: Option<Vec<(String, String)>>,
    /// The directory of the programs of a temporary server.
    pub bindir: Option<PathBuf>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Names cannot be compared.
    #[error(transparent)]
    Duplicates(#[from] DuplicatesError),
    /// The server cannot describe queries.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The folders cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Files of advisor checks have mistakes.
    #[error("{}; nothing was written", crate::text::number::counted(.0.len(), "mistake"))]
    Mistakes(Vec<Mistake>),
}

/// What was imported.
#[derive(Debug, Default)]
pub struct ImportResult {
    /// Percona's advisor checks.
    pub drafts: Drafts,
    /// Queries of other programs.
    pub foreign: ForeignDrafts,
    /// Parts that are valid but not imported.
    pub ignored: Vec<IgnoredPart>,
}

impl ImportResult {
    /// Whether a check or query was refused.
    pub fn has_refusals(&self) -> bool {
        !self.drafts.refused.is_empty() || !self.foreign.refused.is_empty()
    }
}

/// Imports files.
pub async fn import(
    request: &ImportRequest,
    catalog: &Catalog,
) -> Result<ImportResult, ImportError> {
    let ImportRequest { files: paths, into, signatures, keys, .. } = request;
    let input = input::read(paths, request.format, signatures, keys)?;
    let mut read = files::parse(&input.advisors);
    duplicates::leave_out_known(&mut read, catalog);
    let mut mistakes = read.mistakes;
    mistakes.extend(duplicates::find(&read.checks, into, catalog)?);
    if !mistakes.is_empty() {
        return Err(ImportError::Mistakes(mistakes));
    }
    let mut result = ImportResult { ignored: read.ignored, ..ImportResult::default() };
    result.ignored.extend(input.foreign.ignored);
    let environment = Environment::of_process();
    let server =
        || DescribingServer::of(request.options.as_deref(), request.bindir.clone(), &environment);
    if !read.checks.is_empty() {
        result.drafts = describe::draft(&server()?, &read.checks, into).await?;
    }
    let queries = &input.foreign.queries;
    if !queries.is_empty() {
        let advisors = result.drafts.imported.iter().map(|one| one.draft.folder());
        // A former name is one of the check that has it.
        let former: Vec<String> =
            catalog.checks().unwrap_or_default().into_iter().flat_map(|check| check.was).collect();
        let former = former.iter().map(String::as_str);
        let names: Vec<&str> = catalog.names().chain(former).chain(advisors).collect();
        result.foreign = foreign::drafts(&server()?, queries, into, &names).await?;
    }
    result.foreign.refused.extend(input.foreign.refused);
    result
        .foreign
        .refused
        .sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    let advisors = result.drafts.imported.iter().map(|one| &one.draft as &dyn CheckFolder);
    let foreign = result.foreign.imported.iter().map(|draft| draft as &dyn CheckFolder);
    folders::write_all(into, advisors.chain(foreign))?;
    Ok(result)
}
