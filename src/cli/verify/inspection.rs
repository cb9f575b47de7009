//! Asks a server the questions of `verify`, database by database.
//!
//! It has no opinion on the answers, and changes nothing: every session only reads.

use std::time::{Duration, Instant};

use anyhow::Context;
use futures_util::stream::{self, StreamExt};

use super::answer;
use crate::catalog::check::{Check, Scope};
use crate::catalog::server_version::{OLDEST, ServerVersion};
use crate::database::parameters::Parameters;
use crate::database::{Purpose, Session};
use crate::finding::report::{CheckReport, ServerRole, TargetReport};
use crate::install::Options;
use crate::install::verify::{self, Question};

/// Databases that are asked at a time; the monitor role may have ten sessions.
const SIDE_BY_SIDE: usize = 4;

/// What is to be looked at, and how it is reached.
pub(super) struct Inspection<'a> {
    pub(super) checks: &'a [Check],
    pub(super) options: Options,
    pub(super) parameters: &'a Parameters,
    pub(super) statement: Duration,
}

/// What the first question found out.
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
    /// The report of the server; what keeps it from being asked at all is in there as well.
    pub(super) async fn target(&self) -> TargetReport {
        let mut report = TargetReport::default();
        if let Some(host) = self.parameters.hosts().first() {
            report.host = Some(host.label.clone());
            report.port = Some(host.port);
        }
        if let Err(error) = self.fill(&mut report).await {
            report.error = Some(super::super::chain(&error));
        }
        report
    }

    async fn fill(&self, report: &mut TargetReport) -> anyhow::Result<()> {
        let home = Session::open(self.parameters, self.purpose()).await?;
        report.host = Some(home.host().to_owned());
        report.port = Some(home.port());
        report.server_version = home.server_version().map(str::to_owned);
        let known = known(home.table(&verify::look(&self.options)?).await?);
        report.role = Some(if known.standby { ServerRole::Standby } else { ServerRole::Primary });
        let version = known.version.context("the server does not say its version")?;
        if version.major() < OLDEST {
            anyhow::bail!("PostgreSQL {version} is not served; {OLDEST} and newer are");
        }
        let (at_home, elsewhere) = self.questions(&known, version)?;
        report.checks = answers(&home, &at_home).await;
        let others =
            stream::iter(&elsewhere).map(|(name, questions)| self.database(name, questions));
        for mut reports in others.buffered(SIDE_BY_SIDE).collect::<Vec<_>>().await {
            report.checks.append(&mut reports);
        }
        Ok(())
    }

    /// The questions for the home database, and those for each other one.
    #[expect(clippy::type_complexity, reason = "it is said once")]
    fn questions(
        &self,
        known: &Known,
        version: ServerVersion,
    ) -> anyhow::Result<(Vec<Question>, Vec<(String, Vec<Question>)>)> {
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
        let mut elsewhere: Vec<(String, Vec<Question>)> =
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
        Purpose::Monitor { statement: self.statement }
    }
}

/// One report a question.
async fn answers(session: &Session, questions: &[Question]) -> Vec<CheckReport> {
    let mut reports = Vec::with_capacity(questions.len());
    for question in questions {
        let began = Instant::now();
        let database = (!question.shared).then_some(question.database.as_str());
        let report = match session.table(&question.sql).await {
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
