//! Fuzzes the readers of cases, scenarios, and `docs` for a script.
//!
//! No script and no scenario is run.

use std::sync::LazyLock;

use posemo::cases::offline::Case;
use posemo::cases::scenario::Scenario;
use posemo::cases::{bless, coverage, docs, expected};
use posemo::catalog::Catalog;
use posemo::catalog::check::{self, Check};
use posemo::text::mistake::Mistake;

use super::{files, one_line, scratch, write_all};

/// A check with one query, a column of each kind, and thresholds.
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

/// A check with a script and two queries that run in all databases.
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

/// A case, a scenario or `docs` is refused with a position, or can be used. A blessed case expects what was found.
pub(super) fn cases(bytes: &[u8]) {
    static CHECKS: LazyLock<[Check; 2]> = LazyLock::new(|| [ONE, TWO].map(check_of));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for check in &*CHECKS {
        match Case::read(check, "fuzzed.toml", text) {
            Ok(case) => offline(check, &case, text),
            Err(mistake) => assert_position(&mistake, text),
        }
    }
    match Scenario::read("fuzzed.sql", text) {
        Ok(scenario) => {
            assert!(!scenario.steps.is_empty(), "a scenario has a step");
            for step in &scenario.steps {
                let line = step.line_at(u32::MAX);
                assert!(step.begins <= line && line <= step.line, "{line} is not in {step:?}");
                assert!(!step.span().is_empty() && step.holds(&[]).err() != Some(Vec::new()));
            }
        }
        Err(mistake) => assert_position(&mistake, text),
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
        assert!(!difference.lines().is_empty(), "a difference has lines");
    }
    assert!(case.docs(check).len() <= text.len(), "a script runs once for each database");
    coverage::remarks(check, std::slice::from_ref(case), &[]);
    let Ok(blessed) = bless::blessed(text, &found) else { return };
    let again = Case::read(check, "blessed.toml", &blessed);
    let again = again.unwrap_or_else(|mistake| panic!("{mistake} in {blessed:?}"));
    let expect = again.expect.expect("it was just written");
    assert_eq!(expect.len(), found.len(), "{blessed:?}");
    assert!(
        expected::compare(&expect, &found).is_empty(),
        "{blessed:?} does not expect what was found"
    );
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

/// A mistake has a line of the file.
fn assert_position(mistake: &Mistake, text: &str) {
    assert!(mistake.line <= text.lines().count() + 1, "{mistake} is after the end");
    assert!(mistake.file.starts_with("fuzzed"), "{mistake}");
}
