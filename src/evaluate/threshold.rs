//! The threshold judge: compares each metric of each row with its thresholds.

use std::collections::BTreeSet;

use crate::catalog::check::{Check, ExpectedRows};
use crate::catalog::function::{Column, ColumnRole, ColumnType, FunctionSignature};
use crate::catalog::thresholds::{Levels, ObjectName, Thresholds};
use crate::evaluate::check_row::{CheckRow, number, readable};
use crate::evaluate::cut_off::CutOffRows;
use crate::finding::metric::{Metric, Unit};
use crate::finding::{Finding, State};
use crate::rows::{Rows, SqlValue};

/// The result of judging the rows of one function.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ThresholdJudgement {
    /// The problems, the worst first.
    pub findings: Vec<Finding>,
    /// The numbers of all rows, with the ranges that they were compared with.
    pub metrics: Vec<Metric>,
    /// The summary if the check has no findings.
    pub ok_summary: String,
}

/// Judges the rows that one function of a check returned: at most `limit` rows, and one more if others were cut off. The
/// database is absent for rows about the whole server.
pub fn judge(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    database: Option<&str>,
    rows: &Rows,
    limit: u32,
) -> ThresholdJudgement {
    let mut judged = ThresholdJudgement::default();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    for values in rows.rows.iter().take(limit) {
        let row = CheckRow { check, signature, values };
        let name = row.joined(ColumnRole::Object);
        let object = ObjectName { database, name: name.as_deref() };
        if thresholds.disables(object) {
            continue;
        }
        if check.expected == ExpectedRows::None {
            judged.findings.push(row.unexpected(object.name));
        }
        for (column, value) in row.with_role(ColumnRole::Metric) {
            row.metric(column, value, object, thresholds, &mut judged);
        }
    }
    if rows.rows.len() > limit {
        let cut =
            CutOffRows { check, signature, thresholds, database, judged: &rows.rows[..limit] };
        judged.findings.extend(cut.findings());
    }
    judged.findings.sort_by_key(|finding| finding.state.rank());
    judged.ok_summary = match check.expected {
        ExpectedRows::None if rows.rows.is_empty() => "nothing found".to_owned(),
        _ => ok_summary(check, signature, thresholds, &judged.metrics, rows, limit),
    };
    judged
}

/// The positions of the rules for objects that match a row; nothing if rows were cut off.
pub fn matched_rules(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    database: Option<&str>,
    rows: &Rows,
    limit: u32,
) -> Option<BTreeSet<usize>> {
    let mut matched = BTreeSet::new();
    for values in &rows.rows {
        let name = CheckRow { check, signature, values }.joined(ColumnRole::Object);
        let object = ObjectName { database, name: name.as_deref() };
        let rules = thresholds.objects.iter().enumerate();
        matched.extend(rules.filter(|(_, rule)| rule.matches(object)).map(|(rule, _)| rule));
    }
    (rows.rows.len() <= usize::try_from(limit).unwrap_or(usize::MAX)).then_some(matched)
}

impl CheckRow<'_> {
    /// Compares one metric with its thresholds.
    fn metric(
        &self,
        column: &Column,
        value: &SqlValue,
        object: ObjectName<'_>,
        thresholds: &Thresholds,
        judged: &mut ThresholdJudgement,
    ) {
        let name = readable(&column.name);
        let levels = thresholds.for_object(&column.name, object);
        let object = object.name;
        let number = match (number(value), value) {
            (Some(number), _) if !number.is_nan() => number,
            (None, SqlValue::Null) => return,
            _ => {
                judged.findings.push(self.finding(
                    State::Unknown,
                    object,
                    &format!("{name} is not a number"),
                ));
                return;
            }
        };
        let unit = match column.sql_type {
            ColumnType::Boolean => Unit::Boolean,
            _ => column.unit,
        };
        if column.sql_type == ColumnType::Boolean {
            if number == 0.0 {
                // Names of boolean columns may begin with `is_`.
                let problem = format!("is not {name}").replace("is not is ", "is not ");
                let problem = format!("{problem}{}", self.facts());
                let mut finding = self.finding(self.check.severity.state(), object, &problem);
                finding.severity = self.check.severity;
                judged.findings.push(finding);
            }
        } else if let Some((state, reason)) = violated(&levels, number, unit) {
            let problem = format!("{name} {} ({reason})", unit.amount(number));
            judged.findings.push(self.finding(state, object, &problem));
        }
        judged.metrics.push(Metric {
            name: column.name.clone(),
            object: object.map(str::to_owned),
            value: number,
            unit,
            kind: column.kind,
            warning: levels.warning,
            critical: levels.critical,
        });
    }
}

