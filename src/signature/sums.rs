//! Reads a list of hashes as `sha256sum` writes it.
//!
//! Its other formats are refused: escaped names, and the output of `--tag`.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::bundle;
use super::error::SignatureError;
use crate::text::visible::visible;

/// The hashes, by the names of the files.
#[derive(Debug)]
pub struct HashList(BTreeMap<String, String>);

impl HashList {
    /// Reads a list. `file` is its name in messages.
    pub fn read(file: &str, bytes: &[u8]) -> Result<HashList, SignatureError> {
        let refuse = |line: usize, problem: String| SignatureError::Sums {
            file: file.to_owned(),
            line: line + 1,
            problem,
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|_| refuse(0, "the list is not UTF-8".to_owned()))?;
        let mut sums = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let (name, hash) = entry(line).map_err(|problem| refuse(number, problem))?;
            if sums.insert(name.to_owned(), hash.to_owned()).is_some() {
                return Err(refuse(number, format!("{name} is listed twice")));
            }
        }
        if sums.is_empty() {
            return Err(refuse(0, "the list is empty".to_owned()));
        }
        Ok(HashList(sums))
    }

    /// Compares the content of a file with its hash.
    pub fn verify(&self, name: &str, bytes: &[u8]) -> Result<(), &'static str> {
        match self.0.get(name) {
            Some(hash) if *hash == hex(bytes) => Ok(()),
            Some(_) => Err("was altered after it was signed"),
            None => Err(UNLISTED),
        }
    }

    /// Whether a file is listed.
    pub(super) fn lists(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names that are listed.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The fault of a file that is not in the list.
pub(super) const UNLISTED: &str = "did not exist when the folder was signed";

/// Name and hash of a line: 64 digits, a blank, a blank (text) or a star (binary), the name.
fn entry(line: &str) -> Result<(&str, &str), String> {
    if line.starts_with('\\') {
        return Err("the name is escaped, so it contains a line break or a backslash".to_owned());
    }
    let form =
        || "a line must have 64 lower-case hexadecimal digits, two spaces and a name".to_owned();
    let (hash, name) = line.split_once(' ').ok_or_else(form)?;
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hash.len() != 64 || !hash.bytes().all(digit) {
        return Err(form());
    }
    let name = name.strip_prefix([' ', '*']).ok_or_else(form)?;
    let shown = || visible(name);
    Ok((bundle::check_name(name).map_err(|problem| format!("{} {problem}", shown()))?, hash))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"))
}
