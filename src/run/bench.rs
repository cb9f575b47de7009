//! The bench: the one worker that judges scripts, and whose turn it is.
//!
//! It neither asks for rows nor makes reports.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use crate::finding::Finding;
use crate::rows::Docs;
use crate::sandbox::{self, SandboxError, Worker};

/// How long a script may take while others wait. One that needs longer stands back and begins again.
const QUICK: Duration = Duration::from_millis(250);

/// Answers may come at the very end; a script takes less than a millisecond.
const AT_LEAST: Duration = Duration::from_millis(200);

/// What is said of a script that was begun, or was slow before, where there is no time for the whole of it.
const NO_TIME: &str =
    "no time was left for its script: raise the time-out, or look for a loop that does not end";

/// The place where scripts are judged, one after the other.
pub(super) struct Bench {
    seat: Mutex<Seat>,
    /// Held by the one slow script that waits for the seat or has it, so that all quick ones that wait come
    /// before the next slow one.
    slow: Mutex<()>,
}

/// A script to judge.
pub(super) struct Request<'a> {
    /// The name of its check.
    pub(super) check: &'a str,
    pub(super) source: &'a str,
    pub(super) docs: &'a Docs,
    pub(super) deadline: Instant,
}

struct Seat {
    /// The worker, or why there is none.
    worker: Result<Worker, String>,
    /// Checks whose scripts are not quick, on whatever target.
    slow: BTreeSet<String>,
    /// Checks whose scripts took too long: on every target they would, and the others would wait.
    overran: BTreeSet<String>,
}

impl Bench {
    /// Without a worker: enough where no check has a script.
    pub(super) fn new() -> Bench {
        let worker = Err("no worker was started".to_owned());
        let seat = Seat { worker, slow: BTreeSet::new(), overran: BTreeSet::new() };
        Bench { seat: Mutex::new(seat), slow: Mutex::new(()) }
    }

    /// Starts the worker, and does not wait for it.
    pub(super) async fn start(&self, program: &Path) {
        self.seat.lock().await.worker = Worker::start(program).map_err(|error| error.to_string());
    }

    /// Lets the worker go at the end of the run; it ends with its input, and nobody waits for that.
    pub(super) fn dismiss(self) {
        if let Ok(worker) = self.seat.into_inner().worker {
            worker.dismiss();
        }
    }

    /// What a script says, or why it says nothing.
    ///
    /// One that is not done quickly gives its turn back and has another when those that waited had theirs,
    /// so that a few endless loops do not use up the time of all others.
    pub(super) async fn judge(&self, request: &Request<'_>) -> Result<Vec<Finding>, String> {
        let deadline = request.deadline.max(Instant::now() + AT_LEAST);
        {
            let mut seat = before(deadline, &self.seat).await?;
            seat.refuse_again(request)?;
            if !seat.slow.contains(request.check) {
                match seat.turn(request, deadline, QUICK).await {
                    Err(Failure::Overran(_)) => seat.slow.insert(request.check.to_owned()),
                    other => return other.map_err(Failure::into_text),
                };
            }
        }
        let slow = |_| NO_TIME.to_owned();
        let _turn = before(deadline, &self.slow).await.map_err(slow)?;
        let mut seat = before(deadline, &self.seat).await.map_err(slow)?;
        seat.refuse_again(request)?;
        let judged = seat.turn(request, deadline, sandbox::ALLOWED).await;
        if let Err(Failure::Overran(_)) = &judged {
            seat.overran.insert(request.check.to_owned());
        }
        judged.map_err(Failure::into_text)
    }
}

/// Why a turn gave no findings.
enum Failure {
    Overran(String),
    Other(String),
}

impl Failure {
    fn into_text(self) -> String {
        match self {
            Self::Overran(text) | Self::Other(text) => text,
        }
    }
}

impl Seat {
    /// An error where the script of the check was stopped before.
    fn refuse_again(&self, request: &Request<'_>) -> Result<(), String> {
        if self.overran.contains(request.check) {
            let place = "another target or database of this run";
            return Err(format!("its script was stopped on {place}, and is not tried again"));
        }
        Ok(())
    }

    async fn turn(
        &mut self,
        request: &Request<'_>,
        deadline: Instant,
        allowed: Duration,
    ) -> Result<Vec<Finding>, Failure> {
        let &Request { check, source, docs, .. } = request;
        let worker = self.worker.as_mut().map_err(|error| Failure::Other(error.clone()))?;
        let verdict = worker.judge(check, source, docs, allowed);
        match timeout_at(deadline, verdict).await {
            Ok(Ok(judged)) => Ok(judged.findings),
            Ok(Err(error @ SandboxError::Overran { .. })) => {
                Err(Failure::Overran(error.to_string()))
            }
            Ok(Err(error)) => {
                if let Some(details) = error.details() {
                    tracing::warn!(check, "{details}");
                }
                Err(Failure::Other(error.to_string()))
            }
            Err(_) => Err(Failure::Other(NO_TIME.to_owned())),
        }
    }
}

async fn before<T>(deadline: Instant, lock: &Mutex<T>) -> Result<MutexGuard<'_, T>, String> {
    timeout_at(deadline, lock.lock()).await.map_err(|_| {
        "no time was left to judge: the worker was busy with scripts of other checks or targets"
            .to_owned()
    })
}
