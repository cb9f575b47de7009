//! The queue for the one worker that judges scripts.
//!
//! A slow script must not use up the time of all others: it gives its slot back and runs again after them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use crate::finding::Finding;
use crate::rows::ScriptInput;
use crate::sandbox::{self, SandboxError, Worker};

/// How long a script may run while others wait. One that needs longer is stopped and runs again after them.
const QUICK: Duration = Duration::from_millis(250);

/// Answers may come at the very end of a sweep; a script needs less than a millisecond.
const AT_LEAST: Duration = Duration::from_millis(200);

/// A script that was stopped is not tried again for this long, on whatever target, as the others would wait.
const BAN: Duration = Duration::from_secs(300);

const NO_TIME: &str =
    "no time was left for its script: increase the time-out, or look for a loop that does not end";

const BUSY: &str =
    "no time was left to judge: the worker was busy with scripts of other checks or targets";

/// The worker and the scripts that wait for it.
pub(super) struct ScriptQueue {
    slot: Mutex<Slot>,
    /// Held by the one slow script that waits for the slot or has it, so that all quick scripts that wait run
    /// before the next slow one.
    slow: Mutex<()>,
}

/// A script to run.
pub(super) struct ScriptRun<'a> {
    /// The name of its check.
    pub(super) check: &'a str,
    pub(super) source: &'a str,
    pub(super) input: &'a ScriptInput,
    pub(super) deadline: Instant,
}

struct Slot {
    worker: Worker,
    /// Checks whose scripts were stopped, with what was exceeded and when. It has at most one entry a check, and
    /// old entries are removed.
    stopped: BTreeMap<String, (Exceeded, Instant)>,
}

/// The time that a script exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exceeded {
    /// [`QUICK`]: it runs after the quick scripts.
    Quick,
    /// All the time that a script may have: it is not tried again.
    All,
}

impl ScriptQueue {
    pub(super) fn new(program: PathBuf) -> ScriptQueue {
        let slot = Slot { worker: Worker::idle(program), stopped: BTreeMap::new() };
        ScriptQueue { slot: Mutex::new(slot), slow: Mutex::new(()) }
    }

    /// Starts the worker, unless it runs or is in use, and does not wait for it.
    pub(super) fn start(&self) {
        if let Ok(mut slot) = self.slot.try_lock() {
            // The first script reports why a worker cannot start.
            let _ = slot.worker.warm();
        }
    }

    /// Ends the worker without waiting for it.
    pub(super) fn dismiss(self) {
        self.slot.into_inner().worker.dismiss();
    }

    /// The findings of a script, or why there are none.
    pub(super) async fn run(&self, script: &ScriptRun<'_>) -> Result<Vec<Finding>, String> {
        let deadline = script.deadline.max(Instant::now() + AT_LEAST);
        {
            let mut slot = before(deadline, &self.slot, BUSY).await?;
            if slot.exceeded(script.check)? != Some(Exceeded::Quick) {
                match slot.run(script, deadline, QUICK).await {
                    Err(Failure::Overran(_)) => slot.stop(script.check, Exceeded::Quick),
                    other => return other.map_err(Failure::into_text),
                }
            }
        }
        let _turn = before(deadline, &self.slow, NO_TIME).await?;
        let mut slot = before(deadline, &self.slot, NO_TIME).await?;
        slot.exceeded(script.check)?;
        let findings = slot.run(script, deadline, sandbox::ALLOWED).await;
        if let Err(Failure::Overran(_)) = &findings {
            slot.stop(script.check, Exceeded::All);
        }
        findings.map_err(Failure::into_text)
    }
}

/// Why a script gave no findings.
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

impl Slot {
    /// What the script of a check exceeded lately; an error where it must not run again yet.
    fn exceeded(&mut self, check: &str) -> Result<Option<Exceeded>, String> {
        self.stopped.retain(|_, (_, when)| when.elapsed() < BAN);
        match self.stopped.get(check) {
            Some((Exceeded::All, _)) => Err(
                "its script was stopped on another target or database, and is not tried again yet"
                    .to_owned(),
            ),
            other => Ok(other.map(|(exceeded, _)| *exceeded)),
        }
    }

    fn stop(&mut self, check: &str, exceeded: Exceeded) {
        self.stopped.insert(check.to_owned(), (exceeded, Instant::now()));
    }

    async fn run(
        &mut self,
        script: &ScriptRun<'_>,
        deadline: Instant,
        allowed: Duration,
    ) -> Result<Vec<Finding>, Failure> {
        let &ScriptRun { check, source, input, .. } = script;
        match timeout_at(deadline, self.worker.judge(check, source, input, allowed)).await {
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

async fn before<'m, T>(
    deadline: Instant,
    lock: &'m Mutex<T>,
    late: &str,
) -> Result<MutexGuard<'m, T>, String> {
    timeout_at(deadline, lock.lock()).await.map_err(|_| late.to_owned())
}
