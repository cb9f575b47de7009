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
use crate::catalog::databases::DatabaseList;
use crate::catalog::extension::Extension;
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
use crate::text::sql::identifier;

/// The database in which the blocks run.
pub(super) const DATABASE: &str = "postgres";

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
    if let Some(reason) = reason_to_skip(check, scenario, major) {
        return Ok(ScenarioEnd::Skipped { major, reason });
    }
    let options = tempserver::ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: scenario.settings.clone(),
        short_lived: true,
        ..tempserver::ServerOptions::default()
    };
    let server = TemporaryServer::start(&options).map_err(|error| failure(causes(&error)))?;
    let version = server.version().to_owned();
    let ended = run_on(&server, DATABASE, check, scenario, program, false);
    drop(server);
    match ended {
        Ok(()) => Ok(ScenarioEnd::Passed { version }),
        Err(lines) => Err(ScenarioFailure { version: Some(version), lines }),
    }
}

/// Why a scenario does not run on servers of a major version.
pub(super) fn reason_to_skip(check: &Check, scenario: &Scenario, major: u32) -> Option<String> {
    let majors = [("the scenario", scenario.servers), (check.name.as_str(), check.servers)];
    let not_for = majors.into_iter().find(|(_, majors)| !majors.contains(major));
    not_for.map(|(what, majors)| format!("{what} is for PostgreSQL {majors}"))
}

/// Runs a scenario in a database of a server, in which the check may be installed.
pub(super) fn run_on(
    server: &TemporaryServer,
    database: &str,
    check: &Check,
    scenario: &Scenario,
    program: &Path,
    is_installed: bool,
) -> Result<(), Vec<DifferenceLine>> {
    // The blocks run in one database, whatever the databases of the check are.
    let check = &Check { databases: DatabaseList::all(), ..check.clone() };
    let stage = Stage { check, scenario, server, database, program, is_installed };
    database::block_on(stage.run()).unwrap_or_else(|error| Err(causes(&error)))
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
        for extension in checks.iter().filter_map(|check| check.requires) {
            session.apply(&create_extension(extension)).await?;
        }
        linter::lint(&session, checks, session.supported_version().await?).await
    });
    let complaints = complaints.map_err(|error| failure(causes(&error)))?;
    let complaints = complaints.map_err(|error: AdminError| failure(causes(&error)))?;
    if complaints.is_empty() {
        return Ok(ScenarioEnd::Passed { version });
    }
    Err(failure(remarks(&complaints)))
}

/// One scenario with its server.
struct Stage<'a> {
    check: &'a Check,
    scenario: &'a Scenario,
    server: &'a TemporaryServer,
    database: &'a str,
    program: &'a Path,
    is_installed: bool,
}

