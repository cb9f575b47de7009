//! `posemo import` of checks for `MySQL` and `MongoDB`, which judge a document.

use super::{checks, printed};
use crate::catalog::Folder;
use crate::server::posemo;

/// A check of both formats for `MySQL` or `MongoDB` becomes one that judges a document.
#[test]
fn checks_of_other_products_judge_a_document() {
    let folder = Folder::new("import");
    folder.write("f.yml", FOREIGN);
    let place = |name: &str| folder.path().join(name).display().to_string();
    // No server is needed: this directory has no programs.
    let arguments =
        ["import", "--bindir", "/nonexistent", &place("f.yml"), "--into", &place("checks")];
    let output = posemo(&arguments);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("my_first: imported into") && text.contains("(judges the document my_first)"),
        "{text}"
    );
    assert!(text.contains("mysql_version: ignored: posemo contains the check"), "{text}");
    let imported = checks(&folder.path().join("checks"));
    let names: Vec<&str> = imported.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["mongo_second", "my_first"]);
    assert!(
        imported[1].readme.contains("\n    SELECT user FROM mysql.user\n"),
        "{}",
        imported[1].readme
    );
    assert!(imported[0].readme.contains("\n    {getCmdLineOpts: 1}\n"), "{}", imported[0].readme);
    for (name, document, expected) in [
        ("my_first", "[{\"user\": \"ann\"}]", "MY_FIRST WARNING - ann"),
        ("my_first", "[]", "MY_FIRST OK - nothing found"),
        ("my_first", "7", "document.json: my_first/evaluate.star"),
        (
            "mongo_second",
            "[[{\"parsed\": {\"net\": {\"port\": 27018}}}]]",
            "MONGO_SECOND CRITICAL - port 27018",
        ),
    ] {
        folder.write("document.json", document);
        let output = posemo(&[
            "check",
            name,
            "--checks",
            &place("checks"),
            "--docs",
            &place("document.json"),
        ]);
        let text = printed(&output);
        assert!(text.contains(expected), "{text}");
    }
    // The scripts also run on their own; a list of rows is the input of version 1.
    for (script, document, expected) in [
        ("checks/my_first/evaluate.star", "[{\"user\": \"ann\"}]", "warning   ann"),
        (
            "checks/mongo_second/evaluate.star",
            "[[{\"parsed\": {\"net\": {\"port\": 27018}}}]]",
            "error     port 27018",
        ),
        (
            "checks/mongo_second",
            "[[{\"parsed\": {\"net\": {\"port\": 27018}}}]]",
            "error     port 27018",
        ),
    ] {
        folder.write("document.json", document);
        let output = posemo(&["test", "--docs", &place("document.json"), &place(script)]);
        assert!(printed(&output).starts_with(expected), "{}", printed(&output));
    }
}

/// A check of version 1 for `MySQL`, one of version 2 for `MongoDB`, and one that posemo contains.
const FOREIGN: &str = "---\nchecks:\n  - version: 1\n    name: my_first\n    summary: Users\n    description: All users.\n    type: MYSQL_SELECT\n    query: user FROM mysql.user\n    script: |\n      def check_context(rows, context):\n          return [{\"summary\": row[\"user\"], \"severity\": \"warning\"} for row in rows]\n  - version: 2\n    name: mongo_second\n    summary: Ports\n    description: All ports.\n    advisor: dev\n    family: MONGODB\n    queries:\n      - type: MONGODB_GETCMDLINEOPTS\n    script: |\n      def check_context(docs, context):\n          port = docs[0][0][\"parsed\"][\"net\"][\"port\"]\n          return [{\"summary\": \"port %d\" % port, \"severity\": \"error\"}]\n  - version: 1\n    name: mysql_version\n    summary: Version\n    description: The version.\n    type: MYSQL_SHOW\n    query: VARIABLES\n    script: |\n      def check_context(rows, context):\n          return []\n";
