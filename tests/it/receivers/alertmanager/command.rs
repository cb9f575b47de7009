//! `posemo run --send` and `posemo silence` as people type them, against a real server and real Alertmanagers.
//!
//! The commands of docs/integrations.md for it are run here, word for word.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use super::super::listener::{Listener, answer};
use super::super::members::{Made, Members};
use super::super::place::said;
use crate::ports::DEAD;
use crate::server::{POSEMO, Server, posemo};
use crate::waiting::assert_within;

/// What the page says of it.
fn page() -> &'static str {
    crate::integrations::section("Alertmanager")
}

/// The settings of the page, led to the real places.
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
    let text = block.lines().map(line).collect::<Vec<_>>().join("\n") + "\n" + more;
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
fn the_page_is_true() {
    let members = Members::start(&Made::default());
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let directory = tempfile::tempdir().unwrap();
    // A threshold that is passed at once; what the monitor then says is real.
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
                let is_there = |name: &String| name == "PosemoDatabaseSize/warning";
                assert!(members.names(1).iter().any(is_there), "{:?}", members.names(1));
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
                let (text, code) = said("amtool", rest, "");
                assert_eq!(code, 0, "{text}");
                assert!(text.contains("PosemoDatabaseSize"), "{text}");
            }
            _ => panic!("nobody runs {command:?}"),
        }
    }
    assert!(ran >= 5, "{ran}");
}

