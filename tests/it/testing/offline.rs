//! Offline cases: the output for each kind of failure and for each mistake in a file.

use super::{golden, scripted, test, used, write};
use crate::catalog::Folder;

#[test]
fn each_kind_of_failure_is_printed() {
    let folder = Folder::new("test");
    used(&folder, "used");
    for (case, text) in [
        (
            "good",
            "server = 17\nrows = [{ name = \"a\", used = 81.0, since = 2026-11-20T10:00:00Z }]\nexpect = [{ state = \"warning\", severity = \"warning\", object = \"a\", description_contains = \"2026-11-20\" }]\n",
        ),
        (
            "other_state",
            "server = 17\nrows = [{ name = \"a\", used = 96.0 }]\nexpect = [{ state = \"warning\", object = \"a\", severity = \"notice\" }]\n",
        ),
        (
            "other_words",
            "server = 17\nrows = [{ name = \"a\", used = 96.0 }]\nexpect = [{ state = \"critical\", summary_contains = \"full\" }]\n",
        ),
        (
            "other_summary",
            "server = 17\nrows = [{ name = \"a\", used = 96.0 }]\nexpect = [{ state = \"critical\", summary = \"full\", labels = { a = \"b\" }, description_contains = \"x\" }]\n",
        ),
        (
            "other_object",
            "server = 17\nrows = [{ name = \"a\", used = 81.0 }]\nexpect = [{ state = \"warning\", object = \"b\" }]\n",
        ),
        ("unexpected", "server = 17\nrows = [{ name = \"a\", used = 81.0 }]\nexpect = []\n"),
        ("missing", "server = 17\nrows = []\nexpect = [{ state = \"ok\" }]\n"),
        (
            "two_for_one",
            "server = 17\nrows = [{ name = \"a\", used = 81.0 }]\nexpect = [{ state = \"warning\" }, { state = \"warning\", object = \"a\" }]\n",
        ),
        (
            "any_order",
            "server = 17\nrows = [{ name = \"a\", used = 81.0 }, { name = \"b\", used = 81.0 }]\nexpect = [{ state = \"warning\" }, { state = \"warning\", object = \"a\" }]\n",
        ),
        ("without_expect", "server = 17\nrows = [{ name = \"a\", used = 81.0 }]\n"),
    ] {
        folder.write(&format!("used/cases/{case}.toml"), text);
    }
    golden("differences", &folder, &["used", "--offline"]);
}

#[test]
fn mistakes_are_reported_with_file_line_and_key() {
    let folder = Folder::new("test");
    used(&folder, "used");
    for (number, text) in [
        "sever = 17",
        "rows = []",
        "server = 11\nrows = []",
        "server = 17",
        "server = 17\nrows = [\n  { name = \"a\" },\n  { nam = \"b\" },\n]",
        "server = 17\nrows = [\n  { used = 1 }]",
        "server = 17\nrows = [{ since = 10:00:00 }]",
        "server = 17\nrows = [{ name = 5 }]",
        "server = 17\ndatabases.app = []",
        "server = 17\nrows = []\ndatabase = \"app\"",
        "server = 17\nrows = []\n[[queries]]\nrows = []",
        "server = 17\n[[queries]]\nrows = []\n[[queries]]\nrows = []",
        "server = 17\n[[queries]]\nrows = []\ndatabases = {}",
        "server = 17\nrows = []\nexpect = [{ state = \"warn\" }]",
        "server = 17\nrows = []\nexpect = [{ state = \"ok\", severity = \"warn\" }]",
        "server = 17\nrows = []\nexpect = [{ object = \"a\" }]",
        "server = 17\nrows = [}",
    ]
    .into_iter()
    .enumerate()
    {
        folder.write(&format!("used/cases/n{number:02}.toml"), text);
    }
    golden("mistakes", &folder, &["used", "--offline"]);
}

