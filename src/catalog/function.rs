//! The name, the arguments and the columns of a function. `install` defines the function, `database` calls it.
//!
//! It writes no SQL.

use serde::Deserialize;

use crate::finding::metric::{MetricKind, Unit};
use crate::text::suggestion::suggestion;

/// One function in posemo's schema.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSignature {
    /// The name: `alive`, or `alive__2` for the second query of a check with several.
    pub function: String,
    /// The arguments in the order of check.toml and of the function.
    pub arguments: Vec<Argument>,
    /// The columns in the order of check.toml and of the function.
    pub columns: Vec<Column>,
}

/// One argument, with its type, its bounds and its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Its name in SQL and in settings.
    pub name: String,
    /// Its SQL type.
    pub sql_type: ArgumentType,
    /// Its value where the settings do not set one.
    pub default: ArgumentValue,
    /// The smallest number that is accepted.
    pub minimum: Option<f64>,
    /// The largest number that is accepted.
    pub maximum: Option<f64>,
    /// The words that are accepted; empty for every text.
    pub values: Vec<String>,
    /// Whether the text is a list whose members are separated by commas. Settings may then contain a list.
    pub list: bool,
    /// What the runner measures and gives as the value.
    pub measured: Option<Measurement>,
    /// One sentence: its effect.
    pub help: String,
}

/// What the runner measures, as SQL cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// The runner's clock at the call: seconds since 1970.
    Clock,
    /// How long the session took to connect and to log in, in seconds.
    ConnectTime,
    /// How long the first query of the session took, in seconds: it reads only the version and the role of the server.
    QueryTime,
    /// When the server's certificate ends, as the handshake of the session showed it: seconds since 1970, 0 without TLS.
    CertificateEnd,
    /// Whether the server's certificate is for the host that was connected to: 1 if it is, 2 if not, 0 without TLS or for a
    /// host without a name.
    CertificateName,
    /// How long the call took with its commit, in seconds: a column of a check that writes.
    CommitTime,
}

/// The type of an argument.
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

