//! What the cases of a check leave untried.
//!
//! These are remarks: a check may be right without any case.

use std::collections::BTreeSet;

use super::offline::Case;
use super::scenario::Scenario;
use crate::catalog::check::Check;
use crate::finding::State;
use crate::rows::SqlValue;

/// What can be said of the cases of a check, each in a line.
pub fn remarks(check: &Check, cases: &[Case], stories: &[Scenario]) -> Vec<String> {
    if cases.is_empty() && stories.is_empty() {
        return vec!["has no cases; --bless writes a first one".to_owned()];
    }
    let mut remarks = Vec::new();
    let expectations = || cases.iter().filter_map(|case| case.expect.as_ref());
    let steps = || stories.iter().flat_map(|story| &story.steps);
    let loud = |step: &super::scenario::Step| step.state() != State::Ok;
    let is_loud = expectations().any(|list| list.iter().any(super::expected::Expected::is_loud))
        || steps().any(loud);
    let is_quiet = expectations().any(|list| !list.iter().any(super::expected::Expected::is_loud))
        || steps().any(|step| !loud(step));
    if !is_quiet {
        remarks.push("has no case in which all is well".to_owned());
    }
    if !is_loud {
        remarks.push("has no case in which something is wrong".to_owned());
    }
    if !cases.is_empty() {
        let columns = unfilled(check, cases);
        if !columns.is_empty() {
            let columns = columns.into_iter().collect::<Vec<_>>().join(", ");
            remarks.push(format!("has columns that no offline case fills: {columns}"));
        }
    }
    remarks
}

fn unfilled<'c>(check: &'c Check, cases: &[Case]) -> BTreeSet<&'c str> {
    let mut filled = BTreeSet::new();
    for (query, rows) in cases.iter().flat_map(Case::rows) {
        for values in &rows.rows {
            let there = values.iter().enumerate().filter(|(_, value)| **value != SqlValue::Null);
            filled.extend(there.map(|(column, _)| (query, column)));
        }
    }
    let columns = check.queries.iter().enumerate().flat_map(|(number, query)| {
        let columns = query.signature.columns.iter().enumerate();
        columns.map(move |(at, column)| ((number, at), column.name.as_str()))
    });
    columns.filter(|(place, _)| !filled.contains(place)).map(|(_, name)| name).collect()
}
