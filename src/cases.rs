//! Cases of checks: rows with the expected findings, and scenarios on temporary servers.

pub mod bless;
mod blessing;
pub mod collection;
pub mod coverage;
pub mod demo;
pub mod difference;
pub mod docs;
pub mod expected;
mod given;
pub mod judging;
mod matching;
pub mod notation;
pub mod offline;
pub mod printer;
pub mod result;
pub mod scenario;
pub mod script_run;
pub mod servers;
pub mod stage;

/// The largest file of a case, in bytes. A check returns a thousand rows by default.
pub const LARGEST: u64 = 4 * 1024 * 1024;

/// A file in the folder `cases` of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The name of the case: the file's name without its suffix.
    pub name: String,
    /// The name of the file in messages.
    pub place: String,
    /// Offline case or scenario.
    pub kind: CaseKind,
}

/// The kinds of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// `*.toml`: rows and the expected findings; it needs no server.
    Offline,
    /// `*.sql`: statements and the expected findings after them, on a temporary server.
    Scenario,
}

impl CaseFile {
    /// The case in a file of the folder `cases`; none where the suffix is another.
    pub fn of(folder: &str, file: &str) -> Option<CaseFile> {
        let (name, ending) = file.rsplit_once('.')?;
        let kind = match ending {
            "toml" => CaseKind::Offline,
            "sql" => CaseKind::Scenario,
            _ => return None,
        };
        Some(CaseFile { name: name.to_owned(), place: format!("{folder}/cases/{file}"), kind })
    }
}
