//! The checks of an advisor file, and the names that they get in posemo.
//!
//! `rules` validates the file before it makes them.

use crate::catalog::{LONGEST_NAME, RESERVED};
use crate::text::mistake::Mistake;

/// The content of a file.
#[derive(Debug, Default)]
pub struct AdvisorFile {
    /// The checks that can be imported.
    pub checks: Vec<AdvisorCheck>,
    /// The parts that are valid but not imported.
    pub ignored: Vec<IgnoredPart>,
    /// The mistakes in the file.
    pub mistakes: Vec<Mistake>,
}

/// One check of a file.
#[derive(Debug, Clone)]
pub struct AdvisorCheck {
    /// The file, as the user named it.
    pub file: String,
    /// The SHA-256 of the file; empty until the reader of the file sets it.
    pub sha256: String,
    /// The line where the check begins, from 1.
    pub line: usize,
    /// The name in the file.
    pub name: String,
    /// The name of its folder.
    pub folder: String,
    /// Why the folder has another name than the check.
    pub renamed: Option<String>,
    /// The version of the format: 1 or 2.
    pub version: u64,
    /// The summary, in one line.
    pub summary: String,
    /// The description.
    pub description: String,
    /// The advisor that the check belongs to.
    pub advisor: Option<String>,
    /// The category, followed by a slash and the subcategory.
    pub category: Option<String>,
    /// The groups of users that Percona published the check for.
    pub tiers: Vec<String>,
    /// The interval as check.toml writes it.
    pub interval: &'static str,
    /// The Starlark source, byte for byte.
    pub script: String,
    /// The queries for PostgreSQL; none for a check that judges a document.
    pub queries: Vec<AdvisorQuery>,
    /// What the document of a check for `MySQL` or `MongoDB` contains, one entry for each query.
    pub document: Vec<DocumentPart>,
}

/// One query for `MySQL` or `MongoDB`, whose answer is a part of the document.
#[derive(Debug, Clone)]
pub struct DocumentPart {
    /// What to ask: a statement of SQL, or a command of `MongoDB`.
    pub statement: String,
}

impl AdvisorCheck {
    /// Whether it judges a document, as posemo connects only to PostgreSQL.
    pub fn judges_document(&self) -> bool {
        !self.document.is_empty()
    }
}

/// One query of a check.
#[derive(Debug, Clone)]
pub struct AdvisorQuery {
    /// The line of the first line of its text, from 1.
    pub line: usize,
    /// Whether the text is a block. Only then a line of the text is a line of the file.
    pub block: bool,
    /// The text without the word `SELECT`; absent for a query of all settings.
    pub select: Option<String>,
    /// Whether the query runs in all databases.
    pub all_databases: bool,
}

/// A part of a file that is valid, but is not a check for PostgreSQL.
#[derive(Debug, Clone)]
pub struct IgnoredPart {
    /// The file, as the user named it.
    pub file: String,
    /// The line where the part begins, from 1.
    pub line: usize,
    /// The name of the check, or the key.
    pub what: String,
    /// Why it is not imported.
    pub reason: String,
}

const DOUBLE_UNDERSCORE: &str =
    "two underscores in a row are reserved for the functions of checks with several queries";

/// The name of the folder for a check, and why it differs from the name of the check. An error is the message for the
/// user.
pub(super) fn folder_name(name: &str) -> Result<(String, Option<String>), String> {
    let mut folder = name.to_ascii_lowercase();
    let mut reasons = Vec::new();
    if folder != name {
        reasons.push("names are in lower case");
    }
    if folder.starts_with('_') {
        folder = String::from(folder.trim_start_matches('_'));
        reasons.push("a name begins with a letter");
    }
    while folder.contains("__") {
        folder = folder.replace("__", "_");
        if !reasons.contains(&DOUBLE_UNDERSCORE) {
            reasons.push(DOUBLE_UNDERSCORE);
        }
    }
    while let Some(rest) = folder.strip_prefix("check_") {
        folder = String::from(rest);
        reasons.push("the name of a check does not begin with check_");
    }
    if let Some(problem) = problem_of(&folder) {
        return Err(problem);
    }
    let renamed = (folder != name).then(|| reasons.join("; "));
    Ok((folder, renamed))
}

fn problem_of(folder: &str) -> Option<String> {
    if !folder.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Some(
            "cannot be the name of a folder, which begins with a letter; rename the check"
                .to_owned(),
        );
    }
    if folder == RESERVED {
        return Some("is the name of posemo's own service; rename the check".to_owned());
    }
    (folder.len() > LONGEST_NAME).then(|| {
        format!(
            "has {} characters; the name of a check has at most {LONGEST_NAME}, as its functions have the same name; \
             rename the check",
            folder.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    #[test]
    fn a_folder_name_is_the_name_or_has_a_reason() {
        for (name, expected) in [
            ("postgresql_fsync", Ok(("postgresql_fsync", false))),
            ("PostgreSQL_fsync_1", Ok(("postgresql_fsync_1", true))),
            ("_own", Ok(("own", true))),
            ("own__thing____x", Ok(("own_thing_x", true))),
            ("check_disk", Ok(("disk", true))),
            ("check_posemo", Err("posemo's own service")),
            ("__1", Err("begins with a letter")),
            ("___", Err("begins with a letter")),
            ("a23456789_123456789_123456789_123456789_1234567890", Err("has 50 characters")),
        ] {
            match (folder_name(name), expected) {
                (Ok((folder, renamed)), Ok((expected, is_renamed))) => {
                    assert_eq!(
                        (folder.as_str(), renamed.is_some()),
                        (expected, is_renamed),
                        "{name}"
                    );
                }
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{name}: {problem}"),
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
    }
}
