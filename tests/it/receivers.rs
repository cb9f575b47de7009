//! Real monitoring systems on loopback, and whether what they were told is what was meant.
//!
//! No system is imitated where a real one can be had; what misbehaves is made to, by hand.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

mod active;
mod alertmanager;
mod checkmk;
mod delivery;
mod icinga;
mod listener;
mod members;
mod nagios;
mod pages;
mod peer;
mod perfdata;
mod place;
mod prometheus;
mod scenes;
mod settings;
mod strangers;
mod told;
mod zabbix;

/// A program that ends with the test, in whatever way that ends.
pub(crate) struct Peer(Child);

/// Runs the arguments until standard input ends, then ends all of it, first with manners.
const GUARD: &str = r#"
"$@" </dev/null &
program=$!
cat >/dev/null
kill -TERM $program
(sleep 5; kill -KILL 0) &
wait $program
kill -KILL 0
"#;

impl Peer {
    /// Starts a program; what it says goes into a file.
    pub(crate) fn start(program: &[&OsStr], directory: &Path, log: &Path) -> Peer {
        use std::os::unix::process::CommandExt;
        let said = File::create(log).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "peer"]).args(program).current_dir(directory);
        command.stdin(Stdio::piped()).stdout(said.try_clone().unwrap()).stderr(said);
        Peer(command.process_group(0).spawn().unwrap())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// A port that nobody uses at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Asks again and again, until there is an answer.
pub(crate) fn wait_for<T>(what: &str, patience: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(patience);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience} s for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Says what was done, in a line.
fn say(line: &str) {
    // The macros would say it only where the test fails.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}
