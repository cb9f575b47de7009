//! Values of each type that a column may have, from a real server through an installed function into a script.
//!
//! A script sees what it would see in Percona's engine; for types that Percona's engine does not support, PostgreSQL's text.

use crate::catalog::Folder;
use crate::server::Server;

/// The type of a column, an expression, and the value in the script.
const VALUES: &[(&str, &str, &str)] = &[
    ("boolean", "true", "bool True"),
    ("boolean", "false", "bool False"),
    ("boolean", "NULL::boolean", "NoneType None"),
    ("smallint", "'-32768'::smallint", "int -32768"),
    ("integer", "2147483647", "int 2147483647"),
    ("bigint", "'-9223372036854775808'::bigint", "int -9223372036854775808"),
    ("bigint", "'9223372036854775807'::bigint", "int 9223372036854775807"),
    ("bigint", "NULL::bigint", "NoneType None"),
    // A 32-bit float is the number in its shortest text, not the nearest 64-bit float.
    ("real", "'0.1'::real", "float 0.1"),
    ("real", "'16777216'::real", "float 1.677722e+07"),
    ("real", "'NaN'::real", "float nan"),
    ("real", "'-Infinity'::real", "float -inf"),
    ("real", "'1e-45'::real", "float 1e-45"),
    ("double precision", "'0.1'::float8", "float 0.1"),
    ("double precision", "'2'::float8", "float 2.0"),
    ("double precision", "'NaN'::float8", "float nan"),
    ("double precision", "'Infinity'::float8", "float +inf"),
    ("double precision", "'-0'::float8", "float -0.0"),
    ("double precision", "NULL::float8", "NoneType None"),
    ("numeric", "'12.50'::numeric", "string \"12.50\""),
    ("numeric", "'NaN'::numeric", "string \"NaN\""),
    (
        "numeric",
        "'123456789012345678901234567890.5'::numeric",
        "string \"123456789012345678901234567890.5\"",
    ),
    ("numeric", "round(2.5)", "string \"3\""),
    ("numeric", "NULL::numeric", "NoneType None"),
    ("text", "'a\"b\\c'::text", "string \"a\\\"b\\\\c\""),
    ("text", "E'a\\nb\\tc\\x01'::text", "string \"a\\nb\\tc\\x01\""),
    ("text", "''::text", "string \"\""),
    ("text", "NULL::text", "NoneType None"),
    ("text", "'ab '::char(5)::text", "string \"ab\""),
    ("text", "'<a>b</a>'::xml::text", "string \"<a>b</a>\""),
    ("text", "row(1, 'x', NULL)::text", "string \"(1,x,)\""),
    ("name", "'pg_catalog'::name", "string \"pg_catalog\""),
    ("\"char\"", "'r'::\"char\"", "string \"r\""),
    ("\"char\"", "''::\"char\"", "string \"\""),
    ("oid", "4294967295::oid", "string \"4294967295\""),
    ("xid", "'3'::xid", "string \"3\""),
    ("pg_lsn", "'16/B374D848'::pg_lsn", "string \"16/B374D848\""),
    ("interval", "'1 day 02:03:04.5'::interval", "string \"1 day 02:03:04.5\""),
    ("interval", "'-1 mon'::interval", "string \"-1 mons\""),
    ("time", "'12:34:56.789'::time", "string \"12:34:56.789\""),
    ("timetz", "'12:34:56+02'::timetz", "string \"12:34:56+02\""),
    ("timestamptz", "'epoch'::timestamptz", "int 0"),
    ("timestamptz", "'2024-02-29 12:00:00.000001+02'::timestamptz", "int 1709200800000001000"),
    ("timestamptz", "'infinity'::timestamptz", "string \"infinity\""),
    ("timestamptz", "'-infinity'::timestamptz", "string \"-infinity\""),
    ("timestamptz", "NULL::timestamptz", "NoneType None"),
    ("timestamp", "'1969-12-31 23:59:59.999999'::timestamp", "int -1000"),
    // Percona's engine has 64 bits for nanoseconds, and returns wrong times from 2262 on.
    ("timestamp", "'294276-12-31 23:59:59'::timestamp", "int 9224318015999000000000"),
    ("timestamp", "'4713-01-01 00:00:00 BC'::timestamp", "int -210863520000000000000"),
    ("timestamp", "'infinity'::timestamp", "string \"infinity\""),
    ("date", "'2000-01-01'::date", "int 946684800000000000"),
    ("date", "'5874897-12-31'::date", "int 185331706992000000000000"),
    ("date", "'-infinity'::date", "string \"-infinity\""),
    ("inet", "'10.0.0.1/8'::inet", "string \"10.0.0.1/8\""),
    ("inet", "'10.0.0.1'::inet", "string \"10.0.0.1\""),
    ("inet", "'::1'::inet", "string \"::1\""),
    ("inet", "NULL::inet", "NoneType None"),
    ("inet[]", "'{10.0.0.1,::1/64}'::inet[]", "string \"{10.0.0.1,::1/64}\""),
    ("cidr", "'10.0.0.0/8'::cidr", "string \"10.0.0.0/8\""),
    ("macaddr", "'08:00:2b:01:02:03'::macaddr", "string \"08:00:2b:01:02:03\""),
    (
        "uuid",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
        "string \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"",
    ),
    ("json", "'{\"a\":  1}'::json", "string \"{\\\"a\\\":  1}\""),
    ("jsonb", "'{\"b\":2,\"a\":1.0}'::jsonb", "string \"{\\\"a\\\": 1.0, \\\"b\\\": 2}\""),
    ("bytea", "'\\x00ff61'::bytea", "string \"\\\\x00ff61\""),
    ("regclass", "'pg_class'::regclass", "string \"pg_class\""),
    ("name[]", "ARRAY['a', 'b c']::name[]", "string \"{a,\\\"b c\\\"}\""),
    ("integer[]", "ARRAY[1, NULL, 3]", "string \"{1,NULL,3}\""),
    ("text[]", "'{}'::text[]", "string \"{}\""),
    ("boolean[]", "ARRAY[true, false]", "string \"{t,f}\""),
    ("timestamptz[]", "ARRAY['infinity']::timestamptz[]", "string \"{infinity}\""),
];

