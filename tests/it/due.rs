//! `posemo run --due`: each check runs at its interval, though cron starts the program more often.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::serve::{EVERY_SECOND, server, target};
use crate::server::program;

/// The skipped reasons and states of the checks of a target, by name, with the error output and the exit code.
fn run(folder: &Path, settings: &str, arguments: &[&str]) -> (Vec<String>, String, Option<i32>) {
    fs::write(folder.join("posemo.toml"), settings).unwrap();
    let profile =
        "summary = \"Few checks\"\ninclude = [\"alive\", \"connection_usage\", \"superusers\"]\n";
    fs::write(folder.join("few.toml"), profile).unwrap();
    let mut command = program();
    command.args(["run", "--output", "json", "--config"]).arg(folder.join("posemo.toml"));
    command.args(arguments).env("XDG_STATE_HOME", folder).env_remove("STATE_DIRECTORY");
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let targets = report["targets"].as_array().cloned().unwrap_or_default();
    let checks = targets.iter().flat_map(|target| target["checks"].as_array().unwrap().clone());
    let states = checks.filter(|check| check["check"] != "posemo").map(|check| {
        let state = check["skipped"].as_str().or(check["state"].as_str()).unwrap().to_owned();
        format!("{} {state}", check["check"].as_str().unwrap())
    });
    let mut states: Vec<String> = states.collect();
    states.sort();
    (states, error, output.status.code())
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
    let sent = |spool: &Path| {
        let files = fs::read_dir(spool).unwrap().map(|file| file.unwrap().path());
        let mut texts: Vec<String> = Vec::new();
        for file in files {
            texts.push(fs::read_to_string(&file).unwrap());
            fs::remove_file(file).unwrap();
        }
        texts.concat()
    };
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
}
