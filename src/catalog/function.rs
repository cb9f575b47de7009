//! The name and shape of a check's function, on which installing and running must agree to the letter.
//!
//! It writes no SQL: `install` makes the definition of it, `database` makes the call.

use crate::finding::metric::{MetricKind, Unit};

/// One function: its name in posemo's schema, what it takes and what it returns.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSignature {
    /// `alive`, or `alive__2` for the second query of a check with several.
    pub function: String,
    /// In the order of declaration, which is the order of the function.
    pub arguments: Vec<Argument>,
    /// In the order of declaration, which is the order of the function.
    pub columns: Vec<Column>,
}

/// One typed, named and bounded argument with a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name, in SQL and in settings.
    pub name: String,
    /// Its SQL type.
    pub sql_type: ArgumentType,
    /// What it is where nobody says otherwise.
    pub default: ArgumentValue,
    /// The least number allowed.
    pub minimum: Option<f64>,
    /// The greatest number allowed.
    pub maximum: Option<f64>,
    /// What it does, in a sentence.
    pub help: String,
}

/// The types that an argument may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentType {
    /// `text`.
    Text,
    /// `boolean`.
    Boolean,
    /// `smallint`.
    Smallint,
    /// `integer`.
    Integer,
    /// `bigint`.
    Bigint,
    /// `double precision`.
    Double,
}

/// A value for an argument.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentValue {
    /// For `text`.
    Text(String),
    /// For `boolean`.
    Boolean(bool),
    /// For the three integer types.
    Integer(i64),
    /// For `double precision`.
    Double(f64),
}

impl ArgumentType {
    const ALL: [ArgumentType; 6] =
        [Self::Text, Self::Boolean, Self::Smallint, Self::Integer, Self::Bigint, Self::Double];

    /// The type of a name, as PostgreSQL spells it.
    pub fn parse(name: &str) -> Result<ArgumentType, String> {
        Self::ALL.into_iter().find(|known| known.sql() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::sql).collect();
            format!("\"{name}\" is no type for an argument; one of {}", names.join(", "))
        })
    }

    /// The name in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Smallint => "smallint",
            Self::Integer => "integer",
            Self::Bigint => "bigint",
            Self::Double => "double precision",
        }
    }

    /// The numbers an integer type can hold.
    fn span(self) -> Option<(i64, i64)> {
        match self {
            Self::Smallint => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Integer => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Bigint => Some((i64::MIN, i64::MAX)),
            Self::Text | Self::Boolean | Self::Double => None,
        }
    }
}

impl Argument {
    /// A value out of a TOML document, if it fits the type and the bounds.
    pub fn accept(&self, value: &toml::Value) -> Result<ArgumentValue, String> {
        accept(self.sql_type, self.minimum, self.maximum, value)
    }
}

/// A value out of a TOML document, if it fits a type and bounds.
pub(super) fn accept(
    sql_type: ArgumentType,
    minimum: Option<f64>,
    maximum: Option<f64>,
    value: &toml::Value,
) -> Result<ArgumentValue, String> {
    /// Longer texts have no business in an argument.
    const LONGEST: usize = 1000;
    let within = |number: f64| {
        if minimum.is_some_and(|least| number < least) || maximum.is_some_and(|most| number > most)
        {
            let bound = |bound: Option<f64>| {
                bound.map_or_else(|| "…".to_owned(), |number| number.to_string())
            };
            return Err(format!("{number} is not within {} to {}", bound(minimum), bound(maximum)));
        }
        Ok(())
    };
    match (sql_type, value) {
        (ArgumentType::Text, toml::Value::String(text)) if text.contains('\0') => {
            Err("a text for PostgreSQL cannot hold a NUL".to_owned())
        }
        (ArgumentType::Text, toml::Value::String(text)) if text.len() <= LONGEST => {
            Ok(ArgumentValue::Text(text.clone()))
        }
        (ArgumentType::Text, toml::Value::String(_)) => {
            Err(format!("the text is longer than {LONGEST} bytes"))
        }
        (ArgumentType::Boolean, toml::Value::Boolean(truth)) => Ok(ArgumentValue::Boolean(*truth)),
        (ArgumentType::Double, toml::Value::Float(number)) if number.is_finite() => {
            within(*number).map(|()| ArgumentValue::Double(*number))
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "bounds are round numbers, and a float is asked for"
        )]
        (ArgumentType::Double, toml::Value::Integer(number)) => {
            within(*number as f64).map(|()| ArgumentValue::Double(*number as f64))
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are round numbers")]
        (_, toml::Value::Integer(number))
            if sql_type.span().is_some_and(|(least, most)| (least..=most).contains(number)) =>
        {
            within(*number as f64).map(|()| ArgumentValue::Integer(*number))
        }
        _ => Err(format!("{value} is no {}", sql_type.sql())),
    }
}

