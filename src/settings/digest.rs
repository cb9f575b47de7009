//! The hashes of the files with the settings, as `sha256sum` prints them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::target::Target;
use crate::text::toml::TomlDocument;

/// The file of the settings, then those of the profiles of targets. Without a file it is the hash of an empty one.
pub(super) fn of(settings: TomlDocument<'_>, targets: &[Target]) -> Vec<(String, String)> {
    let mut profiles = BTreeMap::new();
    for target in targets {
        let mut next = target.profile.as_deref();
        while let Some(profile) = next {
            let document = profile.document();
            profiles.entry(document.file).or_insert(document.text);
            next = profile.base.as_deref();
        }
    }
    let hash = |text: &str| {
        let mut digits = String::new();
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing into a text does not fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    };
    let all = std::iter::once((settings.file, settings.text)).chain(profiles);
    all.map(|(file, text)| (file.to_owned(), hash(text))).collect()
}
