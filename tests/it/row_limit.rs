//! More rows than the limit: what is certain about the rows that are cut off, and what is not.
//!
//! The function returns the worst rows first; `situations` does the same on servers.

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::thresholds::{Levels, ObjectRule};
use posemo::evaluate::threshold;
use posemo::finding::State;
use posemo::rows::{Rows, SqlValue};
use posemo::text::pattern::NamePattern;

use crate::catalog::{Folder, README};

const COLUMNS: &str = "
[columns.name]
type = \"text\"
role = \"object\"
[columns.used]
type = \"double precision\"
unit = \"percent\"
[columns.left]
type = \"bigint\"
unit = \"count\"
[columns.good]
type = \"boolean\"
[columns.change]
type = \"double precision\"
";

/// A check with this end of check.toml.
fn check(top: &str, more: &str) -> Check {
    let folder = Folder::new("limit");
    folder.write("mine/check.toml", &format!("summary = \"x\"\n{top}\n{COLUMNS}\n{more}"));
    folder.write("mine/query.sql", "SELECT 1");
    folder.write("mine/README.md", README);
    if top.contains("worst_first") || top.contains("scripted") {
        folder.write("mine/evaluate.star", "def check_context(docs, context):\n    return []\n");
    }
    let mut catalog = Catalog::empty();
    catalog.add(folder.path()).unwrap();
    catalog.get("mine").unwrap()
}

/// A row: used, left, whether it is good, change.
type Row = (Option<f64>, Option<i64>, Option<bool>, Option<f64>);

fn rows(given: &[Row]) -> Rows {
    let row = |(number, (used, left, good, change)): (usize, &Row)| {
        vec![
            SqlValue::Text(format!("n{number}")),
            used.map_or(SqlValue::Null, SqlValue::Float),
            left.map_or(SqlValue::Null, SqlValue::Int),
            good.map_or(SqlValue::Null, SqlValue::Bool),
            change.map_or(SqlValue::Null, SqlValue::Float),
        ]
    };
    Rows { columns: Vec::new(), rows: given.iter().enumerate().map(row).collect() }
}

/// The state and the last summary of a check whose function returned these rows; all but the last are judged.
fn judged(check: &Check, given: &[Row]) -> (State, String) {
    let limit = u32::try_from(given.len() - 1).unwrap();
    let signature = &check.queries[0].signature;
    let judged = threshold::judge(check, signature, &check.thresholds, None, &rows(given), limit);
    let state = State::worst(judged.findings.iter().map(|finding| finding.state));
    let mut about_others = judged.findings.iter().filter(|it| it.summary.starts_with("more than"));
    (state, about_others.next_back().map_or(judged.ok_summary, |finding| finding.summary.clone()))
}

const HIGH: &str = "[thresholds.used]\nwarning = \"80\"\ncritical = \"95\"";
const LOW: &str = "[thresholds.left]\nwarning = \"100:\"";

