//! Keys that only posemo's own checks can have, as they are a promise about one query.

use std::fs;
use std::path::Path;

use posemo::catalog::Catalog;

use crate::catalog::{Folder, README};

/// The key `writes` is bound to the query of the check that is part of posemo.
#[test]
fn only_the_query_of_posemo_writes() {
    let [manifest, query] = ["check.toml", "query.sql"].map(|file| own("writeable", file));
    copied("writeable", &manifest, &query, &[]).unwrap();
    for (name, manifest, query, expected) in [
        ("mine", &manifest, &query, "writes: only the check writeable"),
        ("alive", &manifest, &query, "writes: only the check writeable"),
        ("writeable", &manifest, &query.replace("posemo", "x"), "writes: only the check writeable"),
        (
            "writeable",
            &manifest.replace("\"primary\"", "\"any\""),
            &query,
            "writes: a standby cannot write",
        ),
        (
            "writeable",
            &manifest.replace("commit_time", "clock"),
            &query,
            "writes: a check that writes has one",
        ),
        ("writeable", &format!("scope = \"database\"\n{manifest}"), &query, "of the scope cluster"),
    ] {
        let error = copied(name, manifest, query, &[]).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

/// A file of a check of posemo.
fn own(check: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks").join(check);
    fs::read_to_string(folder.join(file)).unwrap()
}

/// The error of a folder with such a check.
fn copied(name: &str, manifest: &str, query: &str, others: &[(&str, &str)]) -> Result<(), String> {
    let folder = Folder::new("own");
    let files = [("check.toml", manifest), ("query.sql", query), ("README.md", README)];
    for (file, text) in files.iter().chain(others) {
        folder.write(&format!("{name}/{file}"), text);
    }
    Catalog::empty().add(folder.path()).map_err(|error| error.to_string())
}

/// The linter does not follow definitions in the query of posemo that digests them, and in no other.
#[test]
fn only_the_query_of_posemo_digests_definitions() {
    let [manifest, query, older, script] =
        ["check.toml", "query.sql", "query.before-14.sql", "evaluate.star"]
            .map(|file| own("system_definitions", file));
    let script = ("evaluate.star", script.as_str());
    let all = [("query.before-14.sql", older.as_str()), script];
    copied("system_definitions", &manifest, &query, &all).unwrap();
    let other = query.replace("left(encode(sha256", "left(concat(sha256");
    assert_ne!(query, other);
    for (name, query, others) in [
        ("mine", &query, &all[..]),
        ("alive", &query, &all),
        ("system_definitions", &other, &all),
        ("system_definitions", &query, &[script]),
        ("system_definitions", &query, &[("query.before-14.sql", other.as_str()), script]),
    ] {
        let error = copied(name, &manifest, query, others).unwrap_err();
        assert!(error.contains("digests: only the check system_definitions"), "{error}");
    }
}
