//! The report of a target that could not be queried.

use super::error::RunError;
use super::job::Job;
use crate::catalog::check::Check;
use crate::database::error::LimitExceeded;
use crate::finding::State;
use crate::finding::report::{CheckReport, Outage, TargetReport};

/// The report of a target whose sweep did not end in time.
pub fn late(job: &Job, limit: LimitExceeded) -> TargetReport {
    let mut report = TargetReport { target: job.name.clone(), ..TargetReport::default() };
    add(job, &RunError::Late(limit), &mut report);
    report
}

/// Adds the error to the report. The checks that watch for the outage are part of it, as monitoring systems have a
/// service for each of them.
pub(super) fn add(job: &Job, error: &RunError, report: &mut TargetReport) {
    let outage = error.outage();
    let error = error.to_string();
    report.no_answer = outage.map(|outage| job.no_answer(outage));
    // If the server answers, these checks have another state than during the outage.
    let watches =
        |check: &Check| check.state_for(outage.unwrap_or(Outage::NoAnswer)) != State::Unknown;
    let checks = job.checks.iter().map(|planned| &planned.check);
    report.checks = checks
        .filter(|check| watches(check))
        .map(|check| {
            let state = outage.map_or(State::Unknown, |outage| job.check_state(check, outage));
            CheckReport::failed(&check.name, state, &error)
        })
        .collect();
    report.error = Some(error);
}
