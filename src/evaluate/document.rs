//! The rows of a document: reads them from JSON or from the function `rows` of a script, and compares them with the
//! declared columns.
//!
//! A document can have any content. A message about it contains positions and names of columns, but no value.

use serde_json::{Map, Value as Json};

use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType, FunctionSignature};
use crate::catalog::thresholds::Thresholds;
use crate::evaluate::threshold::{self, ThresholdJudgement};
use crate::finding::State;
use crate::rows::{Rows, SqlValue};
use crate::text::number::counted;

/// The limit for the values of a list of rows.
const MOST_VALUES: usize = 1024 * 1024;

/// Why a document has no rows for a check. `Display` writes one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON.
    #[error("is not JSON: {0}")]
    Syntax(String),
    /// It has another form.
    #[error("{0}")]
    Form(String),
}

fn form(message: impl Into<String>) -> DocumentError {
    DocumentError::Form(message.into())
}

/// Parses a document. The message about a mistake has a position and no content.
pub(super) fn parse(text: &str) -> Result<Json, DocumentError> {
    // PowerShell and some editors write a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| {
        let what = if error.is_eof() { "it ends too early" } else { "a mistake" };
        DocumentError::Syntax(format!("{what}, line {}, column {}", error.line(), error.column()))
    })
}

/// The rows of a document and their findings by thresholds.
#[derive(Debug, Clone)]
pub struct DocumentJudgement {
    /// The rows.
    pub rows: Rows,
    /// Findings and metrics. If the script judges, only findings of thresholds that are set.
    pub judged: ThresholdJudgement,
}

/// Judges a document by thresholds. `made` are the rows that the script made of it.
pub fn judge(
    check: &Check,
    signature: &FunctionSignature,
    thresholds: &Thresholds,
    text: &str,
    made: Option<&Rows>,
    limit: u32,
) -> Result<DocumentJudgement, DocumentError> {
    let rows = judged_rows(text, made, &signature.columns, limit)?;
    let mut judged = threshold::judge(check, signature, thresholds, None, &rows, limit);
    if check.script_judges() && thresholds.levels.is_empty() {
        judged.findings.retain(|finding| finding.state == State::Unknown);
    }
    if signature.columns.is_empty() {
        "nothing found".clone_into(&mut judged.ok_summary);
    }
    Ok(DocumentJudgement { rows, judged })
}

/// The rows that thresholds judge: those that the script made of the document, or the document itself. `limit` is the
/// number of rows that are judged; a document has no order by which others could be left out.
fn judged_rows(
    text: &str,
    made: Option<&Rows>,
    columns: &[Column],
    limit: u32,
) -> Result<Rows, DocumentError> {
    let rows = match made {
        Some(raw) => typed(raw, columns)?,
        None if columns.is_empty() => Rows::default(),
        None => rows(text, columns)?,
    };
    let count = rows.rows.len();
    if u32::try_from(count).is_ok_and(|count| count <= limit) {
        return Ok(rows);
    }
    Err(form(format!("has {count} rows, and {limit} are judged; set row_limit in posemo.toml")))
}

/// The rows of a document that is a list of rows: objects with a value for each column. Other keys are left out.
fn rows(text: &str, columns: &[Column]) -> Result<Rows, DocumentError> {
    let document = parse(text)?;
    let list = document.as_array().ok_or_else(|| {
        form("is not a list of rows, such as [{\"column\": value}]; see the README of the check")
    })?;
    let mut objects: Vec<&Map<String, Json>> = Vec::with_capacity(list.len());
    for (row, number) in list.iter().zip(1..) {
        let row = row.as_object();
        let row = row.ok_or_else(|| form(format!("row {number} is not an object")))?;
        if let Some(missing) = columns.iter().find(|column| !row.contains_key(&column.name)) {
            let name = &missing.name;
            return Err(form(format!(
                "row {number} has no key {name:?}; write null for a missing value"
            )));
        }
        objects.push(row);
    }
    let cell = |row: &Map<String, Json>, name: &str, number: usize| {
        let wrong = || form(format!("{name} of row {number} is a list or an object"));
        row.get(name).and_then(scalar).ok_or_else(wrong)
    };
    let raw = objects.into_iter().zip(1..).map(|(row, number)| {
        columns.iter().map(|column| cell(row, &column.name, number)).collect()
    });
    let raw = raw.collect::<Result<Vec<Vec<SqlValue>>, _>>()?;
    let names = columns.iter().map(|column| column.name.clone()).collect();
    typed(&Rows { columns: names, rows: raw }, columns)
}

