//! A worker process and the pipes to it.
//!
//! It does not know what is said over them.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::sandbox::{COMMAND, wire};

/// What came of asking.
#[derive(Debug)]
pub(super) enum Exchange {
    /// The content of a frame.
    Answered(Vec<u8>),
    /// The worker closed a pipe, so it is dead or dying.
    Closed,
    /// The worker announced more than a reply can be.
    Garbled,
}

/// A running worker. Dropping it kills it and waits for its end, so no zombie is left; one that is
/// dismissed ends by itself.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    requests: Sender,
    replies: Receiver,
    /// Whether it may end in its own time.
    dismissed: bool,
}

impl Process {
    /// Starts one; it inherits nothing but the two pipes.
    pub(super) fn spawn(program: &Path) -> io::Result<Process> {
        let mut child = Command::new(program)
            .arg(COMMAND)
            .env_clear()
            // A second arena would reserve address space, of which the worker has little.
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            // An interrupt from the terminal is for the parent; the worker ends with its input.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().expect("the standard input is piped");
        let output = child.stdout.take().expect("the standard output is piped");
        let pipes = Sender::from_owned_fd(OwnedFd::from(input))
            .and_then(|requests| Ok((requests, Receiver::from_owned_fd(OwnedFd::from(output))?)));
        match pipes {
            Ok((requests, replies)) => Ok(Process { child, requests, replies, dismissed: false }),
            Err(error) => {
                stop(&mut child);
                Err(error)
            }
        }
    }

    /// Itself where it still runs; one that was killed from outside while idle does not.
    pub(super) fn if_running(mut self) -> Option<Process> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Closes its input, which ends it, and does not wait for that.
    pub(super) fn dismiss(mut self) {
        self.dismissed = true;
    }

    /// Sends a frame and reads the one that answers it.
    pub(super) async fn exchange(&mut self, frame: &[u8]) -> Exchange {
        self.try_exchange(frame).await.unwrap_or(Exchange::Closed)
    }

    /// Kills it, and says how it ended as the end of a sentence about its script.
    pub(super) fn end(mut self) -> &'static str {
        match stop(&mut self.child) {
            Some(status) => describe(status),
            None => "lost its worker",
        }
    }

    async fn try_exchange(&mut self, frame: &[u8]) -> io::Result<Exchange> {
        self.requests.write_all(frame).await?;
        let mut header = [0; wire::HEADER];
        self.replies.read_exact(&mut header).await?;
        let Some(length) = wire::content_length(header, wire::MOST_REPLY) else {
            return Ok(Exchange::Garbled);
        };
        let mut bytes = vec![0; length];
        self.replies.read_exact(&mut bytes).await?;
        Ok(Exchange::Answered(bytes))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.dismissed {
            stop(&mut self.child);
        }
    }
}

/// A kill does not change how a process ended that is already ending, so it comes first: a worker that
/// closed its pipe and runs on would be waited for in vain.
fn stop(child: &mut Child) -> Option<ExitStatus> {
    // It fails only where the process was already waited for, and then there is nothing to kill.
    let _ = child.kill();
    child.wait().ok()
}

fn describe(status: ExitStatus) -> &'static str {
    match status.signal().and_then(Signal::from_named_raw) {
        Some(Signal::XCPU) => "used up its processor time: look for a loop that does not end",
        Some(Signal::ABORT | Signal::SEGV | Signal::BUS) => {
            "needed more memory than a script may have: make its strings, lists and numbers smaller"
        }
        Some(Signal::KILL) => {
            "was killed from outside, or closed its pipe: is the system out of memory?"
        }
        _ => "lost its worker without a reason: does the program start by hand?",
    }
}
