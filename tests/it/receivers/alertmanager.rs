//! Alertmanager: what arrives, what is over, what is lost and said, and silences.
//!
//! Which of the alerts somebody is told about is Alertmanager's own business.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use posemo::deliver::deliver;
use posemo::finding::State;
use posemo::finding::report::Report;
use posemo::settings::receiver::{Receiver, ReceiverKind};
use serde_json::Value;

use super::listener::{Listener, answer};
use super::members::{Made, Members};
use super::scenes::{alertmanagers, fresh, lag, now};
use crate::ports::DEAD;
use crate::waiting::{assert_within, patience};

mod command;
mod secured;

/// Sends, and gives what is said of it, well or not.
fn sent(receiver: &Receiver, report: &Report) -> Result<String, String> {
    deliver(receiver, report).map_err(|error| error.to_string())
}

/// Every state arrives at every member, with text and numbers intact, and goes; people are told once.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn states_arrive_and_are_over() {
    let told = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let members = Members::start(&Made { webhook: Some(&told.url()), ..Made::default() });
    let directory = tempfile::tempdir().unwrap();
    let receiver = alertmanagers(&members.urls, directory.path());
    let lag_of = |severity: &str| format!("PosemoReplicationLag/{severity}");
    let unknown = "PosemoCheckUnknown/unknown".to_owned();
    let told_of = |severity: &str, status: &str| {
        let bodies =
            told.bodies().into_iter().map(|body| serde_json::from_str::<Value>(&body).unwrap());
        let alerts = bodies.flat_map(|body| body["alerts"].as_array().unwrap().clone());
        alerts
            .filter(|alert| alert["labels"]["severity"] == severity && alert["status"] == status)
            .count()
    };
    for (state, seconds, expected) in [
        (State::Ok, 0.5, vec![]),
        (State::Warning, 62.25, vec![lag_of("warning")]),
        (State::Warning, 63.0, vec![lag_of("warning")]),
        (State::Critical, 1e6, vec![lag_of("critical")]),
        // What was critical is not over because it cannot be asked for.
        (State::Unknown, 0.0, vec![unknown, lag_of("critical")]),
        (State::Ok, 0.5, vec![]),
    ] {
        sent(&receiver, &lag(state, seconds)).unwrap();
        for number in 0..2 {
            members.until(number, &format!("{state:?}: {expected:?}"), |members| {
                (members.names(number) == expected).then_some(())
            });
        }
        // Each alert is passed on before the state changes.
        for severity in expected.iter().map(|name| name.rsplit('/').next().unwrap()) {
            members.until(0, &format!("{severity} being passed on"), |_| {
                (told_of(severity, "firing") > 0).then_some(())
            });
        }
        if state == State::Warning {
            let alert = &members.alerts(1)[0];
            let annotations = &alert["annotations"];
            let summary = format!(
                "db1.example: replication_lag: standby 1 is {seconds} s behind; \"größe\" | 50 % = a\\b"
            );
            assert_eq!(annotations["summary"], summary.as_str());
            assert_eq!(annotations["description"], "First line\n\nThird line");
            assert_eq!(annotations["runbook_url"], "https://example.org/lag?a=1&b=2");
            assert_eq!(annotations["value"], format!("lag {seconds} seconds").as_str());
            let labels = serde_json::json!({
                "alertname": "PosemoReplicationLag", "check": "replication_lag", "instance": "db1.example",
                "job": "posemo", "object": "standby 1", "severity": "warning", "team": "dba"
            });
            assert_eq!(alert["labels"], labels);
            // Long enough to outlive three runs that do not come.
            let time = |key: &str| alert[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            let left = time("endsAt").duration_since(jiff::Timestamp::now()).as_secs();
            assert!((1100..=1200).contains(&left), "{left}");
        }
    }
    for severity in ["warning", "critical", "unknown"] {
        members.until(0, &format!("{severity} firing and resolved"), |_| {
            (told_of(severity, "firing") > 0 && told_of(severity, "resolved") > 0).then_some(())
        });
    }
    // That it is over is said to the members again, and to nobody else.
    sent(&receiver, &lag(State::Ok, 0.5)).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert!(told_of("critical", "resolved") <= 2, "{}", told_of("critical", "resolved"));
    // Sent twice, and told once: a second message would be from the other member, who did not hear of the first.
    assert!(told_of("warning", "firing") <= 2, "{}", told_of("warning", "firing"));
}