#[test]
fn a_script_gets_the_databases_together_or_one_after_the_other() {
    let folder = Folder::new("test");
    let script = "def check_context(docs, context):
    print(docs)
    return [{\"summary\": str(docs), \"severity\": \"info\"}]
";
    let two = "SELECT 1::bigint AS count";
    let columns = "[queries.1.columns.count]\ntype = \"bigint\"\n[queries.2.columns.count]\ntype = \"bigint\"\n";
    for (name, manifest) in [
        ("together", "summary = \"x\"\nscope = \"database\"\n[columns.count]\ntype = \"bigint\"\n".to_owned()),
        ("apart", "summary = \"x\"\nscope = \"database\"\ndatabases = \"apart\"\n[columns.count]\ntype = \"bigint\"\n".to_owned()),
        ("mixed", format!("summary = \"x\"\n[queries.2]\nscope = \"database\"\n{columns}")),
    ] {
        write(&folder, name, &manifest, two, Some(script));
    }
    std::fs::remove_file(folder.path().join("mixed/query.sql")).unwrap();
    folder.write("mixed/query-1.sql", two);
    folder.write("mixed/query-2.sql", two);
    let two = "databases.app = [{ count = 1 }]\ndatabases.shop = [{ count = 2 }]\n";
    let summary = |text: &str| format!("{{ state = \"ok\", summary = '{text}' }}");
    let expect = |all: &[&str]| {
        format!(
            "expect = [{}]\n",
            all.iter().map(|text| summary(text)).collect::<Vec<_>>().join(", ")
        )
    };
    let together = expect(&["[{\"app\": [{\"count\": 1}], \"shop\": [{\"count\": 2}]}]"]);
    let apart = expect(&["[[{\"count\": 1}]]", "[[{\"count\": 2}]]"]);
    let one = expect(&["[{\"shop\": [{\"count\": None}]}]"]);
    let mixed =
        expect(&["[[{\"count\": 7}], {\"app\": [{\"count\": 1}], \"shop\": [{\"count\": 2}]}]"]);
    folder.write("together/cases/two.toml", &format!("server = 17\n{together}{two}"));
    folder.write(
        "together/cases/one.toml",
        &format!("server = 17\ndatabase = \"shop\"\nrows = [{{}}]\n{one}"),
    );
    folder.write("apart/cases/two.toml", &format!("server = 17\n{apart}{two}"));
    folder.write(
        "mixed/cases/two.toml",
        &format!("server = 17\n{mixed}[[queries]]\nrows = [{{ count = 7 }}]\n[[queries]]\n{two}"),
    );
    let (code, out, _) = test(&folder, &[".", "--offline", "-q"]);
    assert_eq!((code, out.as_str()), (0, ""));
}

#[test]
fn a_script_that_fails_is_printed_with_its_line() {
    let folder = Folder::new("test");
    let body = "def share(row):
    return 100 // row[\"count\"]

def check_context(docs, context):
    return [{\"summary\": str(share(row)), \"severity\": \"info\"} for row in docs[0]]
";
    scripted(&folder, "fails", body);
    scripted(&folder, "no_syntax", "def check_context(docs, context):\n    return [\n");
    scripted(&folder, "no_list", "def check_context(docs, context):\n    return 5\n");
    scripted(
        &folder,
        "escapes",
        "def check_context(docs, context):\n    fail(\"\\033[31m red\\nsecond \\u202e\")\n",
    );
    scripted(
        &folder,
        "misses",
        "def check_context(docs, context):\n    print(\"rows\", len(docs[0]))\n    return []\n",
    );
    for check in ["fails", "no_syntax", "no_list", "escapes", "misses"] {
        let case = "server = 17\nrows = [{ count = 0 }]\nexpect = [{ state = \"warning\" }]\n";
        folder.write(&format!("{check}/cases/zero.toml"), case);
    }
    let expects = "server = 17\nrows = [{ count = 0 }]\nexpect = [{ state = \"unknown\", summary_contains = \"division by zero\" }]\n";
    folder.write("fails/cases/expected.toml", expects);
    golden("scripts", &folder, &[".", "--offline"]);
}

#[test]
fn all_cases_of_the_catalog_pass() {
    let folder = Folder::new("test");
    let (code, out, err) = test(&folder, &["--offline"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("ok    sequence_usage::nearly\n") && !out.contains("note"), "{out}");
    let (code, out, err) = test(&folder, &["--offline", "-q"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (code, out, _) = test(&folder, &["--offline", "--check", "alive"]);
    assert!(code == 0 && out.lines().all(|line| !line.contains("superusers")), "{out}");
}

#[test]
fn own_folders_are_tested_alone_or_with_the_catalog() {
    let folder = Folder::new("test");
    used(&folder, "own/used");
    folder.write("own/used/cases/no_problem.toml", "server = 17\nrows = []\nexpect = []\n");
    folder.write("own/used/cases/notes.txt", "");
    used(&folder, "own/Wrong");
    folder.write("own/empty/readme", "");
    folder.write("own/unfinished/check.toml", "summary = 1\n");
    golden("folders", &folder, &["own", "--offline"]);
    let (code, out, _) = test(&folder, &["--checks", "own/used", "--offline"]);
    assert!(
        code == 0 && out.contains("::nearly") && out.contains("ok    used::no_problem"),
        "{out}"
    );
    let (code, _, err) = test(&folder, &["own", "--offline", "--check", "usde"]);
    let expected = "posemo: check \"usde\" is not among those to test; did you mean \"used\"?\n";
    assert_eq!((code, err.as_str()), (1, expected));
    let (code, out, _) = test(&folder, &["own/used", "own", "--offline", "--check", "used"]);
    assert!(code == 1 && out.contains("the check exists twice: own/used and own/used"), "{out}");
    assert_eq!(test(&folder, &["nowhere", "--offline"]).0, 1);
    assert_eq!(test(&folder, &["--offline", "--bindir", "/"]).0, 2);
}
