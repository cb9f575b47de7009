//! A change of a state: which finding of which check changed from what to what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::State;
use crate::finding::report::{CheckReport, TargetReport, ids};

/// The id of the outage of a target, which belongs to no check.
pub const OUTAGE: &str = "outage";

/// The id of the failure of a check.
pub const FAILURE: &str = "failure";

/// A change of the state of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// Its number, which rises. It is 0 until the change is written.
    pub seq: i64,
    /// When the sweep that found it began.
    pub at: Timestamp,
    /// The target.
    pub target: String,
    /// The check; empty for an outage of the server.
    pub check: String,
    /// The database, for a check that ran in it.
    pub database: Option<String>,
    /// The id of the finding, or `outage`, or `failure` for a check that failed.
    pub finding: String,
    /// The object of the finding.
    pub object: Option<String>,
    /// The state before.
    pub was: State,
    /// The state after.
    pub became: State,
    /// The text of the finding; that before the change, where the problem is over.
    pub summary: String,
}

/// A problem of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemPart {
    /// The check; empty for an outage of the server.
    pub check: String,
    /// The database, for a check that ran in it.
    pub database: Option<String>,
    /// The id of the finding, or `outage`, or `failure`.
    pub finding: String,
    /// The object of the finding.
    pub object: Option<String>,
    /// The state.
    pub state: State,
    /// The text.
    pub summary: String,
}

/// The problems of a report: an outage, checks that failed, findings.
pub fn problems(report: &TargetReport) -> Vec<ProblemPart> {
    let noted = noted(report).into_iter();
    let part = |((check, database, finding), (object, state, summary))| ProblemPart {
        check,
        database,
        finding,
        object,
        state,
        summary,
    };
    noted.map(part).collect()
}

/// A finding in a report: its object, state and text.
type Noted = (Option<String>, State, String);

type Key = (String, Option<String>, String);

/// The changes between two reports of a target. Checks of which the later report has no result do not change.
pub fn changes(before: &TargetReport, after: &TargetReport, at: Timestamp) -> Vec<StateChange> {
    let unreached = after.error.is_some() && after.role.is_none();
    let (old, new) = (noted(before), noted(after));
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let ok = |was: Option<&Noted>| was.map_or(State::Ok, |(_, state, _)| *state);
    let changed = keys.filter_map(|key| {
        let (was, became) = (old.get(key), new.get(key));
        let (check, database, finding) = key;
        // During an outage, and before its first run, a check has no result.
        let has_result =
            became.is_some() || check.is_empty() || !unreached && is_judged(after, key);
        let (object, _, summary) = became.or(was)?;
        let (was, became) = (ok(was), ok(became));
        (has_result && was != became).then(|| StateChange {
            seq: 0,
            at,
            target: after.target.clone(),
            check: check.clone(),
            database: database.clone(),
            finding: finding.clone(),
            object: object.clone(),
            was,
            became,
            summary: summary.clone(),
        })
    });
    changed.collect()
}

/// Whether a report has a result of the check of a finding, and not only the failure of the check.
fn is_judged(report: &TargetReport, (check, _, finding): &Key) -> bool {
    let mut reports = report.checks.iter().filter(|one| one.check == *check).peekable();
    reports.peek().is_none()
        || reports.all(|one| {
            one.skipped != Some(crate::finding::report::Skip::Waiting)
                && (one.error.is_none() || finding == FAILURE)
        })
}

/// The problems of a report.
fn noted(report: &TargetReport) -> BTreeMap<Key, Noted> {
    let outage = report.failure().map(|(state, error)| {
        ((String::new(), None, OUTAGE.to_owned()), (None, state, error.to_owned()))
    });
    let of_check = |check: &CheckReport| {
        let key = |finding: String| (check.check.clone(), check.database.clone(), finding);
        let findings = ids(&report.target, check).into_iter().zip(&check.findings);
        let problems = findings.filter(|(_, finding)| finding.state != State::Ok);
        let failure = check.error.as_ref().filter(|_| !report.repeats_failure(check));
        let failure =
            failure.map(|error| (key(FAILURE.to_owned()), (None, State::Unknown, error.clone())));
        let problems = problems.map(|(id, finding)| {
            (key(id), (finding.object.clone(), finding.state, finding.summary.clone()))
        });
        problems.chain(failure).collect::<Vec<_>>()
    };
    // The checks that watch for an outage repeat it.
    let checks = report.checks.iter().filter(|check| !report.repeats_failure(check));
    outage.into_iter().chain(checks.flat_map(of_check)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::finding::report::{ServerRole, Skip};

    fn report(checks: Vec<CheckReport>) -> TargetReport {
        TargetReport {
            target: "db1".to_owned(),
            role: Some(ServerRole::Primary),
            checks: checks.into(),
            ..TargetReport::default()
        }
    }

    fn check(findings: &[(&str, State)]) -> CheckReport {
        let findings = findings
            .iter()
            .map(|(object, state)| Finding::new(*state, "late").about(Some((*object).to_owned())));
        CheckReport { findings: findings.collect(), ..CheckReport::new("slots", None) }
    }

    fn down() -> TargetReport {
        TargetReport {
            target: "db1".to_owned(),
            error: Some("refused".to_owned()),
            no_answer: Some(Critical),
            checks: vec![CheckReport::failed("alive", Critical, "refused")].into(),
            ..TargetReport::default()
        }
    }

    fn written(before: &TargetReport, after: &TargetReport) -> Vec<String> {
        let all = changes(before, after, Timestamp::UNIX_EPOCH);
        let written = all.iter().map(|change| {
            let object = change.object.as_deref().unwrap_or(&change.finding);
            format!("{} {object} {} {}", change.check, change.was.name(), change.became.name())
        });
        written.collect()
    }

    use State::{Critical, Ok, Warning};

    #[test]
    fn a_change_is_noted_once() {
        let bad = report(vec![check(&[("a", Warning), ("b", Critical), ("c", Ok)])]);
        let good = report(vec![check(&[("b", Critical), ("c", Ok)])]);
        let none: [&str; 0] = [];
        assert_eq!(written(&bad, &bad), none);
        assert_eq!(written(&bad, &good), ["slots a warning ok"]);
        assert_eq!(written(&good, &bad), ["slots a ok warning"]);
        let worse = report(vec![check(&[("a", Critical), ("b", Critical)])]);
        assert_eq!(written(&bad, &worse), ["slots a warning critical"]);
    }

    #[test]
    fn an_outage_is_one_change_and_ends_no_problem() {
        let bad = report(vec![check(&[("a", Warning)])]);
        assert_eq!(written(&bad, &down()), [" outage ok critical"]);
        assert_eq!(written(&down(), &report(vec![])), [" outage critical ok"]);
    }

    #[test]
    fn a_check_without_a_result_does_not_change() {
        let bad = report(vec![check(&[("a", Warning)])]);
        let waiting =
            CheckReport { skipped: Some(Skip::Waiting), ..CheckReport::new("slots", None) };
        let none: [&str; 0] = [];
        assert_eq!(written(&bad, &report(vec![waiting])), none);
        let failed = report(vec![CheckReport::failed("slots", State::Unknown, "cancelled")]);
        assert_eq!(written(&bad, &failed), ["slots failure ok unknown"]);
        assert_eq!(written(&failed, &report(vec![check(&[])])), ["slots failure unknown ok"]);
    }
}