/// A silence made here is seen by the other member and by amtool, keeps quiet what it should and ends.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn silences_are_real() {
    let told = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let mut members = Members::start(&Made { webhook: Some(&told.url()), ..Made::default() });
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
    let made = out(&silence(&add));
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
    let id = made.split("  ").next().unwrap();
    let query = |number: usize| {
        let url = format!("--alertmanager.url={}", members.urls[number]);
        said("amtool", &[&url, "silence", "query", "-o", "extended"], "").0
    };
    let there =
        members.until(1, "the silence", |_| Some(query(1)).filter(|text| text.contains(id)));
    assert!(there.contains("{job=\"posemo\",instance=\"one\"}"), "{there}");
    assert!(there.contains("new disks") && there.contains("me"), "{there}");
    let listed = out(&silence(&["list"]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.lines().next().unwrap().starts_with(hostile.split("  ").next().unwrap()),
        "{listed}"
    );
    assert!(
        !listed.contains('\u{202e}')
            && listed.contains(r#"object="pipe | 'fake'=1 "größe"\nline\u{202e}""#)
            && listed.contains("job=\"posemo\" instance=\"one\"  me: new disks"),
        "{listed}"
    );
    // The target is dead, which is an alert, and nobody is told.
    let output = posemo(&["--config", &config, "run", "--send", "am", "-o", "nagios"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(3), ""));
    let state =
        |members: &Members| members.alerts(0)[0]["status"]["state"].as_str().map(str::to_owned);
    members.until(0, "being suppressed", |members| {
        state(members).filter(|state| state == "suppressed")
    });
    assert_eq!(told.bodies().len(), 0);
    let other = hostile.split("  ").next().unwrap();
    members.until(0, "both silences", |_| {
        let text = query(0);
        (text.contains(id) && text.contains(other)).then_some(())
    });
    assert!(silence(&["end", id]).status.success());
    members.until(0, "the end of one", |_| (!query(0).contains(id)).then_some(()));
    members.until(0, "being told", |_| (!told.bodies().is_empty()).then_some(()));
    for (words, expected) in [
        (&["end", "11111111-2222-3333-4444-555555555555"][..], "there is no silence 1111"),
        (&["end", "../x"], "is no id of a silence"),
        (&["add", "--for", "1h"], "say what to be quiet about"),
        (&["add", "--check", "alvie", "--for", "1h"], "did you mean \"alive\""),
        (&["add", "--target", "db2", "--for", "1h"], "did you mean \"db1\""),
        (&["add", "--object", "", "--for", "1h"], "the name of object is empty"),
        (&["list", "--receiver", "a"], "there is no receiver \"a\""),
    ] {
        let output = silence(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(err(&output).contains(expected), "{words:?}: {}", err(&output));
    }
    // One member is enough.
    members.lose_one();
    let listed = out(&silence(&["list"]));
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

/// A run that is killed between writing down and sending, with one member told and one not: the next run
/// knows what may be firing, and ends it.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn a_killed_run_is_made_up_for() {
    let members = Members::start(&Made::default());
    let silent = Listener::start(|_| None);
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let directory = tempfile::tempdir().unwrap();
    let urls = [members.urls[0].clone(), silent.url()];
    let config = settings(
        directory.path(),
        &server,
        &urls,
        "[targets.db2]\nhost = \"127.0.0.1\"\nport = 1\n",
    );
    let arguments = ["--config", &config, "run", "db2", "--send", "alertmanager"];
    let mut run = Command::new(POSEMO).args(arguments).spawn().unwrap();
    members.until(0, "the alert", |members| (members.names(0).len() == 1).then_some(()));
    members.until(0, "the other request", |_| (!silent.bodies().is_empty()).then_some(()));
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(members.names(0), ["PosemoTargetUnknown/unknown"]);
    // What was being written when it was killed is no hindrance.
    fs::write(directory.path().join("alerts.json.new"), "{\"form").unwrap();
    let real = format!(
        "[targets.db2]\nhost = \"{}\"\nport = {}\n",
        server.0.socket().display(),
        server.0.port()
    );
    let config = settings(directory.path(), &server, &members.urls, &real);
    // A report counts in whole seconds.
    thread::sleep(Duration::from_secs(1));
    let output = posemo(&["--config", &config, "run", "db2", "--send", "alertmanager"]);
    assert_eq!(err(&output), "");
    for number in 0..2 {
        let names = members.names(number);
        assert!(!names.iter().any(|name| name.starts_with("PosemoTarget")), "{names:?}");
    }
}

/// What does not arrive changes neither what is printed nor how the run ends.
#[test]
fn a_receiver_that_is_away_changes_no_result() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&ServerOptions::default());
    server.install(&[]);
    let silent = Listener::start(|_| None);
    let urls = [silent.url(), format!("http://127.0.0.1:{DEAD}")];
    let more = "[checks.database_size]\nwarning = \"1\"\n";
    let config = settings(directory.path(), &server, &urls, more);
    let run = ["--config", &config, "run", "--check", "database_size", "-o", "nagios"];
    let alone = posemo(&run);
    let began = Instant::now();
    let sending = posemo(&[&run[..], &["--send", "alertmanager"]].concat());
    assert_within(Duration::from_secs(5), began, "a silent receiver");
    assert_eq!(alone.status.code(), Some(1));
    assert_eq!(sending.status.code(), Some(1));
    assert_eq!(out(&alone), out(&sending));
    let lost = err(&sending);
    assert_eq!(lost.lines().count(), 1, "{lost}");
    assert!(lost.starts_with("posemo: receiver alertmanager: "), "{lost}");
    assert!(
        lost.contains("longer than the 5 s") && lost.contains("nothing listens there"),
        "{lost}"
    );
}

/// Without a word in the settings it is remembered where the user's programs keep such things, for the user
/// alone; where there is no such place, that is said, and alerts are sent all the same.
#[test]
fn where_it_is_remembered() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let heard = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let config = directory.path().join("posemo.toml");
    let section =
        format!("[receivers.\"a/m\"]\nkind = \"alertmanager\"\nurl = \"{}\"\n", heard.url());
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
    assert_eq!(heard.bodies().len(), 2);
    let output = run("NO_VARIABLE");
    let said = err(&output);
    assert!(said.contains("there is no $HOME") && said.contains("alerts were sent"), "{said}");
    assert_eq!((output.status.code(), heard.bodies().len()), (Some(3), 3));
}