/// One column that a function returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, in SQL and in settings.
    pub name: String,
    /// Its SQL type.
    pub sql_type: ColumnType,
    /// What it is for.
    pub role: ColumnRole,
    /// Gauge or counter, of a metric.
    pub kind: MetricKind,
    /// What a metric counts.
    pub unit: Unit,
    /// What it says, in a sentence.
    pub help: String,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnRole {
    /// Names the thing that a row is about.
    Object,
    /// A number, held against thresholds.
    Metric,
    /// Tells apart findings of one object.
    Label,
    /// Shown, never a metric.
    Info,
}

/// The type of a column, and with it the form in which its values travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// `boolean`, in binary.
    Boolean,
    /// `smallint`, `integer` or `bigint`, in binary.
    Integer(&'static str),
    /// `real` or `double precision`, in binary.
    Float(&'static str),
    /// `timestamptz`, `timestamp` or `date`, in binary.
    Time(&'static str),
    /// Everything else, cast to `text` by the runner; `numeric` is a number all the same.
    Text(String),
}

impl ColumnType {
    /// The type of a name, as PostgreSQL spells it.
    pub fn parse(name: &str) -> Result<ColumnType, String> {
        /// Types of PostgreSQL's own whose text is safe to make: none of them runs a user's function.
        const AS_TEXT: [&str; 24] = [
            "text",
            "name",
            "\"char\"",
            "oid",
            "xid",
            "xid8",
            "pg_lsn",
            "numeric",
            "interval",
            "time",
            "timetz",
            "inet",
            "cidr",
            "macaddr",
            "uuid",
            "json",
            "jsonb",
            "bytea",
            "regclass",
            "regproc",
            "regtype",
            "regrole",
            "regnamespace",
            "tid",
        ];
        let known = match name {
            "boolean" => ColumnType::Boolean,
            "smallint" => ColumnType::Integer("smallint"),
            "integer" => ColumnType::Integer("integer"),
            "bigint" => ColumnType::Integer("bigint"),
            "real" => ColumnType::Float("real"),
            "double precision" => ColumnType::Float("double precision"),
            "timestamptz" | "timestamp with time zone" => ColumnType::Time("timestamptz"),
            "timestamp" | "timestamp without time zone" => ColumnType::Time("timestamp"),
            "date" => ColumnType::Time("date"),
            other => {
                let element = other.strip_suffix("[]").unwrap_or(other);
                let scalar = [
                    "boolean",
                    "smallint",
                    "integer",
                    "bigint",
                    "real",
                    "double precision",
                    "timestamptz",
                    "timestamp",
                    "date",
                ];
                let array = element != other && scalar.contains(&element);
                if !array && !AS_TEXT.contains(&element) {
                    return Err(format!(
                        "\"{name}\" is no type that a column may have; write it as PostgreSQL spells it: smallint, integer, bigint, real, double precision, boolean, timestamptz, timestamp, date, {}, or one of these with []",
                        AS_TEXT.join(", ")
                    ));
                }
                ColumnType::Text(other.to_owned())
            }
        };
        Ok(known)
    }

    /// The name in SQL.
    pub fn sql(&self) -> &str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer(name) | Self::Float(name) | Self::Time(name) => name,
            Self::Text(name) => name,
        }
    }

    /// Whether its values can be held against a threshold.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Boolean | Self::Integer(_) | Self::Float(_) => true,
            Self::Time(_) => false,
            Self::Text(name) => name == "numeric",
        }
    }
}
