//! The documents as a script sees them: each value exact, each shape as documented.

use posemo::evaluate::script::judge;
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};

use super::value_of;

#[test]
fn values_arrive_exactly() {
    let cases = [
        (SqlValue::Null, "x", "None"),
        (SqlValue::Bool(true), "x", "True"),
        (SqlValue::Bool(false), "(x, type(x))", "(False, \"bool\")"),
        (SqlValue::Int(0), "(x, type(x))", "(0, \"int\")"),
        (SqlValue::Int(i64::MAX), "x", "9223372036854775807"),
        (SqlValue::Int(i64::MIN), "x", "-9223372036854775808"),
        (SqlValue::Int(1 << 53 | 1), "x - 9007199254740992", "1"),
        (SqlValue::Float(0.5), "(x, type(x))", "(0.5, \"float\")"),
        (SqlValue::Float(2.0), "x", "2.0"),
        (SqlValue::Float(123_456_789.125), "x == 123456789.125", "True"),
        (SqlValue::Float(f64::MAX), "x == 1.7976931348623157e308", "True"),
        (SqlValue::Float(5e-324), "x > 0.0", "True"),
        (SqlValue::Float(f64::NAN), "str(x)", "\"nan\""),
        (SqlValue::Float(f64::INFINITY), "x > 1e308", "True"),
        (SqlValue::Time(0), "(x, type(x))", "(0, \"int\")"),
        (SqlValue::Time(1_700_000_000_000_000_000), "x // 1000000000", "1700000000"),
        (SqlValue::Time(i128::MAX), "x", "170141183460469231731687303715884105727"),
        (SqlValue::Time(i128::MIN), "x", "-170141183460469231731687303715884105728"),
        (SqlValue::Time(-9_223_372_036_854_775_809), "x", "-9223372036854775809"),
        (SqlValue::Time(9_224_318_016_000_000_000), "x", "9224318016000000000"),
        (
            SqlValue::Text("12.50".to_owned()),
            "(x, float(x), type(x))",
            "(\"12.50\", 12.5, \"string\")",
        ),
        (SqlValue::Text("infinity".to_owned()), "x", "\"infinity\""),
        (SqlValue::Text("a\0\n\u{1b}\"é".to_owned()), "len(x)", "6"),
        (SqlValue::Text("{a,b}".to_owned()), "\"b\" in x", "True"),
    ];
    for (value, expression, expected) in cases {
        let shown = format!("{value:?} {expression}");
        assert_eq!(value_of(expression, value).as_deref(), Ok(expected), "{shown}");
    }
}

#[test]
fn documents_have_the_documented_shape() {
    let columns = vec!["a".to_owned(), "b".to_owned(), "a".to_owned()];
    let row = vec![SqlValue::Int(1), SqlValue::Int(2), SqlValue::Int(3)];
    let rows = Rows { columns, rows: vec![row] };
    let empty = Rows { columns: vec!["a".to_owned()], rows: Vec::new() };
    let documents = vec![
        QueryRows::Rows(rows.clone()),
        QueryRows::Rows(empty.clone()),
        QueryRows::Databases(vec![("one".to_owned(), rows), ("two".to_owned(), empty)]),
        QueryRows::Databases(Vec::new()),
    ];
    let source = "def check_context(docs, context):\n  \
        return [{\"summary\": str(d), \"severity\": \"info\"} for d in docs]";
    let judged =
        judge("sample", source, &ScriptInput::List(documents)).expect("the script is right");
    let found: Vec<_> = judged.findings.iter().map(|finding| finding.summary.as_str()).collect();
    let row = "[{\"a\": 3, \"b\": 2}]";
    assert_eq!(found, [row, "[]", &format!("{{\"one\": {row}, \"two\": []}}"), "{}"]);
}

/// Version 1 of Percona's format passes the rows of the only query without a list.
#[test]
fn rows_can_be_passed_without_a_list_around_them() {
    let rows = Rows { columns: vec!["a".to_owned()], rows: vec![vec![SqlValue::Int(1)]] };
    let source = "def check_context(docs, context):\n  \
        return [{\"summary\": str(docs), \"severity\": \"info\"}]";
    let of_databases = QueryRows::Databases(vec![("app".to_owned(), rows.clone())]);
    for (only, expected) in
        [(QueryRows::Rows(rows), "[{\"a\": 1}]"), (of_databases, "{\"app\": [{\"a\": 1}]}")]
    {
        let judged =
            judge("sample", source, &ScriptInput::Only(only)).expect("the script is right");
        assert_eq!(judged.findings[0].summary, expected);
    }
}
