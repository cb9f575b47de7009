//! Scenarios on temporary servers: the output for scenarios that pass, that fail and that are not valid.
//!
//! Each scenario of the catalog has its own test.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{golden, scripted, test, used, write};
use crate::catalog::Folder;
use crate::server::Server;
use crate::waiting::{assert_within, wait_for};

/// The number of scenarios in the suite.
const SCENARIOS: usize = 11;

/// A check that counts the roles whose names begin with `loud`.
fn roles(folder: &Folder) {
    let manifest = "summary = \"Loud roles\"\n[columns.loud]\ntype = \"bigint\"\n[columns.name]\ntype = \"name\"\nrole = \"object\"\n[thresholds.loud]\ncritical = \"0\"\n";
    let query = "SELECT pg_catalog.count(*) AS loud, pg_catalog.max(rolname)::name AS name FROM pg_catalog.pg_roles WHERE rolname ~ '^loud'";
    write(folder, "loud_roles", manifest, query, None);
}

/// Each end of a scenario is printed in the same way on each major version.
pub(crate) fn suite(bindir: &Path, major: u32) {
    each_end_of_a_scenario_is_printed(bindir);
    let mut out = std::io::stdout();
    writeln!(out, "PostgreSQL {major}: {SCENARIOS} scenarios run by posemo test").unwrap();
}

#[test]
fn here() {
    each_end_of_a_scenario_is_printed(&Server::bindir());
}

fn each_end_of_a_scenario_is_printed(bindir: &Path) {
    let folder = Folder::new("test");
    roles(&folder);
    for (name, text) in [
        (
            "holds",
            "-- servers: 12..\n-- settings: work_mem=1MB, max_connections=10\n-- expect: ok\ncreate role loud;\n-- expect: critical loud\ndrop role loud;\n-- expect: ok\n",
        ),
        ("never", "create role loud;\n-- expect: critical quiet\n"),
        ("too_quiet", "select 1;\n-- expect: critical\n"),
        (
            "bad_sql",
            "-- expect: ok\ncreate table t (a int);\nselect *\nfrom nowhere;\n-- expect: ok\n",
        ),
        ("refused", "-- expect: ok\ncreate database template1;\n-- expect: ok\n"),
        ("not_here", "-- servers: 99..\n-- expect: ok\n"),
        ("typo", "-- setting: a=b\n-- expect: ok\n"),
        ("no_state", "-- expect: fine\n"),
        ("nothing", "select 1;\n"),
        ("beyond", "-- expect: ok\n\nselect 1;\n"),
        ("patient", "-- wait: 1h\n-- expect: ok\n"),
    ] {
        folder.write(&format!("loud_roles/cases/{name}.sql"), text);
    }
    assert_eq!(
        std::fs::read_dir(folder.path().join("loud_roles/cases")).unwrap().count(),
        SCENARIOS
    );
    let bindir = bindir.to_str().unwrap();
    golden("scenarios", &folder, &["loud_roles", "--jobs", "2", "--bindir", bindir]);
}

#[test]
fn a_server_that_does_not_start_is_reported() {
    let folder = Folder::new("test");
    roles(&folder);
    let scenario = "-- settings: no_such_thing=1\n-- expect: ok\n";
    folder.write("loud_roles/cases/bad_setting.sql", scenario);
    let (code, out, err) = test(&folder, &["loud_roles"]);
    assert!(code == 1 && err.is_empty() && out.contains("FAIL  loud_roles::bad_setting"), "{out}");
    assert!(out.contains("unrecognized configuration parameter \"no_such_thing\""), "{out}");
    let (code, out, _) = test(&folder, &["loud_roles", "--bindir", "/usr/share"]);
    assert!(code == 1 && out.contains("it does not contain the program initdb"), "{out}");
}

#[test]
fn the_linter_runs() {
    let folder = Folder::new("test");
    write(
        &folder,
        "sleeps",
        "summary = \"x\"\n[columns.x]\ntype = \"boolean\"\n",
        "SELECT pg_catalog.pg_terminate_backend(1) AS x",
        None,
    );
    let (code, out, err) = test(&folder, &["sleeps"]);
    assert!(code == 1 && err.is_empty(), "{out}{err}");
    assert!(out.contains("FAIL  lint on ") && out.contains("sleeps/query.sql: "), "{out}");
}

