//! Everything that a superuser can get wrong, one statement each, with the finding that must come of it.
//!
//! How each is made and mended is not known here.

use std::ops::RangeInclusive;

mod functions;
mod objects;
mod roles;

/// One change to a good installation.
#[derive(Clone)]
pub(super) struct Deviation {
    /// Where it is made.
    pub(super) database: &'static str,
    /// The statements that make it.
    pub(super) made: &'static str,
    /// State and words of each finding.
    pub(super) found: Vec<(&'static str, &'static str)>,
    /// Whether the monitor can see it too.
    pub(super) monitor_sees: bool,
    /// The majors where it can be made.
    pub(super) majors: RangeInclusive<u32>,
    /// What the remedies leave behind, as it was made only for this.
    pub(super) after: &'static str,
}

impl Deviation {
    fn also(mut self, state: &'static str, words: &'static str) -> Deviation {
        self.found.push((state, words));
        self
    }

    fn after(self, after: &'static str) -> Deviation {
        Deviation { after, ..self }
    }

    fn since(self, major: u32) -> Deviation {
        Deviation { majors: major..=*self.majors.end(), ..self }
    }

    fn hidden(self) -> Deviation {
        Deviation { monitor_sees: false, ..self }
    }
}

fn one(
    database: &'static str,
    made: &'static str,
    state: &'static str,
    words: &'static str,
) -> Deviation {
    let found = vec![(state, words)];
    Deviation { database, made, found, monitor_sees: true, majors: 12..=99, after: "" }
}

fn critical(database: &'static str, made: &'static str, words: &'static str) -> Deviation {
    one(database, made, "critical", words)
}

fn warning(database: &'static str, made: &'static str, words: &'static str) -> Deviation {
    one(database, made, "warning", words)
}

/// All of them.
pub(super) fn deviations() -> Vec<Deviation> {
    [functions::all(), objects::all(), roles::all()].concat()
}
