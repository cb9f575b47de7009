//! Finds the workers of this test program in `/proc`, measures their memory and kills them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The process ids of the workers that run.
pub(super) fn running(name: &str) -> Vec<String> {
    workers(name).into_iter().filter(|worker| !worker.zombie).map(|worker| worker.pid).collect()
}

pub(super) fn kill(pid: &str) {
    let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Whether a process has ended with all its threads, so that its parent can collect it.
pub(super) fn has_ended(pid: &str) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map(Iterator::count);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    threads.unwrap_or(0) <= 1 && (status.is_empty() || status.contains("\nState:\tZ"))
}

/// The children of this test program that run the program under that name, zombies included.
pub(super) fn workers(name: &str) -> Vec<Child> {
    let parent = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let statuses = processes.filter_map(|entry| {
        let pid = entry.file_name().into_string().ok()?;
        pid.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        Some((pid, std::fs::read_to_string(entry.path().join("status")).ok()?))
    });
    let children = statuses.filter_map(|(pid, status)| {
        let field = |name: &str| {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next().map(str::to_owned)
        };
        (field("PPid")? == parent && field("Name")? == name).then(|| Child {
            pid,
            zombie: field("State").is_some_and(|state| state == "Z"),
            peak_kib: field("VmHWM").and_then(|kib| kib.parse().ok()),
        })
    });
    children.collect()
}

pub(super) struct Child {
    pid: String,
    zombie: bool,
    peak_kib: Option<u64>,
}

pub(super) fn watch_memory(name: &'static str) -> MemoryWatch {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        let mut peak = 0;
        while !stopped.load(Ordering::Relaxed) {
            peak =
                workers(name).into_iter().filter_map(|worker| worker.peak_kib).fold(peak, u64::max);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    MemoryWatch { stop, thread }
}

/// The highest resident memory of a test's workers, sampled from outside.
pub(super) struct MemoryWatch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl MemoryWatch {
    pub(super) fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}
