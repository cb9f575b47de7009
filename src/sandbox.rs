//! Runs scripts in a worker: a separate process with little memory and time, which can open no file and no connection.
//!
//! The worker judges with `evaluate::script`; this side sends requests and checks replies.

mod error;
mod limits;
mod process;
mod serve;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::evaluate::script::ScriptJudgement;
use crate::rows::ScriptInput;
use crate::sandbox::process::{Exchange, Process};
use crate::sandbox::wire::{Reply, Request, WireFinding};

pub use crate::sandbox::error::SandboxError;
pub use crate::sandbox::process::COMMAND;
pub use crate::sandbox::serve::{ServeError, serve};

/// The maximum time of a script.
pub const ALLOWED: Duration = Duration::from_secs(2);

/// The maximum time until a worker is ready.
const STARTING: Duration = Duration::from_secs(5);

/// A worker process, or the program to start one with.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    /// Absent during a request, and after a request that ended the worker. A request that is dropped before its end
    /// therefore ends its worker too.
    process: Option<Process>,
}

impl Worker {
    /// A worker that the first request starts.
    pub fn idle(program: impl Into<PathBuf>) -> Worker {
        Worker { program: program.into(), process: None }
    }

    /// Starts a worker, without waiting until it is ready.
    ///
    /// `program` is the absolute path of this program, because the worker runs in `/`. A Tokio runtime with I/O must be
    /// running.
    pub fn start(program: &Path) -> Result<Worker, SandboxError> {
        let mut worker = Worker::idle(program);
        worker.warm()?;
        Ok(worker)
    }

    /// Starts the process if it does not run, without waiting until it is ready.
    pub fn warm(&mut self) -> Result<(), SandboxError> {
        if self.process.is_none() {
            self.process = Some(self.spawn()?);
        }
        Ok(())
    }

    /// Lets the worker end without waiting for it, before this program ends: the end of its input ends it. Waiting would
    /// be the longest pause of a short run.
    pub fn dismiss(self) {
        if let Some(process) = self.process {
            process.dismiss();
        }
    }

    /// Runs a script with the rows of its check. The lines that it prints are also written to the log.
    pub async fn judge(
        &mut self,
        check: &str,
        source: &str,
        docs: &ScriptInput,
        allowed: Duration,
    ) -> Result<ScriptJudgement, SandboxError> {
        let frame = Request::new(check, source, docs, allowed).to_frame().map_err(|bytes| {
            SandboxError::TooMuch { check: check.to_owned(), bytes, limit: wire::MOST_REQUEST }
        })?;
        let mut process = match self.process.take().and_then(Process::if_running) {
            Some(process) => process,
            None => self.spawn()?,
        };
        // The time of the script begins when the worker is ready, which takes longer on a busy machine.
        if !process.ready {
            let received = tokio::time::timeout(STARTING, process.receive()).await;
            let received = received
                .map_err(|_| SandboxError::Late { check: check.to_owned(), allowed: STARTING })?;
            let (same, reply) = replied(check, process, received)?;
            process = same;
            match reply {
                Reply::Ready => process.ready = true,
                refused @ Reply::Refused(_) => return judged(check, refused),
                _ => return Err(SandboxError::Garbled { check: check.to_owned() }),
            }
        }
        let exchanged = tokio::time::timeout(allowed, process.exchange(&frame)).await;
        let overran = |_| SandboxError::Overran { check: check.to_owned(), allowed };
        let (process, reply) = replied(check, process, exchanged.map_err(overran)?)?;
        if matches!(reply, Reply::Judged { .. } | Reply::Failed(_)) {
            self.process = Some(process);
        }
        judged(check, reply)
    }

    fn spawn(&self) -> Result<Process, SandboxError> {
        Process::spawn(&self.program)
            .map_err(|source| SandboxError::Start { program: self.program.clone(), source })
    }
}

/// The reply in a frame. Without one, the process is killed.
fn replied(
    check: &str,
    process: Process,
    exchanged: Exchange,
) -> Result<(Process, Reply), SandboxError> {
    let reply = match exchanged {
        Exchange::Answered(bytes) => Reply::from_bytes(&bytes),
        Exchange::Closed => {
            let end = process.end().to_owned();
            return Err(SandboxError::Died { check: check.to_owned(), end });
        }
        Exchange::Garbled => None,
    };
    let reply = reply.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?;
    Ok((process, reply))
}

/// Reads a worker's reply. No byte of it is trusted. The function is public so that a fuzzer can call it without a
/// process for each input.
pub fn read_reply(check: &str, bytes: &[u8]) -> Result<ScriptJudgement, SandboxError> {
    let reply = Reply::from_bytes(bytes);
    judged(check, reply.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?)
}

fn judged(check: &str, reply: Reply) -> Result<ScriptJudgement, SandboxError> {
    match reply {
        Reply::Judged { findings, printed, rows } => {
            log(check, &printed);
            let findings = findings.into_iter().map(WireFinding::into_finding);
            let findings = findings.collect::<Option<_>>();
            let findings =
                findings.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?;
            Ok(ScriptJudgement { findings, printed, rows })
        }
        Reply::Failed(failure) => {
            log(check, &failure.printed);
            Err(failure.into())
        }
        Reply::Panicked(reason) => {
            let advice = "make its strings, lists and numbers smaller";
            let end = format!("exceeded a limit of the interpreter ({reason}): {advice}");
            Err(SandboxError::Died { check: check.to_owned(), end })
        }
        Reply::Ready => Err(SandboxError::Garbled { check: check.to_owned() }),
        Reply::Refused(reason) => {
            let end = format!("was not run, because this system cannot limit it: {reason}");
            Err(SandboxError::Died { check: check.to_owned(), end })
        }
    }
}

fn log(check: &str, printed: &[String]) {
    for line in printed {
        tracing::debug!(check, "{line}");
    }
}
