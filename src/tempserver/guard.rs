//! The guard: a small shell process that creates the directory of a server and runs the server's programs.
//!
//! It ends when this process closes the pipe to it or dies: no other process has the writing end, which is closed on
//! exec. Then it stops the programs and removes the directory.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    os::unix::{ffi::OsStringExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{error::TempServerError, user::ServerUser};

const SCRIPT: &str = include_str!("guard.sh");

/// A running guard and the private directory that it created.
#[derive(Debug)]
pub(super) struct ServerGuard {
    child: Child,
    /// The writing end of the pipe; when it is closed, the guard stops the server and removes the directory.
    input: Option<ChildStdin>,
    output: ChildStdout,
    received: Vec<u8>,
    directory: PathBuf,
    user: u32,
}

impl ServerGuard {
    /// Starts a guard, which creates a directory of mode 0700 in the first possible base directory.
    pub(super) fn start(owner: ServerUser, tried: Vec<PathBuf>) -> Result<Self, TempServerError> {
        let (child, input, output) = spawn(owner, &tried)
            .map_err(|source| TempServerError::Guard { doing: "start", user: owner.uid, source })?;
        let (input, received, directory) = (Some(input), Vec::new(), PathBuf::new());
        let mut guard = Self { child, input, output, received, directory, user: owner.uid };
        match guard.receive(Duration::from_secs(30)) {
            Ok(Some(line)) => guard.directory = PathBuf::from(OsString::from_vec(line)),
            _ => return Err(TempServerError::Directory { user: owner.uid, tried }),
        }
        Ok(guard)
    }

    /// The directory that it created and will remove.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Sends one line: `run` with a shell command, `stop` or `keep`.
    pub(super) fn send(&mut self, line: &[u8]) -> Result<(), TempServerError> {
        let input = self.input.as_mut().expect("only the end of the guard takes the input");
        let written = input.write_all(&[line, b"\n"].concat());
        written.map_err(|source| TempServerError::Guard {
            doing: "write to",
            user: self.user,
            source,
        })
    }

    /// The next line of its output; nothing if it writes none in time.
    pub(super) fn receive(&mut self, wait: Duration) -> Result<Option<Vec<u8>>, TempServerError> {
        self.line(wait).map_err(|source| TempServerError::Guard {
            doing: "read from",
            user: self.user,
            source,
        })
    }

    /// Leaves the server running. The guard removes the directory when the server ends.
    pub(super) fn keep(mut self) -> Result<(), TempServerError> {
        self.send(b"keep")?;
        self.directory = PathBuf::new();
        // Not waited for: it must outlive this process.
        self.input = None;
        Ok(())
    }

    fn line(&mut self, wait: Duration) -> io::Result<Option<Vec<u8>>> {
        let timeout = Timespec::try_from(wait).map_err(io::Error::other)?;
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.received.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            let mut ready = [PollFd::new(&self.output, PollFlags::IN)];
            match poll(&mut ready, Some(&timeout)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
                outcome => outcome?,
            };
            let mut piece = [0; 4096];
            match self.output.read(&mut piece)? {
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it has ended")),
                count => self.received.extend_from_slice(&piece[..count]),
            }
        }
    }
}

impl Drop for ServerGuard {
    /// Waits until the server has ended and the directory is removed.
    fn drop(&mut self) {
        if self.input.take().is_none() {
            return;
        }
        let _ = self.child.wait();
        // Only if the guard was killed. A postmaster ends when its directory is removed.
        if !self.directory.as_os_str().is_empty() && self.directory.exists() {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn spawn(owner: ServerUser, bases: &[PathBuf]) -> io::Result<(Child, ChildStdin, ChildStdout)> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(SCRIPT).arg("posemo-guard").args(bases).current_dir("/").env_clear();
    // Variables such as PGPORT and LC_* must not affect the server.
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    owner.apply(&mut command);
    let mut child = command.spawn()?;
    let input = child.stdin.take().expect("standard input is a pipe");
    let output = child.stdout.take().expect("standard output is a pipe");
    Ok((child, input, output))
}
