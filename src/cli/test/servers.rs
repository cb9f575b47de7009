//! Tells stories to throw-away servers, several at once, and has the linter look at all checks.
//!
//! What a story does on its server is not known here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::folders::{Subject, Written};
use super::say::{Printer, Told, Verdict};
use super::stage::{self, Ended};
use crate::cases::Kind;
use crate::cases::difference::Line;
use crate::cases::story::Story;
use crate::catalog::check::Check;

/// One thing to do with a server of its own.
struct Job<'a> {
    bindir: &'a Path,
    what: What<'a>,
}

enum What<'a> {
    Lint(Vec<&'a Check>),
    Story(&'a Check, &'a Written),
}

/// How stories are told.
pub(super) struct Telling<'a> {
    /// Where the programs of the servers are; each is a turn of its own.
    pub(super) bindirs: &'a [PathBuf],
    /// This program, to be started again as a worker.
    pub(super) program: &'a Path,
    /// Servers at a time.
    pub(super) jobs: usize,
    /// Whether somebody hopes that what fails is written down as right.
    pub(super) bless: bool,
}

impl Telling<'_> {
    /// The linter and all stories, said in the order of directories and checks.
    pub(super) fn all(
        &self,
        subjects: &[Subject],
        printer: &mut Printer<'_>,
    ) -> anyhow::Result<()> {
        let jobs: Vec<Job<'_>> =
            self.bindirs.iter().flat_map(|bindir| jobs(subjects, bindir)).collect();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..self.jobs.min(jobs.len()) {
                let (sender, jobs, next) = (sender.clone(), &jobs, &next);
                scope.spawn(move || {
                    while let Some((number, job)) = take(jobs, next) {
                        // Nobody listens any more where the output is closed.
                        if sender.send((number, self.told(job))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut turn = 0;
            for (number, told) in receiver {
                waiting.insert(number, told);
                while let Some(told) = waiting.remove(&turn) {
                    printer.say(&told)?;
                    turn += 1;
                }
            }
            Ok(())
        })
    }

    fn told(&self, job: &Job<'_>) -> Told {
        let began = Instant::now();
        let (name, ended) = match &job.what {
            What::Lint(checks) => ("lint".to_owned(), stage::lint(checks, job.bindir)),
            What::Story(check, written) => {
                let name = format!("{}::{}", check.name, written.file.name);
                (
                    name,
                    story(written)
                        .and_then(|story| stage::tell(check, &story, job.bindir, self.program)),
                )
            }
        };
        let (name, verdict) = match ended {
            Ok(Ended::Well { version }) => (format!("{name} on {version}"), Verdict::Held),
            Ok(Ended::LeftOut { major, reason }) => {
                (format!("{name} on {major}"), Verdict::LeftOut(reason))
            }
            Err(mut failure) => {
                if self.bless && matches!(job.what, What::Story(..)) {
                    let reason = "a story is not blessed: change what it expects by hand";
                    failure.lines.push(Line::Remark(reason.to_owned()));
                }
                let on =
                    failure.version.map(|version| format!(" on {version}")).unwrap_or_default();
                (format!("{name}{on}"), Verdict::Failed(failure.lines))
            }
        };
        Told { name, took: began.elapsed(), verdict }
    }
}

fn jobs<'a>(subjects: &'a [Subject], bindir: &'a Path) -> Vec<Job<'a>> {
    let checks = subjects.iter().map(|subject| &subject.check).collect();
    let stories = subjects.iter().flat_map(|subject| {
        let stories = subject.of_kind(Kind::Story);
        stories.map(|story| What::Story(&subject.check, story))
    });
    std::iter::once(What::Lint(checks)).chain(stories).map(|what| Job { bindir, what }).collect()
}

fn take<'j, 'a>(jobs: &'j [Job<'a>], next: &AtomicUsize) -> Option<(usize, &'j Job<'a>)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, jobs.get(number)?))
}

fn story(written: &Written) -> Result<Story, stage::Failure> {
    let failure =
        |reason: String| stage::Failure { version: None, lines: vec![Line::Remark(reason)] };
    let text = written.text.as_ref().map_err(|reason| failure(reason.clone()))?;
    Story::read(&written.file.place, text).map_err(|complaint| failure(complaint.to_string()))
}
