//! What posemo needs ends while it runs: sessions, the worker for scripts, the file of the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{CHECKS, EVERY_SECOND, Serving, command, server, target, write_settings};
use crate::server::POSEMO;
use crate::waiting::until;

/// The child processes of a process: the workers for scripts.
fn children(pid: u32) -> BTreeSet<u32> {
    let stat = |pid: u32| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let all = fs::read_dir("/proc").unwrap().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |child: &u32| {
        // The parent is the second field after the name, which is in parentheses.
        let parent = stat(*child).and_then(|text| {
            text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
        });
        parent == Some(pid)
    };
    pids.filter(is_child).collect()
}

fn is_running(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|text| !text.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

fn all_are_ok(serving: &Serving) -> bool {
    CHECKS.split(',').all(|check| serving.state("db1", check) == "ok")
}

/// When the check was last run.
fn ran(serving: &Serving, check: &str) -> f64 {
    let start =
        format!("posemo_check_last_run_timestamp_seconds{{target=\"db1\",check=\"{check}\"");
    serving.sample(&start).unwrap_or_default()
}

/// Waits until a check has run twice again, and fails if its state is not OK in between.
fn runs_on(serving: &Serving, check: &str) {
    for _ in 0..2 {
        let before = ran(serving, check);
        serving.until("the check runs again", || {
            let state = serving.state("db1", check);
            assert_eq!(state, "ok", "{:?}\n{}", serving.check("db1", check), serving.log());
            ran(serving, check) > before
        });
    }
}

#[test]
fn sessions_that_end_between_sweeps_are_not_a_problem_on_a_server() {
    let mut server = server();
    let serving = Serving::start(&format!("{EVERY_SECOND}{}", target("db1", &server)));
    serving.until("all checks are OK", || all_are_ok(&serving));
    for _ in 0..3 {
        let watcher = server.session("postgres", "postgres");
        // Sessions that wait for the next sweep.
        let sql = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                   WHERE usename = 'posemo' AND state = 'idle' AND state_change < now() - interval '300 ms'";
        until("sessions are kept", || !watcher.ask(sql).unwrap().is_empty());
        drop(watcher);
        runs_on(&serving, "superusers");
    }
    // A restart in which the server is down for a moment.
    server.0.restart(&[]).unwrap();
    runs_on(&serving, "superusers");
    assert!(all_are_ok(&serving), "{}", serving.text("/api/1/report"));
}

#[test]
fn a_worker_that_is_killed_is_started_again_on_a_server() {
    let server = server();
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    let mut serving = Serving::start(&settings);
    serving.until("all checks are OK", || all_are_ok(&serving));
    let worker = || children(serving.child.id());
    for _ in 0..3 {
        let workers =
            serving.wait_for("a worker runs", || Some(worker()).filter(|all| !all.is_empty()));
        for pid in &workers {
            assert!(
                Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success()
            );
        }
        runs_on(&serving, "superusers");
    }
    // No worker outlives posemo, however it ends.
    let workers =
        serving.wait_for("a worker runs", || Some(worker()).filter(|all| !all.is_empty()));
    serving.signal("-TERM");
    assert_eq!(serving.ended(), Some(0));
    until("the worker ends", || workers.iter().all(|pid| !is_running(*pid)));
    serving = Serving::start(&settings);
    serving.until("all checks are OK", || all_are_ok(&serving));
    let workers = children(serving.child.id());
    assert!(!workers.is_empty());
    serving.signal("-KILL");
    until("the worker ends", || workers.iter().all(|pid| !is_running(*pid)));
}

/// A package manager replaces the program, and the old one runs on.
#[test]
fn the_program_is_replaced_while_it_runs_on_a_server() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let program = Path::new(POSEMO).with_file_name(format!("posemo-{}", std::process::id()));
    fs::hard_link(POSEMO, &program).unwrap();
    write_settings(directory.path(), &format!("{EVERY_SECOND}{}", target("db1", &server)));
    let model = command(directory.path());
    let mut own = Command::new(&program);
    own.args(model.get_args()).env("HOME", "/nonexistent").env_remove("POSEMO_CONFIG");
    let serving = Serving::spawn(own, directory.path());
    serving.until("all checks are OK", || all_are_ok(&serving));
    fs::remove_file(&program).unwrap();
    for pid in children(serving.child.id()) {
        assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    }
    runs_on(&serving, "superusers");
}
