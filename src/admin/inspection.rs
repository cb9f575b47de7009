//! Runs the queries of `verify`, database by database. Every session only reads.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};

use super::answer;
use super::error::AdminError;
use crate::catalog::check::{Check, Scope};
use crate::catalog::monitor::SESSIONS_BESIDE_HOME;
use crate::catalog::server_version::ServerVersion;
use crate::database::error::LimitExceeded;
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::finding::report::{CheckReport, ServerRole, TargetReport};
use crate::install::Options;
use crate::install::verify::{self, Question};

/// What to verify, and how to connect.
pub struct Inspection<'a> {
    /// The checks that should be installed.
    pub checks: &'a [Check],
    /// The names of the installation.
    pub options: Options,
    /// The connection to the home database.
    pub parameters: &'a Parameters,
    /// The deadline of all queries together.
    pub total: Duration,
}

/// A database, and what is asked there.
type DatabaseQuestions = (String, Vec<Question>);

/// The answer to the first query.
#[derive(Default)]
struct Known {
    version: Option<ServerVersion>,
    home: String,
    standby: bool,
    superuser: bool,
    functions: Vec<String>,
    installed: Vec<String>,
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
            report.error = Some(with_causes(&error));
        }
        report
    }

    async fn fill(&self, report: &mut TargetReport) -> Result<(), AdminError> {
        let home = Session::open(self.parameters, self.purpose()).await?;
        report.host = Some(home.host().to_owned());
        report.port = Some(home.port());
        report.server_version = home.server_version().map(str::to_owned);
        let known = known(home.table(&verify::look(&self.options)?, 2).await?);
        report.role = Some(if known.standby { ServerRole::Standby } else { ServerRole::Primary });
        let version = known.version.ok_or(AdminError::NoVersion)?.supported()?;
        let (at_home, elsewhere) = self.questions(&known, version)?;
        report.checks = answers(&home, &at_home).await;
        let others =
            stream::iter(&elsewhere).map(|(name, questions)| self.database(name, questions));
        for mut reports in others.buffered(SESSIONS_BESIDE_HOME).collect::<Vec<_>>().await {
            report.checks.append(&mut reports);
        }
        Ok(())
    }

    /// The questions for the home database, and those for each other one.
    fn questions(
        &self,
        known: &Known,
        version: ServerVersion,
    ) -> Result<(Vec<Question>, Vec<DatabaseQuestions>), AdminError> {
        let mut queries = self.checks.iter().flat_map(|check| check.queries_of(Scope::Database));
        // The grant that lets the monitor in is the same at home, so the functions have to tell.
        let also_home = queries.any(|query| known.functions.contains(&query.signature.function));
        let databases = known.installed.iter().chain(also_home.then_some(&known.home));
        let options = Options {
            home: known.home.clone(),
            databases: databases.cloned().collect(),
            superuser: known.superuser,
            ..self.options.clone()
        };
        let all = verify::questions(self.checks, &options, version)?;
        let (at_home, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|question| question.database == known.home);
        let of = |name: &String| {
            rest.iter().filter(|question| question.database == *name).cloned().collect()
        };
        let mut elsewhere: Vec<DatabaseQuestions> =
            known.installed.iter().map(|name| (name.clone(), of(name))).collect();
        // Where nothing is installed only a superuser may look; others are told by the shared catalogs.
        for name in known.stray.iter().filter(|_| known.superuser) {
            elsewhere.push((name.clone(), verify::stray_questions(&options, version, name)?));
        }
        Ok((at_home, elsewhere))
    }

    async fn database(&self, name: &str, questions: &[Question]) -> Vec<CheckReport> {
        let parameters = self.parameters.with_database(name);
        match Session::open(&parameters, self.purpose()).await {
            Ok(session) => answers(&session, questions).await,
            Err(error) => vec![answer::failed("connection", Some(name), &error.to_string())],
        }
    }

    fn purpose(&self) -> Purpose {
        Purpose::Monitor { statement: self.total.mul_f64(0.8) }
    }
}

/// One report a question.
async fn answers(session: &Session, questions: &[Question]) -> Vec<CheckReport> {
    let mut reports = Vec::with_capacity(questions.len());
    for question in questions {
        let began = Instant::now();
        let database = (!question.shared).then_some(question.database.as_str());
        let report = match session.table(&question.sql, 5).await {
            Ok(rows) => answer::report(question.rule, database, rows),
            Err(error) => answer::failed(question.rule, database, &error.to_string()),
        };
        reports.push(CheckReport { duration: began.elapsed(), ..report });
    }
    reports
}

fn known(rows: Vec<Vec<Option<String>>>) -> Known {
    let mut known = Known::default();
    for row in rows {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let (word, value) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        match word.as_str() {
            "version" => known.version = value.parse().ok().map(ServerVersion::from_num),
            "database" => known.home = value,
            "standby" => known.standby = true,
            "superuser" => known.superuser = true,
            "function" => known.functions.push(value),
            "installed" => known.installed.push(value),
            "stray" => known.stray.push(value),
            _ => {}
        }
    }
    known.installed.sort();
    known.stray.sort();
    known
}

/// An error with its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut parts: Vec<String> = Vec::new();
    for text in causes.map(ToString::to_string) {
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
