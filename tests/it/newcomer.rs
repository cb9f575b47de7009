//! Mistakes of a new user: each is reported in one line with the place and the remedy.
//!
//! The tests of the linter cover unsafe queries.

use std::fs;

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

const FILES: [(&str, &str); 3] = [
    (
        "check.toml",
        "summary = \"Sessions\"\nscope = \"database\"\n\n[columns.sessions]\ntype = \"bigint\"\nunit = \"count\"\n\n[thresholds.sessions]\nwarning = \"100\"\n",
    ),
    ("query.sql", "SELECT count(*) AS sessions\nFROM pg_stat_activity\n"),
    ("README.md", "## What it watches\n## Why it matters\n## What to do\n"),
];

/// A folder with a check `sessions`, in which one file is replaced.
fn checks(file: &str, text: &str) -> Folder {
    let folder = Folder::new("newcomer");
    for (name, usual) in FILES {
        folder.write(&format!("mine/sessions/{name}"), usual);
    }
    folder.write(&format!("mine/{file}"), text);
    folder
}

/// The output of a failed command, without the path of the folder.
fn error_text(folder: &Folder, output: &std::process::Output) -> String {
    assert!(!output.status.success());
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_mistake_in_a_folder_is_reported_with_place_and_remedy() {
    let manifest = FILES[0].1;
    for (file, text, expected) in [
        (
            "sessions/check.toml",
            manifest.replace("summary", "sumary"),
            "posemo: mine/sessions/check.toml:1: sumary: unknown key \"sumary\"; did you mean \"summary\"?\n",
        ),
        (
            "sessions/check.toml",
            manifest.replace("\"100\"", "100"),
            "posemo: mine/sessions/check.toml:9: thresholds.sessions.warning: must be a text; write \"100\"\n",
        ),
        (
            "sessions/check.toml",
            manifest.replace("\"bigint\"", "true"),
            "posemo: mine/sessions/check.toml:5: columns.sessions.type: must be a text in quotes, and is true\n",
        ),
        (
            "sessions/check.toml",
            manifest.replace("\"bigint\"", "\"text\""),
            "posemo: mine/sessions/check.toml:5: columns.sessions.type: text is not a number, so the column is not a metric; set another role\n",
        ),
        (
            "sessions/query.sql",
            "SELECT 1;\n".to_owned(),
            "posemo: mine/sessions/query.sql: line 1: a semicolon; a query is one SELECT without one\n",
        ),
        (
            "sessions/query.SQL",
            String::new(),
            "posemo: mine/sessions/query.SQL: is not a file of a check; a check has check.toml, query.sql, query.before-N.sql, query-1.sql, evaluate.star, README.md and the folder cases\n",
        ),
        (
            "alive/check.toml",
            String::new(),
            "posemo: mine/alive/check.toml:1: the key \"summary\" is missing\n",
        ),
    ] {
        let folder = checks(file, &text);
        let mine = folder.path().join("mine");
        let error = error_text(&folder, &posemo(&["list", "--checks", mine.to_str().unwrap()]));
        assert_eq!(error, expected, "{file}");
    }
}

#[test]
fn a_wrong_folder_is_reported() {
    let folder = checks("empty/cases/x.toml", "");
    for (path, expected) in [
        (
            "mine/sessions/check.toml",
            "is a file; give the folder of the check, its parent folder, or an archive",
        ),
        ("mine/empty/cases", "contains no check: a check is a folder with a check.toml"),
        ("mine/nothing", "No such file or directory"),
    ] {
        let path = folder.path().join(path);
        let error = error_text(&folder, &posemo(&["list", "--checks", path.to_str().unwrap()]));
        assert!(error.lines().count() == 1 && error.contains(expected), "{error}");
    }
    let error = error_text(&folder, &posemo(&["run", "db1"]));
    let expected = "posemo: target \"db1\" does not exist in the settings (posemo.toml was not found); for a server that is not in posemo.toml use -H HOST\n";
    assert_eq!(error, expected);
}

/// Mistakes that only a server finds, and what an installation reports about dropped and remaining objects.
#[test]
fn an_installation_reports_what_it_drops_and_keeps() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app");
    let good = checks("sessions/README.md", FILES[2].1);
    let own = good.path().join("mine").display().to_string();
    let first = server.install(&["--database", "app", "--checks", &own]);
    assert!(first.contains("create function posemo.sessions in database app"), "{first}");

    for (file, text, expected) in [
        (
            "query.sql",
            "SELECT count(*) AS sessions\nFORM pg_stat_activity\n",
            "sessions/query.sql: line 2: is not valid SQL",
        ),
        (
            "evaluate.star",
            "def check_context(docs, context)\n    return []\n",
            "sessions/evaluate.star:1:33: Parse error",
        ),
        ("evaluate.star", "limit = 1\nlimit = 2\n", "cannot reassign the global `limit`"),
    ] {
        let folder = checks(&format!("sessions/{file}"), text);
        let mine = folder.path().join("mine").display().to_string();
        let output = server.posemo(&["install", "-U", "postgres", "--checks", &mine]);
        let error = error_text(&folder, &output);
        assert!(error.contains(expected) && error.contains("Nothing was changed."), "{error}");
    }

    // Without the folder the function remains, and is reported.
    let remains = "unchanged: function posemo.sessions() in database app belongs to a check that is not in the catalog; \
                   name its folder in [catalog] paths or with --checks, or remove it with --prune\n";
    for arguments in [&["--dry-run", "--quiet"][..], &["--quiet"]] {
        assert_eq!(server.install(arguments), remains);
    }
    assert_eq!(server.install(&["--quiet", "--checks", &own]), "");
    let settings = good.path().join("posemo.toml");
    fs::write(&settings, "[catalog]\npaths = [\"mine\"]\n").unwrap();
    assert_eq!(server.install(&["--quiet", "--config", settings.to_str().unwrap()]), "");
    let dry = server.install(&["--prune", "--dry-run"]);
    assert!(dry.contains("  function posemo.sessions(), which no check needs\n"), "{dry}");
    assert_eq!(server.install(&["--prune", "--quiet"]), "");
    assert_eq!(server.install(&["--quiet"]), "");

    // With a second home database the first one remains.
    let moved = server.install(&["--home", "other place"]);
    let kept = "unchanged: database posemo, the home database of an earlier installation. The home database is now other place: \
                use -d other place with run, check and verify; if no target uses posemo any more, DROP DATABASE \"posemo\"\n";
    assert!(moved.contains(kept) && !moved.contains("dropped:"), "{moved}");
    let target = "in posemo.toml on the machine that runs the checks, set for this target dbname = \"other place\"\n";
    assert!(moved.contains(target), "{moved}");
    server.superuser("postgres", "DROP DATABASE \"posemo\"");
    let after = server.install(&["--home", "other place"]);
    assert_eq!(after, "nothing to change: everything is installed as expected\n");
}

/// The list has the folder of each check that is not included in posemo.
#[test]
fn the_list_shows_the_source_of_checks() {
    let folder = checks("sessions/README.md", FILES[2].1);
    let own = folder.path().join("mine").display().to_string();
    let both = String::from_utf8(posemo(&["list", "--checks", &own]).stdout).unwrap();
    let below = |name: &str| -> Vec<&str> {
        let lines = both.lines().skip_while(|line| !line.starts_with(name)).skip(1);
        lines.take_while(|line| line.starts_with(' ')).map(str::trim).collect()
    };
    assert!(below("alive").is_empty(), "{both}");
    let place = format!("{own}/sessions");
    assert!(below("sessions").contains(&&*place), "{both}");
    assert!(fs::exists(place).unwrap());
}