/// What is hostile splits, injects and loses nothing: as many alerts as problems.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn hostile_and_endless_reports_arrive() {
    let members = Members::start(&Made::default());
    for name in ["hostile", "flood"] {
        let directory = tempfile::tempdir().unwrap();
        let receiver = alertmanagers(&members.urls, directory.path());
        let report = fresh(name);
        let said = sent(&receiver, &report).unwrap();
        let findings = report
            .targets
            .iter()
            .flat_map(|target| &target.checks)
            .flat_map(|check| &check.findings);
        let problems = findings.filter(|finding| finding.state != State::Ok).count();
        let dead = report.targets.iter().filter(|target| target.error.is_some()).count();
        let expected = problems + dead;
        assert!(said.starts_with(&format!("{expected} alerts firing")), "{said}");
        let alerts = members.alerts(1);
        assert_eq!(alerts.len(), expected, "{name}");
        let own = ["alertname", "job", "severity", "team", "instance"];
        assert!(
            alerts.iter().all(|alert| own.iter().all(|name| alert["labels"][name].is_string()))
        );
        let values: BTreeSet<&str> =
            alerts.iter().filter_map(|alert| alert["labels"]["object"].as_str()).collect();
        let shown: &[&str] = match name {
            "hostile" => &[
                "two\\nlines",
                "pipe | 'fake'=1;2;3",
                "it's \"quoted\"",
                "größe.表格.📈",
                "rtl\\u{202e}gnp.exe\\u{2066}\\u{200f}",
            ],
            _ => &["public.table_0", "public.table_4999"],
        };
        assert!(shown.iter().all(|value| values.contains(value)), "{values:?}");
        // Over is over, for five thousand as for one.
        let over = quiet(report);
        sent(&receiver, &over).unwrap();
        assert_eq!(members.alerts(0).len(), 0, "{name}");
        assert_eq!(members.alerts(1).len(), 0, "{name}");
    }
}

