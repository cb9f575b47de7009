//! The results of cases as JSON, for programs: `posemo test --output json`.

use serde::Serialize;

use super::result::{CaseResult, CaseVerdict, DifferenceLine};

/// The number of the format.
const FORMAT: u32 = 1;

/// All results of a run. Readers must ignore keys that they do not know.
#[derive(Debug, Serialize)]
pub(super) struct ResultList {
    format: u32,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) blessed: usize,
    pub(super) skipped: usize,
    pub(super) duration_seconds: f64,
    cases: Vec<CaseFacts>,
    remarks: Vec<CheckRemark>,
}

#[derive(Debug, Serialize)]
struct CaseFacts {
    /// `check::case`; for a scenario also the version of the server.
    case: String,
    result: &'static str,
    duration_seconds: f64,
    /// The differences of a case that failed, as they are printed, or why it was skipped.
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
struct CheckRemark {
    check: String,
    remark: String,
}

impl ResultList {
    /// No results.
    pub(super) fn empty() -> ResultList {
        ResultList {
            format: FORMAT,
            passed: 0,
            failed: 0,
            blessed: 0,
            skipped: 0,
            duration_seconds: 0.0,
            cases: Vec::new(),
            remarks: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, result: &CaseResult) {
        let line = |line: &DifferenceLine| match line {
            DifferenceLine::Expected(text) => format!("- {text}"),
            DifferenceLine::Found(text) => format!("+ {text}"),
            DifferenceLine::Remark(text) => text.clone(),
        };
        let (word, lines) = match &result.verdict {
            CaseVerdict::Passed => ("passed", Vec::new()),
            CaseVerdict::Failed(lines) => ("failed", lines.iter().map(line).collect()),
            CaseVerdict::Skipped(reason) => ("skipped", vec![reason.clone()]),
            CaseVerdict::Blessed => ("blessed", Vec::new()),
        };
        self.cases.push(CaseFacts {
            case: result.name.clone(),
            result: word,
            duration_seconds: result.took.as_secs_f64(),
            lines,
        });
    }

    pub(super) fn remark(&mut self, check: &str, remark: &str) {
        self.remarks.push(CheckRemark { check: check.to_owned(), remark: remark.to_owned() });
    }
}
