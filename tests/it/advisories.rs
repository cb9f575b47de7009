//! `posemo update-advisories`, and the check that uses its list.

use crate::catalog::Folder;
use crate::server::posemo;

const PUBLISHED: &str = r#"[
    {"current": true, "eolDate": "2030-11-14", "firstRelDate": "2025-09-25", "latestMinor": "99", "major": "18",
     "relDate": "2026-11-12", "supported": true},
    {"current": false, "eolDate": "2021-11-11", "firstRelDate": "2016-09-29", "latestMinor": "24", "major": "9.6",
     "relDate": "2021-11-11", "supported": false}]"#;

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = posemo(arguments);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// The script of `minor_version` with a row of 18.7.
fn judged(folder: &Folder, checks: &[&str]) -> String {
    let row = r#"[[{"major": 18, "minor": 7, "package": "", "asked_at": 1795960000000000000, "warn_days": 90, "list_days": 100}]]"#;
    folder.write("row.json", row);
    let row = folder.path().join("row.json").display().to_string();
    run(&[&["test", "--docs", &row, "minor_version"], checks].concat()).1
}

#[test]
fn a_published_list_is_newer_than_that_of_posemo() {
    let folder = Folder::new("advisories");
    folder.write("versions.json", PUBLISHED);
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (file, into) = (place("versions.json"), place("checks"));
    assert_eq!(judged(&folder, &[]), "nothing found\n");
    let (code, text) = run(&["update-advisories", &file, "--into", &into]);
    let expected = "checks/advisories.json: 1 version, as of ";
    assert!(code == Some(0) && text.contains(expected), "{text}");
    assert!(text.contains("known flaws remain those of posemo"), "{text}");
    let text = judged(&folder, &["--checks", &into]);
    assert!(text.contains("PostgreSQL 18.7 is 92 minor versions behind 18.99"), "{text}");
    // It is also in force for a plugin and in the page of the check.
    let (_, page) = run(&["explain", "minor_version", "--section", "script", "--checks", &into]);
    assert!(page.contains("\nADVISORIES = {\"list\": "), "{page}");
    // The own form has a day and flaws. An older list does not replace a newer one.
    let own = r#"{"format": 1, "as_of": "2026-11-27", "versions":
        [{"major": 18, "minor": 8, "released": "2026-11-26", "end": "2030-11-14"}],
        "flaws": [{"fixed": {"18": 8}, "cve": ["CVE-2026-999999"]}]}"#;
    folder.write("old.json", own);
    let (code, text) = run(&["update-advisories", &place("old.json"), "--into", &into]);
    assert!(code == Some(1) && text.contains("is of 2026-11-27, and advisories.json of"), "{text}");
    let new = own.replace("2026-11-27", "2999-01-01");
    folder.write("new.json", &new);
    let (code, text) = run(&["update-advisories", &place("new.json"), "--into", &into]);
    assert!(code == Some(0), "{text}");
    let text = judged(&folder, &["--checks", &into]);
    assert!(
        text.contains("1 minor version behind 18.8 of 2026-11-26, which fix 1 security flaws"),
        "{text}"
    );
    assert!(text.contains("CVE-2026-999999"), "{text}");
}

#[test]
fn a_wrong_list_is_refused() {
    let folder = Folder::new("advisories-wrong");
    let place = |name: &str| folder.path().join(name).display().to_string();
    for (text, expected) in [
        ("nonsense", "list.json: is not a list of versions"),
        ("[]", "contains no version"),
        ("[{\"major\": 18}]", "is not PostgreSQL's versions.json"),
    ] {
        folder.write("list.json", text);
        let (code, text) =
            run(&["update-advisories", &place("list.json"), "--into", &place("checks")]);
        assert!(code == Some(1) && text.contains(expected), "{text}");
        assert!(!folder.path().join("checks/advisories.json").exists());
    }
    // A wrong file in a folder of checks is a mistake of the folder.
    folder.write("checks/advisories.json", "{}");
    let (code, text) = run(&["list", "--checks", &place("checks")]);
    assert!(
        code == Some(1) && text.contains("advisories.json: is not a list of versions"),
        "{text}"
    );
}