/// The value of an argument.
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

    /// The type with PostgreSQL's name for it.
    pub fn parse(name: &str) -> Result<ArgumentType, String> {
        Self::ALL.into_iter().find(|known| known.sql() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.into_iter().map(Self::sql).collect();
            format!("\"{name}\" is not a type for an argument; write one of {}", names.join(", "))
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

    /// The smallest and the largest number of an integer type.
    fn bounds(self) -> Option<(i64, i64)> {
        match self {
            Self::Smallint => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Integer => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Bigint => Some((i64::MIN, i64::MAX)),
            Self::Text | Self::Boolean | Self::Double => None,
        }
    }
}

impl Argument {
    /// Converts a TOML value; an error where it does not fit the type or the bounds.
    pub fn accept(&self, value: &toml::Value) -> Result<ArgumentValue, String> {
        if self.list {
            return list(value);
        }
        let value = accept(self.sql_type, self.minimum, self.maximum, value)?;
        one_of(&self.values, value)
    }
}

/// The text of a list: its members with commas between them, or the text that has them already.
pub(super) fn list(value: &toml::Value) -> Result<ArgumentValue, String> {
    /// The longest text of a list, in bytes.
    const LONGEST: usize = 4096;
    let member = |value: &toml::Value| {
        let text = value.as_str().ok_or_else(|| format!("{value} is not a text"))?;
        if text.trim() != text || text.is_empty() {
            return Err(format!("{text:?} is empty, or begins or ends with a blank"));
        }
        if text.contains(',') {
            let advice =
                "a comma separates the members of the list, so write one member in each text";
            return Err(format!("{text:?} contains a comma: {advice}"));
        }
        Ok(text.to_owned())
    };
    let text = match value {
        toml::Value::Array(members) => {
            members.iter().map(member).collect::<Result<Vec<String>, String>>()?.join(",")
        }
        toml::Value::String(text) => text.clone(),
        _ => return Err(format!("{value} is not a list of texts; write [\"first\", \"second\"]")),
    };
    if text.contains('\0') {
        return Err(NUL.to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("the list is longer than {LONGEST} bytes"));
    }
    Ok(ArgumentValue::Text(text))
}

/// Why a text with this character is refused.
const NUL: &str = "the text contains a NUL character, which PostgreSQL does not accept";

/// The value, unless it is a text that is not one of the words.
pub(super) fn one_of(words: &[String], value: ArgumentValue) -> Result<ArgumentValue, String> {
    match &value {
        ArgumentValue::Text(text) if !words.is_empty() && !words.contains(text) => {
            let near = suggestion(text, words.iter().map(String::as_str));
            Err(format!("{text:?} is not a valid value{near}"))
        }
        _ => Ok(value),
    }
}

/// Converts a TOML value; an error where it does not fit the type or the bounds.
pub(super) fn accept(
    sql_type: ArgumentType,
    minimum: Option<f64>,
    maximum: Option<f64>,
    value: &toml::Value,
) -> Result<ArgumentValue, String> {
    /// The longest text of an argument, in bytes.
    const LONGEST: usize = 1000;
    let within = |number: f64| {
        if minimum.is_some_and(|least| number < least) || maximum.is_some_and(|most| number > most)
        {
            let bound = |bound: Option<f64>| {
                bound.map_or_else(|| "…".to_owned(), |number| number.to_string())
            };
            return Err(format!(
                "{number} is not between {} and {}",
                bound(minimum),
                bound(maximum)
            ));
        }
        Ok(())
    };
    match (sql_type, value) {
        (ArgumentType::Text, toml::Value::String(text)) if text.contains('\0') => {
            Err(NUL.to_owned())
        }
        (ArgumentType::Text, toml::Value::String(text)) if text.len() <= LONGEST => {
            Ok(ArgumentValue::Text(text.clone()))
        }
        (ArgumentType::Text, toml::Value::String(_)) => {
            Err(format!("the text is longer than {LONGEST} bytes"))
        }
        (ArgumentType::Text, toml::Value::Array(_)) => {
            Err("must be one text; the argument is not a list".to_owned())
        }
        (ArgumentType::Boolean, toml::Value::Boolean(truth)) => Ok(ArgumentValue::Boolean(*truth)),
        (ArgumentType::Double, toml::Value::Float(number)) if number.is_finite() => {
            within(*number).map(|()| ArgumentValue::Double(*number))
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the argument is a float, and bounds are round numbers"
        )]
        (ArgumentType::Double, toml::Value::Integer(number)) => {
            within(*number as f64).map(|()| ArgumentValue::Double(*number as f64))
        }
        #[expect(clippy::cast_precision_loss, reason = "bounds are round numbers")]
        (_, toml::Value::Integer(number))
            if sql_type.bounds().is_some_and(|(least, most)| (least..=most).contains(number)) =>
        {
            within(*number as f64).map(|()| ArgumentValue::Integer(*number))
        }
        _ => Err(format!("{value} is not a valid {}", sql_type.sql())),
    }
}

/// One column of the rows that a function returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in SQL and in settings.
    pub name: String,
    /// Its SQL type.
    pub sql_type: ColumnType,
    /// The use of its values.
    pub role: ColumnRole,
    /// Whether a metric is a gauge or a counter.
    pub kind: MetricKind,
    /// The unit of a metric.
    pub unit: Unit,
    /// The end at which a metric is worst; absent if the rows of the query are not ordered by it.
    pub worst: Option<WorstEnd>,
    /// What the runner measures and sets as the value.
    pub measured: Option<Measurement>,
    /// One sentence: the meaning of its values.
    pub help: String,
}

/// The end at which the values of a metric are worst. For a boolean metric, it is the lowest: false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorstEnd {
    /// The greatest number is the worst.
    Highest,
    /// The smallest number is the worst.
    Lowest,
}

/// The use of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnRole {
    /// The name of the object that a row is about.
    Object,
    /// A number that is compared with thresholds.
    Metric,
    /// A label that distinguishes findings about one object.
    Label,
    /// A detail that findings show.
    Info,
}

/// The type of a column, and the form in which the server sends its values.
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
    /// All other types; the runner casts them to `text`.
    Text(String),
}

impl ColumnType {
    /// The type with PostgreSQL's name for it.
    pub fn parse(name: &str) -> Result<ColumnType, String> {
        /// Built-in types. To convert one of them to text runs no function of a user.
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
                        "\"{name}\" is not a type for a column; write one of PostgreSQL's names: smallint, integer, bigint, real, double precision, boolean, timestamptz, timestamp, date, {}, or one of these with []",
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

    /// Whether its values can be compared with a threshold.
    pub fn is_number(&self) -> bool {
        match self {
            Self::Boolean | Self::Integer(_) | Self::Float(_) => true,
            Self::Time(_) => false,
            Self::Text(name) => name == "numeric",
        }
    }
}
