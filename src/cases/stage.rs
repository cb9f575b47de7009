//! Runs a scenario on a temporary server: a superuser executes each block, then the monitor runs the check.
//!
//! Only the check of the scenario is installed there. The server is removed at the end.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::result::DifferenceLine;
use super::scenario::{Scenario, ScenarioStep};
use crate::admin::error::AdminError;
use crate::admin::{apply, lint as linter};
use crate::catalog::check::Check;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{self, Purpose, Session};
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

/// The limit for each block.
const BLOCK: Duration = Duration::from_secs(60);

/// The end of a scenario that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioEnd {
    /// All findings were as expected.
    Passed {
        /// The version of the server, such as `15.18`.
        version: String,
    },
    /// It did not run.
    Skipped {
        /// The major version of the server.
        major: u32,
        /// The reason.
        reason: String,
    },
}

/// Why a scenario failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioFailure {
    /// The version of the server, if one was started.
    pub version: Option<String>,
    /// The differences, or the error.
    pub lines: Vec<DifferenceLine>,
}

/// Runs a scenario on its own temporary server. `program` is this program, which is started again as the worker.
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
    let server = TemporaryServer::start(&options).map_err(|error| failure(causes(&error)))?;
    let version = server.version().to_owned();
    let stage = Stage { check, scenario, server: &server, program };
    let ended = database::block_on(stage.run()).unwrap_or_else(|error| Err(causes(&error)));
    drop(server);
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
    let server = TemporaryServer::start(&options).map_err(|error| failure(causes(&error)))?;
    let version = server.version().to_owned();
    let failure = |lines| ScenarioFailure { version: Some(version.clone()), lines };
    let complaints = database::block_on(async {
        let parameters = parameters(&server, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        linter::lint(&session, checks, session.supported_version().await?).await
    });
    let complaints = complaints.map_err(|error| failure(causes(&error)))?;
    let complaints = complaints.map_err(|error: AdminError| failure(causes(&error)))?;
    if complaints.is_empty() {
        return Ok(ScenarioEnd::Passed { version });
    }
    Err(failure(complaints.iter().map(|one| DifferenceLine::Remark(one.to_string())).collect()))
}

/// One scenario with its server.
struct Stage<'a> {
    check: &'a Check,
    scenario: &'a Scenario,
    server: &'a TemporaryServer,
    program: &'a Path,
}

impl Stage<'_> {
    async fn run(&self) -> Result<(), Vec<DifferenceLine>> {
        let session = self.install().await?;
        for step in &self.scenario.steps {
            self.execute(&session, step).await?;
            let deadline = Instant::now() + self.scenario.patience;
            loop {
                let Err(lines) = self.check(step).await else { break };
                if Instant::now() >= deadline {
                    let waited = self.scenario.patience.as_secs();
                    let heading =
                        format!("{}:{}: not within {waited} s:", self.scenario.file, step.line);
                    return Err(std::iter::once(DifferenceLine::Remark(heading))
                        .chain(lines)
                        .collect());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }

    /// Installs the check, and returns the superuser's session.
    async fn install(&self) -> Result<Session, Vec<DifferenceLine>> {
        let installed = self.try_install().await.map_err(|error| causes(&error))?;
        let (session, refused) = installed;
        match refused {
            None => Ok(session),
            Some(reason) => Err(vec![DifferenceLine::Remark(format!(
                "the check cannot be installed: {reason}"
            ))]),
        }
    }

    async fn try_install(&self) -> Result<(Session, Option<String>), AdminError> {
        let parameters = parameters(self.server, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        let options = install::InstallOptions {
            databases: vec![DATABASE.to_owned()],
            superuser_owner: true,
            ..install::InstallOptions::default()
        };
        let checks = std::slice::from_ref(self.check);
        let script = install::script(checks, &options, session.supported_version().await?)?;
        let applied = apply::apply(&parameters, &script, false).await?;
        // The blocks use names without a schema, as in psql.
        session.apply("SET search_path = public").await?;
        Ok((session, applied.refused.into_iter().next().map(|(_, reason)| reason)))
    }

    /// Runs a block as superuser.
    async fn execute(
        &self,
        session: &Session,
        step: &ScenarioStep,
    ) -> Result<(), Vec<DifferenceLine>> {
        let file = &self.scenario.file;
        let error = match tokio::time::timeout(BLOCK, session.apply(&step.sql)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => {
                let _ = session.cancel().await;
                let (begins, seconds) = (step.begins, BLOCK.as_secs());
                let reason = format!("{file}:{begins}: was stopped after {seconds} s");
                return Err(vec![DifferenceLine::Remark(reason)]);
            }
        };
        let line = error.position().map(|position| step.line_at(position));
        let place = line.map_or_else(|| step.lines(), |line| line.to_string());
        let mut lines = vec![DifferenceLine::Remark(format!("{file}:{place}: {error}"))];
        let text = line.and_then(|line| step.sql.lines().nth(line - step.begins));
        lines.extend(text.map(|text| DifferenceLine::Remark(format!("  {}", text.trim()))));
        lines.extend(error.hint().map(|hint| DifferenceLine::Remark(format!("  {hint}"))));
        Err(lines)
    }

    /// Runs the check as the monitor, and compares its reports.
    async fn check(&self, step: &ScenarioStep) -> Result<(), Vec<DifferenceLine>> {
        let target = Target {
            name: "scenario".to_owned(),
            keywords: self.server.keywords("posemo", "posemo"),
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
                return Err(vec![
                    DifferenceLine::Expected(step.text.clone()),
                    DifferenceLine::Found(error),
                ]);
            }
            reports.extend(target.checks);
        }
        step.compare(&reports)
    }
}

fn parameters(
    server: &TemporaryServer,
    user: &str,
    database: &str,
) -> Result<Parameters, AdminError> {
    Ok(Parameters::resolve(&server.keywords(user, database), &[], &Environment::silent())?)
}

/// An error and its causes, each in a line.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<DifferenceLine> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut lines: Vec<DifferenceLine> = Vec::new();
    for text in causes.map(ToString::to_string) {
        lines.extend(text.lines().map(|line| DifferenceLine::Remark(line.to_owned())));
    }
    lines.dedup();
    lines
}
