//! Reads a signed folder: the list of hashes and its signature first, then every file below, each once.
//!
//! It follows no symbolic link.

use std::fs;
use std::path::{Path, PathBuf};

use super::bundle::{self, Bundle};
use super::error::SignatureError;
use super::files::{self, SUMS, is_signature_file, signature_of};
use super::key::TrustedKey;
use super::policy::{SignaturePolicy, verify_file};
use super::sums::{HashList, UNLISTED};

/// Bytes. The list has one line for each file.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;

/// The signature of the list of hashes in a folder.
pub(super) fn signature_in(folder: &Path) -> PathBuf {
    signature_of(&folder.join(SUMS))
}

/// Reads exactly the signed files, and the key that signed them.
pub(super) fn read(
    path: &Path,
    policy: &SignaturePolicy,
) -> Result<(Bundle, TrustedKey), SignatureError> {
    let list = path.join(SUMS);
    let bytes = files::read_no_link(&list, LARGEST_LIST)?;
    let key = verify_file(&list, &bytes, &[signature_of(&list)], &policy.keys)?;
    let sums = HashList::read(&list.display().to_string(), &bytes)?;
    let place = path.display().to_string();
    let mut bundle = Bundle::new(place.trim_end_matches('/').to_owned());
    // All names are checked before any other file is opened.
    let names = names(path, &mut bundle)?;
    let refuse = |file: &str, fault| SignatureError::File {
        place: path.display().to_string(),
        file: file.to_owned(),
        fault,
    };
    if let Some(extra) = names.iter().find(|name| !sums.lists(name)) {
        return Err(refuse(extra, UNLISTED));
    }
    if let Some(missing) =
        sums.names().find(|name| names.binary_search_by(|known| known.as_str().cmp(name)).is_err())
    {
        return Err(refuse(missing, "is missing, and existed when the folder was signed"));
    }
    for name in names {
        let bytes = files::read_no_link(&path.join(&name), bundle::LARGEST_FILE)?;
        sums.verify(&name, &bytes).map_err(|fault| refuse(&name, fault))?;
        bundle.add(name, bytes)?;
    }
    Ok((bundle, key))
}

/// The names of all files below a folder, sorted, without the list of hashes and its signature. Other entries
/// than files and folders are refused.
fn names(root: &Path, bundle: &mut Bundle) -> Result<Vec<String>, SignatureError> {
    let mut names = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let error = |path: &Path, source| SignatureError::Read { path: path.to_owned(), source };
        for entry in fs::read_dir(&folder).map_err(|source| error(&folder, source))? {
            let entry = entry.map_err(|source| error(&folder, source))?;
            bundle.count()?;
            let path: PathBuf = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_name().to_str().is_none() {
                return Err(bundle.refuse(&name, "has a name that is not UTF-8"));
            }
            bundle::check_name(&name).map_err(|problem| bundle.refuse(&name, problem))?;
            let kind = entry.file_type().map_err(|source| error(&path, source))?;
            if kind.is_dir() {
                folders.push((path, format!("{name}/")));
            } else if !kind.is_file() {
                let what = if kind.is_symlink() { "a symbolic link" } else { "not a regular file" };
                return Err(
                    bundle.refuse(&name, format!("is {what}; only regular files can be signed"))
                );
            } else if !(prefix.is_empty() && is_signature_file(&name)) {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}
