//! The guard: a small shell process that owns the directory and everything that runs in it.
//!
//! Does not know what it runs. It ends when this process closes the pipe to it, or dies in any way: nobody
//! else holds the writing end, which is closed on exec.

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

use super::{error::TempServerError, owner::Owner};

const SCRIPT: &str = include_str!("guard.sh");

/// A running guard and the private directory it made.
#[derive(Debug)]
pub(super) struct Guard {
    child: Child,
    /// The writing end of the pipe; closing it tells the guard to clear away.
    input: Option<ChildStdin>,
    output: ChildStdout,
    heard: Vec<u8>,
    directory: PathBuf,
    user: u32,
}

impl Guard {
    /// Starts a guard, and with it a new directory of mode 0700 in the first of the places that takes one.
    pub(super) fn start(owner: Owner, tried: Vec<PathBuf>) -> Result<Self, TempServerError> {
        let (child, input, output) = spawn(owner, &tried)
            .map_err(|source| TempServerError::Guard { doing: "start", user: owner.uid, source })?;
        let (input, heard, directory) = (Some(input), Vec::new(), PathBuf::new());
        let mut guard = Self { child, input, output, heard, directory, user: owner.uid };
        match guard.answer(Duration::from_secs(30)) {
            Ok(Some(line)) => guard.directory = PathBuf::from(OsString::from_vec(line)),
            _ => return Err(TempServerError::Directory { user: owner.uid, tried }),
        }
        Ok(guard)
    }

    /// The directory it made, and will remove.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Sends one line: `run` with a shell command, `stop` or `keep`.
    pub(super) fn tell(&mut self, line: &[u8]) -> Result<(), TempServerError> {
        let input = self.input.as_mut().expect("the input is only taken by the end of the guard");
        let written = input.write_all(&[line, b"\n"].concat());
        written.map_err(|source| TempServerError::Guard {
            doing: "speak to",
            user: self.user,
            source,
        })
    }

    /// The next line it says, or nothing where it says none in time.
    pub(super) fn answer(&mut self, wait: Duration) -> Result<Option<Vec<u8>>, TempServerError> {
        self.line(wait).map_err(|source| TempServerError::Guard {
            doing: "hear from",
            user: self.user,
            source,
        })
    }

    /// Tells it to leave the server running and to clear away when that ends.
    pub(super) fn keep(mut self) -> Result<(), TempServerError> {
        self.tell(b"keep")?;
        self.directory = PathBuf::new();
        // Not waited for: it is to outlive this process.
        self.input = None;
        Ok(())
    }

    fn line(&mut self, wait: Duration) -> io::Result<Option<Vec<u8>>> {
        let timeout = Timespec::try_from(wait).map_err(io::Error::other)?;
        loop {
            if let Some(end) = self.heard.iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.heard.drain(..=end).collect();
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
                count => self.heard.extend_from_slice(&piece[..count]),
            }
        }
    }
}

impl Drop for Guard {
    /// Waits until the server has ended and the directory is gone.
    fn drop(&mut self) {
        if self.input.take().is_none() {
            return;
        }
        let _ = self.child.wait();
        // Only where the guard itself was killed. A postmaster notices that its directory is gone.
        if !self.directory.as_os_str().is_empty() && self.directory.exists() {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

fn spawn(owner: Owner, bases: &[PathBuf]) -> io::Result<(Child, ChildStdin, ChildStdout)> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(SCRIPT).arg("posemo-guard").args(bases).current_dir("/").env_clear();
    // The caller's PGPORT, LC_* and the like must not reach the server.
    for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("LC_ALL", "C").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    owner.apply(&mut command);
    let mut child = command.spawn()?;
    let input = child.stdin.take().expect("standard input was asked to be a pipe");
    let output = child.stdout.take().expect("standard output was asked to be a pipe");
    Ok((child, input, output))
}
