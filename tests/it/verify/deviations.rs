//! Deviations that a superuser can cause, one statement each, with the findings that `verify` must report.
//!
//! This file contains only data.

use std::ops::RangeInclusive;

mod functions;
mod neighbors;
mod objects;
mod roles;

/// One change to an installation without deviations.
#[derive(Clone)]
pub(super) struct Deviation {
    /// The database to run the statements in.
    pub(super) database: &'static str,
    /// The statements that cause it.
    pub(super) cause: &'static str,
    /// State and text of each finding.
    pub(super) found: Vec<(&'static str, &'static str)>,
    /// The text of further findings, whatever their number, as it depends on the catalog.
    pub(super) alike: Option<&'static str>,
    /// Whether the monitor role can find it too.
    pub(super) found_by_monitor: bool,
    /// The major versions on which it is possible.
    pub(super) majors: RangeInclusive<u32>,
    /// The statement that removes what the fixes leave.
    pub(super) after: &'static str,
}

impl Deviation {
    fn also(mut self, state: &'static str, text: &'static str) -> Deviation {
        self.found.push((state, text));
        self
    }

    fn and_alike(self, text: &'static str) -> Deviation {
        Deviation { alike: Some(text), ..self }
    }

    fn after(self, after: &'static str) -> Deviation {
        Deviation { after, ..self }
    }

    fn since(self, major: u32) -> Deviation {
        Deviation { majors: major..=*self.majors.end(), ..self }
    }

    fn hidden(self) -> Deviation {
        Deviation { found_by_monitor: false, ..self }
    }
}

fn one(
    database: &'static str,
    cause: &'static str,
    state: &'static str,
    text: &'static str,
) -> Deviation {
    let found = vec![(state, text)];
    Deviation {
        database,
        cause,
        found,
        alike: None,
        found_by_monitor: true,
        majors: 12..=99,
        after: "",
    }
}

fn critical(database: &'static str, cause: &'static str, text: &'static str) -> Deviation {
    one(database, cause, "critical", text)
}

fn warning(database: &'static str, cause: &'static str, text: &'static str) -> Deviation {
    one(database, cause, "warning", text)
}

/// All deviations.
pub(super) fn deviations() -> Vec<Deviation> {
    [functions::all(), objects::all(), neighbors::all(), roles::all()].concat()
}
