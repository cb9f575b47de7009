//! `posemo run --send` and `posemo silence` with a real server and real Alertmanagers.
//!
//! Runs the commands of docs/integrations.md.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use super::cluster::{AlertmanagerCluster, ClusterOptions};
use crate::ports::DEAD;
use crate::receivers::listener::{Listener, answer};
use crate::receivers::work_directory::output_of;
use crate::server::{POSEMO, Server, posemo};
use crate::waiting::assert_within;

/// The section of the page.
fn page() -> &'static str {
    crate::integrations::section("Alertmanager")
}

/// The settings of the page, with the addresses and files of the test.
fn settings(directory: &Path, server: &Server, urls: &[String], more: &str) -> String {
    let block = page().split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let urls = urls.iter().map(|url| format!("{url:?}")).collect::<Vec<_>>().join(", ");
    let line = |line: &str| match line.split(" = ").next().unwrap() {
        "urls" => format!("urls = [{urls}]"),
        "state_file" => format!("state_file = \"{}/alerts.json\"", directory.display()),
        "host" => format!("host = \"{}\"\nport = {}", server.0.socket().display(), server.0.port()),
        "user" | "password_file" | "sslrootcert" => String::new(),
        _ => line.to_owned(),
    };
    // The programs of the tests are behind the newest minor version.
    let disabled = "[checks.minor_version]\nenabled = false\n";
    let text = block.lines().map(line).collect::<Vec<_>>().join("\n") + "\n" + more + disabled;
    let file = directory.join("posemo.toml");
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// The commands of the page, without the prompt.
fn commands() -> Vec<String> {
    let blocks = page().split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

fn words(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (number, part) in command.split('"').enumerate() {
        if number % 2 == 1 { words.push(part) } else { words.extend(part.split_whitespace()) }
    }
    words
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
#[ignore = "needs real receivers: make receivers"]
fn commands_of_the_page_work() {
    let members = AlertmanagerCluster::start(&ClusterOptions::default());
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let directory = tempfile::tempdir().unwrap();
    // A threshold that a new server exceeds.
    let more = "[checks.database_size]\nwarning = \"1\"\n";
    let config = settings(directory.path(), &server, &members.urls, more);
    let mut id = String::new();
    let mut ran = 0;
    for command in commands() {
        let command = command.replace("ID", &id);
        let command = command.replace("http://am1.example:9093", &members.urls[0]);
        let words = words(&command);
        ran += 1;
        match words.as_slice() {
            ["posemo", "run", rest @ ..] => {
                let output = posemo(&[&["--config", &config, "run"], rest].concat());
                assert_eq!(output.status.code(), Some(1), "{}{}", out(&output), err(&output));
                assert_eq!(err(&output), "");
                let is_expected = |name: &String| name == "PosemoDatabaseSize/warning";
                assert!(members.names(1).iter().any(is_expected), "{:?}", members.names(1));
            }
            ["posemo", "silence", rest @ ..] => {
                let output = posemo(&[&["--config", &config, "silence"], rest].concat());
                assert!(output.status.success(), "{command}: {}", err(&output));
                assert_eq!(err(&output), "");
                let first = out(&output).split_whitespace().next().unwrap().to_owned();
                match rest[0] {
                    "add" => id = first,
                    "list" => assert_eq!(first, id),
                    _ => assert!(out(&output).contains("ended")),
                }
            }
            ["amtool", rest @ ..] => {
                let (text, code) = output_of("amtool", rest, "");
                assert_eq!(code, 0, "{text}");
                assert!(text.contains("PosemoDatabaseSize"), "{text}");
            }
            _ => panic!("the test does not run {command:?}"),
        }
    }
    assert!(ran >= 5, "{ran}");
}

/// The other member and amtool have a silence that posemo adds. It suppresses its alerts, and ends.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_silence_suppresses_alerts_until_it_ends() {
    let webhook = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let mut members = AlertmanagerCluster::start(&ClusterOptions {
        webhook: Some(&webhook.url()),
        ..ClusterOptions::default()
    });
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("posemo.toml");
    let urls = format!("{:?}", [&members.urls[1], &members.urls[0]]);
    let text = format!(
        "[receivers.am]\nkind = \"alertmanager\"\nurls = {urls}\nstate_file = \"{}/s\"\n[receivers.am.hosts]\ndb1 = \"one\"\n",
        directory.path().display()
    );
    fs::write(&config, text + "[targets.db1]\nhost = \"127.0.0.1\"\nport = 1\n").unwrap();
    let config = config.display().to_string();
    let silence = |words: &[&str]| posemo(&[&["--config", &config, "silence"], words].concat());
    assert_eq!(out(&silence(&["list"])), "no silences\n");
    let object = "pipe | 'fake'=1 \"größe\"\nline\u{202e}";
    let add = ["add", "--target", "db1", "--for", "2h", "--comment", "new disks", "--by", "me"];
    let added = out(&silence(&add));
    let hostile = out(&silence(&[
        "add",
        "--check",
        "alive",
        "--database",
        "a,b",
        "--object",
        object,
        "--for",
        "30m",
    ]));
    let id = added.split("  ").next().unwrap();
    let query = |number: usize| {
        let url = format!("--alertmanager.url={}", members.urls[number]);
        output_of("amtool", &[&url, "silence", "query", "-o", "extended"], "").0
    };
    let shown =
        members.wait_until(1, "the silence", |_| Some(query(1)).filter(|text| text.contains(id)));
    assert!(shown.contains("{job=\"posemo\",instance=\"one\"}"), "{shown}");
    assert!(shown.contains("new disks") && shown.contains("me"), "{shown}");
    let listed = out(&silence(&["list"]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.lines().next().unwrap().starts_with(hostile.split("  ").next().unwrap()),
        "{listed}"
    );
    assert!(
        !listed.contains('\u{202e}')
            && listed.contains(r#"object="pipe | 'fake'=1 "größe"\nline\u{202e}#eab420c82a0a""#)
            && listed.contains("job=\"posemo\" instance=\"one\"  me: new disks"),
        "{listed}"
    );
    // The target is not reached, which is an alert. The silence suppresses the notification.
    let output = posemo(&["--config", &config, "run", "--send", "am", "-o", "nagios"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(2), ""));
    let state = |members: &AlertmanagerCluster| {
        members.alerts(0)[0]["status"]["state"].as_str().map(str::to_owned)
    };
    members.wait_until(0, "the alert is suppressed", |members| {
        state(members).filter(|state| state == "suppressed")
    });
    assert_eq!(webhook.bodies().len(), 0);
    let other = hostile.split("  ").next().unwrap();
    members.wait_until(0, "both silences", |_| {
        let text = query(0);
        (text.contains(id) && text.contains(other)).then_some(())
    });
    assert!(silence(&["end", id]).status.success());
    members.wait_until(0, "the end of one", |_| (!query(0).contains(id)).then_some(()));
    members.wait_until(0, "the notification", |_| (!webhook.bodies().is_empty()).then_some(()));
    for (words, expected) in [
        (
            &["end", "11111111-2222-3333-4444-555555555555"][..],
            "silence 11111111-2222-3333-4444-555555555555 does not exist",
        ),
        (&["end", "../x"], "is not the id of a silence"),
        (&["add", "--for", "1h"], "a silence needs at least one of"),
        (&["add", "--check", "alvie", "--for", "1h"], "did you mean \"alive\""),
        (&["add", "--target", "db2", "--for", "1h"], "did you mean \"db1\""),
        (&["add", "--object", "", "--for", "1h"], "the name of the object is empty"),
        (&["list", "--receiver", "a"], "receiver \"a\" does not exist"),
    ] {
        let output = silence(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(err(&output).contains(expected), "{words:?}: {}", err(&output));
    }
    // One member is enough.
    members.stop_one();
    let listed = out(&silence(&["list"]));
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

/// A run is killed after one of two members has the alert. The next run ends the alert.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_run_ends_alerts_of_a_killed_run() {
    let members = AlertmanagerCluster::start(&ClusterOptions::default());
    let slow = Listener::start(|_| None);
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let directory = tempfile::tempdir().unwrap();
    let urls = [members.urls[0].clone(), slow.url()];
    let config = settings(
        directory.path(),
        &server,
        &urls,
        "[targets.db2]\nhost = \"127.0.0.1\"\nport = 1\n",
    );
    let arguments = ["--config", &config, "run", "db2", "--send", "alertmanager"];
    let mut run = Command::new(POSEMO).args(arguments).spawn().unwrap();
    members.wait_until(0, "the alert", |members| (members.names(0).len() == 1).then_some(()));
    members.wait_until(0, "the other request", |_| (!slow.bodies().is_empty()).then_some(()));
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(members.names(0), ["PosemoTargetDown/critical"]);
    // The incomplete new state file of the killed run.
    fs::write(directory.path().join("alerts.json.new"), "{\"form").unwrap();
    let real = format!(
        "[targets.db2]\nhost = \"{}\"\nport = {}\n",
        server.0.socket().display(),
        server.0.port()
    );
    let config = settings(directory.path(), &server, &members.urls, &real);
    // The alert must end at least one second after its begin.
    thread::sleep(Duration::from_secs(1));
    let output = posemo(&["--config", &config, "run", "db2", "--send", "alertmanager"]);
    assert_eq!(err(&output), "");
    for number in 0..2 {
        let names = members.names(number);
        assert!(!names.iter().any(|name| name.starts_with("PosemoTarget")), "{names:?}");
    }
}

/// A failed delivery changes neither the output nor the exit code.
#[test]
fn a_failed_delivery_does_not_change_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let slow = Listener::start(|_| None);
    let urls = [slow.url(), format!("http://127.0.0.1:{DEAD}")];
    let more = "[checks.database_size]\nwarning = \"1\"\n";
    let config = settings(directory.path(), &server, &urls, more);
    let run = ["--config", &config, "run", "--check", "database_size", "-o", "nagios"];
    let alone = posemo(&run);
    let began = Instant::now();
    let sending = posemo(&[&run[..], &["--send", "alertmanager"]].concat());
    assert_within(Duration::from_secs(5), began, "a receiver without an answer");
    assert_eq!(alone.status.code(), Some(1));
    assert_eq!(sending.status.code(), Some(1));
    assert_eq!(out(&alone), out(&sending));
    let errors = err(&sending);
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.starts_with("posemo: receiver alertmanager: "), "{errors}");
    assert!(
        errors.contains("timeout of 5 s") && errors.contains("nothing listens there"),
        "{errors}"
    );
}

/// The default state file is in the user's directory for state, and only the user can read it. Without such a
/// directory alerts are sent, and an error is reported.
#[test]
fn the_default_state_file_belongs_to_the_user() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let receiver = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let config = directory.path().join("posemo.toml");
    let section =
        format!("[receivers.\"a/m\"]\nkind = \"alertmanager\"\nurl = \"{}\"\n", receiver.url());
    fs::write(&config, section).unwrap();
    let run = |variable: &str| {
        let mut command = Command::new(POSEMO);
        command.env_remove("HOME").env_remove("XDG_STATE_HOME").env(variable, directory.path());
        command.arg("--config").arg(&config).args(["run", "-H", "127.0.0.1", "-p", "1"]);
        command.args(["--send", "a/m"]).output().unwrap()
    };
    for (variable, file) in [("HOME", ".local/state/posemo"), ("XDG_STATE_HOME", "posemo")] {
        assert_eq!(err(&run(variable)), "");
        let folder = directory.path().join(file);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("alertmanager-a%2fm.json")), 0o600);
    }
    assert_eq!(receiver.bodies().len(), 2);
    let output = run("NO_VARIABLE");
    let errors = err(&output);
    assert!(errors.contains("$HOME is not set"), "{errors}");
    assert!(errors.contains("alerts were sent"), "{errors}");
    assert_eq!((output.status.code(), receiver.bodies().len()), (Some(2), 3));
}
