//! A worker process and the pipes to it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::sandbox::wire;

/// The hidden command that starts the program as a worker.
pub const COMMAND: &str = "__worker";

/// The result of a request.
#[derive(Debug)]
pub(super) enum Exchange {
    /// The content of the frame that the worker sent.
    Answered(Vec<u8>),
    /// The worker closed a pipe, so it has ended or is about to.
    Closed,
    /// The worker announced a frame that is larger than any reply.
    Garbled,
}

/// A running worker. Dropping it kills the process and waits for its end, so that no zombie remains, unless it was
/// dismissed.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    requests: Sender,
    replies: Receiver,
    /// Whether the process has sent that it is ready.
    pub(super) ready: bool,
    /// Whether the process may end after this program.
    dismissed: bool,
}

impl Process {
    /// Starts a worker. It inherits nothing but the two pipes.
    pub(super) fn spawn(program: &Path) -> io::Result<Process> {
        let mut child = Command::new(program)
            .arg(COMMAND)
            .env_clear()
            // A second arena would reserve address space, which is limited.
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            // An interrupt from the terminal must reach the parent only; the end of its input ends the worker.
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
            Ok((requests, replies)) => {
                Ok(Process { child, requests, replies, ready: false, dismissed: false })
            }
            Err(error) => {
                stop(&mut child);
                Err(error)
            }
        }
    }

    /// The process if it still runs: an idle worker may have been killed from outside.
    pub(super) fn if_running(mut self) -> Option<Process> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Closes the input, which ends the worker, without waiting for the end.
    pub(super) fn dismiss(mut self) {
        self.dismissed = true;
    }

    /// Sends a frame, and reads the frame of the reply.
    pub(super) async fn exchange(&mut self, frame: &[u8]) -> Exchange {
        match self.requests.write_all(frame).await {
            Ok(()) => self.receive().await,
            Err(_) => Exchange::Closed,
        }
    }

    /// Reads a frame.
    pub(super) async fn receive(&mut self) -> Exchange {
        self.try_receive().await.unwrap_or(Exchange::Closed)
    }

    /// Kills the process, and describes how it ended: the end of a sentence about the script.
    pub(super) fn end(mut self) -> &'static str {
        match stop(&mut self.child) {
            Some(status) => describe(status),
            None => "lost its worker",
        }
    }

    async fn try_receive(&mut self) -> io::Result<Exchange> {
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

/// Kills the process, and waits for its end. A process that has ended keeps its exit status; one that only closed its
/// pipe would never end otherwise.
fn stop(child: &mut Child) -> Option<ExitStatus> {
    // This fails only if the process was already waited for; then there is nothing to kill.
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
            "was killed from outside, or its worker closed the pipe: check whether the system is out of memory"
        }
        _ => "lost its worker, which ended without a reason: check that the program starts",
    }
}
