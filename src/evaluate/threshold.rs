//! The threshold judge: compares each metric of each row with its thresholds.

use std::collections::BTreeMap;

use crate::catalog::check::{Check, ExpectedRows};
use crate::catalog::function::{Column, ColumnRole, ColumnType, FunctionSignature};
use crate::catalog::thresholds::Levels;
use crate::catalog::thresholds::Thresholds;
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

/// Judges the rows that one function of a check returned.
pub fn judge(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    rows: &Rows,
) -> ThresholdJudgement {
    let mut judged = ThresholdJudgement::default();
    let limit = usize::try_from(check.row_limit).unwrap_or(usize::MAX);
    for values in rows.rows.iter().take(limit) {
        let row = CheckRow { check, signature, values };
        let object = row.joined(ColumnRole::Object);
        if thresholds.disables(object.as_deref()) {
            continue;
        }
        if check.expected == ExpectedRows::None {
            judged.findings.push(row.unexpected(object.as_deref()));
        }
        for (column, value) in row.with_role(ColumnRole::Metric) {
            row.metric(column, value, object.as_deref(), thresholds, &mut judged);
        }
    }
    if rows.rows.len() > limit {
        let summary = format!("more than {limit} rows; the others were not judged");
        judged.findings.push(Finding::new(State::Unknown, summary));
    }
    judged.findings.sort_by_key(|finding| finding.state.rank());
    judged.ok_summary = match check.expected {
        ExpectedRows::None if rows.rows.is_empty() => "nothing found".to_owned(),
        _ => ok_summary(check, signature, thresholds, &judged.metrics, rows),
    };
    judged
}

/// A row of a check's function.
struct CheckRow<'a> {
    check: &'a Check,
    signature: &'a FunctionSignature,
    values: &'a [SqlValue],
}

impl<'a> CheckRow<'a> {
    fn with_role(&self, role: ColumnRole) -> impl Iterator<Item = (&'a Column, &'a SqlValue)> {
        let columns = self.signature.columns.iter().zip(self.values);
        columns.filter(move |(column, _)| column.role == role)
    }

    /// The values of the columns with a role, joined by dots; `None` if all are `NULL`.
    fn joined(&self, role: ColumnRole) -> Option<String> {
        let parts: Vec<String> =
            self.with_role(role).filter_map(|(column, value)| text(column, value)).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.with_role(ColumnRole::Label);
        labels
            .filter_map(|(column, value)| Some((column.name.clone(), text(column, value)?)))
            .collect()
    }

    /// The lines below a finding: the info and label columns.
    fn description(&self) -> Option<String> {
        let lines: Vec<String> = self
            .with_role(ColumnRole::Info)
            .chain(self.with_role(ColumnRole::Label))
            .filter_map(|(column, value)| {
                Some(format!("{}: {}", readable(&column.name), text(column, value)?))
            })
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn finding(&self, state: State, object: Option<&str>, problem: &str) -> Finding {
        let subject = object.map(|object| format!("{object} ")).unwrap_or_default();
        let mut finding =
            Finding::new(state, format!("{subject}{problem}")).about(object.map(str::to_owned));
        finding.labels = self.labels();
        finding.description = self.description();
        finding
    }

    /// The info columns in parentheses, for a summary without a number: `(role: standby, expected: primary)`. Empty
    /// where it would be long.
    fn facts(&self) -> String {
        const LONGEST: usize = 100;
        let facts = self.with_role(ColumnRole::Info);
        let facts = facts.filter_map(|(column, value)| {
            Some(format!("{}: {}", readable(&column.name), text(column, value)?))
        });
        let facts = facts.collect::<Vec<_>>().join(", ");
        let fits = !facts.is_empty() && facts.chars().count() <= LONGEST;
        if fits { format!(" ({facts})") } else { String::new() }
    }

    /// The finding for a row of a check with `rows = "none"`.
    fn unexpected(&self, object: Option<&str>) -> Finding {
        let problem = if object.is_some() { "" } else { &self.check.summary };
        let mut finding = self.finding(self.check.severity.state(), object, problem);
        finding.summary.truncate(finding.summary.trim_end().len());
        finding.severity = self.check.severity;
        finding
    }

    fn metric(
        &self,
        column: &Column,
        value: &SqlValue,
        object: Option<&str>,
        thresholds: &Thresholds,
        judged: &mut ThresholdJudgement,
    ) {
        let name = readable(&column.name);
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
        let levels = thresholds.for_object(&column.name, object);
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
fn violated(levels: &Levels, number: f64, unit: Unit) -> Option<(State, String)> {
    let levels = [(State::Critical, &levels.critical), (State::Warning, &levels.warning)];
    levels.into_iter().find_map(|(state, range)| {
        let range = range.as_ref().filter(|range| range.alarms(number))?;
        let reason = range.explain(number, |bound| unit.amount(bound));
        Some((state, format!("{} {reason}", state.name())))
    })
}

fn number(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Bool(truth) => Some(f64::from(u8::from(*truth))),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a metric is a floating-point number in all formats"
        )]
        SqlValue::Int(number) => Some(*number as f64),
        SqlValue::Float(number) => Some(*number),
        SqlValue::Text(text) => text.parse().ok(),
        SqlValue::Null | SqlValue::Time(_) => None,
    }
}

/// A value for people; `None` for `NULL`.
fn text(column: &Column, value: &SqlValue) -> Option<String> {
    match value {
        SqlValue::Null => None,
        SqlValue::Bool(truth) => Some(truth.to_string()),
        #[expect(clippy::cast_precision_loss, reason = "the number is rounded for people")]
        SqlValue::Int(number) if column.role != ColumnRole::Object => {
            Some(column.unit.amount(*number as f64))
        }
        SqlValue::Int(number) => Some(number.to_string()),
        SqlValue::Float(number) => Some(column.unit.amount(*number)),
        SqlValue::Time(nanoseconds) => {
            let time = jiff::Timestamp::from_nanosecond(*nanoseconds);
            Some(time.map_or_else(|_| "out of range".to_owned(), |time| time.to_string()))
        }
        // A `numeric` is a text, but its unit makes it a number for people.
        SqlValue::Text(text) if column.unit != Unit::None => {
            Some(text.parse().map_or_else(|_| text.clone(), |number| column.unit.amount(number)))
        }
        SqlValue::Text(text) => Some(text.clone()),
    }
}

/// A column's name for people.
fn readable(name: &str) -> String {
    name.replace('_', " ")
}

/// The summary of a check without findings: the number that is nearest to its thresholds.
fn ok_summary(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    metrics: &[Metric],
    rows: &Rows,
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
