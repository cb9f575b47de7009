//! Runs scenarios on temporary servers, several at once, and lints all checks on each kind of server.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::case_file::CaseKind;
use super::collection::{CaseText, TestedCheck};
use super::result::{CaseResult, CaseVerdict, DifferenceLine};
use super::scenario::Scenario;
use super::stage::{self, ScenarioEnd, ScenarioFailure};
use crate::catalog::check::Check;

/// A task with its own temporary server.
struct ServerTask<'a> {
    bindir: &'a Path,
    work: ServerWork<'a>,
}

enum ServerWork<'a> {
    Lint(Vec<&'a Check>),
    Scenario(&'a Check, &'a CaseText),
}

/// How scenarios are run.
pub struct ScenarioRuns<'a> {
    /// Directories with server programs; every scenario runs with each.
    pub bindirs: &'a [PathBuf],
    /// This program, which is started again as the worker.
    pub program: &'a Path,
    /// The limit for servers at a time.
    pub jobs: usize,
    /// Whether `--bless` was given. A scenario that fails then gets a remark.
    pub bless: bool,
}

impl ScenarioRuns<'_> {
    /// Lints all checks and runs all scenarios. Results are printed in the order of directories and checks.
    pub fn all(
        &self,
        checks: &[TestedCheck],
        mut print: impl FnMut(&CaseResult) -> io::Result<()>,
    ) -> io::Result<()> {
        let tasks: Vec<ServerTask<'_>> =
            self.bindirs.iter().flat_map(|bindir| tasks(checks, bindir)).collect();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..self.jobs.min(tasks.len()) {
                let (sender, tasks, next) = (sender.clone(), &tasks, &next);
                scope.spawn(move || {
                    while let Some((number, task)) = take(tasks, next) {
                        // The receiver is dropped when the output was closed.
                        if sender.send((number, self.run(task))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut expected = 0;
            for (number, result) in receiver {
                waiting.insert(number, result);
                while let Some(result) = waiting.remove(&expected) {
                    print(&result)?;
                    expected += 1;
                }
            }
            Ok(())
        })
    }

    fn run(&self, task: &ServerTask<'_>) -> CaseResult {
        let began = Instant::now();
        let (name, ended) = match &task.work {
            ServerWork::Lint(checks) => ("lint".to_owned(), stage::lint(checks, task.bindir)),
            ServerWork::Scenario(check, case) => {
                let ended = scenario(case)
                    .and_then(|scenario| stage::run(check, &scenario, task.bindir, self.program));
                (format!("{}::{}", check.name, case.file.name), ended)
            }
        };
        let (name, verdict) = match ended {
            Ok(ScenarioEnd::Passed { version }) => {
                (format!("{name} on {version}"), CaseVerdict::Passed)
            }
            Ok(ScenarioEnd::Skipped { major, reason }) => {
                (format!("{name} on {major}"), CaseVerdict::Skipped(reason))
            }
            Err(mut failure) => {
                if self.bless && matches!(task.work, ServerWork::Scenario(..)) {
                    let reason = "--bless does not change scenarios; correct the line -- expect";
                    failure.lines.push(DifferenceLine::Remark(reason.to_owned()));
                }
                let on =
                    failure.version.map(|version| format!(" on {version}")).unwrap_or_default();
                (format!("{name}{on}"), CaseVerdict::Failed(failure.lines))
            }
        };
        CaseResult { name, took: began.elapsed(), verdict }
    }
}

fn tasks<'a>(checks: &'a [TestedCheck], bindir: &'a Path) -> impl Iterator<Item = ServerTask<'a>> {
    let all: Vec<&Check> =
        checks.iter().filter(|tested| !tested.needs_tables()).map(|tested| &tested.check).collect();
    let lint = (!all.is_empty()).then_some(ServerWork::Lint(all));
    let scenarios = checks.iter().flat_map(|tested| {
        tested.of_kind(CaseKind::Scenario).map(|case| ServerWork::Scenario(&tested.check, case))
    });
    lint.into_iter().chain(scenarios).map(move |work| ServerTask { bindir, work })
}

fn take<'t, 'a>(
    tasks: &'t [ServerTask<'a>],
    next: &AtomicUsize,
) -> Option<(usize, &'t ServerTask<'a>)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, tasks.get(number)?))
}

fn scenario(case: &CaseText) -> Result<Scenario, ScenarioFailure> {
    let failure = |reason: String| ScenarioFailure {
        version: None,
        lines: vec![DifferenceLine::Remark(reason)],
    };
    let text = case.text.as_ref();
    let text = text.map_err(|error| failure(format!("{}: {error}", case.file.place)))?;
    Scenario::read(&case.file.place, text).map_err(|mistake| failure(mistake.to_string()))
}
