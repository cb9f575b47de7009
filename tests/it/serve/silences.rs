//! Silences: a problem that does not alarm is shown, alarms again at once, and the silence survives what fails.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::history::LockedHistory;
use super::{EVERY_SECOND, Serving, evidence, server, target};
use crate::ports::DEAD;
use crate::server::program;

/// A silence that was added.
fn added(serving: &Serving, query: &str) -> Value {
    let answer = serving.post(&format!("/api/1/silence?{query}"));
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

fn listed(serving: &Serving) -> Vec<Value> {
    serving.json("/api/1/silences").as_array().unwrap().clone()
}

/// The acts of users, as `what who`, without those of posemo itself.
fn acts(serving: &Serving) -> Vec<String> {
    let acts = serving.json("/api/1/acts")["acts"].as_array().unwrap().clone();
    let text = |act: &Value, key: &str| act[key].as_str().unwrap().to_owned();
    let acts = acts.iter().filter(|act| act["who"] != "posemo");
    acts.map(|act| format!("{} {}", text(act, "what"), text(act, "who"))).collect()
}

/// The states that Nagios got for a service, in their order.
fn sent(spool: &Path, service: &str) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(spool).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none());
    files.sort_by_key(|file| fs::metadata(file).unwrap().modified().unwrap());
    let mut states = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let parts = text.split("\n\n").filter(|part| {
            part.lines().any(|line| line == format!("service_description={service}"))
        });
        states.extend(parts.filter_map(|part| {
            part.lines().find_map(|line| Some(line.strip_prefix("return_code=")?.to_owned()))
        }));
    }
    states.dedup();
    states
}

