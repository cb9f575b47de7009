//! Unusual values for arguments: values that must return rows, and values that must be refused.
//!
//! They are SQL expressions, as a hostile caller writes them.

/// Texts that must return rows.
pub(super) const TEXTS: &[&str] = &[
    "NULL",
    "''",
    "repeat('a', 131072)",
    "repeat('postgres, ', 13107)",
    "repeat(',', 65536)",
    "'a' || repeat(' ', 131072) || ','",
    "repeat(' a', 65536)",
    "repeat('(a+)+', 10000) || '$'",
    "repeat('(', 100000)",
    "'(a|a)*[[:alpha:]]{1,255}\\y(?=x)\\1'",
    "''''",
    "'''; DROP SCHEMA posemo CASCADE; --'",
    "'\" || (SELECT rolpassword FROM pg_authid LIMIT 1) || \"'",
    "E'\\\\'",
    "repeat(E'\\\\', 100001)",
    "'%s%n%x%1$s%I%L'",
    "'$1 $posemo$ {{x}} ${x}'",
    "E'a\\nb\\r\\n\\tc\\x1b[2J\\u202e\\u0001'",
    "chr(1114111)",
    "'pg_authid'",
    "'NULL'",
    "'{a,b,NULL}'",
];

/// Numbers that must return rows, by type.
pub(super) const NUMBERS: &[(&str, &[&str])] = &[
    ("smallint", &["NULL", "-32768::int2", "32767::int2", "0::int2"]),
    ("integer", &["NULL", "-2147483648", "2147483647", "0", "-1"]),
    (
        "bigint",
        &[
            "NULL",
            "-9223372036854775808",
            "9223372036854775807",
            "0",
            "-1",
            "'pg_authid'::regclass::oid::bigint",
        ],
    ),
    (
        "double_precision",
        &[
            "NULL",
            "'NaN'",
            "'Infinity'",
            "'-Infinity'",
            "1.7976931348623157e308",
            "-1.7976931348623157e308",
            "5e-324",
            "'-0'",
        ],
    ),
    ("boolean", &["NULL", "true", "false", "'yes'"]),
];

/// Expressions that must be refused, with the SQLSTATE, by type.
pub(super) const REFUSED_BY_TYPE: &[(&str, &[(&str, &str)])] = &[
    (
        "smallint",
        &[("'32768'", "22003"), ("'x'", "22P02"), ("''", "22P02"), ("1.5::float8", "42883")],
    ),
    (
        "integer",
        &[
            ("'2147483648'", "22003"),
            ("'x'", "22P02"),
            ("repeat('9', 1048576)", "42883"),
            ("'NaN'::float8", "42883"),
        ],
    ),
    (
        "bigint",
        &[
            ("'9223372036854775808'", "22003"),
            ("9223372036854775808", "42883"),
            ("'1e3'", "22P02"),
            ("'x'", "22P02"),
            ("''", "22P02"),
            ("'NaN'::float8", "42883"),
            ("'1'::text", "42883"),
        ],
    ),
    ("double_precision", &[("'1e400'", "22003"), ("'x'", "22P02"), ("'1'::text", "42883")]),
    ("boolean", &[("'perhaps'", "22P02"), ("1", "42883")]),
    (
        "text",
        &[
            ("1", "42883"),
            ("E'a\\000b'", "22021"),
            ("E'\\xff'", "22021"),
            ("(SELECT rolpassword FROM pg_authid LIMIT 1)", "42501"),
            ("generate_series(1, 2)::text", "0A000"),
        ],
    ),
];

/// Expressions that must be refused for every type.
pub(super) const REFUSED_FOR_ALL: &[(&str, &str)] = &[
    ("ROW(1, 2)", "42883"),
    ("ARRAY[1, 2]", "42883"),
    ("'{}'::json", "42883"),
    ("point '(0,0)'", "42883"),
    ("DEFAULT", "42601"),
    ("*", "42883"),
    ("(SELECT 1, 2)", "42601"),
    ("nobody", "42703"),
];

/// The values for a type. A type without values fails the test, so that the tables stay complete.
pub(super) fn for_type<T>(
    table: &'static [(&'static str, &'static [T])],
    kind: &str,
) -> &'static [T] {
    let found = table.iter().find(|(name, _)| *name == kind);
    found.unwrap_or_else(|| panic!("no values for an argument of type {kind}")).1
}
