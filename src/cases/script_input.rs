//! Reads the argument `docs` of a script from JSON.
//!
//! Numbers remain exact: a number without point and exponent is an integer.

use indexmap::IndexSet;
use serde_json::{Map, Value as Json};

use crate::catalog::check::{Check, DocsForm};
use crate::rows::{QueryRows, Rows, ScriptInput, SqlValue};
use crate::text::mistake::Mistake;

/// The limit for the values of a list of rows. The worker gets at least one byte for each.
const MOST_VALUES: usize = 4 * 1024 * 1024;

/// A mistake at a path such as `[0][1].column`.
fn mistake(path: impl Into<String>, message: impl Into<String>) -> Mistake {
    Mistake { file: String::new(), line: 0, key: path.into(), message: message.into() }
}

/// The form of the input of a script.
#[derive(Debug, Clone, Copy)]
pub enum InputForm {
    /// Of a script without a check.
    Unknown,
    /// A document as it is, and whether the script makes rows of it.
    Document(bool),
    /// The rows of queries.
    Docs(DocsForm),
}

impl InputForm {
    /// The form for the script of a check.
    pub fn of(check: &Check) -> InputForm {
        match &check.document {
            Some(document) => InputForm::Document(!document.rows.columns.is_empty()),
            None => InputForm::Docs(check.docs),
        }
    }

    /// Reads the input. `file` is its name in messages, `now` the time of the run in seconds since 1970.
    pub fn read(self, file: &str, text: &str, now: i64) -> Result<ScriptInput, Mistake> {
        let document = |rows| ScriptInput::Document { text: text.to_owned(), now, rows };
        match self {
            InputForm::Document(rows) => Ok(document(rows)),
            InputForm::Docs(form) => read(file, text, form),
            // Rows of version 1, or with values that PostgreSQL does not have.
            InputForm::Unknown => read(file, text, DocsForm::List)
                .or_else(|error| if is_document(text) { Ok(document(false)) } else { Err(error) }),
        }
    }
}

/// Whether a text is a list of objects, or a list of such lists.
fn is_document(text: &str) -> bool {
    let objects =
        |value: &Json| value.as_array().is_some_and(|list| list.iter().all(Json::is_object));
    let lists = |value: &Json| value.as_array().is_some_and(|list| list.iter().all(objects));
    serde_json::from_str(text).is_ok_and(|docs: Json| objects(&docs) || lists(&docs))
}

/// Reads a list with one item for each query, or the only item. An item is a list of rows, or an object with a list of
/// rows for each database. `file` is the name of the file in messages.
pub fn read(file: &str, text: &str, form: DocsForm) -> Result<ScriptInput, Mistake> {
    input(text, form).map_err(|mistake| Mistake { file: file.to_owned(), ..mistake })
}

fn input(text: &str, form: DocsForm) -> Result<ScriptInput, Mistake> {
    let docs: Json = serde_json::from_str(text).map_err(|error| mistake("", error.to_string()))?;
    if form == DocsForm::Rows {
        return Ok(ScriptInput::Only(query_rows("docs", &docs)?));
    }
    let items = docs.as_array();
    let items = items.ok_or_else(|| mistake("", "must be a list with one item for each query"))?;
    let item = |(number, item): (usize, &Json)| query_rows(&format!("[{number}]"), item);
    let items: Result<Vec<QueryRows>, Mistake> = items.iter().enumerate().map(item).collect();
    Ok(ScriptInput::List(items?))
}

fn query_rows(path: &str, item: &Json) -> Result<QueryRows, Mistake> {
    match item {
        Json::Array(list) => Ok(QueryRows::Rows(rows(path, list)?)),
        Json::Object(databases) => {
            let each = databases.iter().map(|(name, list)| {
                let path = format!("{path}[{name:?}]");
                let list = list.as_array();
                let list = list.ok_or_else(|| mistake(&path, "must be a list of rows"))?;
                Ok((name.clone(), rows(&path, list)?))
            });
            Ok(QueryRows::Databases(each.collect::<Result<_, Mistake>>()?))
        }
        _ => Err(mistake(
            path,
            "must be a list of rows, or an object with a list of rows for each database",
        )),
    }
}

/// The rows of a list. A row without a key of another row has NULL there.
fn rows(path: &str, list: &[Json]) -> Result<Rows, Mistake> {
    let mut columns: IndexSet<&String> = IndexSet::new();
    let mut objects: Vec<&Map<String, Json>> = Vec::new();
    for (number, row) in list.iter().enumerate() {
        let row = row.as_object().ok_or_else(|| {
            mistake(format!("{path}[{number}]"), "must be a row: {\"column\": value}")
        })?;
        columns.extend(row.keys());
        objects.push(row);
    }
    if objects.len().saturating_mul(columns.len()) > MOST_VALUES {
        let (rows, columns) = (objects.len(), columns.len());
        let message = format!("has {rows} rows of {columns} columns; write fewer");
        return Err(mistake(path, message));
    }
    let mut rows = Vec::with_capacity(list.len());
    for (number, row) in objects.into_iter().enumerate() {
        let cell = |name: &&String| match row.get(*name) {
            None => Ok(SqlValue::Null),
            Some(value) => cell(value).map_err(|message| {
                mistake(format!("{path}[{number}].{}", name.escape_debug()), message)
            }),
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
        // Another crate of this build enables serde_json's arbitrary precision, so this is the text in the file.
        Json::Number(number) => number_of(&number.to_string()),
        Json::Array(_) | Json::Object(_) => Err(
            "must be a number, a string, true, false or null; posemo gets arrays of PostgreSQL as text"
                .to_owned(),
        ),
    }
}

fn number_of(text: &str) -> Result<SqlValue, String> {
    if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
        let too_large = || format!("{text} is too large for double precision");
        return number.is_finite().then_some(SqlValue::Float(number)).ok_or_else(too_large);
    }
    if let Ok(number) = text.parse() {
        return Ok(SqlValue::Int(number));
    }
    // A script gets times as integers, too, which can have more than 64 bits.
    text.parse().map(SqlValue::Time).map_err(|_| format!("{text} is too large for an integer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<ScriptInput, String> {
        read("f", text, DocsForm::List).map_err(|mistake| mistake.to_string())
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
            ("{}", "f: must be a list with one item for each query"),
            (
                "[1]",
                "f: [0]: must be a list of rows, or an object with a list of rows for each database",
            ),
            ("[{\"app\": 1}]", "f: [0][\"app\"]: must be a list of rows"),
            ("[[], [7]]", "f: [1][0]: must be a row: {\"column\": value}"),
            ("[[{\"a\": 1e999}]]", "f: [0][0].a: 1e+999 is too large for double precision"),
        ] {
            assert_eq!(list(text), Err(expected.to_owned()), "{text}");
        }
        // As many columns as rows, each named once.
        let each: Vec<String> = (0..3000).map(|n| format!("{{\"c{n}\": {n}}}")).collect();
        let many = format!("[[{}]]", each.join(","));
        assert_eq!(
            list(&many),
            Err("f: [0]: has 3000 rows of 3000 columns; write fewer".to_owned())
        );
        let docs = read("f", "[{\"a\": 1}, {\"b\": 2}]", DocsForm::Rows).unwrap();
        let null = |rows: &Rows| rows.rows[1][0] == SqlValue::Null;
        assert!(
            matches!(&docs, ScriptInput::Only(QueryRows::Rows(rows)) if null(rows)),
            "{docs:?}"
        );
    }
}
