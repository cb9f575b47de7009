//! The script judge: what the tests of its parts run scripts with, and what it says and keeps of a run.
//!
//! It starts no process; the sandbox has its own suite.

use posemo::evaluate::script::{Judged, ScriptError, judge, read};
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};

mod depth;
mod dialect;
mod functions;
mod returns;
mod values;

#[test]
fn errors_carry_an_excerpt_and_the_calls() {
    let source = "def helper(row):\n  return row[\"lost\"]\n\ndef check_context(docs, context):\n  return helper(docs[0][0])\n";
    let error = run(source, SqlValue::Null).expect_err("the key is missing");
    assert!(error.summary().starts_with("sample/evaluate.star:2:10: "), "{error}");
    let details = error.details().expect("there is more to say");
    assert!(details.contains("return row[\"lost\"]") && details.contains("helper"), "{details}");
}

/// The interpreter's own word for it is a word alone.
#[test]
fn whoever_changes_what_is_frozen_is_told_what_and_what_to_do() {
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

/// What no run can succeed with is found before there are rows.
#[test]
fn a_script_is_read_without_rows() {
    let body = "(docs, context):\n  return []\n";
    assert_eq!(read("sample", &format!("def check_context{body}")), Ok(()));
    assert_eq!(read("sample", &format!("def other{body}check_context = other\n")), Ok(()));
    assert_eq!(read("sample", "A, check_context = 1, lambda docs, context: []\n"), Ok(()));
    for (source, words) in [
        (format!("def check{body}"), "does not define a function check_context(docs, context)"),
        (
            "def outer():\n  def check_context(docs, context):\n    return []\n".to_owned(),
            "does not define a function",
        ),
        (format!("def check_context{body}  )\n"), "sample/evaluate.star:3:3: Parse error"),
        (String::new(), "does not define a function"),
    ] {
        let error = read("sample", &source).expect_err(&source);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn prints_are_kept_with_their_place_and_bounded() {
    let source = "print(\"loading\")\ndef check_context(docs, context):\n  print(\"rows:\", 2, None)\n  return []";
    let judged = run(source, SqlValue::Null).expect("printing is allowed");
    let expected = ["sample/evaluate.star:1: loading", "sample/evaluate.star:3: rows: 2 None"];
    assert_eq!(judged.printed, expected);
    let source = "def check_context(docs, context):\n  for i in range(5000):\n    print(\"x\" * 5000)\n  return []";
    let judged = run(source, SqlValue::Null).expect("printing much is allowed");
    assert_eq!(judged.printed.len(), 1000);
    assert!(judged.printed.iter().all(|line| line.chars().count() < 1100));
}

/// Who looks for the reason of a failure needs them most.
#[test]
fn prints_of_a_script_that_fails_are_kept() {
    let source = "print(\"loading\")\ndef check_context(docs, context):\n  print(\"rows:\", len(docs[0]))\n  return docs[0][0][\"lost\"]";
    let rows = Rows { columns: vec!["x".to_owned()], rows: vec![vec![SqlValue::Null]] };
    let unjudged = judge("sample", source, &ScriptInput::List(vec![QueryRows::Rows(rows)]));
    let unjudged = unjudged.expect_err("the key is missing");
    let expected = ["sample/evaluate.star:1: loading", "sample/evaluate.star:3: rows: 1"];
    assert_eq!(unjudged.printed, expected);
    assert!(unjudged.to_string().starts_with("sample/evaluate.star:4:"), "{unjudged}");
}

/// Runs a script over one document of one row with one column `x`.
fn run(source: &str, x: SqlValue) -> Result<Judged, ScriptError> {
    let rows = Rows { columns: vec!["x".to_owned()], rows: vec![vec![x]] };
    judge("sample", source, &ScriptInput::List(vec![QueryRows::Rows(rows)]))
        .map_err(|unjudged| unjudged.error)
}

/// What an expression over `x` (the value), `docs` and `context` comes to, as Starlark prints it.
fn value_of(expression: &str, x: SqlValue) -> Result<String, ScriptError> {
    let source = format!(
        "def check_context(docs, context):\n  \
           x = docs[0][0][\"x\"]\n  \
           return [{{\"summary\": repr({expression}), \"severity\": \"info\"}}]\n"
    );
    run(&source, x).map(|judged| judged.findings[0].summary.clone())
}

/// What a script that returns this comes to.
fn returned(expression: &str) -> Result<Judged, ScriptError> {
    run(&format!("def check_context(docs, context):\n  return {expression}\n"), SqlValue::Null)
}
