//! Cases of checks: rows in and findings out, or a story told to a server; read, compared, blessed.
//!
//! It does no I/O: texts are handed in, and so is what was found.

pub mod bless;
pub mod coverage;
pub mod difference;
pub mod docs;
pub mod expected;
mod given;
mod matching;
pub mod notation;
pub mod offline;
pub mod story;

/// The largest file of a case, in bytes. A check returns a thousand rows where nothing else is said.
pub const LARGEST: u64 = 4 * 1024 * 1024;

/// A file in the folder `cases` of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// Its name without the ending, which names the case.
    pub name: String,
    /// How the file is named in messages.
    pub place: String,
    /// Offline case or story.
    pub kind: Kind,
}

/// The kinds of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `*.toml`: rows in, findings out.
    Offline,
    /// `*.sql`: told to a server.
    Story,
}

impl CaseFile {
    /// The case that a file of a folder is, if it is one.
    pub fn of(folder: &str, file: &str) -> Option<CaseFile> {
        let (name, ending) = file.rsplit_once('.')?;
        let kind = match ending {
            "toml" => Kind::Offline,
            "sql" => Kind::Story,
            _ => return None,
        };
        Some(CaseFile { name: name.to_owned(), place: format!("{folder}/cases/{file}"), kind })
    }
}