#[test]
fn a_silenced_problem_is_shown_and_alarms_again_at_once_on_a_server() {
    let server = server();
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    let directory = tempfile::tempdir().unwrap();
    let spool = directory.path().join("spool");
    fs::create_dir(&spool).unwrap();
    // Its check runs once a day: what happens at once does not wait for its next run.
    let settings = format!(
        "{EVERY_SECOND}{}groups = [\"production\"]\n{}[receivers.nagios]\nkind = \"nagios\"\nspool = \"{}\"\n{}",
        target("db1", &server),
        super::on_port("down", DEAD),
        spool.display(),
        evidence::ACCEPTED
    )
    .replace("[checks.superusers]\ninterval = \"1s\"", "[checks.superusers]\ninterval = \"1d\"");
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    serving.until("the problem is known", || serving.state("db1", "superusers") == "warning");
    serving.until("it is sent", || sent(&spool, "superusers").last().is_some_and(|one| one == "1"));

    for (query, status, message) in [
        ("target=db2&for=1h&by=a&why=b", 404, "did you mean \\\"db1\\\""),
        ("group=prod&for=1h&by=a&why=b", 404, "no target is in a group \"prod\""),
        ("check=superuser&for=1h&by=a&why=b", 404, "did you mean \"superusers\""),
        ("check=zz&for=1h&by=a&why=b", 404, "one of alive, connection_usage, superusers\n"),
        ("target=db1&why=b", 400, "for is missing"),
    ] {
        let answer = serving.post(&format!("/api/1/silence?{query}"));
        assert_eq!(answer.status, status, "{query}: {answer:?}");
        assert!(answer.body.contains(&message.replace("\\\"", "\"")), "{query}: {answer:?}");
    }
    assert_eq!(listed(&serving), [Value::Null; 0]);

    let swept = serving.sample("posemo_serve_sweeps_total");
    let one = added(&serving, "group=production&check=superusers&for=50m&by=anna&why=leaves+soon");
    let id = one["id"].as_str().unwrap();
    let report = serving.check("db1", "superusers").unwrap();
    assert!(swept.is_some() && report["state"] == "ok", "{report:#}");
    let finding = &report["findings"][0];
    let by = &finding["suppressed"];
    assert_eq!((&by["author"], &by["reason"]), (&"anna".into(), &"leaves soon".into()), "{by}");
    assert!(by["name"] == format!("silence.{id}") && by["state"] == "warning", "{by}");
    assert!(serving.text("/").contains("by anna: leaves soon"));
    let state = "posemo_check_state{target=\"db1\",check=\"superusers\"";
    assert_eq!(serving.sample(state), Some(0.0), "{}", serving.text("/metrics"));
    serving.until("Nagios gets that it is OK", || {
        sent(&spool, "superusers").last().is_some_and(|one| one == "0")
    });
    let none = added(&serving, "target=db1&object=other&for=2h&by=bob&why=nothing");
    let all = listed(&serving);
    let shown = |silence: &Value| {
        let soon = silence["ends_soon"].as_bool().unwrap();
        (silence["matching"].as_u64().unwrap(), soon, silence["by"].as_str().unwrap().to_owned())
    };
    assert_eq!(shown(&all[0]), (1, true, "anna".to_owned()), "{all:#?}");
    assert_eq!(shown(&all[1]), (0, false, "bob".to_owned()), "{all:#?}");

    // An outage is a problem of the target, also if the silence begins before it counts.
    added(&serving, "target=down&for=1h&by=anna&why=moves");
    serving.until("the outage is shown as silenced", || {
        let listed = serving.listed("down").unwrap();
        listed["state"] == "ok" && !listed["outage"].is_null() && listed["error"].is_null()
    });

    // It survives a killed process, a reload, and another silence of the same problem that ends.
    serving.until("it is written", || acts(&serving).len() == 3);
    serving.signal("-KILL");
    serving.ended();
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    assert_eq!(serving.state("db1", "superusers"), "ok");
    assert_eq!(serving.post("/-/reload").status, 200);
    assert_eq!(serving.state("db1", "superusers"), "ok");
    assert_eq!(listed(&serving).len(), 3);

    // It ends: the problem alarms before the check could run again.
    let path = format!("/api/1/silence/{id}/end");
    assert_eq!(serving.post(&path).status, 400);
    let answer = serving.post(&format!("{path}?by=carla"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(serving.state("db1", "superusers"), "warning");
    serving.until("Nagios gets the problem", || {
        sent(&spool, "superusers").last().is_some_and(|one| one == "1")
    });
    let again = serving.post(&format!("{path}?by=carla"));
    assert!(again.status == 404 && again.body.contains("not in force"), "{again:?}");
    let path = format!("/api/1/silence/{}?by=carla", none["id"].as_str().unwrap());
    assert_eq!(serving.request("DELETE", &path, &[]).status, 200);

    // A silence of three seconds expires without a request.
    added(&serving, "finding=failure&target=db1&for=3s&by=anna&why=x");
    let short = added(&serving, "check=superusers&for=3s&by=anna&why=short");
    assert_eq!(serving.state("db1", "superusers"), "ok");
    serving.until("it expires", || serving.state("db1", "superusers") == "warning");
    let states: Vec<Value> = listed(&serving).iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["active", "ended", "ended", "expired", "expired"]);
    let until = short["until"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(until <= jiff::Timestamp::now());
    serving.until("all acts are written", || acts(&serving).len() == 8);
    let expected = [
        "silence anna",
        "silence bob",
        "silence anna",
        "reload ",
        "end carla",
        "end carla",
        "silence anna",
        "silence anna",
    ];
    assert_eq!(acts(&serving), expected);
    serving.until("the end is in the log", || serving.log().contains("carla ended silence"));
    evidence::is_shown(&serving);
    serving.signal("-TERM");
    assert_eq!(serving.ended(), Some(0));
    evidence::alterations_are_found(directory.path());
}

/// `posemo silence` speaks to the server with the same words as to an Alertmanager.
#[test]
fn the_command_lists_adds_and_ends_silences_of_a_server() {
    let settings = super::on_port("db1", DEAD) + "groups = [\"night\"]\n";
    let serving = Serving::start(&settings);
    let url = format!("http://{}/", serving.address);
    let run = |words: &[&str]| {
        let mut command = program();
        command.arg("silence").args(words).args(["--server", &url]);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let empty = (Some(0), "no silences\n".to_owned(), String::new());
    assert_eq!(run(&["list"]), empty);
    let object = "pipe | 'fake'=1 \"größe\"\nline\u{202e}&by=x%41+";
    let add = ["add", "--check", "alive", "--target", "db1", "--object", object, "--for", "90m"];
    let (code, added, error) = run(&[&add[..], &["--by", "me", "--comment", "new disks"]].concat());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let (id, rest) = added.split_once("  ").unwrap();
    assert!(rest.contains("target=\"db1\" check=\"alive\" object=\"pipe | 'fake'=1 "), "{rest}");
    let one = &listed(&serving)[0];
    assert!(one["object"] == object && one["by"] == "me" && one["id"] == id, "{one:#}");
    let (_, list, _) = run(&["list"]);
    assert!(list.starts_with(added.trim_end()), "{list}");
    assert!(list.ends_with("  me: new disks  (matches nothing now)\n"), "{list}");
    assert!(!list.contains('\u{202e}') && list.lines().count() == 1, "{list}");
    // The server has this check, and the command has not.
    let (code, own, error) = run(&["add", "--check", "posemo", "--for", "1h"]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert_eq!(run(&["end", own.split_once("  ").unwrap().0]).0, Some(0));
    let narrow = ["add", "--group", "night", "--finding", "outage", "--for", "1h"];
    let (code, narrow, error) = run(&narrow);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let one = &listed(&serving)[0];
    assert!(one["group"] == "night" && one["finding"] == "outage", "{one:#}");
    assert_eq!(run(&["end", narrow.split_once("  ").unwrap().0]).0, Some(0));
    for (words, expected) in [
        (&["end", "../x"][..], "refused: a silence \"../x\" is not in force"),
        (&["add", "--for", "1h"], "a silence needs at least one of"),
        (
            &["add", "--check", "alvie", "--for", "1h"],
            "refused: check \"alvie\" is not enabled for a target; did you mean \"alive\"",
        ),
        (&["add", "--target", "db2", "--for", "1h"], "did you mean \"db1\""),
        (&["add", "--object", "", "--for", "1h"], "the name of the object is empty"),
        (&["add", "--group", "nigth", "--for", "1h"], "did you mean \"night\""),
    ] {
        let (code, _, error) = run(words);
        assert!(code == Some(1) && error.contains(expected), "{words:?}: {error}");
    }
    assert_eq!(run(&["end", id, "--by", "me"]).1, format!("{id}  ended\n"));
    assert_eq!(run(&["list"]), empty);
}

/// While the file is locked a silence is in force. Afterwards it is in the file, with those that were there.
#[test]
fn a_locked_history_loses_no_silence() {
    crate::programs::need!("python3");
    let settings = super::on_port("db1", DEAD);
    let directory = tempfile::tempdir().unwrap();
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    added(&serving, "target=db1&for=1h&by=anna&why=first");
    serving.until("it is written", || acts(&serving).len() == 1);
    serving.signal("-TERM");
    serving.ended();

    let lock = LockedHistory::of(&directory);
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    added(&serving, "check=alive&for=1h&by=bob&why=second");
    let reasons = |serving: &Serving| -> Vec<String> {
        listed(serving).iter().map(|one| one["why"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(reasons(&serving), ["second"]);
    lock.end();
    serving.until("the silence of the file is known", || reasons(&serving) == ["first", "second"]);
    serving.signal("-TERM");
    serving.ended();
    let serving = Serving::within(&directory, &settings, &[], &[]);
    assert_eq!(reasons(&serving), ["first", "second"]);
}
