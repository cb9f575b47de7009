//! The script judge: its errors and printed lines, and the functions with which the tests below run scripts.
//!
//! These tests start no worker; the tests of the sandbox do.

use posemo::evaluate::script::{ScriptError, ScriptJudgement, judge, read};
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};

mod depth;
mod dialect;
mod functions;
mod returns;
mod values;

#[test]
fn errors_have_an_excerpt_and_the_calls() {
    let source = "def helper(row):\n  return row[\"lost\"]\n\ndef check_context(docs, context):\n  return helper(docs[0][0])\n";
    let error = run(source, SqlValue::Null).expect_err("the key is missing");
    assert!(error.summary().starts_with("sample/evaluate.star:2:10: "), "{error}");
    let details = error.details().expect("the error has details");
    assert!(details.contains("return row[\"lost\"]") && details.contains("helper"), "{details}");
}

/// The interpreter's message is a single word.
#[test]
fn the_error_for_changing_a_frozen_value_has_the_remedy() {
    for change in
        ["docs.append(1)", "docs[0][0][\"y\"] = 1", "context[\"y\"] = 1", "LIST.append(1)"]
    {
        let source =
            format!("LIST = []\ndef check_context(docs, context):\n  {change}\n  return []\n");
        let error = run(&source, SqlValue::Null).expect_err("it is frozen");
        assert!(error.summary().starts_with("sample/evaluate.star:3:3: Immutable: "), "{error}");
        assert!(error.summary().ends_with("change a copy, made with list() or dict()"), "{error}");
    }
}

/// Mistakes that fail each run are reported without rows.
#[test]
fn a_script_is_read_without_rows() {
    let body = "(docs, context):\n  return []\n";
    assert_eq!(read("sample", &format!("def check_context{body}")), Ok(()));
    assert_eq!(read("sample", &format!("def other{body}check_context = other\n")), Ok(()));
    assert_eq!(read("sample", "A, check_context = 1, lambda docs, context: []\n"), Ok(()));
    for (source, expected) in [
        (format!("def check{body}"), "does not define a function check_context(docs, context)"),
        (
            "def outer():\n  def check_context(docs, context):\n    return []\n".to_owned(),
            "does not define a function",
        ),
        (format!("def check_context{body}  )\n"), "sample/evaluate.star:3:3: Parse error"),
        (String::new(), "does not define a function"),
    ] {
        let error = read("sample", &source).expect_err(&source);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn printed_lines_are_kept_with_their_position_up_to_a_limit() {
    let source = "print(\"loading\")\ndef check_context(docs, context):\n  print(\"rows:\", 2, None)\n  return []";
    let judged = run(source, SqlValue::Null).expect("printing is allowed");
    let expected = ["sample/evaluate.star:1: loading", "sample/evaluate.star:3: rows: 2 None"];
    assert_eq!(judged.printed, expected);
    let source = "def check_context(docs, context):\n  for i in range(5000):\n    print(\"x\" * 5000)\n  return []";
    let judged = run(source, SqlValue::Null).expect("printing much is allowed");
    assert_eq!(judged.printed.len(), 1000);
    assert!(judged.printed.iter().all(|line| line.chars().count() < 1100));
}

/// They help to find the reason of the failure.
#[test]
fn printed_lines_of_a_script_that_fails_are_kept() {
    let source = "print(\"loading\")\ndef check_context(docs, context):\n  print(\"rows:\", len(docs[0]))\n  return docs[0][0][\"lost\"]";
    let rows = Rows { columns: vec!["x".to_owned()], rows: vec![vec![SqlValue::Null]] };
    let failure = judge("sample", source, &ScriptInput::List(vec![QueryRows::Rows(rows)]));
    let failure = failure.expect_err("the key is missing");
    let expected = ["sample/evaluate.star:1: loading", "sample/evaluate.star:3: rows: 1"];
    assert_eq!(failure.printed, expected);
    assert!(failure.to_string().starts_with("sample/evaluate.star:4:"), "{failure}");
}

/// Runs a script over one document of one row with one column `x`.
fn run(source: &str, x: SqlValue) -> Result<ScriptJudgement, ScriptError> {
    let rows = Rows { columns: vec!["x".to_owned()], rows: vec![vec![x]] };
    judge("sample", source, &ScriptInput::List(vec![QueryRows::Rows(rows)]))
        .map_err(|failure| failure.error)
}

/// The value of an expression over `x` (the value), `docs` and `context`, as Starlark prints it.
fn value_of(expression: &str, x: SqlValue) -> Result<String, ScriptError> {
    let source = format!(
        "def check_context(docs, context):\n  \
           x = docs[0][0][\"x\"]\n  \
           return [{{\"summary\": repr({expression}), \"severity\": \"info\"}}]\n"
    );
    run(&source, x).map(|judged| judged.findings[0].summary.clone())
}

/// The result of a script that returns an expression.
fn returned(expression: &str) -> Result<ScriptJudgement, ScriptError> {
    run(&format!("def check_context(docs, context):\n  return {expression}\n"), SqlValue::Null)
}
