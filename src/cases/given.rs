//! Converts the rows of an offline case into the values that a server sends.

use indexmap::IndexMap;
use toml::{Spanned, Value as Toml};

use crate::catalog::function::{ColumnType, FunctionSignature};
use crate::rows::{Rows, SqlValue};
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// One row of a case. A column without a value is NULL.
pub(super) type GivenRow = IndexMap<String, Spanned<Toml>>;

/// A mistake at an offset of the file. A mistake at offset 0 is one of the whole file.
pub(super) fn mistake(
    toml: TomlDocument<'_>,
    offset: usize,
    key: &str,
    message: String,
) -> Mistake {
    let before = toml.text.get(..offset).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let line = if offset == 0 { 0 } else { line };
    Mistake { file: toml.file.to_owned(), line, key: key.to_owned(), message }
}

/// The rows as the function of a query returns them.
pub(super) fn rows(
    toml: TomlDocument<'_>,
    signature: &FunctionSignature,
    given: &[GivenRow],
) -> Result<Rows, Mistake> {
    let columns: Vec<String> = signature.columns.iter().map(|column| column.name.clone()).collect();
    let mut rows = Vec::with_capacity(given.len());
    for row in given {
        if let Some((name, value)) = row.iter().find(|(name, _)| !columns.contains(name)) {
            let suggestion = suggestion(name, columns.iter().map(String::as_str));
            let message = format!("{} has no column {name:?}{suggestion}", signature.function);
            return Err(mistake(toml, value.span().start, name, message));
        }
        let cell = |name: &str, sql_type: &ColumnType| match row.get(name) {
            None => Ok(SqlValue::Null),
            Some(written) => value(written.get_ref(), sql_type)
                .map_err(|message| mistake(toml, written.span().start, name, message)),
        };
        let cells = signature.columns.iter().map(|column| cell(&column.name, &column.sql_type));
        rows.push(cells.collect::<Result<_, _>>()?);
    }
    Ok(Rows { columns, rows })
}

fn value(written: &Toml, sql_type: &ColumnType) -> Result<SqlValue, String> {
    let wrong = |right: &str| Err(format!("{written} is not a {}; {right}", sql_type.sql()));
    match (sql_type, written) {
        (ColumnType::Boolean, Toml::Boolean(truth)) => Ok(SqlValue::Bool(*truth)),
        (ColumnType::Boolean, _) => wrong("write true or false"),
        (ColumnType::Integer(name), Toml::Integer(number)) if fits(name, *number) => {
            Ok(SqlValue::Int(*number))
        }
        (ColumnType::Integer(_), _) => wrong("write a whole number in its range"),
        (ColumnType::Float(_), Toml::Float(number)) => Ok(SqlValue::Float(*number)),
        (ColumnType::Float(_), Toml::Integer(number)) => wrong(&format!("write {number}.0")),
        (ColumnType::Float(_), _) => wrong("write a number with a point"),
        (ColumnType::Time(_), Toml::Integer(number)) => Ok(SqlValue::Time((*number).into())),
        (ColumnType::Time(_), Toml::Datetime(time)) => nanoseconds(time),
        (ColumnType::Time(_), Toml::String(text))
            if ["infinity", "-infinity"].contains(&text.as_str()) =>
        {
            Ok(SqlValue::Text(text.clone()))
        }
        (ColumnType::Time(_), _) => wrong(
            "write 2026-11-20T10:00:00Z without quotes, nanoseconds since 1970, or \"infinity\"",
        ),
        (ColumnType::Text(_), Toml::String(text)) => Ok(SqlValue::Text(text.clone())),
        (ColumnType::Text(_), _) => wrong("write a text in quotes, as PostgreSQL prints it"),
    }
}

fn fits(name: &str, number: i64) -> bool {
    match name {
        "smallint" => i16::try_from(number).is_ok(),
        "integer" => i32::try_from(number).is_ok(),
        _ => true,
    }
}

/// A time without an offset is in UTC, and a date is its midnight.
fn nanoseconds(time: &toml::value::Datetime) -> Result<SqlValue, String> {
    let date = time.date.ok_or_else(|| format!("{time} has no date"))?;
    let clock = time.time.map_or_else(|| "00:00:00".to_owned(), |clock| clock.to_string());
    let offset = time.offset.map_or_else(|| "Z".to_owned(), |offset| offset.to_string());
    let moment: Result<jiff::Timestamp, _> = format!("{date}T{clock}{offset}").parse();
    let moment = moment.map_err(|error| format!("{time} is not a time: {error}"))?;
    Ok(SqlValue::Time(moment.as_nanosecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_type_of_their_column() {
        let read = |written: &str, sql_type: &str| {
            let table: toml::Table = format!("x = {written}").parse().unwrap();
            value(&table["x"], &ColumnType::parse(sql_type).unwrap())
        };
        for (written, sql_type, expected) in [
            ("true", "boolean", SqlValue::Bool(true)),
            ("-32768", "smallint", SqlValue::Int(-32768)),
            ("9223372036854775807", "bigint", SqlValue::Int(i64::MAX)),
            ("nan", "text[]", SqlValue::Null),
            ("1.5", "real", SqlValue::Float(1.5)),
            ("'1.50'", "numeric", SqlValue::Text("1.50".to_owned())),
            ("1970-01-01T00:00:01.000000001Z", "timestamptz", SqlValue::Time(1_000_000_001)),
            ("1970-01-01T01:00:00+01:00", "timestamptz", SqlValue::Time(0)),
            ("1970-01-01T00:00:02", "timestamp", SqlValue::Time(2_000_000_000)),
            ("1969-12-31", "date", SqlValue::Time(-86_400_000_000_000)),
            ("-5", "date", SqlValue::Time(-5)),
            ("'infinity'", "timestamptz", SqlValue::Text("infinity".to_owned())),
        ] {
            match expected {
                SqlValue::Null => assert!(read(written, sql_type).is_err()),
                expected => assert_eq!(read(written, sql_type), Ok(expected), "{written}"),
            }
        }
        for (written, sql_type, expected) in [
            ("32768", "smallint", "32768 is not a smallint; write a whole number in its range"),
            ("1", "double precision", "1 is not a double precision; write 1.0"),
            ("1.5", "bigint", "1.5 is not a bigint; write a whole number in its range"),
            ("10:00:00", "date", "10:00:00 has no date"),
            ("'t'", "boolean", "\"t\" is not a boolean; write true or false"),
        ] {
            assert_eq!(read(written, sql_type), Err(expected.to_owned()), "{written}");
        }
        assert!(read("12", "numeric").unwrap_err().ends_with("as PostgreSQL prints it"));
    }
}
