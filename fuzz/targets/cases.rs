//! What is fuzzed of the cases of checks: files of rows, stories, and `docs` for a script.
//!
//! It runs no script and tells no story.

use std::sync::LazyLock;

use posemo::cases::offline::Case;
use posemo::cases::scenario::Scenario;
use posemo::cases::{bless, coverage, docs, expected};
use posemo::catalog::Catalog;
use posemo::catalog::check::{self, Check};
use posemo::text::mistake::Mistake;

use super::{files, one_line, scratch, write_all};

/// A check of one query, with a column of each sort and thresholds.
const ONE: &str = r#"summary = "x"
[columns]
name = { type = "text", role = "object" }
n = { type = "bigint" }
f = { type = "double precision" }
on = { type = "boolean", role = "info" }
at = { type = "timestamptz", role = "info" }
small = { type = "smallint", role = "label" }
[thresholds.n]
warning = "10"
critical = "~:100"
[thresholds.f]
warning = "@0.5:0.75"
=== query.sql
SELECT 1
"#;

/// A check of two queries that a script judges, each asked in all databases.
const TWO: &str = r#"summary = "x"
scope = "database"
databases = "apart"
row_limit = 3
[queries.1.columns.name]
type = "text"
role = "object"
[queries.2.columns.n]
type = "numeric"
role = "info"
=== query-1.sql
SELECT 'x'
=== query-2.sql
SELECT 1
=== evaluate.star
def check_context(docs, context):
    return []
"#;

/// A case, story or `docs` is refused with its place, or can be used; what is blessed expects what was found.
pub(super) fn cases(bytes: &[u8]) {
    static CHECKS: LazyLock<[Check; 2]> = LazyLock::new(|| [ONE, TWO].map(check_of));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for check in &*CHECKS {
        match Case::read(check, "fuzzed.toml", text) {
            Ok(case) => offline(check, &case, text),
            Err(complaint) => in_file(&complaint, text),
        }
    }
    match Scenario::read("fuzzed.sql", text) {
        Ok(story) => {
            assert!(!story.steps.is_empty(), "a story has a step");
            for step in &story.steps {
                let line = step.line_at(u32::MAX);
                assert!(step.begins <= line && line <= step.line, "{line} is not in {step:?}");
                assert!(!step.span().is_empty() && step.holds(&[]).err() != Some(Vec::new()));
            }
        }
        Err(complaint) => in_file(&complaint, text),
    }
    for shape in [check::Docs::List, check::Docs::Rows] {
        if let Err(reason) = docs::read(text, shape) {
            one_line(&reason);
        }
    }
}

fn offline(check: &Check, case: &Case, text: &str) {
    let found = case.by_thresholds(check);
    for difference in expected::compare(case.expect.as_deref().unwrap_or_default(), &found) {
        assert!(!difference.lines().is_empty(), "a difference can be said");
    }
    assert!(case.docs(check).len() <= text.len(), "a script runs once a database");
    coverage::remarks(check, std::slice::from_ref(case), &[]);
    let Ok(blessed) = bless::blessed(text, &found) else { return };
    let again = Case::read(check, "blessed.toml", &blessed);
    let again = again.unwrap_or_else(|complaint| panic!("{complaint} in {blessed:?}"));
    let expect = again.expect.expect("it was just written");
    assert_eq!(expect.len(), found.len(), "{blessed:?}");
    assert!(expected::compare(&expect, &found).is_empty(), "{blessed:?} has not what was found");
    assert_eq!(bless::blessed(&blessed, &found), Ok(blessed), "blessing twice changes nothing");
}

fn check_of(text: &str) -> Check {
    let parent = scratch();
    let folder = parent.path().join("fuzzed");
    write_all(&folder, files(text));
    let mut catalog = Catalog::empty();
    catalog.add(&folder).expect("it is a check");
    catalog.get("fuzzed").expect("it was just added")
}

/// A mistake is on a line of the file.
fn in_file(complaint: &Mistake, text: &str) {
    assert!(complaint.line <= text.lines().count() + 1, "{complaint} is behind the end");
    assert!(complaint.file.starts_with("fuzzed"), "{complaint}");
}
