//! Converts one value of a driver's row.
//!
//! It decodes only the types that are sent in binary; the `SELECT` casts everything else to `text`.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

use crate::rows::SqlValue;

/// A text of which bytes that are not valid UTF-8 are replaced by U+FFFD.
///
/// Shared system catalogs contain names in the encoding of the database in which they were created, and a database
/// with encoding `SQL_ASCII` contains any bytes. Such a name must not cost the other rows.
pub(super) struct LossyText(pub(super) String);

impl<'a> FromSql<'a> for LossyText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(LossyText(String::from_utf8_lossy(raw).into_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TEXT
    }
}

/// A value of any type that a call returns.
pub(super) struct Cell(pub(super) SqlValue);

/// Microseconds from 1970 to 2000, when PostgreSQL's time begins.
const EPOCH: i128 = 946_684_800_000_000;

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let value = match *kind {
            Type::BOOL => SqlValue::Bool(bool::from_sql(kind, raw)?),
            Type::INT2 => SqlValue::Int(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => SqlValue::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => SqlValue::Int(i64::from_sql(kind, raw)?),
            Type::FLOAT4 => SqlValue::Float(shortest(f32::from_sql(kind, raw)?)),
            Type::FLOAT8 => SqlValue::Float(f64::from_sql(kind, raw)?),
            Type::TIMESTAMP | Type::TIMESTAMPTZ => {
                microseconds(i64::from_be_bytes(raw.try_into()?))
            }
            Type::DATE => days(i32::from_be_bytes(raw.try_into()?)),
            Type::TEXT => SqlValue::Text(LossyText::from_sql(kind, raw)?.0),
            _ => {
                return Err(format!(
                    "it has a value of type {kind}, which the call does not return"
                )
                .into());
            }
        };
        Ok(Cell(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Cell(SqlValue::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The number that PostgreSQL prints: 0.1, where the exact conversion gives 0.10000000149011612.
fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| number.into())
}

fn microseconds(since_2000: i64) -> SqlValue {
    match since_2000 {
        i64::MAX => SqlValue::Text("infinity".to_owned()),
        i64::MIN => SqlValue::Text("-infinity".to_owned()),
        finite => SqlValue::Time((i128::from(finite) + EPOCH) * 1000),
    }
}

fn days(since_2000: i32) -> SqlValue {
    match since_2000 {
        i32::MAX => SqlValue::Text("infinity".to_owned()),
        i32::MIN => SqlValue::Text("-infinity".to_owned()),
        finite => SqlValue::Time((i128::from(finite) * 86_400_000_000 + EPOCH) * 1000),
    }
}
