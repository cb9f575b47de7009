//! `posemo run --send` on a bad day: a proxy of the environment, secrets and a log, receivers that are silent.
//!
//! No server is needed: that none could be asked is a report, too.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::listener::{Listener, answer};
use crate::server::POSEMO;
use crate::waiting::assert_within;

/// Runs with these sections of receivers, and tells those that are named.
fn run(sections: &str, send: &[&str], more: &[&str], variables: &[(&str, &str)]) -> Output {
    said_as("nagios", sections, send, more, variables)
}

fn said_as(
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

/// Who is told is for the settings to say: a proxy of the environment hears nothing, least of all a secret.
#[test]
fn no_proxy_of_the_environment_is_told() {
    let meant = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let proxy = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let url = proxy.url();
    let names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"];
    let variables: Vec<_> = names.iter().map(|name| (*name, url.as_str())).collect();
    let output = run(&section("am", &meant.url(), ""), &["am"], &[], &variables);
    assert_eq!(err(&output), "");
    assert_eq!((meant.bodies().len(), proxy.bodies().len()), (1, 0));
}

/// However much is logged, neither password nor token is in it, whether they are taken or not.
#[test]
fn no_log_has_a_secret() {
    for status in ["200 OK", "401 Unauthorized"] {
        let heard = Listener::start(move |_| Some(answer(status, "text/plain", "")));
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        fs::write(&secret, "open-sesame\n").unwrap();
        let file = secret.display();
        for keys in [
            format!("token_file = \"{file}\""),
            format!("user = \"ali\"\npassword_file = \"{file}\""),
        ] {
            let output = run(&section("am", &heard.url(), &keys), &["am"], &["-vvv"], &[]);
            let said = err(&output);
            assert!(said.contains("everybody") && said.contains("am"), "{said}");
            assert_eq!(said.contains("status 401"), status.starts_with("401"), "{said}");
            // The second is `ali:open-sesame` as it is sent.
            for hidden in ["sesame", "YWxpOm9wZW4tc2VzYW1l"] {
                assert!(!said.contains(hidden), "{said}");
            }
        }
        assert_eq!(heard.bodies().len(), 2);
    }
}

/// Receivers are told side by side, and what is lost is said in the order in which they are named.
#[test]
fn silent_receivers_cost_the_time_of_one() {
    let silent = [Listener::start(|_| None), Listener::start(|_| None)];
    let well = Listener::start(|_| Some(answer("200 OK", "text/plain", "")));
    let sections = section("slow", &silent[0].url(), "timeout = \"3s\"")
        + &section("well", &well.url(), "")
        + &section("mute", &silent[1].url(), "timeout = \"2s\"");
    let alone = run(&sections, &[], &[], &[]);
    let began = Instant::now();
    let output = run(&sections, &["slow", "well", "mute", "well"], &[], &[]);
    assert_within(Duration::from_secs(3), began, "two silent receivers");
    assert_eq!((output.status.code(), &output.stdout), (Some(3), &alone.stdout));
    let said = err(&output);
    let lines: Vec<&str> = said.lines().collect();
    let [slow, mute] = lines[..] else { panic!("{said}") };
    assert!(slow.starts_with("posemo: receiver slow: ") && slow.contains("3 s"), "{said}");
    assert!(mute.starts_with("posemo: receiver mute: ") && mute.contains("2 s"), "{said}");
    assert_eq!(well.bodies().len(), 1);
}

/// Runs that follow one another at once have times of their own; people and programs are told the second.
#[test]
fn runs_of_one_second_are_told_apart() {
    let told = |format: &str| String::from_utf8(said_as(format, "", &[], &[], &[]).stdout).unwrap();
    let times: BTreeSet<String> = (0..3)
        .flat_map(|_| {
            let values = told("zabbix");
            let time = |line: &str| line.split(' ').skip(2).take(2).collect::<Vec<_>>().join(" ");
            let times: Vec<String> = values.lines().map(time).collect();
            assert!(times.len() > 3, "{values}");
            times
        })
        .collect();
    let values = told("zabbix").lines().count();
    assert_eq!(times.len(), 3 * values, "{times:?}");
    let report: serde_json::Value = serde_json::from_str(&told("json")).unwrap();
    let started = report["started"].as_str().unwrap();
    assert_eq!((started.len(), started.ends_with('Z')), (20, true), "{started}");
}
