//! What is wrong with a query, in words.
//!
//! It finds nothing itself; the rules do.

use std::fmt;

/// One thing that keeps a query from being installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file of the query, as a user would find it.
    pub file: String,
    /// The rule that was broken: one word, the same in every version.
    pub rule: &'static str,
    /// The column, function, relation or line that breaks it.
    pub place: String,
    /// What it does, and why a check must not.
    pub problem: String,
    /// What to do instead.
    pub instead: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Complaint { file, rule, place, problem, instead } = self;
        write!(out, "{file}: {place}: {problem}; {instead} [{rule}]")
    }
}

/// The complaints about one query, each once.
#[derive(Debug)]
pub(super) struct Complaints {
    file: String,
    found: Vec<Complaint>,
}

impl Complaints {
    pub(super) fn of(file: String) -> Complaints {
        Complaints { file, found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) {
        let (place, problem, instead) = (place.into(), problem.into(), instead.into());
        let complaint = Complaint { file: self.file.clone(), rule, place, problem, instead };
        if !self.found.contains(&complaint) {
            self.found.push(complaint);
        }
    }

    pub(super) fn found(self) -> Vec<Complaint> {
        self.found
    }
}