#[test]
fn tables_are_created_before_the_check_here() {
    let folder = Folder::new("test");
    let manifest = "summary = \"x\"\nscope = \"database\"\ndatabases = [\"app\"]\nowner = \"ops\"\n[columns.n]\ntype = \"bigint\"\n[thresholds.n]\nwarning = \"1\"\n";
    let tables =
        "-- before:\ncreate schema ops;\ncreate table ops.queue (state text, payload text);\n";
    let query = "SELECT count(*) AS n FROM ops.queue AS q WHERE q.state = 'stuck'";
    folder.write("owners/ops.toml", "[schemas.ops]\nqueue = [\"state\"]\n");
    write(&folder, "good", manifest, query, None);
    let steps =
        "-- expect: ok\ninsert into ops.queue values ('stuck'), ('stuck');\n-- expect: warning\n";
    folder.write("good/cases/full.sql", &format!("-- wait: 3s\n{tables}{steps}"));
    folder.write("good/cases/late.sql", &format!("select 1;\n{tables}{steps}"));
    folder.write("good/cases/valued.sql", "-- before: tables\n-- expect: ok\n");
    write(&folder, "greedy", manifest, "SELECT count(q.payload) AS n FROM ops.queue AS q", None);
    folder.write("greedy/cases/full.sql", &format!("{tables}-- expect: ok\n"));
    folder.write("greedy/cases/no_table.sql", "-- before:\ncreate schema ops;\n-- expect: ok\n");
    write(&folder, "untested", manifest, query, None);
    let (code, out, err) = test(&folder, &["."]);
    assert!(code == 1 && err.is_empty(), "{out}{err}");
    for words in [
        "ok    good::full on ",
        "FAIL  good::late",
        "late.sql:2: before: must be a line without a value, before all statements",
        "valued.sql:1: before: must be a line without a value",
        "FAIL  greedy::full on ",
        "relation ops.queue: the query reads payload, which the owner set ops does not grant",
        "table ops.queue: does not exist in database postgres; create the table",
        "note  untested the linter and the server need the tables of owners/ops.toml: write a scenario that begins with -- before:",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("lint on") && !out.contains("FAIL  owners"), "{out}");
    // A check alone finds the owner set beside it.
    let (code, out, err) = test(&folder, &["untested"]);
    assert!(code == 0 && err.is_empty(), "{out}{err}");
    folder.write("owners/ops.toml", "[schemas.pg_catalog]\npg_authid = \"*\"\n");
    let (code, out, err) = test(&folder, &["good"]);
    let words = "owners/ops.toml:1: schemas.pg_catalog: is a system schema";
    assert!(code != 0 && format!("{out}{err}").contains(words), "{out}{err}");
}

#[test]
fn a_script_judges_scenarios_in_its_worker() {
    let folder = Folder::new("test");
    scripted(
        &folder,
        "counted",
        "def check_context(docs, context):\n    return [{\"summary\": str(docs[0][0][\"count\"]), \"severity\": \"warning\", \"labels\": {\"object\": \"n\"}}]\n",
    );
    folder.write("counted/cases/one.sql", "-- expect: warning n\n");
    scripted(&folder, "fails", "def check_context(docs, context):\n    return docs[9]\n");
    folder.write("fails/cases/one.sql", "-- expect: ok\n");
    let (code, out, _) = test(&folder, &[".", "--bless"]);
    assert!(code == 1 && out.contains("ok    counted::one on "), "{out}");
    assert!(
        out.contains("        --bless does not change scenarios; correct the line -- expect\n"),
        "{out}"
    );
    assert!(out.contains("      + fails/evaluate.star:2:12: Index `9` is out of bound"), "{out}");
}

#[test]
fn no_server_remains() {
    let folder = Folder::new("test");
    used(&folder, "used");
    // The setting marks the servers of this test.
    let scenario = format!(
        "-- settings: cluster_name=leftover{}\n-- expect: ok\nselect 1 / 0;\n-- expect: ok\n",
        std::process::id()
    );
    for name in ["a", "b", "c"] {
        folder.write(&format!("used/cases/{name}.sql"), &scenario);
    }
    let mark = format!("leftover{}", std::process::id());
    let is_ours = |pid: &Path| {
        std::fs::read(pid.join("cmdline"))
            .is_ok_and(|text| String::from_utf8_lossy(&text).contains(&mark))
    };
    let running = || -> Vec<PathBuf> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes.map(|entry| entry.path()).filter(|path| is_ours(path)).collect()
    };
    let began = Instant::now();
    let (code, out, _) = std::thread::scope(|scope| {
        let testing = scope.spawn(|| test(&folder, &["used", "-j", "4"]));
        // A search that never finds a server would pass without a test.
        let is_seen = wait_for("a server of this test", || {
            if running().is_empty() { testing.is_finished().then_some(false) } else { Some(true) }
        });
        assert!(is_seen, "no server of this test was seen");
        testing.join().unwrap()
    });
    assert!(
        code == 1 && out.contains("used/cases/a.sql:3: division by zero (SQLSTATE 22012)"),
        "{out}"
    );
    assert_within(Duration::from_secs(60), began, "three scenarios");
    let left = running();
    assert!(left.is_empty(), "{left:?}");
}