/// The worst level that a number violates, and how: `critical above 95 %`.
pub(super) fn violated(levels: &Levels, number: f64, unit: Unit) -> Option<(State, String)> {
    let levels = [(State::Critical, &levels.critical), (State::Warning, &levels.warning)];
    levels.into_iter().find_map(|(state, range)| {
        let range = range.as_ref().filter(|range| range.alarms(number))?;
        let reason = range.explain(number, |bound| unit.amount(bound));
        Some((state, format!("{} {reason}", state.name())))
    })
}

/// The summary of a check without findings: the number that is nearest to its thresholds.
fn ok_summary(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    metrics: &[Metric],
    rows: &Rows,
    limit: usize,
) -> String {
    let facts = match rows.rows.as_slice() {
        [values] => CheckRow { check, signature, values }.facts(),
        _ => String::new(),
    };
    let rows = rows.rows.len();
    let columns = || signature.columns.iter().filter(|column| column.role == ColumnRole::Metric);
    let ranged = columns().find(|column| thresholds.levels.contains_key(&column.name));
    let Some(main) = ranged.or(columns().next()).filter(|_| rows > 0) else {
        return if rows == 0 { "no rows to judge" } else { "nothing found" }.to_owned();
    };
    let name = readable(&main.name);
    let levels = thresholds.levels.get(&main.name).cloned().unwrap_or_default();
    let low_is_bad =
        levels.warning.or(levels.critical).is_some_and(|range| range.guards_from_below());
    let all = || metrics.iter().filter(|metric| metric.name == main.name);
    let by_value = |a: &&Metric, b: &&Metric| a.value.total_cmp(&b.value);
    let nearest = if low_is_bad { all().min_by(by_value) } else { all().max_by(by_value) };
    let Some(nearest) = nearest else { return format!("{name}: no value to judge") };
    let subject = nearest.object.as_deref();
    let amount = nearest.unit.amount(nearest.value);
    let extreme = if low_is_bad { "lowest" } else { "highest" };
    let subject = subject.map(|subject| format!("{subject} ")).unwrap_or_default();
    match all().count() {
        _ if main.sql_type == ColumnType::Boolean => format!("{subject}{name}{facts}"),
        1 => format!("{subject}{name} {amount}"),
        _ if rows > limit => {
            format!("{subject}{name} {amount}, the {extreme} of more than {limit} rows")
        }
        several => format!("{subject}{name} {amount}, the {extreme} of {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `95 % (critical above 95 %)` would contradict itself.
    #[test]
    fn a_rounded_number_does_not_equal_the_level_that_it_violates() {
        let level = |range: &str| range.parse().ok();
        for (warning, critical, number, unit, expected) in [
            ("80", "95", 96.0, Unit::Percent, Some("critical above 95 %")),
            ("80", "95", 95.02, Unit::Percent, Some("critical just above 95 %")),
            ("80", "95", 95.0, Unit::Percent, Some("warning above 80 %")),
            ("90:", "80:", 89.99, Unit::Percent, Some("warning just below 90 %")),
            ("", "1073741824", 1_073_741_825.0, Unit::Bytes, Some("critical just above 1 GiB")),
            ("60", "", 60.2, Unit::Seconds, Some("warning just above 1 min")),
            ("80", "95", 80.0, Unit::Percent, None),
        ] {
            let levels = Levels { warning: level(warning), critical: level(critical) };
            let violated = violated(&levels, number, unit).map(|(_, reason)| reason);
            assert_eq!(violated.as_deref(), expected, "{number}");
        }
    }
}
