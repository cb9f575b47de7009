//! A throw-away server for one story: its blocks run as superuser, and after each the check as the monitor.
//!
//! Nothing but the check of the story is installed on it, and nothing of it is left.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::super::{apply, lint as linter, run::limits, sources};
use crate::cases::difference::Line;
use crate::cases::story::{Step, Story};
use crate::catalog::check::Check;
use crate::catalog::server_version::ServerVersion;
use crate::cluster::{self, Cluster};
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::finding::report::CheckReport;
use crate::install;
use crate::run::{self, Job};
use crate::settings::Settings;
use crate::settings::target::Target;

/// The database in which the story is told.
const DATABASE: &str = "postgres";

/// No block takes longer.
const BLOCK: Duration = Duration::from_secs(60);

/// How a story ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Everything was as expected.
    Well {
        /// The version of the server, such as `15.18`.
        version: String,
    },
    /// It was not told.
    LeftOut {
        /// The major version of the server.
        major: u32,
        /// Why.
        reason: String,
    },
}

/// What went wrong, in lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The version of the server, where there was one.
    pub version: Option<String>,
    /// What is to be said.
    pub lines: Vec<Line>,
}

/// Tells a story to a server of its own. `program` is this program, to be started again as the worker that
/// judges scripts.
pub fn tell(check: &Check, story: &Story, bindir: &Path, program: &Path) -> Result<Ended, Failure> {
    let failure = |lines| Failure { version: None, lines };
    let major = cluster::major_of(bindir).map_err(|error| failure(said(&error)))?;
    for (what, majors) in [("the story", story.servers), (check.name.as_str(), check.servers)] {
        if !majors.contains(major) {
            let reason = format!("{what} is for PostgreSQL {majors}");
            return Ok(Ended::LeftOut { major, reason });
        }
    }
    let options = cluster::Options {
        bindir: Some(bindir.to_owned()),
        settings: story.settings.clone(),
        short_lived: true,
        ..cluster::Options::default()
    };
    let cluster = Cluster::start(&options).map_err(|error| failure(said(&error)))?;
    let version = cluster.version().to_owned();
    let told = sources::runtime().map_err(|error| said(&*error)).and_then(|runtime| {
        let told = runtime.block_on(Stage { check, story, cluster: &cluster, program }.tell());
        runtime.shutdown_background();
        told
    });
    drop(cluster);
    match told {
        Ok(()) => Ok(Ended::Well { version }),
        Err(lines) => Err(Failure { version: Some(version), lines }),
    }
}

/// Has the linter look at checks, on a server of its own.
pub fn lint(checks: &[&Check], bindir: &Path) -> Result<Ended, Failure> {
    let options = cluster::Options {
        bindir: Some(bindir.to_owned()),
        short_lived: true,
        ..cluster::Options::default()
    };
    let failure = |lines| Failure { version: None, lines };
    let cluster = Cluster::start(&options).map_err(|error| failure(said(&error)))?;
    let version = cluster.version().to_owned();
    let failure = |lines| Failure { version: Some(version.clone()), lines };
    let runtime = sources::runtime().map_err(|error| failure(said(&*error)))?;
    let complaints = runtime.block_on(async {
        let parameters = parameters(&cluster, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        linter::lint(&session, checks, number(&session).await?).await
    });
    let complaints = complaints.map_err(|error| failure(said(&*error)))?;
    if complaints.is_empty() {
        return Ok(Ended::Well { version });
    }
    Err(failure(complaints.iter().map(|one| Line::Remark(one.to_string())).collect()))
}

/// One story with its server.
struct Stage<'a> {
    check: &'a Check,
    story: &'a Story,
    cluster: &'a Cluster,
    program: &'a Path,
}

