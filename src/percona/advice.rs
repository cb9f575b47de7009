//! A check as an advisor's file has it, with the places of its parts, and the name that it gets here.
//!
//! It is made of a file that was found good; nobody validates it again.

use crate::catalog::RESERVED;
use crate::text::mistake::Mistake;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Reading {
    /// The checks of PostgreSQL that can be imported.
    pub checks: Vec<Advice>,
    /// What is right and left out, each with the reason.
    pub foreign: Vec<Foreign>,
    /// All that is wrong with the file.
    pub complaints: Vec<Mistake>,
}

/// One check of a file.
#[derive(Debug, Clone)]
pub struct Advice {
    /// The file, as the user named it.
    pub file: String,
    /// The hash of that file, once somebody has its bytes.
    pub sha256: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// The name in the file.
    pub name: String,
    /// The name of its folder here.
    pub folder: String,
    /// Why the two are not the same, where they are not.
    pub renamed: Option<String>,
    /// 1 or 2.
    pub version: u64,
    /// One line.
    pub summary: String,
    /// What it is about and why.
    pub description: String,
    /// The advisor that it belongs to.
    pub advisor: Option<String>,
    /// The category, and the subcategory after a slash.
    pub category: Option<String>,
    /// For whom it was meant.
    pub tiers: Vec<String>,
    /// As this catalogue writes it.
    pub interval: &'static str,
    /// Starlark, byte for byte what the YAML says.
    pub script: String,
    /// At least one.
    pub queries: Vec<Asked>,
}

/// One query of a check.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where the first line of its text stands, from 1.
    pub line: usize,
    /// Whether the text has lines of its own, so that a line in it can be told.
    pub block: bool,
    /// What follows the word `SELECT`; nothing where all settings are asked for.
    pub select: Option<String>,
    /// Whether it is asked in all databases at once.
    pub all_databases: bool,
}

/// Something that is no check for PostgreSQL.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// The file, as the user named it.
    pub file: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// What it is.
    pub what: String,
    /// Why it is left out.
    pub reason: String,
}

/// The longest name that leaves room for what is put before and after it.
const LONGEST: usize = 49;

/// The name of the folder for a check, and what was changed about it.
pub(super) fn folder_of(name: &str) -> Result<(String, Option<String>), String> {
    let mut folder = name.to_ascii_lowercase();
    let mut why = Vec::new();
    if folder != name {
        why.push("names are in lower case");
    }
    if folder.starts_with('_') {
        folder = String::from(folder.trim_start_matches('_'));
        why.push("a name begins with a letter");
    }
    while folder.contains("__") {
        folder = folder.replace("__", "_");
        if !why.contains(&DOUBLED) {
            why.push(DOUBLED);
        }
    }
    while let Some(rest) = folder.strip_prefix("check_") {
        folder = String::from(rest);
        why.push("a check is named for what is watched, without check_ in front");
    }
    if !folder.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err("cannot be the name of a folder, which begins with a letter; rename the check"
            .to_owned());
    }
    if folder == RESERVED {
        return Err("has the name of posemo's own service; rename the check".to_owned());
    }
    if folder.len() > LONGEST {
        return Err(format!(
            "has {} characters, and the name of a check here has at most {LONGEST}, as its functions are named after it; rename the check",
            folder.len()
        ));
    }
    let renamed = (folder != name).then(|| why.join("; "));
    Ok((folder, renamed))
}

const DOUBLED: &str =
    "two underscores in a row are kept for the functions of a check with several queries";

#[cfg(test)]
mod tests {
    use super::folder_of;

    #[test]
    fn a_name_is_kept_or_changed_and_said() {
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
            match (folder_of(name), expected) {
                (Ok((folder, renamed)), Ok((wanted, is_renamed))) => {
                    assert_eq!(
                        (folder.as_str(), renamed.is_some()),
                        (wanted, is_renamed),
                        "{name}"
                    );
                }
                (Err(reason), Err(words)) => assert!(reason.contains(words), "{name}: {reason}"),
                (other, _) => panic!("{name}: {other:?}"),
            }
        }
    }
}