/// The same run, with nothing to complain of.
fn quiet(mut report: Report) -> Report {
    for target in &mut report.targets {
        target.error = None;
        for check in &mut target.checks {
            check.findings.clear();
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    now(report)
}

/// A receiver that is down, slow, broken or confused: said in one line, in time, and made up for.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn what_is_lost_is_said_and_made_up_for() {
    let mut members = Members::start(&Made::default());
    let directory = tempfile::tempdir().unwrap();
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\"".to_vec();
    let half = Listener::start(move |_| Some(half.clone()));
    let broken = Listener::start(|_| {
        Some(answer("500 Internal Server Error", "text/plain", "out of\nluck"))
    });
    let elsewhere = Listener::start(|_| Some(answer("302 Found", "text/plain", "")));
    let login =
        Listener::start(|_| Some(answer("200 OK", "text/html", "<html>who are you?</html>")));
    let within = Listener::start(|_| {
        Some(answer(
            "200 OK",
            "application/json",
            r#"{"status":"error","message":"no \u001b\u202espace"}"#,
        ))
    });
    let silent = Listener::start(|_| None);
    let garbage = Listener::start(|_| Some(b"\x00\xff SMTP\r\n\r\n".to_vec()));
    for (place, words) in [
        (half.url(), "took 0 of 1"),
        (broken.url(), "status 500, out of; the next run sends all of it again"),
        (elsewhere.url(), "status 302, no reason given; it sends us elsewhere"),
        (
            login.url(),
            "no answer of an Alertmanager: <html>who are you?</html>; is this its own URL",
        ),
        (within.url(), "no answer of an Alertmanager: no \\x1b\\u{202e}space; is this"),
        (silent.url(), "it took longer than the 5 s that the receiver's timeout allows"),
        (garbage.url(), "took 0 of 1"),
        (format!("http://127.0.0.1:{DEAD}"), "nothing listens there"),
    ] {
        let mut receiver =
            alertmanagers(&[members.urls[0].clone(), place.clone()], directory.path());
        let is_silent = place == silent.url();
        receiver.timeout = if is_silent { Duration::from_secs(5) } else { 2 * patience() };
        let began = Instant::now();
        let error = sent(&receiver, &lag(State::Warning, 61.0)).unwrap_err();
        assert!(error.starts_with(&place) && error.contains(words), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert_within(Duration::from_secs(5), began, words);
        // The member that is well has it, once.
        assert_eq!(members.names(0), ["PosemoReplicationLag/warning"]);
    }
    // A member that was away when it ended is told when it is back.
    let receiver = alertmanagers(&members.urls, directory.path());
    sent(&receiver, &lag(State::Critical, 400.0)).unwrap();
    let only_first = alertmanagers(&members.urls[..1], directory.path());
    std::thread::sleep(Duration::from_secs(1));
    sent(&only_first, &lag(State::Ok, 1.0)).unwrap();
    assert_eq!((members.names(0).len(), members.names(1).len()), (0, 1));
    sent(&receiver, &lag(State::Ok, 1.0)).unwrap();
    assert_eq!(members.names(1).len(), 0);
    members.lose_one();
    let error = sent(&receiver, &lag(State::Warning, 61.0)).unwrap_err();
    assert!(error.contains("nothing listens there; the next run sends all of it again"), "{error}");
    assert_eq!(members.names(0), ["PosemoReplicationLag/warning"]);
}

/// A wrong URL, or a member that is away, is said while all is well: the first alert would be too late.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn who_cannot_be_told_is_known_before_there_is_an_alert() {
    let members = Members::start(&Made::default());
    let directory = tempfile::tempdir().unwrap();
    let dead = format!("http://127.0.0.1:{DEAD}");
    let receiver = alertmanagers(&[members.urls[0].clone(), dead.clone()], directory.path());
    let error = sent(&receiver, &lag(State::Ok, 1.0)).unwrap_err();
    assert!(error.starts_with(&dead) && error.contains("nothing listens there"), "{error}");
    let refusing = Listener::start(|_| Some(answer("400 Bad Request", "text/plain", "not this")));
    let receiver = alertmanagers(&[refusing.url()], directory.path());
    let error = sent(&receiver, &lag(State::Ok, 1.0)).unwrap_err();
    assert!(error.contains("status 400, not this"), "{error}");
    assert_eq!(refusing.bodies(), ["[]"]);
    sent(&alertmanagers(&members.urls, directory.path()), &lag(State::Ok, 1.0)).unwrap();
    assert_eq!(members.names(0).len(), 0);
}

/// One bad alert among many loses none of the others, and is named.
#[test]
fn one_bad_alert_loses_no_other() {
    let picky = Listener::start(|body| {
        let alerts: Vec<Value> = serde_json::from_str(body).unwrap();
        let bad = alerts.iter().any(|alert| alert["labels"]["object"] == "public.table_77");
        Some(if bad {
            answer("400 Bad Request", "application/json", "\"the label is bad\"\n")
        } else {
            answer("200 OK", "text/plain", "")
        })
    });
    let directory = tempfile::tempdir().unwrap();
    let receiver = alertmanagers(&[picky.url()], directory.path());
    let error = sent(&receiver, &fresh("flood")).unwrap_err();
    let words = "took 4999 of 5000: it does not take PosemoTableUsage db1.example public.table_77: the label is bad";
    assert!(error.ends_with(words), "{error}");
}

/// The file of what is firing: spoiled, strange, locked or impossible, it never keeps an alert from going out.
#[test]
#[ignore = "needs real receivers: make receivers"]
fn no_state_file_stops_an_alert() {
    let members = Members::start(&Made::default());
    let directory = tempfile::tempdir().unwrap();
    let receiver = alertmanagers(&members.urls, directory.path());
    let file = directory.path().join("state/alerts.json");
    sent(&receiver, &lag(State::Warning, 61.0)).unwrap();
    let good = fs::read_to_string(&file).unwrap();
    let other = good.replace("\"receiver\":\"am\"", "\"receiver\":\"another\"");
    for (text, words) in [
        (&good[..good.len() / 2], "could not be read (EOF while parsing"),
        ("", "could not be read (EOF"),
        ("[1, 2]", "it is no file of posemo's"),
        (&good.replace("\"format\":1", "\"format\":2"), "its format is 2, not 1"),
        (&good.replace("\"resolved\"", "\"solved\""), "unknown field `solved`"),
        (&other, "it belongs to receiver another"),
    ] {
        fs::write(&file, text).unwrap();
        let error = sent(&receiver, &lag(State::Critical, 301.0)).unwrap_err();
        assert!(error.contains(words) && error.contains("alerts were sent"), "{error}");
        assert!(members.names(1).contains(&"PosemoReplicationLag/critical".to_owned()));
        if text != other {
            assert_eq!(fs::read_to_string(file.with_extension("json.broken")).unwrap(), text);
            sent(&receiver, &lag(State::Critical, 301.0)).unwrap();
        }
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), other, "another's file is left alone");
    impossible(&members, &receiver, directory.path());
    never_answered(&members, &receiver, &file);
    fs::remove_file(&file).unwrap();
    busy(&members, &receiver, &file);
}

