//! Reads the check folders of a path that a user gave: a folder, a signed folder or an archive.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::advisories::{Advisories, FILE as LIST};
use super::check::Check;
use super::error::CatalogError;
use super::folder::{Folder, FolderResult, NO_CHECK, is_file_of_check};
use super::owner_set::{FOLDER, OwnerFile, OwnerFiles};
use super::validate;
use crate::signature::bundle::{Bundle, NamedBytes};
use crate::signature::key::TrustedKey;
use crate::signature::policy::SignaturePolicy;
use crate::signature::{self, Opened};

pub use super::folder::is_owners;

/// Check folders, read once; where they are signed, the signature was verified.
#[derive(Debug)]
pub struct CheckFolders {
    pub(super) folders: Vec<Folder>,
    /// The owner sets beside them.
    pub(super) owners: Arc<[OwnerFile]>,
    /// Why other folders and owner sets could not be read.
    pub(super) unreadable: Vec<CatalogError>,
    /// The list of versions beside them.
    pub(super) advisories: Option<Advisories>,
    /// The key whose signature was verified; absent where no signature was verified.
    pub signed_by: Option<TrustedKey>,
}

/// Reads a folder or an archive; a signature is verified before anything is parsed.
pub fn read(path: &Path, policy: &SignaturePolicy) -> Result<CheckFolders, CatalogError> {
    if let Some(read) = read_whole(path, policy)? {
        return Ok(read);
    }
    let advisories = Advisories::in_folder(path)?;
    Ok(CheckFolders { advisories, ..CheckFolders::new(Folder::read_all(path)?, None) })
}

/// Reads an archive or a signed folder with the cases of its checks. Returns `None` for a folder without a signature
/// to verify, and reads no file of it.
pub fn read_whole(
    path: &Path,
    policy: &SignaturePolicy,
) -> Result<Option<CheckFolders>, CatalogError> {
    let Some(Opened { bundle, signed_by }) = signature::open(path, policy)? else {
        return Ok(None);
    };
    let name = path
        .is_dir()
        .then(|| path.canonicalize().ok())
        .flatten()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let advisories = advisories(&bundle)?;
    let folders = folders(&bundle, name.as_deref())?;
    Ok(Some(CheckFolders { advisories, ..CheckFolders::new(folders, signed_by) }))
}

impl CheckFolders {
    fn new(
        (read, owners): (Vec<FolderResult>, OwnerFiles),
        signed_by: Option<TrustedKey>,
    ) -> CheckFolders {
        let OwnerFiles { files: owners, mut unreadable } = owners;
        let mut folders = Vec::new();
        for folder in read {
            match folder {
                Ok(folder) => folders.push(folder),
                Err(error) => unreadable.push(error),
            }
        }
        CheckFolders { folders, owners, unreadable, signed_by, advisories: None }
    }

    /// For each folder: its name, its check or the error, and the files of its cases.
    pub fn checks(
        &self,
    ) -> impl Iterator<Item = (&str, Result<Check, CatalogError>, &[NamedBytes])> {
        self.folders
            .iter()
            .map(|folder| (folder.name.as_ref(), validate::check(folder), folder.cases.as_slice()))
    }
}

/// The check folders in a bundle: the bundle itself if it is a check folder with a name, or each folder in it.
fn folders(
    bundle: &Bundle,
    name: Option<&str>,
) -> Result<(Vec<FolderResult>, OwnerFiles), CatalogError> {
    if let (true, Some(name)) = (bundle.has("check.toml"), name) {
        let folder = folder(bundle, name, "", &Arc::default());
        return Ok((vec![folder], OwnerFiles::default()));
    }
    let root = root(bundle);
    let inside =
        |name: &str| name.strip_prefix(&root)?.split_once('/').map(|(first, _)| first.to_owned());
    let mut names: Vec<String> = bundle.files().filter_map(|(name, _)| inside(name)).collect();
    names.dedup();
    let has_owners = !bundle.has(&format!("{root}{FOLDER}/check.toml"));
    names.retain(|name| !(name.starts_with('.') || has_owners && name == FOLDER));
    if names.is_empty() && !bundle.has(&format!("{root}{LIST}")) {
        return Err(CatalogError::file(bundle.place(), NO_CHECK));
    }
    let owners = if has_owners {
        owner_files(bundle, &format!("{root}{FOLDER}/"))
    } else {
        OwnerFiles::default()
    };
    let folders =
        names.iter().map(|name| folder(bundle, name, &format!("{root}{name}/"), &owners.files));
    Ok((folders.collect(), owners))
}

/// The list of versions of a bundle.
fn advisories(bundle: &Bundle) -> Result<Option<Advisories>, CatalogError> {
    let path = format!("{}{LIST}", root(bundle));
    let Some((_, bytes)) = bundle.files().find(|(name, _)| *name == path) else { return Ok(None) };
    let place = format!("{}/{path}", bundle.place());
    let list = Advisories::parse(&text(bytes, &place)?, None);
    list.map(Some).map_err(|problem| CatalogError::file(place, problem))
}

/// The owner sets of a bundle.
fn owner_files(bundle: &Bundle, prefix: &str) -> OwnerFiles {
    let read = bundle.files().filter_map(|(path, bytes)| {
        let file = path.strip_prefix(prefix)?;
        let place = format!("{}/{path}", bundle.place());
        let is_owner = !file.contains('/') && is_file_of_check(file);
        is_owner.then(|| OwnerFile::new(file, place.clone(), text(bytes, &place)))
    });
    read.collect()
}

fn text(bytes: &[u8], place: &str) -> Result<String, CatalogError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CatalogError::file(place, "is not UTF-8"))
}

/// The folder that contains the check folders: the top, or the only folder in it if that is not a check.
fn root(bundle: &Bundle) -> String {
    let first = |name: &'_ str| name.split_once('/').map(|(first, _)| first.to_owned());
    let mut firsts: Vec<Option<String>> = bundle.files().map(|(name, _)| first(name)).collect();
    firsts.dedup();
    match firsts.as_slice() {
        [Some(only)] if !bundle.has(&format!("{only}/check.toml")) => format!("{only}/"),
        _ => String::new(),
    }
}

/// The files directly in a folder and those of its cases; other sub-folders are ignored.
fn folder(
    bundle: &Bundle,
    name: &str,
    prefix: &str,
    owners: &Arc<[OwnerFile]>,
) -> Result<Folder, CatalogError> {
    let place = format!("{}/{prefix}", bundle.place());
    let place = place.trim_end_matches('/').to_owned();
    let (mut files, mut cases) = (Vec::new(), Vec::new());
    for (path, bytes) in bundle.files() {
        let Some(file) = path.strip_prefix(prefix) else { continue };
        match file.strip_prefix("cases/") {
            Some(case) if !case.contains('/') => cases.push((case.to_owned(), bytes.to_vec())),
            None if !file.contains('/') && is_file_of_check(file) => {
                let text = text(bytes, &format!("{place}/{file}"))?;
                files.push((Cow::Owned(file.to_owned()), Cow::Owned(text)));
            }
            _ => {}
        }
    }
    Ok(Folder {
        name: name.to_owned().into(),
        place: place.into(),
        shipped: false,
        files,
        cases,
        owners: Arc::clone(owners),
    })
}