const SCRIPT: &str = "def check_context(docs, context):
    rows = docs[0]
    return [
        {\"summary\": \"{} {} {!r}\".format(name, type(value), value), \"severity\": \"info\"}
        for row in rows
        for name, value in row.items()
    ]
";

/// Returns the shape of an answer without rows.
const EMPTY: &str = "def check_context(docs, context):
    return [{\"summary\": repr(docs) + \" \" + repr(sorted(context.keys())), \"severity\": \"info\"}]
";

pub(super) fn write(folder: &Folder) {
    let mut columns = String::new();
    for (at, (sql_type, ..)) in VALUES.iter().enumerate() {
        let sql_type = sql_type.replace('"', "\\\"");
        columns.extend([
            format!("[columns.v{at}]\n"),
            format!("type = \"{sql_type}\"\nrole = \"info\"\n"),
        ]);
    }
    let expressions: Vec<String> =
        VALUES.iter().enumerate().map(|(at, (_, sql, _))| format!("{sql} AS v{at}")).collect();
    let query = format!("SELECT {}", expressions.join(",\n  "));
    super::write(folder, "types", &columns, &query, SCRIPT);
    let column = "[columns.v]\ntype = \"text\"\nrole = \"info\"\n";
    super::write(folder, "no_rows", column, "SELECT 'x'::text AS v WHERE false", EMPTY);
    let column = format!("scope = \"database\"\n{column}");
    super::write(folder, "no_rows_in_app", &column, "SELECT 'x'::text AS v WHERE false", EMPTY);
}

pub(super) fn values_are_those_of_percona_s_engine(server: &Server, folder: &Folder) -> usize {
    let summaries = |check: &str| -> Vec<String> {
        let output = super::run(server, folder, &["--check", check, "--output", "json"]);
        let reports = super::reports(&output);
        let findings = reports[0]["findings"].as_array().unwrap().iter();
        assert!(reports[0]["error"].is_null(), "{:#}", reports[0]);
        findings.map(|finding| finding["summary"].as_str().unwrap().to_owned()).collect()
    };
    let of_types = summaries("types");
    assert_eq!(of_types.len(), VALUES.len());
    for (at, (sql_type, sql, expected)) in VALUES.iter().enumerate() {
        assert_eq!(of_types[at], format!("v{at} {expected}"), "{sql_type}: {sql}");
    }
    let keys = r#"["format_version_num", "ip_is_private", "parse_version"]"#;
    assert_eq!(summaries("no_rows"), [format!("[[]] {keys}")]);
    assert_eq!(summaries("no_rows_in_app"), [format!("[{{\"app\": []}}] {keys}")]);
    VALUES.len()
}
