//! Reads a signed folder: the list of hashes and its signature first, then every file below, each once.
//!
//! It follows no symbolic link.

use std::fs;
use std::path::{Path, PathBuf};

use super::bundle::{self, Bundle};
use super::error::SealError;
use super::key::Key;
use super::sums::{Sums, UNLISTED};
use super::{SUMS, Trust, reading, signature_of};

/// The list has a line for each file, and each line a name.
const LARGEST_LIST: u64 = 4 * 1024 * 1024;

/// The files of a folder, exactly those that were signed, and the key.
pub(super) fn read(path: &Path, trust: &Trust) -> Result<(Bundle, Key), SealError> {
    let list = path.join(SUMS);
    let bytes = reading::plain_file(&list, LARGEST_LIST)?;
    let key = trust.verify(&list, &bytes, &signature_of(&list))?;
    let sums = Sums::read(&list.display().to_string(), &bytes)?;
    let place = path.display().to_string();
    let mut bundle = Bundle::new(place.trim_end_matches('/').to_owned());
    // All names are looked at before any other file is opened.
    let names = names(path, &mut bundle)?;
    let refuse = |file: &str, fault| SealError::File {
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
        return Err(refuse(missing, "is missing, and was there when it was signed"));
    }
    for name in names {
        let bytes = reading::plain_file(&path.join(&name), bundle::LARGEST_FILE)?;
        sums.judge(&name, &bytes).map_err(|fault| refuse(&name, fault))?;
        bundle.add(name, bytes)?;
    }
    Ok((bundle, key))
}

/// The names of all files below a folder but the two of the seal, sorted; what is no file and no folder is refused.
fn names(root: &Path, bundle: &mut Bundle) -> Result<Vec<String>, SealError> {
    let mut names = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let error = |path: &Path, source| SealError::Read { path: path.to_owned(), source };
        for entry in fs::read_dir(&folder).map_err(|source| error(&folder, source))? {
            let entry = entry.map_err(|source| error(&folder, source))?;
            bundle.count()?;
            let path: PathBuf = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_name().to_str().is_none() {
                return Err(bundle.refuse(&name, "has a name that is no UTF-8 text"));
            }
            bundle::name(&name).map_err(|problem| bundle.refuse(&name, problem))?;
            let kind = entry.file_type().map_err(|source| error(&path, source))?;
            if kind.is_dir() {
                folders.push((path, format!("{name}/")));
            } else if !kind.is_file() {
                let what = if kind.is_symlink() { "a symbolic link" } else { "no regular file" };
                return Err(
                    bundle.refuse(&name, format!("is {what}; only regular files can be signed"))
                );
            } else if !(prefix.is_empty() && bundle::is_seal(&name)) {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}
