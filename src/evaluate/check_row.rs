//! One row of a check's function: its object, its labels, and the findings about it.

use std::collections::BTreeMap;

use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnRole, FunctionSignature};
use crate::finding::metric::Unit;
use crate::finding::{Finding, State};
use crate::rows::SqlValue;

/// A row of a check's function.
pub(super) struct CheckRow<'a> {
    pub(super) check: &'a Check,
    pub(super) signature: &'a FunctionSignature,
    pub(super) values: &'a [SqlValue],
}

impl<'a> CheckRow<'a> {
    pub(super) fn with_role(
        &self,
        role: ColumnRole,
    ) -> impl Iterator<Item = (&'a Column, &'a SqlValue)> {
        let columns = self.signature.columns.iter().zip(self.values);
        columns.filter(move |(column, _)| column.role == role)
    }

    /// The values of the columns with a role, joined by dots; `None` if all are `NULL`.
    pub(super) fn joined(&self, role: ColumnRole) -> Option<String> {
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

    pub(super) fn finding(&self, state: State, object: Option<&str>, problem: &str) -> Finding {
        let subject = object.map(|object| format!("{object} ")).unwrap_or_default();
        let mut finding =
            Finding::new(state, format!("{subject}{problem}")).about(object.map(str::to_owned));
        finding.labels = self.labels();
        finding.description = self.description();
        finding
    }

    /// The info columns in parentheses, for a summary without a number: `(role: standby, expected: primary)`. Empty
    /// where it would be long.
    pub(super) fn facts(&self) -> String {
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
    pub(super) fn unexpected(&self, object: Option<&str>) -> Finding {
        let problem = if object.is_some() { "" } else { &self.check.summary };
        let mut finding = self.finding(self.check.severity.state(), object, problem);
        finding.summary.truncate(finding.summary.trim_end().len());
        finding.severity = self.check.severity;
        finding
    }
}

/// The number of a value.
pub(super) fn number(value: &SqlValue) -> Option<f64> {
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
pub(super) fn readable(name: &str) -> String {
    name.replace('_', " ")
}