#[test]
fn what_is_cut_off_is_judged_by_the_order() {
    let used = |numbers: &[f64]| -> Vec<Row> {
        numbers.iter().map(|number| (Some(*number), None, None, None)).collect()
    };
    let left = |numbers: &[i64]| -> Vec<Row> {
        numbers.iter().map(|number| (None, Some(*number), None, None)).collect()
    };
    let change = |numbers: &[f64]| -> Vec<Row> {
        numbers.iter().map(|number| (None, None, None, Some(*number))).collect()
    };
    let good = |words: &[Option<bool>]| -> Vec<Row> {
        words.iter().map(|word| (None, None, *word, None)).collect()
    };
    let both = |numbers: &[(f64, i64)]| -> Vec<Row> {
        numbers.iter().map(|(used, left)| (Some(*used), Some(*left), None, None)).collect()
    };
    let signed = "[thresholds.change]\nwarning = \"~:5\"";
    let plain = "[thresholds.change]\nwarning = \"5\"";
    for (more, given, state, summary) in [
        (
            HIGH.to_owned(),
            used(&[70.0, 60.0, 50.0]),
            State::Ok,
            "n0 used 70 %, the highest of more than 2 rows",
        ),
        (
            HIGH.to_owned(),
            used(&[96.0, 60.0, 50.0]),
            State::Critical,
            "used 96 %, the highest of more than",
        ),
        (
            HIGH.to_owned(),
            used(&[96.0, 85.0, 84.0]),
            State::Critical,
            "used of the others may violate a threshold, too",
        ),
        // The rows that were cut off are not worse than a warning.
        (
            HIGH.to_owned(),
            used(&[90.0, 85.0, 84.0]),
            State::Warning,
            "used of the others may violate a threshold, too",
        ),
        (
            LOW.to_owned(),
            left(&[100, 200, 300]),
            State::Ok,
            "left 100, the lowest of more than 2 rows",
        ),
        (
            LOW.to_owned(),
            left(&[20, 30, 300]),
            State::Warning,
            "left of the others may violate a threshold, too",
        ),
        // The number of a metric without a value in some rows: those that have one are first.
        (
            HIGH.to_owned(),
            vec![
                (Some(90.0), None, None, None),
                (None, None, None, None),
                (None, None, None, None),
            ],
            State::Warning,
            "used 90 %",
        ),
        // A boolean metric: false is worst, true and NULL are not.
        (String::new(), good(&[Some(false), None, None]), State::Warning, "used: no value"),
        (String::new(), good(&[Some(true), Some(true), Some(true)]), State::Ok, "used: no value"),
        (
            String::new(),
            good(&[Some(false), Some(false), Some(false)]),
            State::Warning,
            "the others may not be good, either",
        ),
        // With two metrics, half of the rows are the worst of each.
        (
            format!("{HIGH}\n{LOW}"),
            both(&[(70.0, 200), (60.0, 100), (50.0, 300), (50.0, 300), (50.0, 300)]),
            State::Ok,
            "used 70 %",
        ),
        (
            format!("{HIGH}\n{LOW}"),
            both(&[(70.0, 200), (60.0, 90), (50.0, 95), (50.0, 300), (50.0, 300)]),
            State::Warning,
            "left of the others may violate a threshold, too",
        ),
        (
            format!("{HIGH}\n{LOW}"),
            both(&[(70.0, 10), (60.0, 20)]),
            State::Warning,
            "left of the others may violate a threshold",
        ),
        // Numbers below zero are possible where the unit allows them.
        (signed.to_owned(), change(&[4.0, 3.0, 2.0]), State::Ok, "change 4"),
        (
            plain.to_owned(),
            change(&[4.0, 3.0, 2.0]),
            State::Unknown,
            "change of the others may violate a threshold",
        ),
        (
            HIGH.to_owned(),
            used(&[4.0, -3.0, -4.0]),
            State::Critical,
            "used of the others may violate a threshold, too",
        ),
        // Both ends are bad, so the rows have no order.
        (
            "[thresholds.used]\nwarning = \"10:20\"".to_owned(),
            used(&[15.0, 14.0, 13.0]),
            State::Unknown,
            "used of the others may violate a threshold",
        ),
    ] {
        let (found, text) = judged(&check("", &more), &given);
        assert_eq!(found, state, "{more} {given:?}: {text}");
        assert!(text.contains(summary), "{more} {given:?}: {text}");
    }
}

/// Its value may be among those that are cut off.
#[test]
fn an_object_with_its_own_threshold_is_not_forgotten() {
    let mut check = check("", HIGH);
    let given: Vec<Row> = [70.0, 60.0, 50.0].map(|used| (Some(used), None, None, None)).to_vec();
    for (object, range, expected) in [
        ("legacy", "40", State::Unknown),
        ("legacy", "60", State::Ok),
        ("leg*", "40", State::Unknown),
        ("leg*", "60", State::Ok),
        ("n1", "60", State::Ok),
        ("n1", "50", State::Warning),
    ] {
        let levels = Levels { warning: range.parse().ok(), critical: None };
        let rule = ObjectRule {
            objects: NamePattern::new(object),
            databases: Vec::new(),
            enabled: None,
            levels: [("used".to_owned(), levels)].into_iter().collect(),
            rates: [].into_iter().collect(),
            key: String::new(),
        };
        check.thresholds.objects = vec![rule];
        let (state, text) = judged(&check, &given);
        assert_eq!(state, expected, "{object} {range}: {text}");
    }
}

#[test]
fn each_row_is_a_problem_also_if_it_is_cut_off() {
    let check = check("rows = \"none\"", "");
    let given = [(None, None, None, None); 3];
    let (state, text) = judged(&check, &given);
    assert_eq!(state, State::Warning);
    assert_eq!(text, "more than 2 rows; each of the others is a problem, too");
}

#[test]
fn a_script_does_not_see_the_rows_that_are_cut_off() {
    let given = [(Some(1.0), None, None, None); 3];
    for (top, expected) in [
        ("# scripted", (State::Unknown, "more than 2 rows; the others were not judged")),
        ("worst_first = true", (State::Ok, "used 1 %, the highest of more than 2 rows")),
    ] {
        let (state, text) = judged(&check(top, ""), &given);
        assert_eq!(state, expected.0, "{top}");
        assert!(text.ends_with(expected.1), "{top}: {text}");
    }
}
