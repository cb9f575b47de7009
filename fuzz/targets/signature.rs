//! Fuzzes the readers of signatures, lists of hashes and archives.

use std::sync::LazyLock;

use posemo::catalog::Catalog;
use posemo::catalog::source;
use posemo::signature::key::TrustedKey;
use posemo::signature::policy::SignaturePolicy;
use posemo::signature::sums::HashList;

use super::{one_line, scratch};

/// A public key whose secret key was deleted.
const KEY: &str = "RWRIYsLik10tUOQc+TTRm4Vr4mmGOL5oY5BppFY4UUR1XZtYsfMHsCwQ";

/// Lines of two signatures by the key of the text `posemo`, one of each kind.
const SIGNED: [[&str; 3]; 2] = [
    [
        "RURIYsLik10tUGx82O4ek8fFhcuOBJ3Hex/mLW//tWZJP/k7Ipnp4o+0Gbw3jpsf4PbKCGtCRWfqRBPrLoWr+LCxukWALAZgugg=",
        "trusted comment: trusted",
        "ja8CdAWkJl9rtwVAzAPD6DDVyTnCYSa7b+xEHWtqkWki9d/fR9qc4MWH7ZIqPq/gtmAcicFjDot9Eq36EVB6Ag==",
    ],
    [
        "RWRIYsLik10tUOcV2mzgGUGr8Yvs0QcYy8HW6yJE6BtJ+zr7g9lvsslA2e9zgqx3WG9hUsBxLLqJMRVgLi2QD1slYQGhRbRdRw0=",
        "trusted comment: trusted",
        "Kg4IW9cwexPGbdRq54MAgkT0sIDjfhVkbST0lTeIaiE36p2eebUiPofJ7h0TyAxg+0Tn5Av1sfRa5/Qza2QQDg==",
    ],
];

/// A signature, a list of hashes or an archive is refused, or is complete.
pub(super) fn signature(bytes: &[u8]) {
    static KEYS: LazyLock<[TrustedKey; 1]> = LazyLock::new(|| [KEY.parse().expect("it is a key")]);
    if let Ok(text) = std::str::from_utf8(bytes) {
        match posemo::signature::verify(b"posemo", text, &*KEYS) {
            Ok(_) => {
                let lines: Vec<&str> = text.lines().skip(1).collect();
                assert!(
                    SIGNED.iter().any(|signed| lines == signed),
                    "{lines:?} is not a signature by this key"
                );
            }
            Err(fault) => one_line(&fault.to_string()),
        }
    }
    match HashList::read("fuzzed", bytes) {
        Ok(sums) => {
            for name in sums.names() {
                assert!(!name.starts_with('/') && !name.split('/').any(|part| part == ".."));
                one_line(name);
                assert!(sums.verify(name, bytes).is_err(), "a list cannot contain its own hash");
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
    archive(bytes);
}

/// An archive is refused with its name, or contains only checks. The checksums of its headers are corrected first.
fn archive(bytes: &[u8]) {
    let gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let parent = scratch();
    let path = parent.path().join(if gzip { "fuzzed.tgz" } else { "fuzzed.tar" });
    let bytes = if gzip { bytes.to_vec() } else { with_checksums(bytes) };
    std::fs::write(&path, bytes).expect("a small file can be written");
    match source::read(&path, &SignaturePolicy::default()) {
        Ok(reading) => {
            let mut catalog = Catalog::empty();
            if let Err(error) = catalog.add_folders(reading) {
                assert!(error.to_string().contains("fuzzed.t"), "{error}");
            }
        }
        Err(error) => {
            one_line(&error.to_string());
            assert!(error.to_string().contains("fuzzed.t"), "{error}");
        }
    }
}

/// Corrects the checksum of each header of an archive, which a fuzzer does not find.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(header) = bytes.get_mut(at..at + 512).filter(|header| header[0] != 0) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let digits = std::str::from_utf8(&header[124..135]).unwrap_or_default();
        let size = usize::from_str_radix(digits.trim(), 8).unwrap_or_default();
        at += 512 + size.min(1 << 20).next_multiple_of(512);
    }
    bytes
}
