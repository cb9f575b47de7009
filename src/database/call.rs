//! The `SELECT` that calls a check's function, with its arguments bound.
//!
//! Names are those of the catalog and are quoted; no value of an operator becomes SQL text.

use tokio_postgres::types::{ToSql, Type};

use crate::catalog::function::{ArgumentType, ArgumentValue, ColumnType, FunctionSignature};
use crate::text::sql;

/// The statement of the call.
pub(super) fn statement(schema: &str, signature: &FunctionSignature, limit: u32) -> String {
    let columns = signature.columns.iter().map(|column| {
        let name = sql::identifier(&column.name);
        match &column.sql_type {
            // Of the types that have a cast to text it is the only one whose text differs from what PostgreSQL prints:
            // the cast adds /32 to the address of a host.
            ColumnType::Text(sql_type) if sql_type == "inet" => {
                format!("pg_catalog.abbrev({name}) AS {name}")
            }
            ColumnType::Text(_) => format!("{name}::pg_catalog.text"),
            ColumnType::Boolean
            | ColumnType::Integer(_)
            | ColumnType::Float(_)
            | ColumnType::Time(_) => name,
        }
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let arguments = signature.arguments.iter().enumerate();
    let arguments = arguments
        .map(|(index, argument)| format!("{} => ${}", sql::identifier(&argument.name), index + 1));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    let function = format!("{}.{}", sql::identifier(schema), sql::identifier(&signature.function));
    format!("SELECT {columns} FROM {function}({arguments}) LIMIT {limit}")
}

/// An argument for the driver, with its declared type.
pub(super) fn parameter(
    sql_type: ArgumentType,
    value: &ArgumentValue,
) -> (Box<dyn ToSql + Sync + Send>, Type) {
    match (sql_type, value) {
        (_, ArgumentValue::Text(text)) => (Box::new(text.clone()), Type::TEXT),
        (_, ArgumentValue::Boolean(truth)) => (Box::new(*truth), Type::BOOL),
        (_, ArgumentValue::Double(number)) => (Box::new(*number), Type::FLOAT8),
        (ArgumentType::Smallint, ArgumentValue::Integer(number)) => {
            (Box::new(i16::try_from(*number).ok()), Type::INT2)
        }
        (ArgumentType::Integer, ArgumentValue::Integer(number)) => {
            (Box::new(i32::try_from(*number).ok()), Type::INT4)
        }
        (_, ArgumentValue::Integer(number)) => (Box::new(*number), Type::INT8),
    }
}
