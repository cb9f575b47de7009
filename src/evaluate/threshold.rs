//! The built-in judge: each metric of each row against its threshold.
//!
//! Scripts have a judge of their own; which of the two a check has is `run`'s to know.

use std::collections::BTreeMap;

use crate::catalog::check::{Check, ExpectedRows};
use crate::catalog::function::{Column, ColumnRole, ColumnType, FunctionSignature};
use crate::catalog::thresholds::Levels;
use crate::catalog::thresholds::Thresholds;
use crate::finding::metric::{Metric, Unit};
use crate::finding::{Finding, State};
use crate::rows::{Rows, SqlValue};

/// What the judge has to say of one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// The numbers of all rows, with the ranges they were held against.
    pub metrics: Vec<Metric>,
    /// One line for the case that nothing was found.
    pub quiet: String,
}

/// Judges the rows that one function of a check returned.
pub fn judge(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    rows: &Rows,
) -> Judged {
    let mut judged = Judged::default();
    let limit = usize::try_from(check.row_limit).unwrap_or(usize::MAX);
    for values in rows.rows.iter().take(limit) {
        let row = Row { check, signature, values };
        let object = row.joined(ColumnRole::Object);
        if thresholds.disables(object.as_deref()) {
            continue;
        }
        if check.expected == ExpectedRows::None {
            judged.findings.push(row.problem(object.as_deref()));
        }
        for (column, value) in row.of_role(ColumnRole::Metric) {
            row.metric(column, value, object.as_deref(), thresholds, &mut judged);
        }
    }
    if rows.rows.len() > limit {
        let summary = format!("more than {limit} rows; the rest was not looked at");
        judged.findings.push(Finding::new(State::Unknown, summary));
    }
    judged.findings.sort_by_key(|finding| finding.state.rank());
    judged.quiet = quiet(signature, thresholds, &judged.metrics, rows.rows.len());
    judged
}

/// One row, with what is known of its columns.
struct Row<'a> {
    check: &'a Check,
    signature: &'a FunctionSignature,
    values: &'a [SqlValue],
}

impl<'a> Row<'a> {
    fn of_role(&self, role: ColumnRole) -> impl Iterator<Item = (&'a Column, &'a SqlValue)> {
        let columns = self.signature.columns.iter().zip(self.values);
        columns.filter(move |(column, _)| column.role == role)
    }

    /// The values of the columns of a role, joined by dots; none if all are `NULL`.
    fn joined(&self, role: ColumnRole) -> Option<String> {
        let parts: Vec<String> =
            self.of_role(role).filter_map(|(column, value)| text(column, value)).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    }

    fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.of_role(ColumnRole::Label);
        labels
            .filter_map(|(column, value)| Some((column.name.clone(), text(column, value)?)))
            .collect()
    }

    /// What is shown beside a finding: columns that are no metrics.
    fn description(&self) -> Option<String> {
        let lines: Vec<String> = self
            .of_role(ColumnRole::Info)
            .chain(self.of_role(ColumnRole::Label))
            .filter_map(|(column, value)| {
                Some(format!("{}: {}", spoken(&column.name), text(column, value)?))
            })
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn finding(&self, state: State, object: Option<&str>, words: &str) -> Finding {
        let subject = object.map(|object| format!("{object} ")).unwrap_or_default();
        let mut finding =
            Finding::new(state, format!("{subject}{words}")).about(object.map(str::to_owned));
        finding.labels = self.labels();
        finding.description = self.description();
        finding
    }

    /// A row of a check that expects none.
    fn problem(&self, object: Option<&str>) -> Finding {
        let words = if object.is_some() { String::new() } else { self.check.summary.clone() };
        let mut finding = self.finding(self.check.severity.state(), object, &words);
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
        judged: &mut Judged,
    ) {
        let name = spoken(&column.name);
        let number = match (number(value), value) {
            (Some(number), _) if !number.is_nan() => number,
            (None, SqlValue::Null) => return,
            _ => {
                judged.findings.push(self.finding(
                    State::Unknown,
                    object,
                    &format!("{name} is no number"),
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
                let words = format!("is not {name}").replace("is not is ", "is not ");
                let mut finding = self.finding(self.check.severity.state(), object, &words);
                finding.severity = self.check.severity;
                judged.findings.push(finding);
            }
        } else if let Some((state, why)) = alarm(&levels, number, unit) {
            let words = format!("{name} {} ({why})", unit.amount(number));
            judged.findings.push(self.finding(state, object, &words));
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

/// The level that a number violates, the worse one first, and why in words.
fn alarm(levels: &Levels, number: f64, unit: Unit) -> Option<(State, String)> {
    let violated = |range: &Option<_>, state: State| {
        let range: &crate::finding::range::Range = range.as_ref()?;
        let why =
            || format!("{} {}", state.name(), range.explain(number, |bound| unit.amount(bound)));
        range.alarms(number).then(|| (state, why()))
    };
    violated(&levels.critical, State::Critical)
        .or_else(|| violated(&levels.warning, State::Warning))
}

fn number(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Bool(truth) => Some(f64::from(u8::from(*truth))),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a metric is a floating-point number in every format"
        )]
        SqlValue::Int(number) => Some(*number as f64),
        SqlValue::Float(number) => Some(*number),
        SqlValue::Text(text) => text.parse().ok(),
        SqlValue::Null | SqlValue::Time(_) => None,
    }
}

/// A value as it is shown; none for `NULL`.
fn text(column: &Column, value: &SqlValue) -> Option<String> {
    match value {
        SqlValue::Null => None,
        SqlValue::Bool(truth) => Some(truth.to_string()),
        #[expect(clippy::cast_precision_loss, reason = "rounded for reading anyway")]
        SqlValue::Int(number) if column.role != ColumnRole::Object => {
            Some(column.unit.amount(*number as f64))
        }
        SqlValue::Int(number) => Some(number.to_string()),
        SqlValue::Float(number) => Some(column.unit.amount(*number)),
        SqlValue::Time(nanoseconds) => {
            let time = jiff::Timestamp::from_nanosecond(*nanoseconds);
            Some(time.map_or_else(|_| "out of range".to_owned(), |time| time.to_string()))
        }
        SqlValue::Text(text) => Some(text.clone()),
    }
}

/// A column's name in a sentence.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

/// The line for the case that all is well: the number nearest to trouble.
fn quiet(
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    metrics: &[Metric],
    rows: usize,
) -> String {
    let columns = || signature.columns.iter().filter(|column| column.role == ColumnRole::Metric);
    let ranged = columns().find(|column| thresholds.levels.contains_key(&column.name));
    let Some(main) = ranged.or(columns().next()).filter(|_| rows > 0) else {
        return if rows == 0 {
            "nothing to look at".to_owned()
        } else {
            "nothing found".to_owned()
        };
    };
    let name = spoken(&main.name);
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
        _ if main.sql_type == ColumnType::Boolean => format!("{subject}{name}"),
        1 => format!("{subject}{name} {amount}"),
        several => format!("{subject}{name} {amount}, the {extreme} of {several}"),
    }
}
