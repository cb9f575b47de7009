//! Runs the scenarios of checks on servers, and prints remarks on the cases.

use std::io;
use std::path::{Path, PathBuf};

use super::collection::TestedCheck;
use super::coverage;
use super::printer::Printer;
use super::result::CaseResult;
use super::servers::ScenarioRuns;
use crate::tempserver;

/// Runs the scenarios with the programs in `bindirs`, or in the directory that is found if there are none.
pub fn scenarios(
    bindirs: &[PathBuf],
    program: &Path,
    jobs: usize,
    bless: bool,
    checks: &[TestedCheck],
    printer: &mut Printer<'_>,
) -> io::Result<()> {
    let bindirs = match bindirs {
        [] => tempserver::find_bindir().map(|bindir| vec![bindir]),
        named => Ok(named.to_vec()),
    };
    match bindirs {
        Ok(bindirs) => {
            let runs = ScenarioRuns { bindirs: &bindirs, program, jobs, bless };
            runs.all(checks, |result| printer.result(result))
        }
        Err(error) => {
            let reason = format!("{error}; --offline runs only cases that need no server");
            printer.result(&CaseResult::failed("servers", &reason))
        }
    }
}

/// Prints what the cases of a check do not cover.
pub fn print_remarks(tested: &TestedCheck, printer: &mut Printer<'_>) -> io::Result<()> {
    let mut remarks = tested.remarks.clone();
    let (cases, scenarios) = tested.valid_cases();
    // The coverage of a case that is not valid is not known.
    if cases.len() + scenarios.len() == tested.cases.len() {
        remarks.extend(coverage::remarks(&tested.check, &cases, &scenarios));
    }
    remarks.into_iter().try_for_each(|remark| printer.remark(&tested.check.name, &remark))
}
