//! A program that runs as long as the test does, and not a moment longer, whatever becomes of the test.
//!
//! It knows none of the programs.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs a program until standard input ends, which it does when the test dies; then clears away. What it
/// would still write down nobody will read.
const GUARD: &str = r#"
cd "$1" || exit
directory=$1
shift
"$@" >log 2>&1 </dev/null &
child=$!
cat >/dev/null
kill -9 "$child" 2>/dev/null
wait "$child" 2>/dev/null
rm -rf "$directory"
"#;

/// A running program, in a directory of its own.
pub(super) struct Peer {
    guard: Child,
    name: String,
    pub(super) directory: PathBuf,
}

impl Peer {
    /// Starts a program of a package, once `prepare` has filled its directory.
    pub(super) fn start(
        program: &str,
        package: &str,
        arguments: &[String],
        prepare: impl FnOnce(&std::path::Path),
    ) -> Peer {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
        assert!(found, "{program} is missing: bin/prerequisites test installs {package}");
        let directory = tempfile::Builder::new().prefix("posemo-peer-").tempdir().unwrap().keep();
        prepare(&directory);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARD, "guard"]).arg(&directory).arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let guard = command.spawn().unwrap();
        Peer { guard, name: program.to_owned(), directory }
    }

    /// Waits until something is true, and shows what the program said if that takes too long.
    pub(super) fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            if began.elapsed() > Duration::from_secs(20) {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                panic!("{}: {what} did not come about:\n{log}", self.name);
            }
            thread::sleep(Duration::from_millis(40));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Ports that were free a moment ago, all different.
pub(super) fn ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Runs a program to its end, with a text on standard input, and gives what it says and its code.
pub(super) fn said(program: &str, arguments: &[&str], input: &str) -> (String, i32) {
    use std::io::Write;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writing.join().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (text.concat(), output.status.code().unwrap())
}
