//! The states of a report, to find out whether one changed; and since when problems exist.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::board::ProblemKey;
use crate::finding::State;
use crate::finding::report::TargetReport;
use crate::history::change::{FAILURE, OUTAGE};
use crate::schedule::confirm::FindingMemory;

/// What the receivers that get everything depend on.
pub(super) fn states(report: &TargetReport) -> Vec<(String, Option<String>, State, String)> {
    let error =
        report.failure().map(|(state, error)| (String::new(), None, state, error.to_owned()));
    let findings = report.checks.iter().flat_map(|check| {
        let problems = check.findings.iter().filter(|finding| finding.state != State::Ok);
        let problems = problems.map(|finding| {
            let object = finding.object.clone().unwrap_or_default();
            (check.check.clone(), check.database.clone(), finding.state, object)
        });
        let error = check
            .error
            .iter()
            .map(|_| (check.check.clone(), check.database.clone(), State::Unknown, String::new()));
        problems.chain(error)
    });
    error.into_iter().chain(findings).collect()
}

/// Since when the problems that count exist.
pub(super) fn since(memory: &FindingMemory) -> BTreeMap<ProblemKey, Timestamp> {
    let outage = memory.outage_since().map(|since| ("", None, OUTAGE, since));
    let since = memory.since(FAILURE).chain(outage).map(|(check, database, id, since)| {
        ((check.to_owned(), database.map(str::to_owned), id.to_owned()), since)
    });
    since.collect()
}