impl Stage<'_> {
    async fn tell(&self) -> Result<(), Vec<Line>> {
        let session = self.install().await.map_err(|error| said(&*error))?;
        for step in &self.story.steps {
            self.play(&session, step).await?;
            let deadline = Instant::now() + self.story.patience;
            loop {
                let Err(lines) = self.ask(step).await else { break };
                if Instant::now() >= deadline {
                    let waited = self.story.patience.as_secs();
                    let place =
                        format!("{}:{}: not within {waited} s:", self.story.file, step.line);
                    return Err(std::iter::once(Line::Remark(place)).chain(lines).collect());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Installs the check, and gives the session of the superuser who tells the story.
    async fn install(&self) -> anyhow::Result<Session> {
        let parameters = parameters(self.cluster, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        let options = install::Options {
            databases: vec![DATABASE.to_owned()],
            superuser_owner: true,
            ..install::Options::default()
        };
        let checks = std::slice::from_ref(self.check);
        let script = install::script(checks, &options, number(&session).await?)?;
        let done = apply::apply(&parameters, &script, false).await?;
        if let Some((_, reason)) = done.refused.first() {
            anyhow::bail!("the check cannot be installed: {reason}");
        }
        // A person finds tables, too.
        session.apply("SET search_path = public").await?;
        Ok(session)
    }

    /// Runs a block as superuser.
    async fn play(&self, session: &Session, step: &Step) -> Result<(), Vec<Line>> {
        let file = &self.story.file;
        let error = match tokio::time::timeout(BLOCK, session.apply(&step.sql)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let _ = session.cancel().await;
                let (begins, seconds) = (step.begins, BLOCK.as_secs());
                let reason = format!("{file}:{begins}: was stopped after {seconds} s");
                return Err(vec![Line::Remark(reason)]);
            }
        };
        let line = error.position().map(|position| step.line_at(position));
        let place = line.map_or_else(|| step.span(), |line| line.to_string());
        let mut lines = vec![Line::Remark(format!("{file}:{place}: {error}"))];
        let text = line.and_then(|line| step.sql.lines().nth(line - step.begins));
        lines.extend(text.map(|text| Line::Remark(format!("  {}", text.trim()))));
        lines.extend(error.hint().map(|hint| Line::Remark(format!("  {hint}"))));
        Err(lines)
    }

    /// Asks the check as the monitor, through its functions.
    async fn ask(&self, step: &Step) -> Result<(), Vec<Line>> {
        let target = Target {
            name: "story".to_owned(),
            keywords: keywords(self.cluster, "posemo", "posemo"),
            ..Target::default()
        };
        let checks = [Rc::new(self.check.clone())];
        let job = Job::new(&Settings::default(), &target, &checks, &Environment::silent());
        let job = job.map_err(|error| said(&error))?;
        let limits = limits(Duration::from_secs(30), 1);
        let report = run::run(&[job], limits, self.program, |_| ()).await;
        let mut reports: Vec<CheckReport> = Vec::new();
        for target in report.targets {
            if let Some(error) = target.error {
                return Err(vec![Line::Expected(step.text.clone()), Line::Found(error)]);
            }
            reports.extend(target.checks);
        }
        step.holds(&reports)
    }
}

fn parameters(cluster: &Cluster, user: &str, database: &str) -> anyhow::Result<Parameters> {
    Ok(Parameters::resolve(&keywords(cluster, user, database), &[], &Environment::silent())?)
}

fn keywords(cluster: &Cluster, user: &str, database: &str) -> Vec<(String, String)> {
    let socket = cluster.socket().display().to_string();
    let port = cluster.port().to_string();
    let given = [("host", socket.as_str()), ("port", &port), ("user", user), ("dbname", database)];
    given.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
}

async fn number(session: &Session) -> anyhow::Result<ServerVersion> {
    let answer = session.ask("SELECT pg_catalog.current_setting('server_version_num')").await?;
    let number = answer.into_iter().flatten().next().and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| anyhow::anyhow!("the server does not say its version"))?;
    Ok(ServerVersion::from_num(number))
}

/// An error with its causes, each in a line.
fn said(error: &(dyn std::error::Error + 'static)) -> Vec<Line> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut lines: Vec<Line> = Vec::new();
    for text in causes.map(ToString::to_string) {
        lines.extend(text.lines().map(|line| Line::Remark(line.to_owned())));
    }
    lines.dedup();
    lines
}
