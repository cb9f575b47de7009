//! Examines one target.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::step::{Examined, Solver, StepKind, StepResult};
use crate::catalog::check::Scope;
use crate::database::connect::{ConnectError, ConnectStep, ServerWay, ways};
use crate::database::error::DatabaseError;
use crate::database::probe::Probe;
use crate::database::{Purpose, ServerAccess, Session};
use crate::finding::State;
use crate::finding::report::{CheckReport, OWN, Skip, TargetReport};
use crate::run::Limits;
use crate::run::job::Job;
use crate::run::runner::Runner;
use crate::text::causes::one_line;
use crate::text::number::{counted, duration};

/// The time for one address.
const ADDRESS: Duration = Duration::from_secs(3);

/// The failed checks and the names in a message.
const FEW: usize = 10;

/// Whether the connected role is a superuser.
const SUPERUSER: &str =
    "(SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)";

/// Why a connection needs no encryption.
const LOCAL: &str = "not needed: the server is on this machine";

/// A step that failed ends the examination.
type Passes<T> = Result<T, ()>;

/// The examination of one target.
pub(super) struct Examination<'a> {
    job: &'a Job,
    limits: Limits,
    /// Whether the server is on this machine.
    is_local: bool,
    steps: Vec<(StepKind, StepResult)>,
}