/// A value that is not a list and not an object.
fn scalar(value: &Json) -> Option<SqlValue> {
    Some(match value {
        Json::Null => SqlValue::Null,
        Json::Bool(truth) => SqlValue::Bool(*truth),
        Json::String(text) => SqlValue::Text(text.clone()),
        Json::Number(number) => number
            .as_i64()
            .map(SqlValue::Int)
            .or_else(|| number.as_f64().filter(|float| float.is_finite()).map(SqlValue::Float))
            .unwrap_or_else(|| SqlValue::Text(number.to_string())),
        Json::Array(_) | Json::Object(_) => return None,
    })
}

/// The rows with the declared columns, in their order and with their types. Other columns are left out.
fn typed(raw: &Rows, columns: &[Column]) -> Result<Rows, DocumentError> {
    if raw.rows.len().saturating_mul(columns.len()) > MOST_VALUES {
        return Err(form(format!("has {}; write fewer", counted(raw.rows.len(), "row"))));
    }
    let mut rows = Vec::with_capacity(raw.rows.len());
    for (row, number) in raw.rows.iter().zip(1..) {
        let cell = |column: &Column| {
            let name = &column.name;
            let value = raw.position(name).and_then(|position| row.get(position));
            let value = value.ok_or_else(|| form(format!("row {number} has no {name:?}")))?;
            converted(value, &column.sql_type).ok_or_else(|| {
                form(format!("{name} of row {number} is not a {}", column.sql_type.sql()))
            })
        };
        rows.push(columns.iter().map(cell).collect::<Result<_, _>>()?);
    }
    Ok(Rows { columns: columns.iter().map(|column| column.name.clone()).collect(), rows })
}

/// A value as the server sends it for a type; `None` if it does not fit. A program may write a number as a text.
fn converted(value: &SqlValue, sql_type: &ColumnType) -> Option<SqlValue> {
    match (sql_type, value) {
        (_, SqlValue::Null) => Some(SqlValue::Null),
        (ColumnType::Boolean, SqlValue::Bool(_))
        | (ColumnType::Integer(_), SqlValue::Int(_))
        | (ColumnType::Float(_), SqlValue::Float(_))
        | (ColumnType::Time(_), SqlValue::Time(_))
        | (ColumnType::Text(_), SqlValue::Text(_)) => Some(value.clone()),
        (ColumnType::Integer(_), SqlValue::Text(text)) => text.parse().ok().map(SqlValue::Int),
        #[expect(clippy::cast_precision_loss, reason = "a metric is a floating-point number")]
        (ColumnType::Float(_), SqlValue::Int(number)) => Some(SqlValue::Float(*number as f64)),
        (ColumnType::Float(_), SqlValue::Text(text)) => {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(SqlValue::Float)
        }
        (ColumnType::Time(_), SqlValue::Int(number)) => Some(SqlValue::Time((*number).into())),
        (ColumnType::Time(_), SqlValue::Text(text)) => {
            let time: jiff::Timestamp = text.parse().ok()?;
            Some(SqlValue::Time(time.as_nanosecond()))
        }
        (ColumnType::Text(_), SqlValue::Int(number)) => Some(SqlValue::Text(number.to_string())),
        (ColumnType::Text(_), SqlValue::Float(number)) => Some(SqlValue::Text(number.to_string())),
        (ColumnType::Text(_), SqlValue::Bool(truth)) => Some(SqlValue::Text(truth.to_string())),
        _ => None,
    }
}
