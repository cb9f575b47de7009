//! Expressions that make numbers of the values of a query.

use super::foreign_query::ForeignColumn;
use crate::finding::metric::Unit;

/// The form of a text that is a number which a double can hold. It has no backslash, whose meaning depends on a setting.
const NUMBER: &str = "^[[:space:]]*[-+]?([0-9]{1,200}([.][0-9]{0,200})?|[.][0-9]{1,200})([eE][-+]?[0-9]{1,2})?[[:space:]]*$";

/// How a value of a type becomes a number: the expression after and around the column, its type, its unit, and a guess.
pub(super) fn as_number(
    source: &str,
    base: &str,
    reads_texts: bool,
) -> Option<(String, &'static str, Option<Unit>, &'static str)> {
    let found = match base {
        "smallint" | "integer" | "bigint" => (format!("{source}::bigint"), "bigint", None, ""),
        "real" | "double precision" | "numeric" => {
            (format!("{source}::double precision"), "double precision", None, "")
        }
        "boolean" => (
            format!("{source}::integer::bigint"),
            "bigint",
            Some(Unit::None),
            "1 for true and 0 for false: a boolean metric of posemo alerts when it is false",
        ),
        "timestamp with time zone" | "timestamp without time zone" | "date" => (
            format!("extract(epoch FROM {source})::double precision"),
            "double precision",
            Some(Unit::Seconds),
            "a time is the number of seconds since 1970",
        ),
        "interval" => (
            format!("extract(epoch FROM {source})::double precision"),
            "double precision",
            Some(Unit::Seconds),
            "an interval is a number of seconds",
        ),
        "oid" | "xid" | "xid8" => (
            format!("{source}::text::bigint"),
            "bigint",
            Some(Unit::None),
            "an identifier as a number",
        ),
        "pg_lsn" => (
            format!("({source} - '0/0'::pg_lsn)::double precision"),
            "double precision",
            Some(Unit::Bytes),
            "a position in the WAL is a number of bytes",
        ),
        "text" | "character varying" | "character" | "name" if reads_texts => (
            format!(
                "CASE WHEN {source}::text ~ '{NUMBER}' THEN {source}::text::double precision END"
            ),
            "double precision",
            None,
            "the query returns a text; it is read as a number, and is NULL if it is not one",
        ),
        _ => return None,
    };
    Some(found)
}

/// The expression with the factor and the value for NULL of the file. The program does not multiply the latter.
pub(super) fn scaled(
    stated: &ForeignColumn,
    expression: String,
    sql_type: &'static str,
) -> (String, &'static str) {
    // A number of Rust with an exponent is one of PostgreSQL, too.
    let number = |number: f64| format!("'{number:e}'::double precision");
    let scaled = match stated.scale {
        Some(scale) => format!("({expression})::double precision * {}", number(scale)),
        None => expression,
    };
    match stated.default {
        Some(default) => (format!("coalesce({scaled}, {})", number(default)), "double precision"),
        None if stated.scale.is_some() => (format!("({scaled})"), "double precision"),
        None => (scaled, sql_type),
    }
}
