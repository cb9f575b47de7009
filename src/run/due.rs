//! The checks that are due: those whose interval has passed since their last run, for a program that is started by cron.
//!
//! A file records when each check of each target ran last. A lock beside it keeps a second run away.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::files::{beside, content, folder, open, replace};
use crate::finding::report::{CheckReport, OWN, Report, Skip, TargetReport};
use crate::settings::state::state_directory;
use crate::text::time::second;

/// A check is due this part of its interval early, as cron does not start programs at exactly the same second.
const EARLY: u32 = 10;

/// It is due at most this much early.
const MOST_EARLY: Duration = Duration::from_secs(60);

/// The names of targets are in the file, so only its owner reads it.
const MODE: u32 = 0o600;

/// The size of the file in bytes.
const MOST: u64 = 64 << 20;

/// A check that has not run for this time is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(400 * 86_400);

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DueError {
    /// No variable names the directory of the file.
    #[error("$HOME is not set; name the file: --due=FILE")]
    NoDirectory,
    /// Another run holds the lock.
    #[error("another run uses {}; nothing was run", .0.display())]
    Locked(PathBuf),
    /// The file or its directory cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// `create`, `lock` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// What the file contains.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastRuns {
    /// The time of the last run of each check of each target.
    targets: BTreeMap<String, BTreeMap<String, Timestamp>>,
}

/// When checks ran last.
#[derive(Debug)]
pub struct DueFile {
    path: PathBuf,
    /// Held until the end of the run.
    _lock: File,
    runs: LastRuns,
    /// The targets with the checks that are not due.
    waiting: Vec<TargetReport>,
}

impl DueFile {
    /// Locks and reads the file, or the one in the directory for state. A file that cannot be read has a message, and all
    /// checks are due.
    pub fn open(path: Option<&Path>) -> Result<(DueFile, Option<String>), DueError> {
        let usual = || Some(state_directory()?.join("due.json"));
        let path = path.map(Path::to_owned).or_else(usual).ok_or(DueError::NoDirectory)?;
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| DueError::File { action, path, source }
        };
        let directory = folder(&path);
        fs::create_dir_all(directory).map_err(failed("create", directory))?;
        let lock_path = beside(&path, ".lock");
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&lock_path);
        let lock = lock.map_err(failed("lock", &lock_path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(DueError::Locked(path)),
            Err(error) => return Err(failed("lock", &lock_path)(error.into())),
        }
        let (runs, remark) = match read(&path) {
            Ok(runs) => (runs, None),
            Err(error) => {
                let remark = format!("{}: {error}; all checks are due", path.display());
                (LastRuns::default(), Some(remark))
            }
        };
        Ok((DueFile { path, _lock: lock, runs, waiting: Vec::new() }, remark))
    }

    /// Leaves only the checks in the jobs that are due, and only the jobs that have any.
    pub fn limit(&mut self, jobs: Vec<Job>, now: Timestamp) -> Vec<Job> {
        let limited = jobs.into_iter().filter_map(|job| {
            let ran = self.runs.targets.get(&job.name);
            let (mut due, mut waiting) = (Vec::new(), Vec::new());
            for (position, planned) in job.planned().enumerate() {
                let (name, interval) = (&planned.check.name, planned.effective.interval);
                let ran = ran.and_then(|ran| ran.get(name));
                match ran.filter(|ran| !is_due(**ran, interval, now)) {
                    None => due.push(position),
                    Some(ran) => waiting.push(CheckReport {
                        topic: planned.check.topic.clone(),
                        at: Some(*ran),
                        interval: Some(interval),
                        skipped: Some(Skip::Waiting),
                        summary: format!("not due: it ran at {}", second(*ran)),
                        ..CheckReport::new(name.clone(), None)
                    }),
                }
            }
            let limited = job.due(&due);
            if limited.checks.is_empty() && (due.is_empty() || !job.checks.is_empty()) {
                // The server is not queried, so that nothing is known about it.
                waiting.push(CheckReport {
                    topic: "availability".to_owned(),
                    skipped: Some(Skip::Waiting),
                    summary: "not due: no check of the server is due".to_owned(),
                    ..CheckReport::new(OWN, None)
                });
            }
            let target = job.name.clone();
            self.waiting.push(TargetReport {
                target,
                profile: job.profile.clone(),
                checks: waiting.into(),
                ..TargetReport::default()
            });
            (!due.is_empty()).then_some(limited)
        });
        limited.collect()
    }

    /// Adds the checks and targets that were not due to a report, so that receivers keep their problems, and the intervals
    /// of the others.
    pub fn complete(&self, report: &mut Report, jobs: &[Job]) {
        let mut ran = std::mem::take(&mut report.targets);
        for waiting in &self.waiting {
            let position = ran.iter().position(|target| target.target == waiting.target);
            let Some(mut target) = position.map(|position| ran.remove(position)) else {
                report.targets.push(waiting.clone());
                continue;
            };
            let job = jobs.iter().find(|job| job.name == target.target);
            for check in &mut target.checks {
                let mut planned = job.iter().flat_map(|job| job.planned());
                let planned = planned.find(|planned| planned.check.name == check.check);
                check.interval = planned.map(|planned| planned.effective.interval);
            }
            target.checks.extend(waiting.checks.iter().cloned());
            report.targets.push(target);
        }
        report.targets.append(&mut ran);
    }

    /// Records which checks of a report ran, and writes the file, completely or not at all.
    pub fn record(&mut self, report: &Report, jobs: &[Job]) -> Result<(), DueError> {
        for job in jobs {
            let target = report.targets.iter().find(|target| target.target == job.name);
            let Some(target) = target else { continue };
            let names = job.planned().map(|planned| &planned.check.name);
            let ran = names.filter(|name| is_answered(target, name));
            let runs = self.runs.targets.entry(job.name.clone()).or_default();
            runs.extend(ran.map(|name| (name.clone(), report.started)));
        }
        let before = report.started.checked_sub(FORGOTTEN).unwrap_or(Timestamp::MIN);
        for runs in self.runs.targets.values_mut() {
            runs.retain(|_, ran| *ran >= before);
        }
        self.runs.targets.retain(|_, runs| !runs.is_empty());
        let failed = |source| DueError::File { action: "write", path: self.path.clone(), source };
        let new = beside(&self.path, ".new");
        let written =
            replace(&self.path, new, MODE, |out| Ok(serde_json::to_writer(out, &self.runs)?));
        written.map_err(failed)
    }
}

