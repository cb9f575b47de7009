//! Nothing of a temporary server remains, however the process that started it ends.
//!
//! Each kind of end is tried with a separate process of this program, see `victim`. The tests read `/proc`.

#![expect(clippy::unwrap_used, reason = "a helper that cannot continue has failed its test")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{
        fs::PermissionsExt,
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    thread,
};

use posemo::tempserver::{ServerOptions, TemporaryServer, find_bindir};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::{ask, try_ask};
use crate::waiting::{patience, until, wait_for};

#[test]
fn nothing_remains_after_a_process_ends() {
    for (way, end) in [
        ("drop", SUCCESS),
        ("panic", End::Code(101)),
        ("exit", End::Code(7)),
        ("abort", End::Signal(Signal::ABORT)),
    ] {
        let mut victim = Victim::start(way, &[]);
        victim.line("socket ");
        victim.ends(end, way);
    }
}

#[test]
fn nothing_remains_after_a_process_is_killed() {
    for signal in [Signal::TERM, Signal::HUP, Signal::KILL] {
        let mut victim = Victim::start("wait", &[]);
        let conninfo = format!("host={} user=postgres", victim.line("socket "));
        // A smart shutdown would wait for this client.
        let client = conninfo.clone();
        let client = thread::spawn(move || try_ask(&client, "SELECT pg_sleep(300)::text"));
        let busy = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        until("the client is busy", || ask(&conninfo, busy) == "1");
        kill_process(victim.pid(), signal).unwrap();
        victim.ends(End::Signal(signal), &format!("{signal:?}"));
        assert!(client.join().unwrap().is_err());
    }
}

#[test]
fn a_server_that_ignores_its_guard_is_killed() {
    let mut victim = Victim::start("wait", &[]);
    let pid_file = format!("{}/data/postmaster.pid", victim.line("socket "));
    let postmaster = fs::read_to_string(pid_file).unwrap().lines().next().unwrap().parse().unwrap();
    kill_process(pid(postmaster), Signal::STOP).unwrap();
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "the death of a process whose server is stopped");
}

/// The kernel sends SIGHUP to a group with a stopped process when the process that started it ends. It can then arrive
/// after the end of the input, when the guard has begun to remove everything.
#[test]
fn a_signal_while_the_guard_removes_everything_changes_nothing() {
    let script = fs::read_to_string("src/tempserver/guard.sh").unwrap();
    let begin = "\nremove() {\n";
    assert!(script.contains(begin));
    let script = script.replace(begin, &format!("{begin}  echo removing\n  sleep 1\n"));
    let base = tempfile::tempdir().unwrap();
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(&script).arg("posemo-guard").arg(base.path()).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guard = command.spawn().unwrap();
        let mut output = BufReader::new(guard.stdout.take().unwrap()).lines();
        let directory = PathBuf::from(output.next().unwrap().unwrap());
        let mut input = guard.stdin.take().unwrap();
        input.write_all(b"run sleep 300\n").unwrap();
        until("the job runs", || processes(&directory).len() > 1);
        drop(input);
        assert_eq!(output.next().unwrap().unwrap(), "removing");
        kill_process(pid(guard.id()), signal).unwrap();
        wait_for("the guard ends", || guard.try_wait().unwrap());
        until("no process remains", || processes(&directory).is_empty());
        assert!(!directory.exists(), "{signal:?}");
    }
}

#[test]
fn nothing_remains_after_control_c() {
    let mut victim = Victim::start("wait", &[]);
    victim.line("socket ");
    kill_process_group(victim.pid(), Signal::INT).unwrap();
    victim.ends(End::Signal(Signal::INT), "control-C");
}

#[test]
fn nothing_remains_after_a_death_during_initdb() {
    let mut victim = Victim::start("wait", &[]);
    until("initdb runs", || {
        let mut directories = fs::read_dir(victim.directory.path()).unwrap().flatten();
        directories.any(|directory| directory.path().join("data/base").exists())
    });
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "a death during initdb");
}

#[test]
fn a_guard_that_ends_stops_the_server() {
    let mut victim = Victim::start("wait", &[]);
    victim.line("socket ");
    let directory = victim.directory.path().to_owned();
    let guard = processes(&directory)
        .into_iter()
        .find(|process| command_line(*process).contains("posemo-guard"));
    kill_process(pid(guard.unwrap()), Signal::TERM).unwrap();
    until("only the victim remains", || {
        processes(&directory).is_empty() && entries(&directory).is_empty()
    });
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "the end of the guard");
}

#[test]
fn a_kept_server_runs_until_it_is_stopped() {
    let mut victim = Victim::start("keep", &[]);
    let (socket, stop) = (victim.line("socket "), victim.line("stop "));
    victim.exits(SUCCESS, "a kept server");
    assert_eq!(ask(&format!("host={socket} user=postgres"), "SELECT 'still here'"), "still here");
    assert!(Command::new("sh").arg("-c").arg(stop).status().unwrap().success());
    victim.leaves_nothing("the end of a kept server");
}

#[test]
fn a_server_that_cannot_start_reports_why_and_leaves_nothing() {
    let mut victim = Victim::start("wrong", &[]);
    let error = victim.line("error ");
    assert!(error.contains("starting the server ended with exit status 1"), "{error}");
    assert!(error.contains("invalid value for parameter \\\"work_mem\\\""), "{error}");
    victim.ends(SUCCESS, "an error");
}

