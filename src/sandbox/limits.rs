//! What a worker takes from itself before it reads the first byte.
//!
//! It does not bound wall-clock time: the parent does that, from outside, with a kill.

use std::time::{Duration, Instant};

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Address space: program, stack and heap together. Resident memory cannot be more.
const ADDRESS_SPACE: u64 = 288 * 1024 * 1024;

/// A limit that could not be set.
#[derive(Debug, thiserror::Error)]
#[error("cannot set the limit {name} of the worker that judges scripts: {source}")]
pub struct LimitError {
    name: &'static str,
    source: rustix::io::Errno,
}

/// Sets all limits but that on processor time, which each request renews.
///
/// Refused limits are errors: a worker without them must not judge.
pub(super) fn apply() -> Result<(), LimitError> {
    set("on address space", Resource::As, ADDRESS_SPACE)?;
    // What is open stays open; nothing more can be opened, written to disk, or started.
    set("on open files", Resource::Nofile, 0)?;
    set("on the size of files", Resource::Fsize, 0)?;
    set("on processes", Resource::Nproc, 0)?;
    set("on core dumps", Resource::Core, 0)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|source| LimitError { name: "on dumping", source })
}

/// Allows as much processor time as the request may take, and a second more.
///
/// The parent kills before that. This is for a worker whose parent died: the parent-death signal would
/// do the same, but it fires when the thread that spawned the worker ends, not the process.
pub(super) fn renew_processor_time(started: Instant, allowed: Duration) -> Result<(), LimitError> {
    let used_at_most = started.elapsed();
    let seconds = used_at_most.saturating_add(allowed).as_secs().saturating_add(2);
    let maximum = rustix::process::getrlimit(Resource::Cpu).maximum;
    let limit = Rlimit { current: Some(lower(seconds, maximum)), maximum };
    rustix::process::setrlimit(Resource::Cpu, limit)
        .map_err(|source| LimitError { name: "on processor time", source })
}

fn set(name: &'static str, resource: Resource, most: u64) -> Result<(), LimitError> {
    let most = lower(most, rustix::process::getrlimit(resource).maximum);
    let limit = Rlimit { current: Some(most), maximum: Some(most) };
    rustix::process::setrlimit(resource, limit).map_err(|source| LimitError { name, source })
}

/// The limit that is wanted, or the one already in force where that is stricter: it cannot be raised.
fn lower(wanted: u64, in_force: Option<u64>) -> u64 {
    in_force.map_or(wanted, |in_force| in_force.min(wanted))
}
