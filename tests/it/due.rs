//! `posemo run --due`: each check runs at its interval, though cron starts the program more often.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::serve::{CHECKS, EVERY_SECOND, server, target};
use crate::server::program;

/// The skipped reasons and states of the checks of a target, by name, with the error output and the exit code.
fn run(folder: &Path, settings: &str, arguments: &[&str]) -> (Vec<String>, String, Option<i32>) {
    let (report, error, code) = report(folder, settings, arguments);
    let checks = checks(&report);
    let states = checks.iter().filter(|check| check["check"] != "posemo").map(state);
    let mut states: Vec<String> = states.collect();
    states.sort();
    (states, error, code)
}

/// The report, the error output and the exit code.
fn report(folder: &Path, settings: &str, arguments: &[&str]) -> (Value, String, Option<i32>) {
    fs::write(folder.join("posemo.toml"), settings).unwrap();
    if !folder.join("few.toml").exists() {
        write_profile(folder, &["alive", "connection_usage", "superusers"]);
    }
    let mut command = program();
    command.args(["run", "--output", "json", "--config"]).arg(folder.join("posemo.toml"));
    command.args(arguments).env("XDG_STATE_HOME", folder).env_remove("STATE_DIRECTORY");
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (report, error, output.status.code())
}

fn write_profile(folder: &Path, checks: &[&str]) {
    let profile = format!("summary = \"Few checks\"\ninclude = {checks:?}\n");
    fs::write(folder.join("few.toml"), profile).unwrap();
}

/// The checks of all targets.
fn checks(report: &Value) -> Vec<Value> {
    let targets = report["targets"].as_array().cloned().unwrap_or_default();
    targets.iter().flat_map(|target| target["checks"].as_array().unwrap().clone()).collect()
}

/// The name of a check, and its state or why it was skipped.
fn state(check: &Value) -> String {
    let state = check["skipped"].as_str().or(check["state"].as_str()).unwrap();
    format!("{} {state}", check["check"].as_str().unwrap())
}

/// The files in a spool folder, which are removed.
fn sent(spool: &Path) -> String {
    let files = fs::read_dir(spool).unwrap().map(|file| file.unwrap().path());
    let mut texts: Vec<String> = Vec::new();
    for file in files {
        texts.push(fs::read_to_string(&file).unwrap());
        fs::remove_file(file).unwrap();
    }
    texts.concat()
}

#[test]
fn only_checks_whose_interval_has_passed_run_on_a_server() {
    let server = server();
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let spool = folder.join("spool");
    fs::create_dir(&spool).unwrap();
    let settings = format!(
        "{EVERY_SECOND}{}[receivers.nagios]\nkind = \"nagios\"\nspool = \"{}\"\n",
        target("db1", &server),
        spool.display()
    )
    .replace("[checks.superusers]\ninterval = \"1s\"", "[checks.superusers]\ninterval = \"1d\"")
    .replace("[checks.alive]\ninterval = \"1s\"", "[checks.alive]\ninterval = \"1h\"");
    let all = ["alive ok", "connection_usage ok", "superusers warning"];
    let (states, error, code) = run(folder, &settings, &["--due", "--send", "nagios"]);
    assert_eq!(
        (states.as_slice(), error.as_str(), code),
        (&all.map(str::to_owned)[..], "", Some(1))
    );
    let first = sent(&spool);
    assert!(first.contains("service_description=superusers"), "{first}");
    // The interval of a second has passed, and those of the others have not. Their results are not sent again.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let rest = ["alive waiting", "connection_usage ok", "superusers waiting"];
    let (states, error, code) = run(folder, &settings, &["--due", "--send", "nagios"]);
    assert_eq!(
        (states.as_slice(), error.as_str(), code),
        (&rest.map(str::to_owned)[..], "", Some(0))
    );
    let second = sent(&spool);
    assert!(second.contains("connection_usage") && !second.contains("superusers"), "{second}");

    // The file of another run, and one that is broken.
    let other = folder.join("other.json");
    let named = format!("--due={}", other.display());
    assert_eq!(run(folder, &settings, &[&named]).0, all);
    fs::write(&other, "{\"targets\":").unwrap();
    let (states, error, _) = run(folder, &settings, &[&named]);
    assert_eq!(states, all);
    assert!(
        error.contains("other.json: not a file of posemo run --due")
            && error.contains("all checks are due"),
        "{error}"
    );
    assert_eq!(run(folder, &settings, &[&named]).1, "");

    // A file that cannot be written does not hide the report.
    fs::create_dir(folder.join("other.json.new")).unwrap();
    fs::remove_file(&other).unwrap();
    let (states, error, code) = run(folder, &settings, &[&named]);
    assert_eq!((states.as_slice(), code), (&all.map(str::to_owned)[..], Some(1)));
    assert!(error.contains("cannot write") && error.contains("due again"), "{error}");
    fs::remove_dir(folder.join("other.json.new")).unwrap();

    // Another run holds the lock.
    let lock = fs::File::open(folder.join("other.json.lock")).unwrap();
    lock.lock().unwrap();
    let (states, error, code) = run(folder, &settings, &[&named]);
    assert!(states.is_empty() && error.contains("nothing was run"), "{error}");
    assert_eq!(code, Some(3));
    drop(lock);

    // A server that is not reached is asked again at once.
    let dead = crate::serve::on_port("db2", crate::ports::DEAD);
    let dead = format!("{EVERY_SECOND}{dead}").replace("\"1s\"", "\"1d\"");
    for _ in 0..2 {
        let (_, _, code) = run(folder, &dead, &[&named]);
        assert_eq!(code, Some(2));
    }
    undelivered_results_are_due(folder, &settings, &spool);
    server.install(&["--check", &format!("{CHECKS},sequence_usage"), "--all-databases"]);
    server.superuser("postgres", "CREATE DATABASE extra");
    the_target_keeps_its_service(folder, &settings, &spool);
}