impl<'a> Examination<'a> {
    /// The examination of the target of a job, whose checks run in the last step.
    pub(super) fn new(job: &'a Job, limits: Limits) -> Examination<'a> {
        Examination { job, limits, is_local: false, steps: Vec::new() }
    }

    /// Goes through the steps.
    pub(super) async fn examine(mut self, runner: &Runner) -> Examined {
        // The steps contain the result, also of the one that failed.
        let _ = self.all(runner).await;
        Examined { target: self.job.name.clone(), steps: self.steps }
    }

    async fn all(&mut self, runner: &Runner) -> Passes<()> {
        let access = self.settings()?;
        self.network(&access).await?;
        let session = self.session(&access).await?;
        let probe = self.server(&session).await?;
        self.installation(&probe)?;
        drop(session);
        let report = runner.sweep(self.job).await;
        self.checks(&report)
    }

    fn pass(&mut self, step: StepKind, text: impl Into<String>) {
        self.steps.push((step, StepResult::Passed(text.into())));
    }

    fn remark(&mut self, step: StepKind, text: impl Into<String>) {
        self.steps.push((step, StepResult::Remark(text.into())));
    }

    fn fail<T>(&mut self, step: StepKind, reason: impl Into<String>, solver: Solver) -> Passes<T> {
        self.steps.push((step, StepResult::Failed { reasons: vec![reason.into()], solver }));
        Err(())
    }

    fn settings(&mut self) -> Passes<ServerAccess> {
        let parameters = match &self.job.parameters {
            Ok(parameters) => parameters.clone(),
            Err(error) => {
                let reason = one_line(&**error);
                return self.fail(StepKind::Settings, reason, Solver::User);
            }
        };
        let hosts = parameters.hosts().iter();
        let hosts: Vec<String> =
            hosts.map(|host| format!("{} port {}", host.label, host.port)).collect();
        let (user, database) = (parameters.user(), parameters.database());
        self.pass(
            StepKind::Settings,
            format!("{}; role {user}, database {database}", hosts.join(", ")),
        );
        for warning in parameters.warnings() {
            self.remark(StepKind::Settings, warning);
        }
        if self.job.is_empty() {
            return self.fail(StepKind::Settings, "no check is enabled", Solver::User);
        }
        Ok(ServerAccess::new(parameters))
    }

    /// The names and the addresses. One that works is enough; the others are remarks.
    async fn network(&mut self, access: &ServerAccess) -> Passes<()> {
        let ways = ways(access, ADDRESS).await;
        let (named, lost): (Vec<&ServerWay>, Vec<&ServerWay>) =
            ways.iter().partition(|way| way.endpoint.is_some());
        for way in &lost {
            if let Err(error) = &way.reached {
                let reason = one_line(error);
                if named.is_empty() {
                    return self.fail(StepKind::Name, reason, Solver::Network);
                }
                self.remark(StepKind::Name, reason);
            }
        }
        let is_local = |way: &&ServerWay| {
            let address = way.endpoint.as_ref().map(|endpoint| endpoint.address);
            address.is_some_and(|one| one.is_none_or(|one| one.to_canonical().is_loopback()))
        };
        self.is_local = named.iter().all(is_local);
        let of_way = |way: &&ServerWay| Some(way.endpoint.as_ref()?.to_string());
        let endpoints: Vec<String> = named.iter().filter_map(of_way).collect();
        self.pass(StepKind::Name, endpoints.join(", "));
        let reached: Vec<String> = named
            .iter()
            .filter_map(|way| Some((of_way(way)?, way.reached.as_ref().ok()?)))
            .map(|(endpoint, took)| {
                format!("{endpoint} accepts connections ({})", duration(took.as_secs_f64()))
            })
            .collect();
        for error in named.iter().filter_map(|way| way.reached.as_ref().err()) {
            let reason = match error {
                ConnectError::Timeout { endpoint, limit } => format!(
                    "{endpoint} did not accept a connection within {} s: a firewall may drop the packets, or the machine is off",
                    limit.as_secs()
                ),
                other => one_line(other),
            };
            if reached.is_empty() {
                let is_refused = !matches!(error, ConnectError::Timeout { .. });
                let solver = if is_refused { Solver::Server } else { Solver::Network };
                return self.fail(StepKind::Network, reason, solver);
            }
            self.remark(StepKind::Network, reason);
        }
        self.pass(StepKind::Network, reached.join("; "));
        Ok(())
    }

    async fn session(&mut self, access: &ServerAccess) -> Passes<Session> {
        let deadline = Instant::now() + self.limits.connect;
        let purpose = Purpose::Monitor { statement: self.limits.statement };
        let opened = Session::open_until(access, purpose, Some(deadline)).await;
        let session = match opened {
            Ok(session) => session,
            Err(DatabaseError::Connect(error)) => return self.refused(&error),
            Err(error) => return self.fail(StepKind::Login, one_line(&error), Solver::Server),
        };
        self.encryption(access, &session);
        let (host, port) = (session.host(), session.port());
        let took = duration(session.opened_in().as_secs_f64());
        self.pass(StepKind::Login, format!("{host} port {port}, in {took}"));
        Ok(session)
    }

    /// A connection that failed. The steps before the one that failed succeeded.
    fn refused<T>(&mut self, error: &ConnectError) -> Passes<T> {
        let reason = one_line(error);
        match error.step() {
            // It changed since the step before.
            ConnectStep::Name => self.fail(StepKind::Name, reason, Solver::Network),
            ConnectStep::Network => self.fail(StepKind::Network, reason, Solver::Server),
            ConnectStep::Tls => self.fail(StepKind::Tls, reason, solver_of_tls(error)),
            ConnectStep::Login => {
                self.pass(
                    StepKind::Tls,
                    if self.is_local { LOCAL } else { "no error before the login" },
                );
                let solver = if is_for_user(error) { Solver::User } else { Solver::Server };
                self.fail(StepKind::Login, reason, solver)
            }
        }
    }

    fn encryption(&mut self, access: &ServerAccess, session: &Session) {
        let mode = access.parameters().encryption.mode.name();
        match session.certificate() {
            Some(_) if access.parameters().encryption.mode.is_verified() => self.pass(
                StepKind::Tls,
                format!("encrypted, and the certificate is verified (sslmode={mode})"),
            ),
            Some(_) => self.remark(
                StepKind::Tls,
                format!(
                    "encrypted, but the certificate is not verified (sslmode={mode}): another server could answer; use sslmode=verify-full with sslrootcert"
                ),
            ),
            None if self.is_local => self.pass(StepKind::Tls, LOCAL),
            None => self.remark(
                StepKind::Tls,
                format!(
                    "not encrypted (sslmode={mode}): on a network, use sslmode=verify-full, and ssl=on on the server"
                ),
            ),
        }
    }

    /// What the server is, and which functions it has.
    async fn server(&mut self, session: &Session) -> Passes<Probe> {
        let queries = self.job.checks.iter().flat_map(|planned| planned.check.queries.iter());
        let functions: Vec<&str> = queries
            .filter(|query| query.scope == Scope::Cluster)
            .map(|query| query.signature.function.as_str())
            .collect();
        let probe = match session.probe(&self.job.schema, &functions).await {
            Ok(probe) => probe,
            Err(error) if error.sqlstate() == Some("42501") => {
                let schema = &self.job.schema;
                let reason = format!(
                    "the role must not use schema {schema}: connect as the monitor role, or run posemo install for this role; {error}"
                );
                self.pass(StepKind::Server, version_of(session));
                return self.fail(StepKind::Installation, reason, Solver::Installer);
            }
            Err(error) => return self.fail(StepKind::Server, one_line(&error), Solver::Server),
        };
        if let Err(error) = probe.version.supported() {
            return self.fail(StepKind::Server, one_line(&error), Solver::Server);
        }
        self.pass(StepKind::Server, format!("{}, {}", version_of(session), probe.role.name()));
        if session.holds(SUPERUSER).await.unwrap_or_default() {
            self.remark(
                StepKind::Server,
                "the role is a superuser: connect as the monitor role, which can only call the functions",
            );
        }
        Ok(probe)
    }

    fn installation(&mut self, probe: &Probe) -> Passes<()> {
        let schema = &self.job.schema;
        let found = probe.functions.len();
        if !probe.schema {
            let reason = format!(
                "the database has no schema {schema}: run posemo install, or connect to its home database"
            );
            return self.fail(StepKind::Installation, reason, Solver::Installer);
        }
        if found == 0 {
            let reason =
                format!("schema {schema} contains no function of the checks: run posemo install");
            return self.fail(StepKind::Installation, reason, Solver::Installer);
        }
        self.pass(
            StepKind::Installation,
            format!("schema {schema} contains {}", counted(found, "function")),
        );
        Ok(())
    }

    fn checks(&mut self, report: &TargetReport) -> Passes<()> {
        if let Some((_, reason)) = report.failure() {
            return self.fail(StepKind::Checks, reason, Solver::Server);
        }
        let (own, checks): (Vec<&CheckReport>, Vec<&CheckReport>) =
            report.checks.iter().partition(|check| check.check == OWN);
        let names_of = |is_of: fn(&CheckReport) -> bool| -> BTreeSet<&str> {
            let of_kind = checks.iter().filter(|check| is_of(check));
            of_kind.map(|check| check.check.as_str()).collect()
        };
        let missing = names_of(|check| check.skipped == Some(Skip::NotInstalled));
        let ran = names_of(|check| check.skipped.is_none());
        let all = names_of(|_| true);
        let unused = all.len() - ran.union(&missing).count();
        let failed: Vec<String> = checks
            .iter()
            .filter(|check| check.skipped.is_none())
            .filter_map(|check| Some((check, check.error.as_ref()?)))
            .map(|(check, error)| match &check.database {
                Some(database) => format!("{} in {database}: {error}", check.check),
                None => format!("{}: {error}", check.check),
            })
            .collect();
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().copied().take(FEW).collect();
            let more = if missing.len() > FEW { ", …" } else { "" };
            let is_missing = |check: &&&CheckReport| check.skipped == Some(Skip::NotInstalled);
            // All of them often have the same reason.
            let reasons: BTreeSet<&str> = checks
                .iter()
                .filter(is_missing)
                .filter_map(|check| check.error.as_deref())
                .collect();
            let reason = match reasons.first() {
                Some(only) if reasons.len() == 1 => only,
                _ => {
                    "run posemo install again, per-database checks with --database NAME or --all-databases; it reports why it leaves a check out"
                }
            };
            let text = format!(
                "{} not installed ({}{more}): {reason}",
                counted(missing.len(), "check"),
                names.join(", ")
            );
            self.remark(StepKind::Checks, text);
        }
        let problems = own.iter().flat_map(|check| &check.findings);
        for finding in problems.filter(|finding| finding.state != State::Ok).take(FEW) {
            self.remark(StepKind::Checks, &finding.summary);
        }
        if !failed.is_empty() {
            let count = format!("{} failed:", counted(failed.len(), "call"));
            let reasons = std::iter::once(count).chain(failed.into_iter().take(FEW)).collect();
            let result = StepResult::Failed { reasons, solver: Solver::Installer };
            self.steps.push((StepKind::Checks, result));
            return Err(());
        }
        let text = match unused {
            0 => format!("{} ran", counted(ran.len(), "check")),
            unused => format!(
                "{} ran; {unused} do not apply to this server (version, role or extension)",
                counted(ran.len(), "check")
            ),
        };
        self.pass(StepKind::Checks, text);
        Ok(())
    }
}

fn version_of(session: &Session) -> String {
    session
        .server_version()
        .map_or_else(|| "PostgreSQL".to_owned(), |one| format!("PostgreSQL {one}"))
}

/// Who can solve an error of TLS.
fn solver_of_tls(error: &ConnectError) -> Solver {
    match error {
        ConnectError::TlsSetup { .. } => Solver::User,
        _ => Solver::Server,
    }
}

/// Whether the user of this command can solve an error of the login: a password is missing or wrong, or another rule of the
/// settings ends the login.
fn is_for_user(error: &ConnectError) -> bool {
    match error {
        ConnectError::NoPassword { .. }
        | ConnectError::Peer { .. }
        | ConnectError::Refused { .. }
        | ConnectError::SessionAttrs { .. } => true,
        ConnectError::Several(errors) => errors.iter().all(is_for_user),
        other => other.sqlstate() == Some("28P01"),
    }
}
