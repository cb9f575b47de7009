//! Rows and values: the answer to a query, without types of a driver.
//!
//! The meaning of a value is known to the judges, not here.

use serde::{Deserialize, Serialize};

/// The answer to one query: the declared columns, and the rows with their values in the same order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Column names, as declared in `check.toml`.
    pub columns: Vec<String>,
    /// One vector for each row, as long as `columns`.
    pub rows: Vec<Vec<SqlValue>>,
}

impl Rows {
    /// The position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}

/// One value, converted as `docs/writing-checks.md` describes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SqlValue {
    /// SQL `NULL`: no value, so no metric and no finding.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `smallint`, `integer` and `bigint`.
    Int(i64),
    /// `real` and `double precision`.
    Float(f64),
    /// `timestamptz`, `timestamp` and `date`: nanoseconds since 1970-01-01 00:00 UTC.
    Time(i128),
    /// All other types, as PostgreSQL prints them; infinite times are `infinity` and `-infinity`.
    Text(String),
}

/// The answer to one query, as a script receives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueryRows {
    /// A check of scope `cluster`: a list of rows.
    Rows(Rows),
    /// A check of scope `database`: the rows of each database, by its name.
    Databases(Vec<(String, Rows)>),
}

/// The answers to all queries, as a script receives them in `docs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScriptInput {
    /// A list with one item for each query.
    List(Vec<QueryRows>),
    /// The item of the only query without a list around it, as in version 1 of Percona's format.
    Only(QueryRows),
    /// A document in JSON, as another program wrote it.
    Document {
        /// The JSON text.
        text: String,
        /// The time of the run, in seconds since 1970.
        now: i64,
        /// Whether the function `rows` of the script makes rows of the document, if the script has this function.
        rows: bool,
    },
}
