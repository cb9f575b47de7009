//! The queue for the worker that runs scripts.
//!
//! A slow script must not use the time of the others: it is stopped, and runs again after them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use super::error::ScriptRunError;
use crate::finding::Finding;
use crate::rows::ScriptInput;
use crate::sandbox::{self, SandboxError, Worker};

/// The time that a script may use while others wait. A script that needs more is stopped and runs again after them.
const QUICK: Duration = Duration::from_millis(250);

/// The time for a script after an answer at the end of a sweep. Most scripts need less than 1 ms.
const AT_LEAST: Duration = Duration::from_millis(200);

/// The time during which a script that was stopped does not run on any target.
const BAN: Duration = Duration::from_secs(300);

/// The worker and the scripts that wait for it.
pub(super) struct ScriptQueue {
    slot: Mutex<Slot>,
    /// Locked by the slow script that runs or waits for the slot, so that all quick scripts that wait run before the
    /// next slow one.
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
    /// The checks whose scripts were stopped: which time each exceeded, and when. Old entries are removed.
    stopped: BTreeMap<String, (Exceeded, Instant)>,
}

/// The time that a script exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exceeded {
    /// [`QUICK`]: the script runs after the quick scripts.
    Quick,
    /// The limit for scripts: the script does not run again for a time.
    All,
}

impl ScriptQueue {
    pub(super) fn new(program: PathBuf) -> ScriptQueue {
        let slot = Slot { worker: Worker::idle(program), stopped: BTreeMap::new() };
        ScriptQueue { slot: Mutex::new(slot), slow: Mutex::new(()) }
    }

    /// Starts the worker, unless it runs, and does not wait for it.
    pub(super) fn start(&self) {
        if let Ok(mut slot) = self.slot.try_lock() {
            // If the worker cannot start, the first script reports the cause.
            let _ = slot.worker.warm();
        }
    }

    /// Ends the worker without waiting for it.
    pub(super) fn dismiss(self) {
        self.slot.into_inner().worker.dismiss();
    }

    /// Runs a script and returns its findings.
    pub(super) async fn run(&self, script: &ScriptRun<'_>) -> Result<Vec<Finding>, ScriptRunError> {
        let deadline = script.deadline.max(Instant::now() + AT_LEAST);
        {
            let mut slot = before(deadline, &self.slot).await.ok_or(ScriptRunError::Busy)?;
            if slot.exceeded(script.check)? != Some(Exceeded::Quick) {
                match slot.run(script, deadline, QUICK).await {
                    Err(error) if is_overrun(&error) => slot.stop(script.check, Exceeded::Quick),
                    other => return other,
                }
            }
        }
        let _only_slow = before(deadline, &self.slow).await.ok_or(ScriptRunError::NoTime)?;
        let mut slot = before(deadline, &self.slot).await.ok_or(ScriptRunError::NoTime)?;
        slot.exceeded(script.check)?;
        let findings = slot.run(script, deadline, sandbox::ALLOWED).await;
        if findings.as_ref().is_err_and(is_overrun) {
            slot.stop(script.check, Exceeded::All);
        }
        findings
    }
}

fn is_overrun(failure: &ScriptRunError) -> bool {
    matches!(failure, ScriptRunError::Sandbox(SandboxError::Overran { .. }))
}

impl Slot {
    /// The time that the script of a check exceeded lately. An error if it must not run yet.
    fn exceeded(&mut self, check: &str) -> Result<Option<Exceeded>, ScriptRunError> {
        self.stopped.retain(|_, (_, when)| when.elapsed() < BAN);
        match self.stopped.get(check) {
            Some((Exceeded::All, _)) => Err(ScriptRunError::StoppedBefore),
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
    ) -> Result<Vec<Finding>, ScriptRunError> {
        let &ScriptRun { check, source, input, .. } = script;
        match timeout_at(deadline, self.worker.judge(check, source, input, allowed)).await {
            Ok(Ok(judged)) => Ok(judged.findings),
            Ok(Err(error)) => {
                if let Some(details) = error.details() {
                    tracing::warn!(check, "{details}");
                }
                Err(error.into())
            }
            Err(_) => Err(ScriptRunError::NoTime),
        }
    }
}

async fn before<T>(deadline: Instant, lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    timeout_at(deadline, lock.lock()).await.ok()
}
