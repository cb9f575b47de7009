//! The queue for the worker that runs scripts.
//!
//! A slow script must not use the time of the others: it is stopped, and runs again after them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout_at};

use super::error::ScriptRunError;
use crate::evaluate::script::ScriptJudgement;
use crate::rows::ScriptInput;
use crate::sandbox::{self, SandboxError, Worker};

/// The time that a script may use in each round. A script that needs more is stopped, and runs again in the next round
/// after the scripts that wait for an earlier one. The middle round is for a script that is late because the machine is
/// busy.
const ROUNDS: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(750), sandbox::ALLOWED];

/// The time for a script after an answer at the end of a sweep. Most scripts need less than 1 ms.
const AT_LEAST: Duration = Duration::from_millis(200);

/// The time during which a script that was stopped does not run on any target.
const BAN: Duration = Duration::from_secs(300);

/// The worker and the scripts that wait for it.
pub(super) struct ScriptQueue {
    slot: Mutex<Slot>,
    /// One for each round after the first. A script of a round locks those of this and the earlier rounds, the last
    /// one first, and then the slot. So all scripts that wait for an earlier round run before it.
    late: [Mutex<()>; ROUNDS.len() - 1],
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
    /// The checks whose scripts were stopped: the number of rounds that each exceeded, and when. Old entries are removed.
    stopped: BTreeMap<String, (usize, Instant)>,
}

impl ScriptQueue {
    pub(super) fn new(program: PathBuf) -> ScriptQueue {
        let slot = Slot { worker: Worker::idle(program), stopped: BTreeMap::new() };
        ScriptQueue { slot: Mutex::new(slot), late: Default::default() }
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

    /// Runs a script and returns its findings and rows.
    pub(super) async fn run(
        &self,
        script: &ScriptRun<'_>,
    ) -> Result<ScriptJudgement, ScriptRunError> {
        let deadline = script.deadline.max(Instant::now() + AT_LEAST);
        for (round, allowed) in ROUNDS.into_iter().enumerate() {
            let no_time = || if round == 0 { ScriptRunError::Busy } else { ScriptRunError::NoTime };
            let mut turns = Vec::with_capacity(round);
            for late in self.late[..round].iter().rev() {
                turns.push(before(deadline, late).await.ok_or_else(no_time)?);
            }
            let mut slot = before(deadline, &self.slot).await.ok_or_else(no_time)?;
            if slot.exceeded_rounds(script.check)? > round {
                continue;
            }
            match slot.run(script, deadline, allowed).await {
                Err(error) if is_overrun(&error) => {
                    slot.stopped.insert(script.check.to_owned(), (round + 1, Instant::now()));
                    if round + 1 == ROUNDS.len() {
                        return Err(error);
                    }
                }
                other => return other,
            }
        }
        Err(ScriptRunError::StoppedBefore)
    }
}

fn is_overrun(failure: &ScriptRunError) -> bool {
    matches!(failure, ScriptRunError::Sandbox(SandboxError::Overran { .. }))
}

impl Slot {
    /// The number of rounds that the script of a check exceeded lately. An error if it must not run yet.
    fn exceeded_rounds(&mut self, check: &str) -> Result<usize, ScriptRunError> {
        self.stopped.retain(|_, (_, when)| when.elapsed() < BAN);
        match self.stopped.get(check) {
            Some((rounds, _)) if *rounds == ROUNDS.len() => Err(ScriptRunError::StoppedBefore),
            Some((rounds, _)) => Ok(*rounds),
            None => Ok(0),
        }
    }

    async fn run(
        &mut self,
        script: &ScriptRun<'_>,
        deadline: Instant,
        allowed: Duration,
    ) -> Result<ScriptJudgement, ScriptRunError> {
        let &ScriptRun { check, source, input, .. } = script;
        match timeout_at(deadline, self.worker.judge(check, source, input, allowed)).await {
            Ok(Ok(judged)) => Ok(judged),
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