/// Whether the interval has passed, or the clock was set back.
fn is_due(ran: Timestamp, interval: Duration, now: Timestamp) -> bool {
    let early = (interval / EARLY).min(MOST_EARLY);
    ran > now || now.duration_since(ran).unsigned_abs() >= interval.saturating_sub(early)
}

/// Whether a check has a result. It runs again at once if its server was not reached.
fn is_answered(target: &TargetReport, name: &str) -> bool {
    let mut reports = target.checks.iter().filter(|check| check.check == name).peekable();
    if target.error.is_some() {
        // Checks of documents have results also then.
        return reports.peek().is_some() && reports.all(|check| !target.repeats_failure(check));
    }
    true
}

fn read(path: &Path) -> io::Result<LastRuns> {
    let file = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(LastRuns::default()),
        file => file?,
    };
    serde_json::from_slice(&content(file, MOST)?)
        .map_err(|error| io::Error::other(format!("not a file of posemo run --due ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_due_when_its_interval_has_passed() {
        let at =
            |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time");
        let minute = Duration::from_secs(60);
        for (interval, passed, due) in [
            (5 * minute, 299, true),
            (5 * minute, 269, false),
            (minute, 54, true),
            (minute, 53, false),
            (1440 * minute, 86_340, true),
            (1440 * minute, 86_339, false),
            (5 * minute, -1, true),
        ] {
            assert_eq!(is_due(at(0), interval, at(passed)), due, "{interval:?} {passed}");
        }
    }

    #[test]
    fn a_second_run_is_kept_away_and_a_broken_file_is_replaced() {
        let folder = std::env::temp_dir().join(format!("posemo-due-{}", std::process::id()));
        let path = folder.join("new/due.json");
        let (first, remark) = DueFile::open(Some(&path)).expect("it is created");
        assert_eq!(remark, None);
        let error = DueFile::open(Some(&path)).expect_err("it is locked").to_string();
        assert!(error.contains("another run uses") && error.contains("due.json"), "{error}");
        drop(first);
        for wrong in ["", "{", "[]", "{\"targets\":{\"db1\":{\"alive\":\"x\"}}}", "{\"more\":1}"] {
            fs::write(&path, wrong).expect("written");
            let (mut file, remark) = DueFile::open(Some(&path)).expect("it is usable");
            let remark = remark.expect("it is broken");
            assert!(remark.contains("due.json: not a file of posemo run --due"), "{remark}");
            let report = Report::of_target(TargetReport::default(), Timestamp::UNIX_EPOCH);
            file.record(&report, &[]).expect("it is written");
            drop(file);
            let (_, remark) = DueFile::open(Some(&path)).expect("it is usable");
            assert_eq!(remark, None);
        }
        fs::remove_dir_all(folder).expect("it exists");
    }
}
