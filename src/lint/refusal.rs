//! A refusal of the linter: the rule, the place in the query, the problem and the remedy.

use std::fmt;

/// A reason not to install a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintRefusal {
    /// The file of the query, as the user finds it.
    pub file: String,
    /// The rule, as one word that is the same in every version.
    pub rule: &'static str,
    /// The column, function, relation or line that breaks the rule.
    pub place: String,
    /// What it does that a check must not do.
    pub problem: String,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for LintRefusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LintRefusal { file, rule, place, problem, instead } = self;
        write!(out, "{file}: {place}: {problem}; {instead} [{rule}]")
    }
}

/// The refusals of one query, without duplicates.
#[derive(Debug)]
pub(super) struct RefusalList {
    file: String,
    refusals: Vec<LintRefusal>,
}

impl RefusalList {
    pub(super) fn new(file: String) -> RefusalList {
        RefusalList { file, refusals: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        rule: &'static str,
        place: impl Into<String>,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) {
        let (place, problem, instead) = (place.into(), problem.into(), instead.into());
        let refusal = LintRefusal { file: self.file.clone(), rule, place, problem, instead };
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }

    pub(super) fn into_vec(self) -> Vec<LintRefusal> {
        self.refusals
    }
}
