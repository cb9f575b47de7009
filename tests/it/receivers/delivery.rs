//! `posemo run --send` with a proxy in the environment, with logged secrets, and with receivers that do not answer.
//!
//! No PostgreSQL server is needed: a target that is not reached is also a report.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::listener::{Listener, answer};
use crate::server::POSEMO;
use crate::waiting::assert_within;

/// Runs with these sections of receivers, and sends to those in `send`.
fn run(sections: &str, send: &[&str], more: &[&str], variables: &[(&str, &str)]) -> Output {
    run_with_format("nagios", sections, send, more, variables)
}

fn run_with_format(
    format: &str,
    sections: &str,
    send: &[&str],
    more: &[&str],
    variables: &[(&str, &str)],
) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("posemo.toml");
    fs::write(&config, sections).unwrap();
    let mut command = Command::new(POSEMO);
    command.env("HOME", directory.path()).env_remove("XDG_STATE_HOME");
    command.envs(variables.iter().copied()).arg("--config").arg(&config).args(more);
    command.args(["run", "-H", "127.0.0.1", "-p", "1", "-o", format]);
    for name in send {
        command.args(["--send", name]);
    }
    command.output().unwrap()
}

fn section(name: &str, url: &str, more: &str) -> String {
    format!("[receivers.{name}]\nkind = \"alertmanager\"\nurl = \"{url}\"\n{more}\n")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The settings choose where reports and secrets are sent.
#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let receiver = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let proxy = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let url = proxy.url();
    let names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"];
    let variables: Vec<_> = names.iter().map(|name| (*name, url.as_str())).collect();
    let output = run(&section("am", &receiver.url(), ""), &["am"], &[], &variables);
    assert_eq!(err(&output), "");
    assert_eq!((receiver.bodies().len(), proxy.bodies().len()), (1, 0));
}

/// Neither an accepted nor a refused password or token is logged.
#[test]
fn a_log_contains_no_secret() {
    for status in ["200 OK", "401 Unauthorized"] {
        let receiver = Listener::start(move |_| Some(answer(status, "text/plain", "")));
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        fs::write(&secret, "open-sesame\n").unwrap();
        let file = secret.display();
        for keys in [
            format!("token_file = \"{file}\""),
            format!("user = \"ali\"\npassword_file = \"{file}\""),
        ] {
            let output = run(&section("am", &receiver.url(), &keys), &["am"], &["-vvv"], &[]);
            let log = err(&output);
            assert!(log.contains("all users of this machine") && log.contains("am"), "{log}");
            assert_eq!(log.contains("status 401"), status.starts_with("401"), "{log}");
            // The second is `ali:open-sesame` in base64.
            for hidden in ["sesame", "YWxpOm9wZW4tc2VzYW1l"] {
                assert!(!log.contains(hidden), "{log}");
            }
        }
        assert_eq!(receiver.bodies().len(), 2);
    }
}

/// posemo sends to receivers in parallel, and reports failures in the order of the options.
#[test]
fn receivers_without_an_answer_are_waited_for_in_parallel() {
    let slow = [Listener::start(|_| None), Listener::start(|_| None)];
    let good = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let sections = section("slow", &slow[0].url(), "timeout = \"3s\"")
        + &section("good", &good.url(), "")
        + &section("mute", &slow[1].url(), "timeout = \"2s\"");
    let alone = run(&sections, &[], &[], &[]);
    let began = Instant::now();
    let output = run(&sections, &["slow", "good", "mute", "good"], &[], &[]);
    assert_within(Duration::from_secs(3), began, "two receivers without an answer");
    assert_eq!((output.status.code(), &output.stdout), (Some(2), &alone.stdout));
    let errors = err(&output);
    let lines: Vec<&str> = errors.lines().collect();
    let [slow, mute] = lines[..] else { panic!("{errors}") };
    assert!(slow.starts_with("posemo: receiver slow: ") && slow.contains("3 s"), "{errors}");
    assert!(mute.starts_with("posemo: receiver mute: ") && mute.contains("2 s"), "{errors}");
    assert_eq!(good.bodies().len(), 1);
}

/// Values for Zabbix have different times in successive runs. The JSON format has whole seconds.
#[test]
fn runs_within_one_second_have_different_times() {
    let printed = |format: &str| {
        String::from_utf8(run_with_format(format, "", &[], &[], &[]).stdout).unwrap()
    };
    let times: BTreeSet<String> = (0..3)
        .flat_map(|_| {
            let values = printed("zabbix");
            let time = |line: &str| line.split(' ').skip(2).take(2).collect::<Vec<_>>().join(" ");
            let times: Vec<String> = values.lines().map(time).collect();
            assert!(times.len() > 3, "{values}");
            times
        })
        .collect();
    let values = printed("zabbix").lines().count();
    assert_eq!(times.len(), 3 * values, "{times:?}");
    let report: serde_json::Value = serde_json::from_str(&printed("json")).unwrap();
    let started = report["started"].as_str().unwrap();
    assert_eq!((started.len(), started.ends_with('Z')), (20, true), "{started}");
}
