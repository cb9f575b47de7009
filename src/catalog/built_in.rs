//! What the build script embeds into the program: the checks, their cases and the grants of the owner sets.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Name and text of each file of a folder.
pub(super) type Files = &'static [(&'static str, &'static str)];

/// The embedded checks: name and files of each folder.
pub(super) fn checks() -> impl Iterator<Item = (&'static str, Files)> {
    CHECKS.iter().copied()
}

/// The cases of an embedded check.
pub fn cases(check: &str) -> Files {
    CASES.iter().find(|(name, _)| *name == check).map_or(&[], |(_, files)| files)
}

/// The owner sets: name, and the template of its grants.
pub fn owners() -> impl Iterator<Item = (&'static str, &'static str)> {
    OWNERS.iter().copied()
}

/// Whether a query is one of an included check, without a change.
pub fn is_included_query(text: &str) -> bool {
    let mut files = checks().flat_map(|(_, files)| files.iter());
    files.any(|(name, included)| name.starts_with("query") && included.trim() == text.trim())
}
