//! Runs the queries of `verify`, database by database. Every session only reads.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};

use super::error::AdminError;
use super::verify_report;
use crate::catalog::check::{Check, Scope};
use crate::catalog::monitor::SESSIONS_BESIDE_HOME;
use crate::catalog::server_version::ServerVersion;
use crate::database::error::{DatabaseError, LimitExceeded};
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::finding::report::{CheckReport, ServerRole, TargetReport};
use crate::install::InstallOptions;
use crate::install::verify::{self, VerifyQuery};
use crate::text::causes::one_line;

/// What to verify, and how to connect.
pub struct Inspection<'a> {
    /// The checks that should be installed.
    pub checks: &'a [Check],
    /// The names of the installation.
    pub options: InstallOptions,
    /// The connection to the home database.
    pub parameters: &'a Parameters,
    /// The deadline of all queries together.
    pub total: Duration,
}

/// A database, and the queries to run there.
type DatabaseQueries = (String, Vec<VerifyQuery>);

/// The result of the first query.
#[derive(Default)]
struct VerifyFacts {
    version: Option<ServerVersion>,
    home: String,
    standby: bool,
    superuser: bool,
    /// The role that installed on a managed service.
    installer: Option<String>,
    functions: Vec<String>,
    installed: Vec<String>,
    /// Databases with an installation that allow no connections.
    closed: Vec<String>,
    stray: Vec<String>,
}

impl Inspection<'_> {
    /// The report of the server within the deadline.
    pub async fn target(&self, name: &str) -> TargetReport {
        let whole = self.total.mul_f64(0.95);
        let report = tokio::time::timeout(whole, self.report()).await.unwrap_or_else(|_| {
            let error = LimitExceeded::new("the verification", self.total).to_string();
            TargetReport { error: Some(error), ..TargetReport::default() }
        });
        TargetReport { target: name.to_owned(), ..report }
    }

    async fn report(&self) -> TargetReport {
        let mut report = TargetReport::default();
        if let Some(host) = self.parameters.hosts().first() {
            report.host = Some(host.label.clone());
            report.port = Some(host.port);
        }
        if let Err(error) = self.fill(&mut report).await {
            report.error = Some(match &error {
                AdminError::Database(refused) => reason(refused),
                other => one_line(other),
            });
        }
        report
    }

    async fn fill(&self, report: &mut TargetReport) -> Result<(), AdminError> {
        let home = Session::open(self.parameters, self.purpose()).await?;
        report.host = Some(home.host().to_owned());
        report.port = Some(home.port());
        report.server_version = home.server_version().map(str::to_owned);
        let facts = read_facts(home.table(&verify::facts(self.checks, &self.options)?, 2).await?);
        report.role = Some(if facts.standby { ServerRole::Standby } else { ServerRole::Primary });
        let version = facts.version.ok_or(AdminError::NoVersion)?.supported()?;
        let (at_home, elsewhere) = self.queries(&facts, version)?;
        report.checks = reports(&home, &at_home).await.into();
        let others =
            stream::iter(&elsewhere).map(|(name, queries)| self.database(&home, name, queries));
        for reports in others.buffered(SESSIONS_BESIDE_HOME).collect::<Vec<_>>().await {
            report.checks.extend(reports);
        }
        Ok(())
    }

    /// The queries for the home database, and those for each other database.
    fn queries(
        &self,
        facts: &VerifyFacts,
        version: ServerVersion,
    ) -> Result<(Vec<VerifyQuery>, Vec<DatabaseQueries>), AdminError> {
        let mut local = self.checks.iter().flat_map(|check| check.queries_of(Scope::Database));
        // The home database has the CONNECT grant in any case, so its functions decide.
        let also_home = local.any(|query| facts.functions.contains(&query.signature.function));
        let databases = facts.installed.iter().chain(also_home.then_some(&facts.home));
        let options = InstallOptions {
            home: facts.home.clone(),
            databases: databases.cloned().collect(),
            closed: facts.closed.clone(),
            superuser: facts.superuser,
            ..self.options.clone()
        };
        let installer = facts.installer.as_deref();
        let all = verify::queries(self.checks, &options, version, installer)?;
        let (at_home, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|query| query.database == facts.home);
        let queries_in =
            |name: &String| rest.iter().filter(|query| query.database == *name).cloned().collect();
        let mut elsewhere: Vec<DatabaseQueries> =
            facts.installed.iter().map(|name| (name.clone(), queries_in(name))).collect();
        // Databases without an installation are inspected by superusers only; for other roles the rule `elsewhere`
        // reads the shared system catalogs.
        for name in facts.stray.iter().filter(|_| facts.superuser) {
            let queries = verify::stray_queries(self.checks, &options, version, installer, name)?;
            elsewhere.push((name.clone(), queries));
        }
        Ok((at_home, elsewhere))
    }

    /// The reports about another database; none if it was dropped, renamed or moved since it was listed.
    async fn database(
        &self,
        home: &Session,
        name: &str,
        queries: &[VerifyQuery],
    ) -> Vec<CheckReport> {
        let parameters = self.parameters.with_database(name);
        let reports = match Session::open(&parameters, self.purpose()).await {
            Ok(session) => reports(&session, queries).await,
            // It may exist again since.
            Err(error) if error.is_missing_database() => return Vec::new(),
            Err(error) => vec![verify_report::failed("connection", Some(name), &error.to_string())],
        };
        let failed = reports.iter().any(|report| report.error.is_some());
        if failed && home.lost_database(name).await { Vec::new() } else { reports }
    }

    fn purpose(&self) -> Purpose {
        Purpose::Monitor { statement: self.total.mul_f64(0.8) }
    }
}

/// One report for each query.
async fn reports(session: &Session, queries: &[VerifyQuery]) -> Vec<CheckReport> {
    let mut reports = Vec::with_capacity(queries.len());
    for query in queries {
        let began = Instant::now();
        let database = (!query.shared).then_some(query.database.as_str());
        let mut answer = session.table(&query.sql, 5).await;
        if answer.as_ref().is_err_and(DatabaseError::may_pass) {
            answer = session.table(&query.sql, 5).await;
        }
        let report = match answer {
            Ok(rows) => verify_report::report(query.rule, database, rows),
            Err(error) => verify_report::failed(query.rule, database, &reason(&error)),
        };
        reports.push(CheckReport { duration: began.elapsed(), ..report });
    }
    reports
}

fn read_facts(rows: Vec<Vec<Option<String>>>) -> VerifyFacts {
    let mut facts = VerifyFacts::default();
    for row in rows {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let (keyword, value) =
            (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        match keyword.as_str() {
            "version" => facts.version = value.parse().ok().map(ServerVersion::from_num),
            "database" => facts.home = value,
            "standby" => facts.standby = true,
            "superuser" => facts.superuser = true,
            "installer" => facts.installer = Some(value),
            "function" => facts.functions.push(value),
            "installed" => facts.installed.push(value),
            "closed" => facts.closed.push(value),
            "stray" => facts.stray.push(value),
            _ => {}
        }
    }
    facts.installed.sort();
    facts.stray.sort();
    facts
}

/// Why a query failed. Where PUBLIC cannot read the system catalogs, the monitor role has only what a run needs.
fn reason(error: &DatabaseError) -> String {
    match error.sqlstate() {
        Some("42501") if !matches!(error, DatabaseError::Connect(_)) => {
            format!("{error}; connect as a superuser: posemo verify -U postgres")
        }
        Some(_) | None => one_line(error),
    }
}
