//! What a file of advisor checks may say, and in which words it is told what is wrong with it.
//!
//! No server is asked here.

use posemo::percona::advice::Reading;
use posemo::percona::read;

use super::mistakes::{BAD, BAD_FIRST, FIRST, GOOD};

fn said(text: &str) -> (Reading, String) {
    let reading = read("f", text);
    let lines: Vec<String> = reading.complaints.iter().map(ToString::to_string).collect();
    (reading, lines.join("\n"))
}

#[test]
fn each_mistake_is_told_with_its_line() {
    for (good, table) in [(GOOD, BAD.as_slice()), (FIRST, BAD_FIRST.as_slice())] {
        let (reading, complaints) = said(good);
        assert_eq!((complaints.as_str(), reading.checks.len()), ("", 1));
        for (part, instead, expected) in table {
            assert!(good.contains(part), "{part}");
            let text = good.replacen(part, instead, 1);
            let (reading, complaints) = said(&text);
            assert!(reading.checks.is_empty() || complaints.contains("f:"), "{text}");
            // What YAML itself refuses is in the words of its reader.
            if expected.is_empty() {
                assert!(
                    complaints.starts_with("f:") && !complaints.contains('\n'),
                    "{text}\n{complaints}"
                );
            } else {
                assert_eq!(complaints, *expected, "{text}");
            }
        }
    }
    for (text, expected) in [
        ("", "f: holds nothing; a file of checks has the key \"checks\""),
        ("---\n---\n", "f: holds nothing; a file of checks has the key \"checks\""),
        ("word", "f:1: is a text; a document of checks is a mapping with the key \"checks\""),
    ] {
        assert_eq!(said(text).1, expected, "{text:?}");
    }
    let long = format!("# {}\n{GOOD}", "x".repeat(5_000_000));
    assert!(said(&long).1.contains("a file of checks has at most 4194304"), "{}", said(&long).1);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = format!(
        "{}---\n{}",
        GOOD.replace("family: POSTGRESQL", "family: POSTGRES")
            .replace("_SELECT", "_SELEKT")
            .replace("advisor: dev", "advisor:"),
        FIRST.replace("version: 1", "version: 7").replace("summary: Sample", "sumary: Sample")
    );
    let (reading, complaints) = said(&text);
    assert!(reading.checks.is_empty());
    let lines: Vec<&str> =
        complaints.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["f:6", "f:7", "f:9", "f:18", "f:16", "f:16"], "{complaints}");
}

#[test]
fn vintages_and_words_are_understood() {
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
        let (reading, complaints) = said(text);
        assert_eq!(complaints, "", "{text}");
        let [check] = reading.checks.as_slice() else { panic!("{reading:#?}") };
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
        assert_eq!(said(&text).0.checks[0].queries[0].all_databases, all, "{word}");
    }
    assert!(said("checks: []\n").1.is_empty());
}

#[test]
fn what_is_not_for_postgresql_is_left_out_with_the_reason() {
    let mysql = GOOD
        .replace("POSTGRESQL_SELECT", "MYSQL_SELECT")
        .replace("POSTGRESQL\n", "MYSQL\n")
        .replace("1 AS one", "1; 2");
    let metrics = GOOD.replace("POSTGRESQL_SELECT", "METRICS_INSTANT");
    let clickhouse = GOOD
        .replace("POSTGRESQL_SELECT", "CLICKHOUSE_SELECT\n        parameters: {anything: goes}");
    let mongodb = FIRST
        .replace("POSTGRESQL_SELECT", "MONGODB_BUILDINFO")
        .replace("    query: 1 AS one\n", "");
    let advisors = "advisors:\n  - version: 1\n    name: dev\n    checks: [a]\n";
    for (text, what, line, words) in [
        (mysql.as_str(), "postgresql_sample", 2, "is for MySQL"),
        (metrics.as_str(), "postgresql_sample", 2, "asks the metrics"),
        (clickhouse.as_str(), "postgresql_sample", 2, "asks the metrics"),
        (mongodb.as_str(), "postgresql_sample", 2, "is for MongoDB"),
        (advisors, "advisors", 1, "groups checks and is none"),
    ] {
        let (reading, complaints) = said(text);
        assert_eq!((complaints.as_str(), reading.checks.len()), ("", 0), "{text}");
        let [foreign] = reading.foreign.as_slice() else { panic!("{reading:#?}") };
        assert_eq!((foreign.what.as_str(), foreign.line), (what, line));
        assert!(foreign.reason.contains(words), "{}", foreign.reason);
    }
}
