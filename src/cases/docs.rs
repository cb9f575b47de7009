//! `docs` of a script from JSON: a list with one item a query, or what a check of one query is given.
//!
//! Numbers stay exact: what is written without point and exponent is an integer of any size that fits.

use indexmap::IndexSet;
use serde_json::{Map, Value as Json};

use crate::catalog::check;
use crate::rows::{QueryRows, Rows, ScriptInput, SqlValue};

/// Rows of more values in all are refused. Each takes a byte at least on its way to a script.
const MOST_VALUES: usize = 4 * 1024 * 1024;

/// What a text says: a list of documents, or one by itself; each is a list of rows, or an object of such
/// lists by database.
pub fn read(text: &str, shape: check::Docs) -> Result<ScriptInput, String> {
    let docs: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if shape == check::Docs::Rows {
        return Ok(ScriptInput::Only(document("docs", &docs)?));
    }
    let items = docs.as_array().ok_or("must be a list with one item a query")?;
    let item = |(number, item): (usize, &Json)| document(&format!("[{number}]"), item);
    Ok(ScriptInput::List(items.iter().enumerate().map(item).collect::<Result<_, String>>()?))
}

fn document(place: &str, item: &Json) -> Result<QueryRows, String> {
    match item {
        Json::Array(list) => Ok(QueryRows::Rows(rows(place, list)?)),
        Json::Object(all) => {
            let each = all.iter().map(|(name, list)| {
                let place = format!("{place}[{name:?}]");
                let list = list.as_array();
                let list = list.ok_or_else(|| format!("{place} must be a list of rows"))?;
                Ok((name.clone(), rows(&place, list)?))
            });
            Ok(QueryRows::Databases(each.collect::<Result<_, String>>()?))
        }
        _ => Err(format!(
            "{place} must be a list of rows, or an object with a list of rows for each database"
        )),
    }
}

/// Rows that do not all have the same keys get them, with no value.
fn rows(place: &str, list: &[Json]) -> Result<Rows, String> {
    let mut columns: IndexSet<&String> = IndexSet::new();
    let mut objects: Vec<&Map<String, Json>> = Vec::new();
    for (number, row) in list.iter().enumerate() {
        let row = row.as_object();
        let row =
            row.ok_or_else(|| format!("{place}[{number}] must be a row: {{\"column\": value}}"))?;
        columns.extend(row.keys());
        objects.push(row);
    }
    if objects.len().saturating_mul(columns.len()) > MOST_VALUES {
        let (rows, columns) = (objects.len(), columns.len());
        return Err(format!("{place} has {rows} rows of {columns} columns; give fewer"));
    }
    let mut rows = Vec::with_capacity(list.len());
    for (number, row) in objects.into_iter().enumerate() {
        let cell = |name: &&String| {
            let place = || format!("{place}[{number}].{}", name.escape_debug());
            row.get(*name).map_or(Ok(SqlValue::Null), |value| {
                cell(value).map_err(|e| format!("{}: {e}", place()))
            })
        };
        rows.push(columns.iter().map(cell).collect::<Result<_, _>>()?);
    }
    Ok(Rows { columns: columns.into_iter().cloned().collect(), rows })
}

fn cell(value: &Json) -> Result<SqlValue, String> {
    match value {
        Json::Null => Ok(SqlValue::Null),
        Json::Bool(truth) => Ok(SqlValue::Bool(*truth)),
        Json::String(text) => Ok(SqlValue::Text(text.clone())),
        // The text of the number, as another crate of this build has numbers kept as they were written.
        Json::Number(number) => number_of(&number.to_string()),
        Json::Array(_) | Json::Object(_) => Err(
            "a value is a number, a string, true, false or null; arrays of PostgreSQL travel as text"
                .to_owned(),
        ),
    }
}

fn number_of(text: &str) -> Result<SqlValue, String> {
    if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
        let too_large = || format!("{text} is too large for double precision");
        return number.is_finite().then_some(SqlValue::Float(number)).ok_or_else(too_large);
    }
    if let Ok(number) = text.parse() {
        return Ok(SqlValue::Int(number));
    }
    // Times are integers to a script as well, and wider than 64 bits.
    text.parse().map(SqlValue::Time).map_err(|_| format!("{text} is too large for an integer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<ScriptInput, String> {
        read(text, check::Docs::List)
    }

    #[test]
    fn numbers_are_exact() {
        for (text, expected) in [
            ("1", SqlValue::Int(1)),
            ("-9223372036854775808", SqlValue::Int(i64::MIN)),
            ("9223372036854775808", SqlValue::Time(9_223_372_036_854_775_808)),
            ("1.0", SqlValue::Float(1.0)),
            ("1e3", SqlValue::Float(1000.0)),
            ("null", SqlValue::Null),
            ("\"x\"", SqlValue::Text("x".to_owned())),
        ] {
            let docs = list(&format!("[[{{\"a\": {text}}}]]")).unwrap();
            let rows = Rows { columns: vec!["a".to_owned()], rows: vec![vec![expected]] };
            assert_eq!(docs, ScriptInput::List(vec![QueryRows::Rows(rows)]), "{text}");
        }
        for (text, expected) in [
            ("{}", "must be a list with one item a query"),
            (
                "[1]",
                "[0] must be a list of rows, or an object with a list of rows for each database",
            ),
            ("[{\"app\": 1}]", "[0][\"app\"] must be a list of rows"),
            ("[[], [7]]", "[1][0] must be a row: {\"column\": value}"),
            ("[[{\"a\": 1e999}]]", "[0][0].a: 1e+999 is too large for double precision"),
        ] {
            assert_eq!(list(text), Err(expected.to_owned()), "{text}");
        }
        // As many columns as rows, each named once.
        let each: Vec<String> = (0..3000).map(|n| format!("{{\"c{n}\": {n}}}")).collect();
        let many = format!("[[{}]]", each.join(","));
        assert_eq!(list(&many), Err("[0] has 3000 rows of 3000 columns; give fewer".to_owned()));
        let docs = read("[{\"a\": 1}, {\"b\": 2}]", check::Docs::Rows).unwrap();
        let null = |rows: &Rows| rows.rows[1][0] == SqlValue::Null;
        assert!(
            matches!(&docs, ScriptInput::Only(QueryRows::Rows(rows)) if null(rows)),
            "{docs:?}"
        );
    }
}
