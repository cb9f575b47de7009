//! The limits that a worker sets for itself before it reads the first byte.
//!
//! Elapsed time is not limited here: the parent kills a worker that takes too long.

use std::time::{Duration, Instant};

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// The maximum address space: program, stack and heap together. Resident memory cannot be larger.
const ADDRESS_SPACE: u64 = 288 * 1024 * 1024;

/// A limit that could not be set.
#[derive(Debug, thiserror::Error)]
#[error("cannot set the limit {name} of the worker that runs scripts: {source}")]
pub struct LimitError {
    name: &'static str,
    source: rustix::io::Errno,
}

/// Sets all limits except the one on processor time, which each request renews.
///
/// A limit that the system refuses is an error: a worker must not run scripts without it.
pub(super) fn apply() -> Result<(), LimitError> {
    set("on address space", Resource::As, ADDRESS_SPACE)?;
    // Open files stay open. From here on the worker cannot open a file, write to one, or start a process.
    set("on open files", Resource::Nofile, 0)?;
    set("on the size of files", Resource::Fsize, 0)?;
    set("on processes", Resource::Nproc, 0)?;
    set("on core dumps", Resource::Core, 0)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|source| LimitError { name: "on dumping", source })
}

/// Allows the processor time that the request may take, and at most two seconds more.
///
/// The parent kills the worker before. This limit is for a worker whose parent died. A parent-death signal would not do:
/// it is sent when the thread that started the worker ends, not the process.
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

/// The wanted limit, or the present one if it is stricter: a limit cannot be raised.
fn lower(wanted: u64, in_force: Option<u64>) -> u64 {
    in_force.map_or(wanted, |in_force| in_force.min(wanted))
}
