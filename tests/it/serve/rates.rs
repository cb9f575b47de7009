//! Rates of counters: deadlocks on a real server, a reset of its statistics, and a restart of posemo.

use std::fs;
use std::thread;

use serde_json::Value;

use super::{Serving, target};
use crate::server::{Server, program};

/// The settings: the check each second, and a rate that one deadlock exceeds.
const SETTINGS: &str = "[defaults]\nprofile = \"./deadlocks.toml\"\n[checks.deadlocks]\ninterval = \"1s\"\n\
    [checks.deadlocks.thresholds.\"deadlocks per hour\"]\nwarning = \"10\"\nwindow = \"5m\"\n";

/// Makes one deadlock.
fn deadlock(server: &Server) {
    server.superuser(
        "postgres",
        "CREATE TABLE IF NOT EXISTS locked AS SELECT generate_series(1, 2) AS id",
    );
    let session = |first: u32, second: u32| {
        format!(
            "SET deadlock_timeout = '100ms'; BEGIN; UPDATE locked SET id = id WHERE id = {first}; SELECT pg_sleep(1); \
             UPDATE locked SET id = id WHERE id = {second}; COMMIT"
        )
    };
    thread::scope(|scope| {
        for (first, second) in [(1, 2), (2, 1)] {
            let statement = session(first, second);
            // One of the two gets an error.
            scope.spawn(move || server.ask("postgres", "postgres", &statement));
        }
    });
}

#[test]
fn a_rate_of_deadlocks_alarms_and_survives_a_restart_on_a_server() {
    let server = super::server();
    server.install(&["--check", "deadlocks"]);
    // Deadlocks from before the first run are not a rate.
    deadlock(&server);
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("deadlocks.toml"),
        "summary = \"Deadlocks\"\ninclude = [\"deadlocks\"]\n",
    )
    .unwrap();
    let settings = format!("{SETTINGS}{}", target("db1", &server));
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    let sample = |serving: &Serving, metric: &str| {
        let labels = "target=\"db1\",check=\"deadlocks\",object=\"postgres\"";
        serving.sample(&format!("posemo_deadlocks_deadlocks_{metric}{{{labels}}}"))
    };
    let postgres = |serving: &Serving| sample(serving, "per_hour");
    serving.until("a rate is known", || postgres(&serving) == Some(0.0));
    assert_eq!(serving.state("db1", "deadlocks"), "ok");
    // A value that becomes smaller is not a rate either.
    server.superuser("postgres", "SELECT pg_stat_reset()");
    serving.until("the counter is 0", || sample(&serving, "total") == Some(0.0));
    assert_eq!((serving.state("db1", "deadlocks"), postgres(&serving)), ("ok".into(), Some(0.0)));
    deadlock(&server);
    serving.until("it alarms", || serving.state("db1", "deadlocks") == "warning");
    let check = serving.check("db1", "deadlocks").unwrap();
    let summary = "postgres deadlocks 12 per hour in 5m (warning above 10)";
    assert_eq!(check["summary"], summary, "{check:#}");
    assert_eq!(check["findings"][0]["labels"]["rate"], "deadlocks per hour");
    assert_eq!(check["findings"][0]["object"], "postgres");
    serving.until("the change is written", || {
        let changes = serving.json("/api/1/changes?target=db1");
        changes["changes"].as_array().is_some_and(|all| all.len() == 1)
    });
    serving.signal("-TERM");
    serving.ended();
    // The first value after the restart continues what was saved.
    let serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("the check runs", || {
        serving.sample("posemo_serve_sweeps_total").is_some_and(|count| count > 1.0)
    });
    assert_eq!(serving.state("db1", "deadlocks"), "warning");
    assert_eq!(postgres(&serving), Some(12.0));
    // What was measured before the restart is in the history.
    let path = "/api/1/values?target=db1&check=deadlocks&metric=deadlocks&object=postgres";
    let page = serving.json(path);
    let series = &page["series"][0];
    let values = series["values"].as_array().unwrap();
    assert_eq!((&series["object"], &page["next"]), (&"postgres".into(), &Value::Null), "{page}");
    assert!(values.len() > 3 && values.last().unwrap()[1] == 1.0, "{page}");
    let time = values[0][0].as_f64().unwrap();
    assert!(values.iter().all(|value| value[0].as_f64().unwrap() >= time), "{page}");
    assert_eq!(
        serving.json(&format!("{path}&limit=1&step=hour"))["series"],
        Value::Array(Vec::new())
    );
    for (query, status, text) in [
        ("target=db1", 400, "the parameter check is missing"),
        ("target=db2&check=deadlocks", 404, "db1"),
        ("target=db1&check=deadlocks&from=yesterday", 400, "is not a time; write 2026-"),
        ("target=db1&check=deadlocks&step=day", 400, "write value or hour"),
    ] {
        let answer = serving.get(&format!("/api/1/values?{query}"));
        assert!(answer.status == status && answer.body.contains(text), "{query}: {answer:?}");
    }
    // A single run does not judge a rate, and the settings name the command that does.
    let posemo = |arguments: &[&str]| {
        let mut command = program();
        command.current_dir(directory.path()).args(arguments).args(["--config", "posemo.toml"]);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = posemo(&["run"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = posemo(&["config", "show", "db1", "--check", "deadlocks"]);
    assert_eq!(code, Some(0), "{text}");
    for row in
        ["deadlocks per hour warning (posemo serve)", "deadlocks per hour window (posemo serve)"]
    {
        assert!(text.contains(row), "{row}: {text}");
    }
}