impl Stage<'_> {
    async fn run(&self) -> Result<(), Vec<DifferenceLine>> {
        // All steps have one judge, which takes longer to start than to judge.
        let limits = Limits::within(Duration::from_secs(30), 1);
        let runner = Runner::new(limits, self.program.to_owned());
        let ended = self.run_steps(&runner).await;
        runner.close();
        ended
    }

    async fn run_steps(&self, runner: &Runner) -> Result<(), Vec<DifferenceLine>> {
        let session = self.session().await.map_err(|error| causes(&error))?;
        let mut steps = self.scenario.steps.iter().peekable();
        let before = steps.peek().filter(|_| self.scenario.before).copied();
        if let Some(step) = before {
            self.execute(&session, step).await?;
            if let Some(extension) = self.check.requires {
                let created = session.apply(&create_extension(extension)).await;
                created.map_err(|error| causes(&error))?;
            }
            self.lint(&session).await?;
        }
        if !self.is_installed {
            self.install(&session).await?;
        }
        for step in steps {
            if before.is_none_or(|before| before.begins != step.begins) {
                self.execute(&session, step).await?;
            }
            let deadline = Instant::now() + self.scenario.patience;
            // The pauses become longer, so that a state that takes its time costs few calls.
            let mut pause = Duration::from_millis(50);
            loop {
                let Err(lines) = self.check(step, runner).await else { break };
                if Instant::now() >= deadline {
                    let waited = self.scenario.patience.as_secs();
                    let heading =
                        format!("{}:{}: not within {waited} s:", self.scenario.file, step.line);
                    return Err(std::iter::once(DifferenceLine::Remark(heading))
                        .chain(lines)
                        .collect());
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 3 / 2).min(Duration::from_millis(500));
            }
        }
        Ok(())
    }

    /// The superuser's session.
    async fn session(&self) -> Result<Session, AdminError> {
        let parameters = parameters(self.server, "postgres", self.database)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        // The blocks use names without a schema, as in psql.
        session.apply("SET search_path = public").await?;
        Ok(session)
    }

    /// Lints the check, whose tables exist now.
    async fn lint(&self, session: &Session) -> Result<(), Vec<DifferenceLine>> {
        let refusals = async {
            let version = session.supported_version().await?;
            linter::lint_in(session, self.database, &[self.check], version).await
        };
        let refusals = refusals.await.map_err(|error| causes(&error))?;
        if refusals.is_empty() { Ok(()) } else { Err(remarks(&refusals)) }
    }

    /// Installs the check, after its extension.
    async fn install(&self, session: &Session) -> Result<(), Vec<DifferenceLine>> {
        let mut reason = self.try_install(session).await;
        if let (Ok(Some(_)), Some(extension)) = (&reason, self.check.requires) {
            self.create(extension).await.map_err(|error| causes(&error))?;
            reason = self.try_install(session).await;
        }
        match reason.map_err(|error| causes(&error))? {
            None => Ok(()),
            Some(reason) => Err(vec![DifferenceLine::Remark(format!(
                "the check cannot be installed: {reason}"
            ))]),
        }
    }

    /// Creates the extension of the check in the home database, which exists now, and in the database of the blocks.
    async fn create(&self, extension: &Extension) -> Result<(), AdminError> {
        for database in [&install::InstallOptions::default().home, self.database] {
            let parameters = parameters(self.server, "postgres", database)?;
            let session = Session::open(&parameters, Purpose::Install).await?;
            session.apply(&create_extension(extension)).await?;
            // Where all roles can create functions beside it, the check is not installed.
            session.apply("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await?;
        }
        Ok(())
    }

    /// The reason if the check was not installed.
    async fn try_install(&self, session: &Session) -> Result<Option<String>, AdminError> {
        let checks = std::slice::from_ref(self.check);
        let applied = apply_checks(self.server, &[self.database], checks, session).await?;
        let refused = applied.refused.into_iter().map(|(_, reason)| reason);
        let inapplicable = applied.inapplicable.into_iter().map(|left| left.reason);
        Ok(refused.chain(inapplicable).next())
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
    async fn check(&self, step: &ScenarioStep, runner: &Runner) -> Result<(), Vec<DifferenceLine>> {
        let target = Target {
            name: "scenario".to_owned(),
            keywords: self.server.keywords("posemo", "posemo"),
            ..Target::default()
        };
        // Scenarios also test checks that runs leave out.
        let checks = [Rc::new(Check { by_default: true, ..self.check.clone() })];
        let job = Job::new(&Settings::default(), &target, &checks, &Environment::silent());
        let job = job.map_err(|error| causes(&error))?;
        let report = runner.run(&[job], |_| ()).await;
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

/// Installs checks in databases, except those whose extension a database does not have.
pub(super) fn install(
    server: &TemporaryServer,
    databases: &[&str],
    checks: &[Check],
) -> Result<(), Vec<DifferenceLine>> {
    let applied = database::block_on(async {
        let parameters = parameters(server, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        apply_checks(server, databases, checks, &session).await
    });
    let applied = applied.map_err(|error| causes(&error))?;
    let refused = applied.map_err(|error| causes(&error))?.refused;
    if refused.is_empty() {
        return Ok(());
    }
    Err(refused.into_iter().map(|(_, reason)| DifferenceLine::Remark(reason)).collect())
}

async fn apply_checks(
    server: &TemporaryServer,
    databases: &[&str],
    checks: &[Check],
    session: &Session,
) -> Result<apply::Applied, AdminError> {
    let options = install::InstallOptions {
        databases: databases.iter().map(ToString::to_string).collect(),
        superuser_owner: true,
        ..install::InstallOptions::default()
    };
    let script = install::script(checks, &options, session.supported_version().await?)?;
    apply::apply(&parameters(server, "postgres", DATABASE)?, &script, false).await
}

/// The sessions of servers begin with a search path without a schema of users.
fn create_extension(extension: &Extension) -> String {
    let name = identifier(extension.name);
    format!("CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public")
}

pub(super) fn parameters(
    server: &TemporaryServer,
    user: &str,
    database: &str,
) -> Result<Parameters, AdminError> {
    Ok(Parameters::resolve(&server.keywords(user, database), &[], &Environment::silent())?)
}

/// Refusals of the linter, each in a line.
fn remarks(refusals: &[impl ToString]) -> Vec<DifferenceLine> {
    refusals.iter().map(|one| DifferenceLine::Remark(one.to_string())).collect()
}

/// An error and its causes, each in a line.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<DifferenceLine> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut lines: Vec<DifferenceLine> = Vec::new();
    for text in causes.map(ToString::to_string) {
        lines.extend(text.lines().map(|line| DifferenceLine::Remark(line.to_owned())));
    }
    lines.dedup();
    lines
}
