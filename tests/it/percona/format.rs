//! The format of advisor files: what is accepted, what is ignored, and how mistakes are reported.

use posemo::percona::advisor_check::AdvisorFile;
use posemo::percona::read;

use super::mistakes::{BAD, BAD_FIRST, FIRST, GOOD};

/// The content of a file, and its mistakes.
fn read_text(text: &str) -> (AdvisorFile, String) {
    let file = read("f", text);
    let lines: Vec<String> = file.mistakes.iter().map(ToString::to_string).collect();
    (file, lines.join("\n"))
}

#[test]
fn each_mistake_is_reported_with_its_line() {
    for (good, table) in [(GOOD, BAD.as_slice()), (FIRST, BAD_FIRST.as_slice())] {
        let (file, mistakes) = read_text(good);
        assert_eq!((mistakes.as_str(), file.checks.len()), ("", 1));
        for (part, instead, expected) in table {
            assert!(good.contains(part), "{part}");
            let text = good.replacen(part, instead, 1);
            let (file, mistakes) = read_text(&text);
            assert!(file.checks.is_empty() || mistakes.contains("f:"), "{text}");
            // The parser of YAML has its own messages.
            if expected.is_empty() {
                assert!(
                    mistakes.starts_with("f:") && !mistakes.contains('\n'),
                    "{text}\n{mistakes}"
                );
            } else {
                assert_eq!(mistakes, *expected, "{text}");
            }
        }
    }
    for (text, expected) in [
        ("", "f: is empty; a file of checks has the key \"checks\""),
        ("---\n---\n", "f: is empty; a file of checks has the key \"checks\""),
        ("word", "f:1: is a text; must be a mapping with the key \"checks\""),
    ] {
        assert_eq!(read_text(text).1, expected, "{text:?}");
    }
    let long = format!("# {}\n{GOOD}", "x".repeat(5_000_000));
    assert!(
        read_text(&long).1.contains("a file of checks has at most 4194304"),
        "{}",
        read_text(&long).1
    );
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    let text = format!(
        "{}---\n{}",
        GOOD.replace("family: POSTGRESQL", "family: POSTGRES")
            .replace("_SELECT", "_SELEKT")
            .replace("advisor: dev", "advisor:"),
        FIRST.replace("version: 1", "version: 7").replace("summary: Sample", "sumary: Sample")
    );
    let (file, mistakes) = read_text(&text);
    assert!(file.checks.is_empty());
    let lines: Vec<&str> = mistakes.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["f:6", "f:7", "f:9", "f:18", "f:16", "f:16"], "{mistakes}");
}

#[test]
fn both_versions_and_all_values_are_accepted() {
    let a = GOOD.replace("advisor: dev", "advisor: dev\n    category: x\n    tiers: [anonymous, registered, paid]\n    interval: frequent");
    let b = GOOD
        .replace("advisor: dev", "category: Security\n    subcategory: Roles\n    interval: rare");
    let c = GOOD
        .replace("advisor: dev", "category: Versions")
        .replace("family", "technology")
        .replace("2\n", "0x2\n");
    for (text, advisor, category, interval) in [
        (GOOD, Some("dev"), None, "24h"),
        (a.as_str(), Some("dev"), Some("x"), "4h"),
        (b.as_str(), None, Some("Security/Roles"), "78h"),
        (c.as_str(), None, Some("Versions"), "24h"),
    ] {
        let (file, mistakes) = read_text(text);
        assert_eq!(mistakes, "", "{text}");
        let [check] = file.checks.as_slice() else { panic!("{file:#?}") };
        assert_eq!(
            (check.advisor.as_deref(), check.category.as_deref(), check.interval),
            (advisor, category, interval)
        );
        assert_eq!(check.script, "def check_context(docs, context):\n    return []\n");
    }
    for (word, all) in
        [("true", true), ("\"t\"", true), ("1", true), ("False", false), ("\"0\"", false)]
    {
        let text =
            GOOD.replace("1 AS one", &format!("1 AS one\n        parameters: {{all_dbs: {word}}}"));
        assert_eq!(read_text(&text).0.checks[0].queries[0].all_databases, all, "{word}");
    }
    assert!(read_text("checks: []\n").1.is_empty());
}

#[test]
fn checks_of_other_stores_are_ignored_with_the_reason() {
    let metrics = GOOD.replace("POSTGRESQL_SELECT", "METRICS_INSTANT");
    let clickhouse = GOOD
        .replace("POSTGRESQL_SELECT", "CLICKHOUSE_SELECT\n        parameters: {anything: goes}");
    let advisors = "advisors:\n  - version: 1\n    name: dev\n    checks: [a]\n";
    for (text, what, line, reason) in [
        (metrics.as_str(), "postgresql_sample", 2, "queries the metrics"),
        (clickhouse.as_str(), "postgresql_sample", 2, "queries the metrics"),
        (advisors, "advisors", 1, "is a group of checks"),
    ] {
        let (file, mistakes) = read_text(text);
        assert_eq!((mistakes.as_str(), file.checks.len()), ("", 0), "{text}");
        let [part] = file.ignored.as_slice() else { panic!("{file:#?}") };
        assert_eq!((part.what.as_str(), part.line), (what, line));
        assert!(part.reason.contains(reason), "{}", part.reason);
    }
}

#[test]
fn checks_for_mysql_and_mongodb_judge_a_document() {
    let mysql = GOOD
        .replace("POSTGRESQL_SELECT", "MYSQL_SELECT")
        .replace("POSTGRESQL\n", "MYSQL\n")
        .replace("1 AS one", "1; 2");
    let mongodb = FIRST
        .replace("POSTGRESQL_SELECT", "MONGODB_BUILDINFO")
        .replace("    query: 1 AS one\n", "");
    for (text, statement) in [(mysql, "SELECT 1; 2"), (mongodb, "{buildInfo: 1}")] {
        let (file, mistakes) = read_text(&text);
        assert_eq!(mistakes, "", "{text}");
        let [check] = file.checks.as_slice() else { panic!("{file:#?}") };
        let [part] = check.document.as_slice() else { panic!("{check:#?}") };
        assert!(check.judges_document() && check.queries.is_empty());
        assert_eq!(part.statement, statement);
    }
}
