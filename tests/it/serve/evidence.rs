//! What an auditor reads: the page, its tables, the command that verifies them, and that each alteration is found.

use std::path::Path;
use std::process::Output;

use sha2::{Digest, Sha256};

use super::Serving;
use crate::server::program;

/// Runs `posemo evidence verify` with the settings of a folder.
pub(super) fn verify(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = program();
    command.args(["evidence", "verify"]).args(arguments).env("XDG_STATE_HOME", folder);
    command.env_remove("STATE_DIRECTORY").arg("--config").arg(folder.join("posemo.toml"));
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.code().unwrap(), text)
}

/// The hash in the result of a verification.
pub(super) fn head(text: &str) -> String {
    text.split_once("head ").unwrap().1.split(' ').next().unwrap().to_owned()
}

/// Findings that are accepted, and others that were.
pub(super) const ACCEPTED: &str = "\
    [suppressions.clerk]\ncheck = \"superusers\"\nobject = \"cl*\"\nreason = \"ticket 4711; on no target: superusers\"\nauthor = \"A. Weber\"\nuntil = 2100-01-31\n\
    [suppressions.old]\ncheck = \"superusers\"\nreason = \"over\"\nauthor = \"B\"\nuntil = 2020-01-31\n";

/// The page while the program runs: a problem of `superusers` was silenced by `anna`, and `carla` ended the silence.
pub(super) fn is_shown(serving: &Serving) {
    let settings = std::fs::read(serving.folder.join("posemo.toml")).unwrap();
    let digits = Sha256::digest(settings);
    let hash: String = digits.iter().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
    let page = serving.text("/evidence");
    for expected in [
        &hash,
        "verified</span>",
        "posemo evidence verify --head ",
        "ended by carla",
        "Settings read",
        "/targets/db1/checks/superusers",
        "Checks of the catalog that ran on no server",
        "accepted findings: clerk (check superusers, object cl*) until 2100-01-31 by A. Weber: ticket 4711; on no target: superusers<",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let (code, text) = verify(&serving.folder, &[]);
    assert!(code == 0 && text.contains(" changes verified, head "), "{text}");
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    for (table, head, part) in [
        ("watched", "\"target\",\"check\",\"runs\"", "\"db1\",\"superusers\","),
        ("problems", "\"target\",\"check\",\"topic\"", "\"db1\",\"superusers\",\"security\""),
        ("silences", "\"id\",\"from\"", "\"anna\",\"carla\""),
        ("acts", "\"number\",\"time\"", "\"reload\""),
    ] {
        let file = serving.text(&format!("/evidence.csv?table={table}&from={today}"));
        assert!(file.starts_with(head) && file.contains(part), "{table}: {file}");
    }
    // A moment of the past, and one before the problem.
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let page = serving.text(&format!("/report?at={now}"));
    assert!(page.contains("intern") && page.contains("It contains no values"), "{page}");
    let page = serving.text("/report?at=2026-01-01");
    assert!(page.contains("No problem was open") && page.contains("begins later"), "{page}");
    for (path, message) in [
        ("/evidence?from=2000-01-01", "at most 400 days"),
        ("/evidence?until=x", "is not a day"),
        ("/evidence.csv", "write table="),
        ("/report?at=2999-01-01", "in the future"),
    ] {
        let answer = serving.get(path);
        assert!(answer.status == 400 && answer.body.contains(message), "{path}: {answer:?}");
    }
}

/// The file after the end of the program.
pub(super) fn alterations_are_found(folder: &Path) {
    let (code, text) = verify(folder, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("no act confirms"), "the end confirms all changes: {text}");
    let noted = head(&text);
    let file = folder.join("posemo/history.db");
    let store = ["--store", file.to_str().unwrap()];
    let (code, text) = verify(folder, &[&store[..], &["--head", &noted]].concat());
    assert_eq!(code, 0, "{text}");
    for (sql, expected) in [
        ("UPDATE change SET at = at + 1 WHERE seq = 1", "change 1 of "),
        ("DELETE FROM act WHERE seq = 3", "act 3 is missing before act 4 of "),
    ] {
        rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let (code, text) = verify(folder, &store);
        assert!(code == 1 && text.contains(expected), "{sql}: {text}");
        assert!(text.contains("not verified: "), "{text}");
    }
    let (code, text) = verify(folder, &["--store", "/none/history.db"]);
    assert!(code == 1 && text.starts_with("posemo: the history /none/history.db: "), "{text}");
    let (code, text) = verify(folder, &["--head", "12"]);
    assert!(code == 2 && text.contains("64 hexadecimal digits"), "{text}");
}
