//! `posemo test --docs`: runs a single script with given rows.

use super::{golden, scripted, test, used};
use crate::catalog::Folder;

const SCRIPT: &str = "def half(count):
    print(\"half of\", count)
    return 10 // count

def check_context(docs, context):
    print(docs)
    found = []
    for row in docs[0]:
        found.append({
            \"summary\": \"half is {}\".format(half(row[\"count\"])),
            \"description\": \"one\\n\\033[31mtwo\",
            \"severity\": \"error\" if row[\"count\"] > 4 else \"notice\",
            \"labels\": {\"object\": \"n\"},
            \"read_more_url\": \"/more\",
        })
    return found
";

fn scene() -> Folder {
    let folder = Folder::new("test");
    folder.write("alone.star", SCRIPT);
    scripted(&folder, "counted", SCRIPT);
    used(&folder, "used");
    folder.write(
        "rows.json",
        "[[{\"count\": 5, \"share\": 1.50, \"big\": 18446744073709551616}, {\"count\": 2, \"name\": null}]]",
    );
    folder.write("zero.json", "[[{\"count\": 0}]]");
    folder.write("databases.json", "[{\"app\": []}]");
    folder
}

#[test]
fn output_and_findings_are_printed() {
    let folder = scene();
    golden("docs", &folder, &["--docs", "rows.json", "alone.star"]);
    golden("docs-zero", &folder, &["--docs", "zero.json", "alone.star"]);
    golden("docs-folder", &folder, &["--docs", "zero.json", "counted"]);
    golden("docs-databases", &folder, &["--docs", "databases.json", "alone.star"]);
    let (code, out, _) = test(&folder, &["--docs", "rows.json", "counted", "--checks", "counted"]);
    assert!(code == 0 && out.contains("counted/evaluate.star:2: half of 5"), "{out}");
}

#[test]
fn mistakes_are_reported() {
    let folder = scene();
    folder.write("bad.json", "[[{\"count\": }]]");
    folder.write("row.json", "[[5]]");
    for (arguments, code, expected) in [
        (
            &["--docs", "bad.json", "alone.star"][..],
            1,
            "bad.json: expected value at line 1 column 13",
        ),
        (
            &["--docs", "row.json", "alone.star"],
            1,
            "row.json: [0][0]: must be a row: {\"column\": value}",
        ),
        (&["--docs", "none.json", "alone.star"], 1, "none.json: cannot be read: No such file"),
        (&["--docs", "rows.json", "none.star"], 1, "none.star: cannot be read: No such file"),
        (&["--docs", "rows.json", "used"], 1, "used has no script: thresholds judge its rows"),
        (
            &["--docs", "rows.json", "alve"],
            1,
            "check \"alve\" does not exist; did you mean \"alive\"?",
        ),
        (&["--docs", "rows.json"], 2, "--docs needs one check"),
        (&["--docs", "rows.json", "a", "b"], 2, "--docs needs one check"),
        (&["--docs", "rows.json", "--bless", "a"], 2, "cannot be used with"),
    ] {
        let (found, out, err) = test(&folder, arguments);
        assert!(
            found == code && out.is_empty() && err.contains(expected),
            "{arguments:?}: {found} {out}{err}"
        );
    }
}
