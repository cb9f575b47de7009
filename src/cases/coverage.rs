//! Remarks on what the cases of a check do not test.

use std::collections::BTreeSet;

use super::expected::ExpectedFinding;
use super::offline::OfflineCase;
use super::scenario::Scenario;
use crate::catalog::check::Check;
use crate::finding::State;
use crate::rows::SqlValue;

/// The remarks on the cases of a check.
pub fn remarks(check: &Check, cases: &[OfflineCase], scenarios: &[Scenario]) -> Vec<String> {
    if cases.is_empty() && scenarios.is_empty() {
        return vec!["has no cases; --bless writes a first case".to_owned()];
    }
    let lists = cases.iter().filter_map(|case| case.expect.as_ref());
    // The cases of a script that never alarms expect `severity = "info"`.
    let informs = lists.clone().any(|list| list.iter().any(ExpectedFinding::informs));
    let of_cases = lists.map(|list| list.iter().any(ExpectedFinding::is_problem));
    let steps = scenarios.iter().flat_map(|scenario| &scenario.steps);
    let of_steps = steps.map(|step| step.state() != State::Ok);
    let has_problem: BTreeSet<bool> = of_cases.chain(of_steps).collect();
    let mut remarks = Vec::new();
    if !has_problem.contains(&false) {
        remarks.push("has no case without problems".to_owned());
    }
    if check.can_alarm() && !has_problem.contains(&true) && !informs {
        remarks.push("has no case with a problem".to_owned());
    }
    let columns = if cases.is_empty() { BTreeSet::new() } else { untested_columns(check, cases) };
    if !columns.is_empty() {
        let columns = columns.into_iter().collect::<Vec<_>>().join(", ");
        remarks.push(format!("has columns without a value in all offline cases: {columns}"));
    }
    remarks
}

/// The columns that are NULL in all rows of all cases.
fn untested_columns<'c>(check: &'c Check, cases: &[OfflineCase]) -> BTreeSet<&'c str> {
    let mut tested = BTreeSet::new();
    for (query, rows) in cases.iter().flat_map(OfflineCase::rows) {
        for values in &rows.rows {
            let present = values.iter().enumerate().filter(|(_, value)| **value != SqlValue::Null);
            tested.extend(present.map(|(column, _)| (query, column)));
        }
    }
    let columns = check.queries.iter().enumerate().flat_map(|(number, query)| {
        let columns = query.signature.columns.iter().enumerate();
        columns.map(move |(position, column)| ((number, position), column.name.as_str()))
    });
    columns.filter(|(column, _)| !tested.contains(column)).map(|(_, name)| name).collect()
}
