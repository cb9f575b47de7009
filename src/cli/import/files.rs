//! Reads the files of an import.
//!
//! It reads each file once, so that it parses the bytes whose signature it verified.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::percona;
use crate::percona::advisor_check::AdvisorFile;
use crate::percona::draft::hash;
use crate::signature;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;

/// Reads all files. With keys, a file without a valid signature is not parsed.
pub(super) fn read(
    files: &[PathBuf],
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> anyhow::Result<AdvisorFile> {
    let mut all = AdvisorFile::default();
    for path in files {
        let bytes = bytes(path)?;
        if !keys.is_empty() {
            signature::verify_file(path, &bytes, signatures, keys)?;
        }
        let file = path.display().to_string();
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let message = "is not UTF-8".to_owned();
            all.mistakes.push(Mistake { file, line: 0, key: String::new(), message });
            continue;
        };
        let mut content = percona::read(&file, text);
        let sha256 = hash(&bytes);
        for check in &mut content.checks {
            check.sha256.clone_from(&sha256);
        }
        all.checks.append(&mut content.checks);
        all.ignored.append(&mut content.ignored);
        all.mistakes.append(&mut content.mistakes);
    }
    Ok(all)
}

/// The bytes of a file, at most one more than the limit: a device may not end.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.is_dir() {
        let (path, files) = (path.display(), path.join("*.yml"));
        anyhow::bail!("{path} is a folder; name the files in it, as in {}", files.display());
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(percona::LONGEST_FILE as u64 + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}