/// A state file that cannot be made, as its directory is a file.
fn impossible(members: &Members, receiver: &Receiver, directory: &Path) {
    fs::write(directory.join("plain"), "").unwrap();
    let mut receiver = receiver.clone();
    let ReceiverKind::Alertmanager(to) = &mut receiver.kind else { unreachable!("it is one") };
    to.state_file = Some(directory.join("plain/alerts.json"));
    let error = sent(&receiver, &lag(State::Unknown, 0.0)).unwrap_err();
    assert!(
        error.contains("cannot make the directory of") && error.contains("alerts were sent"),
        "{error}"
    );
    assert!(members.names(0).contains(&"PosemoCheckUnknown/unknown".to_owned()));
}

/// A state file or a lock that is a pipe, or has no end, is not waited for.
fn never_answered(members: &Members, receiver: &Receiver, file: &Path) {
    for (command, name, words) in [
        (&["mkfifo"][..], "alerts.json", "it is no regular file"),
        (&["ln", "-s", "/dev/zero"], "alerts.json", "it is no regular file"),
        (&["mkdir"], "alerts.json", "it is no regular file"),
        (&["mkfifo"], "alerts.json.lock", "cannot lock"),
    ] {
        let directory = tempfile::tempdir_in(file.parent().unwrap()).unwrap();
        let (program, arguments) = command.split_first().unwrap();
        let path = directory.path().join(name);
        assert!(Command::new(program).args(arguments).arg(path).status().unwrap().success());
        let mut receiver = receiver.clone();
        let ReceiverKind::Alertmanager(to) = &mut receiver.kind else { unreachable!("it is one") };
        to.state_file = Some(directory.path().join("alerts.json"));
        receiver.timeout = 2 * patience();
        let began = Instant::now();
        let error = sent(&receiver, &lag(State::Unknown, 0.0)).unwrap_err();
        assert!(error.contains(words) && error.contains("alerts were sent"), "{error}");
        assert_within(Duration::ZERO, began, words);
    }
    assert!(members.names(0).contains(&"PosemoCheckUnknown/unknown".to_owned()));
}

/// Another run is not done: this one waits, and says so if that takes too long. What is wrong is sent all the
/// same, as the other run may be of other checks, and be late each time.
fn busy(members: &Members, receiver: &Receiver, file: &Path) {
    let mut receiver = receiver.clone();
    receiver.timeout = Duration::from_secs(5);
    let lock = file.with_extension("json.lock");
    let lock = fs::OpenOptions::new().write(true).open(lock).unwrap();
    lock.lock().unwrap();
    let mut other = lag(State::Warning, 61.0);
    "busy".clone_into(&mut other.targets[0].target);
    let error = sent(&receiver, &other).unwrap_err();
    assert!(error.contains("another posemo is sending to this receiver"), "{error}");
    for number in 0..2 {
        let alerts = members.alerts(number);
        assert!(alerts.iter().any(|alert| alert["labels"]["instance"] == "busy"), "{alerts:?}");
    }
    let waiting = std::thread::spawn(move || sent(&receiver, &lag(State::Warning, 61.0)));
    std::thread::sleep(Duration::from_millis(300));
    lock.unlock().unwrap();
    waiting.join().unwrap().unwrap();
}
