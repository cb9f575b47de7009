//! Rows and values: the answer to a query, free of any driver.
//!
//! Nothing here knows what a value means or how it is judged.

use serde::{Deserialize, Serialize};

/// The answer to one query: the declared columns, and the values in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Column names, as declared in `check.toml`.
    pub columns: Vec<String>,
    /// One vector a row, as long as `columns`.
    pub rows: Vec<Vec<SqlValue>>,
}

impl Rows {
    /// The position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }
}

/// One value, converted as `check-format.md` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SqlValue {
    /// SQL `NULL`: no value, so no metric and no alarm.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `smallint`, `integer` and `bigint`.
    Int(i64),
    /// `real` and `double precision`.
    Float(f64),
    /// `timestamptz`, `timestamp` and `date`: nanoseconds since 1970-01-01 00:00 UTC.
    Time(i128),
    /// Everything else, as PostgreSQL prints it; infinite times are `infinity` and `-infinity`.
    Text(String),
}

/// What a script is given for one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueryRows {
    /// A check of scope `cluster`: a list of rows.
    Rows(Rows),
    /// A check of scope `database`: the rows of each database, by its name.
    Databases(Vec<(String, Rows)>),
}

/// What a script is given as `docs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScriptInput {
    /// A list with one item a query.
    List(Vec<QueryRows>),
    /// The item of the only query by itself, as version 1 of Percona's format has it.
    Only(QueryRows),
}
