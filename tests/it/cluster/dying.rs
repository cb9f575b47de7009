//! Throw-away servers: that nothing of them is left behind, however the process that started them ends.
//!
//! Each way is tried on a separate process, which is this program again; see `victim`. It reads `/proc`.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
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
fn nothing_outlives_a_process_that_ends_by_itself() {
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
fn nothing_outlives_a_process_that_is_killed() {
    for signal in [Signal::TERM, Signal::HUP, Signal::KILL] {
        let mut victim = Victim::start("wait", &[]);
        let conninfo = format!("host={} user=postgres", victim.line("socket "));
        // A client that stays: a server that shut down politely would wait for it.
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
fn a_server_that_does_not_listen_to_its_guard_is_killed() {
    let mut victim = Victim::start("wait", &[]);
    let pid_file = format!("{}/data/postmaster.pid", victim.line("socket "));
    let postmaster = fs::read_to_string(pid_file).unwrap().lines().next().unwrap().parse().unwrap();
    kill_process(pid(postmaster), Signal::STOP).unwrap();
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "the death of a process whose server is stopped");
}

#[test]
fn nothing_outlives_control_c() {
    let mut victim = Victim::start("wait", &[]);
    victim.line("socket ");
    kill_process_group(victim.pid(), Signal::INT).unwrap();
    victim.ends(End::Signal(Signal::INT), "control-C");
}

#[test]
fn nothing_outlives_a_death_during_initdb() {
    let mut victim = Victim::start("wait", &[]);
    until("initdb is at work", || {
        let mut directories = fs::read_dir(victim.place.path()).unwrap().flatten();
        directories.any(|directory| directory.path().join("data/base").exists())
    });
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "a death during initdb");
}

#[test]
fn a_guard_that_is_told_to_end_takes_the_server_along() {
    let mut victim = Victim::start("wait", &[]);
    victim.line("socket ");
    let place = victim.place.path().to_owned();
    let guard = processes(&place)
        .into_iter()
        .find(|process| command_line(*process).contains("posemo-guard"));
    kill_process(pid(guard.unwrap()), Signal::TERM).unwrap();
    until("all but the victim is gone", || {
        processes(&place).is_empty() && entries(&place).is_empty()
    });
    kill_process(victim.pid(), Signal::KILL).unwrap();
    victim.ends(KILLED, "the end of the guard");
}

#[test]
fn a_kept_server_goes_on_until_it_is_told_to_stop() {
    let mut victim = Victim::start("keep", &[]);
    let (socket, stop) = (victim.line("socket "), victim.line("stop "));
    victim.exits(SUCCESS, "a kept server");
    assert_eq!(ask(&format!("host={socket} user=postgres"), "SELECT 'still here'"), "still here");
    assert!(Command::new("sh").arg("-c").arg(stop).status().unwrap().success());
    victim.leaves_nothing("the end of a kept server");
}

#[test]
fn a_server_that_cannot_start_says_why_and_leaves_nothing() {
    let mut victim = Victim::start("wrong", &[]);
    let said = victim.line("error ");
    assert!(said.contains("starting the server ended with exit status 1"), "{said}");
    assert!(said.contains("invalid value for parameter \\\"work_mem\\\""), "{said}");
    victim.ends(SUCCESS, "an error");
}

#[test]
fn a_wrong_bindir_in_the_environment_is_an_error_of_its_own() {
    for (bindir, problem) in
        [("/nowhere", "it cannot be entered"), ("/usr", "there is no program initdb in it")]
    {
        let mut victim = Victim::start("wait", &[("POSEMO_PG_BINDIR", bindir)]);
        let said = victim.line("error ");
        assert!(
            said.contains(&format!("POSEMO_PG_BINDIR is set to {bindir}, but {problem}")),
            "{said}"
        );
        victim.ends(SUCCESS, "a wrong bindir");
    }
    let elsewhere = ServerOptions { bindir: Some("/nowhere".into()), ..ServerOptions::default() };
    let error = TemporaryServer::start(&elsewhere).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot use the server programs in /nowhere: it cannot be entered"),
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

/// The process that the tests above start and see die. By itself it starts a server and stops it.
#[test]
#[ignore = "started by the other tests, each time with another way of dying"]
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "leaving without destructors is what is tested"
)]
fn victim() {
    let way = std::env::var("POSEMO_TEST_WAY").unwrap_or_default();
    let wrong = ("work_mem".to_owned(), "a lot".to_owned());
    let settings = if way == "wrong" { vec![wrong] } else { Vec::new() };
    let cluster =
        match TemporaryServer::start(&ServerOptions { settings, ..ServerOptions::default() }) {
            Ok(cluster) => cluster,
            Err(error) => return eprintln!("error {:?}", error.to_string()),
        };
    eprintln!("bindir {}\nsocket {}", cluster.bindir().display(), cluster.socket().display());
    match way.as_str() {
        "panic" => panic!("as asked"),
        "exit" => std::process::exit(7),
        "abort" => std::process::abort(),
        // Longer than a test waits: a victim that no signal ends fails its test.
        "wait" => thread::sleep(2 * patience()),
        "keep" => eprintln!("stop {}", cluster.keep().unwrap().stop),
        _ => cluster.stop().unwrap(),
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

/// A running `victim`, with a separate place for temporary files.
struct Victim {
    child: Child,
    said: BufReader<ChildStderr>,
    place: TempDir,
}

impl Victim {
    fn start(way: &str, environment: &[(&str, &str)]) -> Self {
        let place = tempfile::Builder::new().prefix("posemo-it-").tempdir_in("/tmp").unwrap();
        // Where the tests run as root, the server's user has to get in.
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        // A process inherits ignored signals, for example from nohup, and a victim that ignores them tests nothing.
        let mut command = Command::new("env");
        command.args(["--default-signal"]).arg(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "--nocapture", "cluster::dying::victim"])
            .process_group(0);
        command
            .env("POSEMO_TEST_WAY", way)
            // One that takes its time: a test waits for it to be at work.
            .env("POSEMO_TEST_REAL_INITDB", "1")
            .env("TMPDIR", place.path())
            .envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Self { child, said, place }
    }

    fn pid(&self) -> Pid {
        pid(self.child.id())
    }

    /// The rest of the next line that begins so.
    fn line(&mut self, beginning: &str) -> String {
        for line in self.said.by_ref().lines() {
            if let Some(rest) = line.unwrap().strip_prefix(beginning) {
                return rest.to_owned();
            }
        }
        panic!("the victim never said {beginning:?}")
    }

    /// The victim ends in this way, and nothing of it is left.
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
        let place = self.place.path();
        until(&format!("no process is left after {after}"), || processes(place).is_empty());
        until(&format!("no directory is left after {after}"), || entries(place).is_empty());
    }
}

/// A test that failed leaves no victim behind.
impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn entries(place: &Path) -> Vec<PathBuf> {
    fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().unwrap()).unwrap()
}

/// The processes that name a path in their arguments or work below it; a dead one has neither.
pub(super) fn processes(place: &Path) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let place = place.to_str().unwrap();
    let here = |process: &u32| {
        let works_in = fs::read_link(format!("/proc/{process}/cwd")).unwrap_or_default();
        works_in.to_string_lossy().starts_with(place) || command_line(*process).contains(place)
    };
    numbers.filter(here).collect()
}

fn command_line(process: u32) -> String {
    String::from_utf8_lossy(&fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default())
        .into_owned()
}
