//! A directory in which a real monitoring system runs.
//!
//! A shell starts the programs. When the test process ends, it closes a pipe; the shell then stops the programs and
//! removes the directory.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::waiting::wait_with;

/// Runs each line of its input as a daemon. The line `stop` and the end of the input stop all daemons.
const SHELL: &str = r#"
umask 022
directory=$(mktemp -d "${TMPDIR:-/tmp}/posemo-receiver-XXXXXX") || exit 1
chmod 755 "$directory"; cd "$directory" || exit 1
echo "$directory"
pids=
alive() {
  for pid in $pids; do kill -0 $pid 2>/dev/null && return; done
  false
}
stop() {
  [ -z "$pids" ] || kill $pids 2>/dev/null
  count=0
  while alive && [ $count -lt 80 ]; do sleep .1; count=$((count + 1)); done
  [ -z "$pids" ] || kill -9 $pids 2>/dev/null
  pids=
}
while IFS= read -r line; do
  if [ "$line" = stop ]; then stop; echo stopped; continue; fi
  (eval "exec $line") >>out 2>&1 </dev/null &
  pids="$pids $!"
  echo started
done
stop
cd /; rm -rf "$directory"
"#;

/// The directory and its shell.
pub(super) struct WorkDirectory {
    path: PathBuf,
    shell: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl WorkDirectory {
    pub(super) fn new() -> WorkDirectory {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SHELL]).process_group(0).stderr(Stdio::null());
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = shell.stdin.take();
        let output = BufReader::new(shell.stdout.take().unwrap());
        let mut directory = WorkDirectory { path: PathBuf::new(), shell, input, output };
        directory.path = PathBuf::from(directory.line());
        directory
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Starts a daemon, which must stay in the foreground. Its output is in the file `out`.
    pub(super) fn start(&mut self, command: &str) {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        assert_eq!(self.line(), "started");
    }

    /// Starts a program of a package with arguments that the shell does not interpret.
    pub(super) fn start_program(&mut self, name: &str, package: &str, arguments: &[String]) {
        let quoted = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
        let mut command = quoted(&program(name, package).display().to_string());
        for argument in arguments {
            command.push(' ');
            command.push_str(&quoted(argument));
        }
        self.start(&command);
    }

    /// Waits for a condition. If that takes too long, shows the ends of the daemons' logs.
    pub(super) fn wait_for<T>(&self, what: &str, condition: impl FnMut() -> Option<T>) -> T {
        wait_with(what, || self.logs(), condition)
    }

    /// The ends of the daemons' output and log files.
    fn logs(&self) -> String {
        let end = |name: &&str| {
            let text = self.read(name);
            let lines: Vec<&str> = text.lines().collect();
            format!("{name}:\n{}\n", lines[lines.len().saturating_sub(200)..].join("\n"))
        };
        ["out", "var/log", "server.log"].iter().map(end).collect()
    }

    /// Stops all daemons and waits until they have ended.
    pub(super) fn stop(&mut self) {
        writeln!(self.input.as_mut().unwrap(), "stop").unwrap();
        assert_eq!(self.line(), "stopped");
    }

    /// Writes a file, and creates its directory.
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The text of a file; empty where it does not exist.
    pub(super) fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A copy of posemo that every user may run.
    pub(super) fn posemo(&self) -> PathBuf {
        let path = self.path.join("posemo");
        if !path.exists() {
            std::fs::copy(crate::server::POSEMO, &path).unwrap();
        }
        path
    }

    /// Changes the owner of all files if this process may do that.
    pub(super) fn give_to(&self, user: &str) {
        if is_root() {
            run(Command::new("chown").args(["-R", &format!("{user}:")]).arg(&self.path));
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}

/// Runs a command, which must succeed, and returns its output.
pub(super) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{errors}");
    text
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The path of a program of the receiver's package, which `bin/prerequisites test` installs.
pub(super) fn program(name: &str, package: &str) -> PathBuf {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found =
        folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is missing: bin/prerequisites test, or apt-get install {package}")
    })
}

/// Runs a program with a text on standard input. Returns its output and its exit code.
pub(super) fn output_of(program: &str, arguments: &[&str], input: &str) -> (String, i32) {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writing.join().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (text.concat(), output.status.code().unwrap())
}