#[test]
fn a_wrong_bindir_in_the_environment_is_reported() {
    for (bindir, problem) in
        [("/nowhere", "it cannot be opened"), ("/usr", "it does not contain the program initdb")]
    {
        let mut victim = Victim::start("wait", &[("POSEMO_PG_BINDIR", bindir)]);
        let error = victim.line("error ");
        assert!(
            error.contains(&format!("POSEMO_PG_BINDIR is set to {bindir}, but {problem}")),
            "{error}"
        );
        victim.ends(SUCCESS, "a wrong bindir");
    }
    let elsewhere = ServerOptions { bindir: Some("/nowhere".into()), ..ServerOptions::default() };
    let error = TemporaryServer::start(&elsewhere).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot use the server programs in /nowhere: it cannot be opened"),
        "{error}"
    );
}

#[test]
fn a_right_bindir_in_the_environment_is_used() {
    let bindir = find_bindir().unwrap();
    let mut victim = Victim::start(
        "drop",
        &[("POSEMO_PG_BINDIR", bindir.to_str().unwrap()), ("PATH", "/usr/bin:/bin")],
    );
    assert_eq!(victim.line("bindir "), bindir.to_str().unwrap());
    victim.ends(SUCCESS, "a right bindir");
}

/// The process that the tests above start. It starts a server, and ends in the given way.
#[test]
#[ignore = "started by the other tests, each with a different end"]
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "the tests need an end without destructors"
)]
fn victim() {
    let way = std::env::var("POSEMO_TEST_WAY").unwrap_or_default();
    let wrong = ("work_mem".to_owned(), "a lot".to_owned());
    let settings = if way == "wrong" { vec![wrong] } else { Vec::new() };
    let server =
        match TemporaryServer::start(&ServerOptions { settings, ..ServerOptions::default() }) {
            Ok(server) => server,
            Err(error) => return eprintln!("error {:?}", error.to_string()),
        };
    eprintln!("bindir {}\nsocket {}", server.bindir().display(), server.socket().display());
    match way.as_str() {
        "panic" => panic!("as requested"),
        "exit" => std::process::exit(7),
        "abort" => std::process::abort(),
        // Longer than a test waits: a victim that no signal ends fails its test.
        "wait" => thread::sleep(2 * patience()),
        "keep" => eprintln!("stop {}", server.keep().unwrap().stop),
        _ => server.stop().unwrap(),
    }
}

/// How a victim must end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Code(i32),
    Signal(Signal),
}

const SUCCESS: End = End::Code(0);
const KILLED: End = End::Signal(Signal::KILL);

/// A running `victim`, with a separate directory for temporary files.
struct Victim {
    child: Child,
    output: BufReader<ChildStderr>,
    directory: TempDir,
}

impl Victim {
    fn start(way: &str, environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("posemo-it-").tempdir_in("/tmp").unwrap();
        // If the tests run as root, the server runs as another user, which needs access.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        // A process inherits ignored signals, for example from nohup, and a victim that ignores them tests nothing.
        let mut command = Command::new("env");
        command.args(["--default-signal"]).arg(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "--nocapture", "tempserver::leftovers::victim"])
            .process_group(0);
        command
            .env("POSEMO_TEST_WAY", way)
            // The real initdb takes long enough for a test to wait until it runs.
            .env("POSEMO_TEST_REAL_INITDB", "1")
            .env("TMPDIR", directory.path())
            .envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        Self { child, output, directory }
    }

    fn pid(&self) -> Pid {
        pid(self.child.id())
    }

    /// The rest of the next line with this beginning.
    fn line(&mut self, beginning: &str) -> String {
        for line in self.output.by_ref().lines() {
            if let Some(rest) = line.unwrap().strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
        panic!("the victim printed no line with {beginning:?}")
    }

    /// The victim ends in this way, and nothing of it remains.
    fn ends(&mut self, end: End, after: &str) {
        self.exits(end, after);
        self.leaves_nothing(after);
    }

    /// The victim ends in this way.
    fn exits(&mut self, end: End, after: &str) {
        let what = format!("the victim ends after {after}");
        let status = wait_for(&what, || self.child.try_wait().unwrap());
        let is = match status.signal() {
            Some(signal) => End::Signal(Signal::from_named_raw(signal).unwrap()),
            None => End::Code(status.code().unwrap()),
        };
        assert_eq!(is, end, "after {after}");
    }

    fn leaves_nothing(&mut self, after: &str) {
        let directory = self.directory.path();
        until(&format!("no process remains after {after}"), || processes(directory).is_empty());
        until(&format!("no directory remains after {after}"), || entries(directory).is_empty());
    }
}

/// A failed test leaves no victim.
impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().unwrap()).unwrap()
}

/// The processes with a path in their arguments or with a working directory below it; a dead one has neither.
pub(super) fn processes(directory: &Path) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let directory = directory.to_str().unwrap();
    let uses_it = |process: &u32| {
        let current = fs::read_link(format!("/proc/{process}/cwd")).unwrap_or_default();
        current.to_string_lossy().starts_with(directory)
            || command_line(*process).contains(directory)
    };
    numbers.filter(uses_it).collect()
}

fn command_line(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default())
        .into_owned()
}
