//! Judges scripts in a process of their own, which may take little memory and time and do nothing else.
//!
//! It does not judge: the worker on the other side of the pipe does, with the script judge.

mod limits;
mod process;
mod serve;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::evaluate::script::{Judged, Unjudged};
use crate::rows::ScriptInput;
use crate::sandbox::process::{Exchange, Process};
pub use crate::sandbox::serve::{ServeError, serve};
use crate::sandbox::wire::{Reply, Request};

/// The hidden command with which the program is started again as a worker.
pub const COMMAND: &str = "__worker";

/// How long a script may take where nobody says otherwise.
pub const ALLOWED: Duration = Duration::from_secs(2);

/// Why a script gave no findings. Each is about one request; the next one is served.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The script failed, and said so itself.
    #[error(transparent)]
    Script(#[from] Unjudged),
    /// The program could not be started again.
    #[error(
        "cannot start {program} as the worker that judges scripts: {source}; is it still there?"
    )]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is more to judge than a worker takes.
    #[error(
        "{check}: the rows for its script take {bytes} bytes, {limit} are allowed: \
         let the query return fewer rows"
    )]
    TooMuch {
        /// The check.
        check: String,
        /// How much it is.
        bytes: usize,
        /// How much it may be.
        limit: usize,
    },
    /// The script took too long, and its worker was killed.
    #[error("{check}: its script was stopped after {} s: look for a loop that does not end", .allowed.as_secs_f64())]
    Overran {
        /// The check.
        check: String,
        /// How long it was allowed to take.
        allowed: Duration,
    },
    /// The worker died of the script.
    #[error("{check}: its script {how}")]
    Died {
        /// The check.
        check: String,
        /// What happened, and what to do.
        how: String,
    },
    /// The worker answered what no worker answers.
    #[error("{check}: its worker answered nonsense and was killed: report this, with the script")]
    Garbled {
        /// The check.
        check: String,
    },
}

impl SandboxError {
    /// More lines, where there are any.
    pub fn details(&self) -> Option<&str> {
        match self {
            Self::Script(unjudged) => unjudged.error.details(),
            _ => None,
        }
    }

    /// What the script had printed, where that is known: what had to be stopped took it along.
    pub fn printed(&self) -> &[String] {
        match self {
            Self::Script(unjudged) => &unjudged.printed,
            _ => &[],
        }
    }
}

/// A worker process, or the means to start one.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    /// Absent after a request that its worker did not survive, and while a request is under way: a
    /// request that is given up half-way takes its worker with it.
    process: Option<Process>,
}

impl Worker {
    /// The means to start a worker: the first request starts it.
    pub fn idle(program: impl Into<PathBuf>) -> Worker {
        Worker { program: program.into(), process: None }
    }

    /// Starts a worker and does not wait for it.
    ///
    /// `program` is the path of this program, absolute, as the worker runs in `/`. It must be called
    /// within a Tokio runtime that does I/O.
    pub fn start(program: &Path) -> Result<Worker, SandboxError> {
        let mut worker = Worker::idle(program);
        worker.warm()?;
        Ok(worker)
    }

    /// Starts the process, unless it was started, and does not wait for it.
    pub fn warm(&mut self) -> Result<(), SandboxError> {
        if self.process.is_none() {
            self.process = Some(self.spawn()?);
        }
        Ok(())
    }

    /// Lets the worker go where this program is about to end: it ends with its input, and whoever takes
    /// over orphans sees it off. Waiting for that would be the longest pause of a short run.
    pub fn dismiss(self) {
        if let Some(process) = self.process {
            process.dismiss();
        }
    }

    /// What a script said over the rows of its check. What it printed goes to the log as well.
    pub async fn judge(
        &mut self,
        check: &str,
        source: &str,
        docs: &ScriptInput,
        allowed: Duration,
    ) -> Result<Judged, SandboxError> {
        let frame = Request::new(check, source, docs, allowed).to_frame().map_err(|bytes| {
            SandboxError::TooMuch { check: check.to_owned(), bytes, limit: wire::MOST_REQUEST }
        })?;
        let mut process = match self.process.take().and_then(Process::if_running) {
            Some(process) => process,
            None => self.spawn()?,
        };
        let exchanged = tokio::time::timeout(allowed, process.exchange(&frame)).await;
        let reply = match exchanged {
            Ok(Exchange::Answered(bytes)) => Reply::from_bytes(&bytes),
            Ok(Exchange::Closed) => {
                let how = process.end().to_owned();
                return Err(SandboxError::Died { check: check.to_owned(), how });
            }
            Ok(Exchange::Garbled) => None,
            Err(_) => return Err(SandboxError::Overran { check: check.to_owned(), allowed }),
        };
        let reply = reply.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?;
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

/// What the content of a worker's frame comes to. No byte of it is trusted; public so that this can be fuzzed
/// without a process for every input.
pub fn read_reply(check: &str, bytes: &[u8]) -> Result<Judged, SandboxError> {
    let reply = Reply::from_bytes(bytes);
    judged(check, reply.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?)
}

fn judged(check: &str, reply: Reply) -> Result<Judged, SandboxError> {
    match reply {
        Reply::Judged { findings, printed } => {
            log(check, &printed);
            let findings = findings.into_iter().map(wire::Finding::into_finding);
            let findings = findings.collect::<Option<_>>();
            let findings =
                findings.ok_or_else(|| SandboxError::Garbled { check: check.to_owned() })?;
            Ok(Judged { findings, printed })
        }
        Reply::Failed(unjudged) => {
            log(check, &unjudged.printed);
            Err(unjudged.into())
        }
        Reply::Panicked(reason) => {
            let advice = "make its strings, lists and numbers smaller";
            let how = format!("asked for more than the interpreter can do ({reason}): {advice}");
            Err(SandboxError::Died { check: check.to_owned(), how })
        }
        Reply::Refused(reason) => {
            let how = format!("cannot be judged safely on this system: {reason}");
            Err(SandboxError::Died { check: check.to_owned(), how })
        }
    }
}

fn log(check: &str, printed: &[String]) {
    for line in printed {
        tracing::debug!(check, "{line}");
    }
}
