//! Reads the files of an import. The bytes that are parsed are those whose signature was verified.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::Context;

use super::Import;
use crate::percona;
use crate::percona::advice::{Advice, Foreign};
use crate::percona::draft::hash;
use crate::signature;
use crate::text::mistake::Mistake;

/// The content of all files.
#[derive(Default)]
pub(super) struct Read {
    pub(super) checks: Vec<Advice>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) complaints: Vec<Mistake>,
}

/// Reads all files, and collects the mistakes of all of them.
///
/// With --key, a file without a valid signature is not parsed.
pub(super) fn read(command: &Import) -> anyhow::Result<Read> {
    let mut all = Read::default();
    for path in &command.files {
        let bytes = bytes(path)?;
        if !command.key.is_empty() {
            signature::verify_file(path, &bytes, &command.signature, &command.key)?;
        }
        let file = path.display().to_string();
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let message = "is not UTF-8".to_owned();
            all.complaints.push(Mistake { file, line: 0, key: String::new(), message });
            continue;
        };
        let mut reading = percona::read(&file, text);
        let sha256 = hash(&bytes);
        for advice in &mut reading.checks {
            advice.sha256.clone_from(&sha256);
        }
        all.checks.append(&mut reading.checks);
        all.foreign.append(&mut reading.foreign);
        all.complaints.append(&mut reading.complaints);
    }
    Ok(all)
}

/// The bytes of a file, or one more than the limit: a device may have no end.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.is_dir() {
        let (path, files) = (path.display(), path.join("*.yml"));
        anyhow::bail!("{path} is a folder; give the files in it, as in {}", files.display());
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(percona::LONGEST as u64 + 1).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}
