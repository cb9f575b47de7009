//! Fuzzes the readers of cases: offline cases, scenarios, and `docs` of a script.
//!
//! It runs neither scripts nor scenarios.

use std::sync::LazyLock;

use posemo::cases::offline::OfflineCase;
use posemo::cases::scenario::Scenario;
use posemo::cases::{blessed_text, coverage, expected, script_input};
use posemo::catalog::Catalog;
use posemo::catalog::check::{Check, DocsForm};
use posemo::text::mistake::Mistake;

use super::{files, one_line, scratch, write_all};

/// A check with one query, columns of each role, and thresholds.
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

/// A check with two queries and a script.
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

/// A case, a scenario or `docs` is valid or has a mistake with its line. A blessed case passes.
pub(super) fn cases(bytes: &[u8]) {
    static CHECKS: LazyLock<[Check; 2]> = LazyLock::new(|| [ONE, TWO].map(check_of));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for check in &*CHECKS {
        match OfflineCase::read(check, "fuzzed.toml", text) {
            Ok(case) => offline(check, &case, text),
            Err(mistake) => is_in_file(&mistake, text),
        }
    }
    match Scenario::read("fuzzed.sql", text) {
        Ok(scenario) => {
            assert!(!scenario.steps.is_empty(), "a scenario has a step");
            for step in &scenario.steps {
                let line = step.line_at(u32::MAX);
                assert!(step.begins <= line && line <= step.line, "{line} is not in {step:?}");
                assert!(!step.lines().is_empty() && step.compare(&[]).err() != Some(Vec::new()));
            }
        }
        Err(mistake) => is_in_file(&mistake, text),
    }
    for form in [DocsForm::List, DocsForm::Rows] {
        if let Err(mistake) = script_input::read("fuzzed.json", text, form) {
            one_line(&mistake.to_string());
        }
    }
}

fn offline(check: &Check, case: &OfflineCase, text: &str) {
    let found = case.by_thresholds(check);
    for difference in expected::compare(case.expect.as_deref().unwrap_or_default(), &found) {
        assert!(!difference.lines().is_empty(), "a difference has lines");
    }
    assert!(case.script_inputs(check).len() <= text.len(), "a script runs once for each database");
    coverage::remarks(check, std::slice::from_ref(case), &[]);
    let Ok(blessed) = blessed_text::blessed(text, &found) else { return };
    let again = OfflineCase::read(check, "blessed.toml", &blessed);
    let again = again.unwrap_or_else(|mistake| panic!("{mistake} in {blessed:?}"));
    let expect = again.expect.expect("it was written");
    assert_eq!(expect.len(), found.len(), "{blessed:?}");
    assert!(
        expected::compare(&expect, &found).is_empty(),
        "{blessed:?} does not expect the findings"
    );
    assert_eq!(
        blessed_text::blessed(&blessed, &found),
        Ok(blessed),
        "blessing twice changes nothing"
    );
}

fn check_of(text: &str) -> Check {
    let parent = scratch();
    let folder = parent.path().join("fuzzed");
    write_all(&folder, files(text));
    let mut catalog = Catalog::empty();
    catalog.add(&folder).expect("the check is valid");
    catalog.get("fuzzed").expect("it was added")
}

/// A mistake is on a line of the file.
fn is_in_file(mistake: &Mistake, text: &str) {
    assert!(mistake.line <= text.lines().count() + 1, "{mistake} is after the end");
    assert!(mistake.file.starts_with("fuzzed"), "{mistake}");
}
