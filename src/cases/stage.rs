//! Runs one scenario on a temporary server: its blocks as superuser, and after each block the check as the monitor.
//!
//! Only the check of the scenario is installed there, and nothing of the server remains.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::difference::Line;
use super::scenario::{Scenario, Step};
use crate::admin::error::AdminError;
use crate::admin::{apply, lint as linter, server_facts};
use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::finding::report::CheckReport;
use crate::install;
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;
use crate::settings::Settings;
use crate::settings::target::Target;
use crate::tempserver::{self, TemporaryServer};

/// The database in which the blocks run.
const DATABASE: &str = "postgres";

/// No block takes longer.
const BLOCK: Duration = Duration::from_secs(60);

/// How a scenario ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioEnd {
    /// Everything was as expected.
    Passed {
        /// The version of the server, such as `15.18`.
        version: String,
    },
    /// It did not run.
    Skipped {
        /// The major version of the server.
        major: u32,
        /// Why.
        reason: String,
    },
}

/// Why a scenario failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFailure {
    /// The version of the server, if one was started.
    pub version: Option<String>,
    /// The reason, for people.
    pub lines: Vec<Line>,
}

/// Runs a scenario on its own temporary server. `program` is this program, to be started again as the worker.
pub fn run(
    check: &Check,
    scenario: &Scenario,
    bindir: &Path,
    program: &Path,
) -> Result<ScenarioEnd, ScenarioFailure> {
    let failure = |lines| ScenarioFailure { version: None, lines };
    let major = tempserver::major_of(bindir).map_err(|error| failure(causes(&error)))?;
    for (what, majors) in [("the scenario", scenario.servers), (check.name.as_str(), check.servers)]
    {
        if !majors.contains(major) {
            let reason = format!("{what} is for PostgreSQL {majors}");
            return Ok(ScenarioEnd::Skipped { major, reason });
        }
    }
    let options = tempserver::ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: scenario.settings.clone(),
        short_lived: true,
        ..tempserver::ServerOptions::default()
    };
    let cluster = TemporaryServer::start(&options).map_err(|error| failure(causes(&error)))?;
    let version = cluster.version().to_owned();
    let ended = crate::database::runtime().map_err(|error| causes(&error)).and_then(|runtime| {
        let stage = Stage { check, scenario, cluster: &cluster, program };
        let ended = runtime.block_on(stage.play());
        runtime.shutdown_background();
        ended
    });
    drop(cluster);
    match ended {
        Ok(()) => Ok(ScenarioEnd::Passed { version }),
        Err(lines) => Err(ScenarioFailure { version: Some(version), lines }),
    }
}

/// Lints checks on a temporary server.
pub fn lint(checks: &[&Check], bindir: &Path) -> Result<ScenarioEnd, ScenarioFailure> {
    let options = tempserver::ServerOptions {
        bindir: Some(bindir.to_owned()),
        short_lived: true,
        ..tempserver::ServerOptions::default()
    };
    let failure = |lines| ScenarioFailure { version: None, lines };
    let cluster = TemporaryServer::start(&options).map_err(|error| failure(causes(&error)))?;
    let version = cluster.version().to_owned();
    let failure = |lines| ScenarioFailure { version: Some(version.clone()), lines };
    let runtime = crate::database::runtime().map_err(|error| failure(causes(&error)))?;
    let complaints = runtime.block_on(async {
        let parameters = parameters(&cluster, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        linter::lint(&session, checks, server_facts::version(&session).await?).await
    });
    let complaints = complaints.map_err(|error: AdminError| failure(causes(&error)))?;
    if complaints.is_empty() {
        return Ok(ScenarioEnd::Passed { version });
    }
    Err(failure(complaints.iter().map(|one| Line::Remark(one.to_string())).collect()))
}

/// One scenario with its server.
struct Stage<'a> {
    check: &'a Check,
    scenario: &'a Scenario,
    cluster: &'a TemporaryServer,
    program: &'a Path,
}

impl Stage<'_> {
    async fn play(&self) -> Result<(), Vec<Line>> {
        let session = self.install().await?;
        for step in &self.scenario.steps {
            self.execute(&session, step).await?;
            let deadline = Instant::now() + self.scenario.patience;
            loop {
                let Err(lines) = self.ask(step).await else { break };
                if Instant::now() >= deadline {
                    let waited = self.scenario.patience.as_secs();
                    let place =
                        format!("{}:{}: not within {waited} s:", self.scenario.file, step.line);
                    return Err(std::iter::once(Line::Remark(place)).chain(lines).collect());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Installs the check, and returns the superuser's session.
    async fn install(&self) -> Result<Session, Vec<Line>> {
        let installed = self.try_install().await.map_err(|error| causes(&error))?;
        let (session, refused) = installed;
        match refused {
            None => Ok(session),
            Some(reason) => {
                Err(vec![Line::Remark(format!("the check cannot be installed: {reason}"))])
            }
        }
    }

    async fn try_install(&self) -> Result<(Session, Option<String>), AdminError> {
        let parameters = parameters(self.cluster, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        let options = install::InstallOptions {
            databases: vec![DATABASE.to_owned()],
            superuser_owner: true,
            ..install::InstallOptions::default()
        };
        let checks = std::slice::from_ref(self.check);
        let script = install::script(checks, &options, server_facts::version(&session).await?)?;
        let done = apply::apply(&parameters, &script, false).await?;
        // The blocks find tables as in a psql session.
        session.apply("SET search_path = public").await?;
        Ok((session, done.refused.into_iter().next().map(|(_, reason)| reason)))
    }

    /// Runs a block as superuser.
    async fn execute(&self, session: &Session, step: &Step) -> Result<(), Vec<Line>> {
        let file = &self.scenario.file;
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

    /// Runs the check as the monitor, through its functions.
    async fn ask(&self, step: &Step) -> Result<(), Vec<Line>> {
        let target = Target {
            name: "scenario".to_owned(),
            keywords: self.cluster.keywords("posemo", "posemo"),
            ..Target::default()
        };
        let checks = [Rc::new(self.check.clone())];
        let job = Job::new(&Settings::default(), &target, &checks, &Environment::silent());
        let job = job.map_err(|error| causes(&error))?;
        let limits = Limits::within(Duration::from_secs(30), 1);
        let runner = Runner::new(limits, self.program.to_owned());
        let report = runner.run(&[job], |_| ()).await;
        runner.close();
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

fn parameters(
    cluster: &TemporaryServer,
    user: &str,
    database: &str,
) -> Result<Parameters, AdminError> {
    Ok(Parameters::resolve(&cluster.keywords(user, database), &[], &Environment::silent())?)
}

/// An error with its causes, each on its line.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<Line> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut lines: Vec<Line> = Vec::new();
    for text in causes.map(ToString::to_string) {
        lines.extend(text.lines().map(|line| Line::Remark(line.to_owned())));
    }
    lines.dedup();
    lines
}