/// What a receiver or a file did not get is due again.
fn undelivered_results_are_due(folder: &Path, settings: &str, spool: &Path) {
    let all = ["alive ok", "connection_usage ok", "superusers warning"];
    let settings = settings.replace("\"1s\"", "\"1d\"");
    let named = format!("--due={}", folder.join("undelivered.json").display());
    let nowhere = folder.join("nowhere/report").display().to_string();
    let lost = settings.replace("/spool", "/no-spool");
    let output = report(folder, &settings, &[&named, "--output-file", &nowhere]);
    assert!(output.1.contains("the same checks are due again"), "{}", output.1);
    let (states, error, code) = run(folder, &lost, &[&named, "--send", "nagios"]);
    assert_eq!((states.as_slice(), code), (&all.map(str::to_owned)[..], Some(1)));
    assert!(
        error.contains("receiver nagios: ") && error.contains("the same checks are due again"),
        "{error}"
    );
    let (states, error, _) = run(folder, &settings, &[&named, "--send", "nagios"]);
    assert_eq!((states.as_slice(), error.as_str()), (&all.map(str::to_owned)[..], ""));
    sent(spool);
    let (states, error, code) = run(folder, &settings, &[&named, "--send", "nagios"]);
    assert!(states.iter().all(|state| state.ends_with(" waiting")), "{states:?}");
    assert_eq!((error.as_str(), code, sent(spool).as_str()), ("", Some(0), ""));
}

/// The service of the target reports the databases also if no per-database check is due, and gets no result if nothing is.
fn the_target_keeps_its_service(folder: &Path, settings: &str, spool: &Path) {
    write_profile(folder, &["alive", "connection_usage", "superusers", "sequence_usage"]);
    let note = "reason = \"known\"\nauthor = \"dba\"\nuntil = 2099-12-31\n";
    let settings = format!(
        "{settings}[checks.sequence_usage]\ninterval = \"1d\"\n\
         [suppressions.every]\ncheck = \"*\"\nobject = \"intern\"\n{note}\
         [suppressions.one]\ncheck = \"connection_usage\"\nobject = \"none\"\n{note}"
    );
    let named = format!("--due={}", folder.join("service.json").display());
    let own = |report: &Value| {
        let checks = checks(report);
        let own: Vec<&Value> = checks.iter().filter(|check| check["check"] == "posemo").collect();
        assert_eq!(own.len(), 1, "{report:#}");
        own[0].clone()
    };
    for due in
        [&["alive", "connection_usage", "sequence_usage", "superusers"][..], &["connection_usage"]]
    {
        let (report, error, code) = report(folder, &settings, &[&named, "--send", "nagios"]);
        assert_eq!((error.as_str(), code), ("", Some(1)), "{report:#}");
        let ran = checks(&report);
        let ran = ran.iter().filter(|one| one["skipped"].is_null() && one["check"] != "posemo");
        let mut ran: Vec<&str> = ran.map(|one| one["check"].as_str().unwrap()).collect();
        ran.sort_unstable();
        ran.dedup();
        assert_eq!(ran, due);
        let own = own(&report);
        assert_eq!(own["state"], "warning", "{own:#}");
        assert!(own["summary"].as_str().unwrap().contains("extra"), "{own:#}");
        let sent = sent(spool);
        assert!(sent.contains("service_description=posemo\n"), "{sent}");
        assert!(sent.contains("database extra is not monitored"), "{sent}");
        // The suppression of a check that is not due may be in use.
        let text = report.to_string();
        assert!(text.contains("suppression one matches no finding"), "{text}");
        assert!(!text.contains("suppression every matches no finding"), "{text}");
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let rare = settings.replace("\"1s\"", "\"1d\"");
    let (report, error, code) = report(folder, &rare, &[&named, "--send", "nagios"]);
    assert_eq!((error.as_str(), code), ("", Some(0)));
    assert_eq!(state(&own(&report)), "posemo waiting");
    assert_eq!(sent(spool), "");
}
