//! Has a server describe the queries of advisor checks, and writes drafts of checks from the result.
//!
//! No query runs: the server analyses each in a transaction that is rolled back.

use std::path::{Path, PathBuf};

use super::error::AdminError;
use super::lint;
use crate::catalog::check::Check;
use crate::database::error::DatabaseError;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::evaluate::script;
use crate::finding::Severity;
use crate::lint::server_error::ServerError;
use crate::percona::advisor_check::{AdvisorCheck, AdvisorQuery};
use crate::percona::description::{
    self, AS_UNPRIVILEGED, QueryDescription, READS, SETTINGS, TABLES, TYPES,
};
use crate::percona::draft::Draft;
use crate::percona::folders::{self, FolderError};
use crate::tempserver::{ServerOptions, TemporaryServer};
use crate::text::mistake::Mistake;
use crate::text::visible::visible;

/// The server that describes the queries.
#[derive(Debug)]
pub enum DescribingServer {
    /// A running server.
    Running(Box<Parameters>),
    /// A temporary server, with the directory of its programs if one was given.
    Temporary(Option<PathBuf>),
}

impl DescribingServer {
    /// The server of connection options, or else a temporary one.
    pub fn of(
        options: Option<&[(String, String)]>,
        bindir: Option<PathBuf>,
        environment: &Environment,
    ) -> Result<DescribingServer, AdminError> {
        let Some(keywords) = options else { return Ok(DescribingServer::Temporary(bindir)) };
        let parameters = Parameters::resolve(keywords, &[("dbname", "postgres")], environment)?;
        Ok(DescribingServer::Running(Box::new(parameters)))
    }
}

impl DescribingServer {
    /// Does work on the server. A temporary one is started before and stopped after it.
    pub(super) async fn with<T>(
        &self,
        work: impl AsyncFnOnce(&Parameters) -> Result<T, AdminError>,
    ) -> Result<T, AdminError> {
        match self {
            DescribingServer::Running(parameters) => work(parameters).await,
            DescribingServer::Temporary(bindir) => {
                let bindir = bindir.clone();
                let options =
                    ServerOptions { bindir, short_lived: true, ..ServerOptions::default() };
                let server = TemporaryServer::start(&options)?;
                let keywords = server.keywords("postgres", "postgres");
                let parameters = Parameters::resolve(&keywords, &[], &Environment::silent())?;
                let done = work(&parameters).await;
                server.stop()?;
                done
            }
        }
    }
}

/// A session that describes queries, with a limit for the analysis of each, also by the linter. Constants of types of users
/// can run their code.
pub(super) async fn session(parameters: &Parameters) -> Result<Session, AdminError> {
    let session = Session::open(parameters, Purpose::Install).await?;
    session.apply("SET statement_timeout = '30s'").await?;
    Ok(session)
}

/// What to do about an error of the server.
pub(super) fn advice(sqlstate: &str) -> &'static str {
    match sqlstate {
        "42P01" | "3F000" => {
            "; it may exist in another version of PostgreSQL (--bindir) or on your server (-H). Write the schema \
             before its name if it is not in pg_catalog, like the views of extensions"
        }
        "42883" | "42703" => {
            "; it may exist in another version of PostgreSQL: name one with --bindir or -H"
        }
        "42P02" => "; a check has no parameters from outside: write the value",
        "42501" => {
            "; to describe a query, posemo creates a temporary view and rolls it back: connect as a role that may create one, \
             such as a superuser, or use a temporary server (--bindir)"
        }
        "57014" => "; the analysis may take 30 seconds",
        _ => "",
    }
}

/// The checks of an import.
#[derive(Debug, Default)]
pub struct Drafts {
    /// Checks whose folders can be written.
    pub imported: Vec<ImportedCheck>,
    /// Checks that the server or the catalog refuses.
    pub refused: Vec<Mistake>,
}

/// A check whose folder can be written.
#[derive(Debug)]
pub struct ImportedCheck {
    /// Its files.
    pub draft: Draft,
    /// Why it cannot be installed yet.
    pub refusals: Vec<String>,
    /// Why it will fail when it has something to report.
    pub faults: Vec<String>,
}

/// Writes a draft of each check. `into` is the folder that will contain them, for messages.
pub async fn draft(
    server: &DescribingServer,
    checks: &[AdvisorCheck],
    into: &Path,
) -> Result<Drafts, AdminError> {
    let (of_documents, checks): (Vec<_>, Vec<_>) =
        checks.iter().cloned().partition(AdvisorCheck::judges_document);
    let mut drafts = Drafts::default();
    for check in &of_documents {
        let draft = Draft::of_document(check);
        add(ImportedCheck { draft, refusals: Vec::new(), faults: Vec::new() }, into, &mut drafts);
    }
    // Without a query for PostgreSQL, no server is needed.
    if !checks.is_empty() {
        let describe = async |parameters: &Parameters| on_server(parameters, &checks, into).await;
        let Drafts { imported, refused } = server.with(describe).await?;
        drafts.imported.extend(imported);
        drafts.refused.extend(refused);
    }
    Ok(drafts)
}

/// Adds a check that judges a document, as the catalog will read it.
fn add(mut imported: ImportedCheck, into: &Path, drafts: &mut Drafts) {
    match folders::check_of(&imported.draft, into) {
        Ok(check) => {
            judge_script(&mut imported, &check);
            drafts.imported.push(imported);
        }
        Err(error) => drafts.refused.push(unfit(imported.draft.check(), &error)),
    }
}

/// Writes a draft of each check for PostgreSQL.
async fn on_server(
    parameters: &Parameters,
    checks: &[AdvisorCheck],
    into: &Path,
) -> Result<Drafts, AdminError> {
    let session = &session(parameters).await?;
    lint::begin(session).await?;
    let hidden = hidden(session).await?;
    let mut drafts = Drafts::default();
    for advice in checks {
        let mut answers = Vec::new();
        for asked in &advice.queries {
            match described(session, &description::statement(asked), &hidden).await? {
                Ok(answer) => answers.push(answer),
                Err(error) => drafts.refused.push(refused(advice, asked, &error)),
            }
        }
        if answers.len() == advice.queries.len() {
            let draft = Draft::new(advice, answers);
            drafts.imported.push(ImportedCheck { draft, refusals: Vec::new(), faults: Vec::new() });
        }
    }
    session.apply("ROLLBACK").await?;
    judge(session, drafts, into).await
}

/// Reads each draft as the catalog will, and lints it.
async fn judge(session: &Session, drafts: Drafts, into: &Path) -> Result<Drafts, AdminError> {
    let version = session.supported_version().await?;
    let Drafts { imported, mut refused } = drafts;
    let mut kept = Vec::with_capacity(imported.len());
    for mut imported in imported {
        imported.draft.add_remark(format!(
            "The columns are those that PostgreSQL {version} reported. Another version may return other columns, as for `*`, or other types, as for extract(), and then the check is refused there: name the columns and cast them."
        ));
        let check = match folders::check_of(&imported.draft, into) {
            Ok(check) => check,
            Err(error) => {
                refused.push(unfit(imported.draft.check(), &error));
                continue;
            }
        };
        for refusal in lint::lint(session, &[&check], version).await? {
            imported
                .draft
                .add_remark(format!("The linter and an installation refuse it: {refusal}"));
            imported.refusals.push(refusal.to_string());
        }
        judge_script(&mut imported, &check);
        kept.push(imported);
    }
    Ok(Drafts { imported: kept, refused })
}

/// Adds what is wrong with the script.
fn judge_script(imported: &mut ImportedCheck, check: &Check) {
    imported.faults = imported.draft.faults(&Severity::ALL.map(Severity::name));
    for fault in &imported.faults {
        imported.draft.add_remark(format!("A fault of the original: {fault}"));
    }
    if let Some(problem) = parse_error(check) {
        imported.draft.add_remark(format!(
            "The script cannot be parsed, so an installation refuses the check: {problem}"
        ));
        imported.refusals.push(problem);
    }
}

/// The error of a script that cannot be parsed, with the path of its file.
fn parse_error(check: &Check) -> Option<String> {
    let error = script::read_of(check).err()?;
    let (named, placed) =
        [&check.name, &check.place].map(|name| format!("{name}/evaluate.star")).into();
    Some(error.to_string().replacen(&named, &placed, 1))
}

/// The settings that are hidden from roles without privileges; none if the session cannot determine them.
pub(super) async fn hidden(session: &Session) -> Result<Vec<String>, AdminError> {
    session.apply("SAVEPOINT posemo_hidden").await?;
    let mut found: Vec<String> = session.ask(SETTINGS).await?.into_iter().flatten().collect();
    match session.apply(AS_UNPRIVILEGED).await {
        Ok(()) => {
            let open = session.ask(SETTINGS).await?;
            found.retain(|name| !open.contains(&Some(name.clone())));
        }
        // A session that cannot SET ROLE has nothing to compare with.
        Err(error) if error.sqlstate().is_some() => found.clear(),
        Err(error) => return Err(error.into()),
    }
    session.apply("ROLLBACK TO SAVEPOINT posemo_hidden").await?;
    Ok(found)
}

/// The server's description of a query, or its error. Without an SQLSTATE the connection is broken.
pub(super) async fn described(
    session: &Session,
    statement: &str,
    hidden: &[String],
) -> Result<Result<QueryDescription, ServerError>, AdminError> {
    session.apply("SAVEPOINT posemo_import").await?;
    let answer = analysed(session, statement, hidden).await?;
    session.apply("ROLLBACK TO SAVEPOINT posemo_import").await?;
    Ok(answer)
}

async fn analysed(
    session: &Session,
    statement: &str,
    hidden: &[String],
) -> Result<Result<QueryDescription, ServerError>, DatabaseError> {
    let columns = match session.columns(statement).await {
        Ok(columns) => columns,
        Err(error) => return server_error(error, true).map(Err),
    };
    if columns.is_empty() {
        let message = "it returns no columns".to_owned();
        return Ok(Err(ServerError { sqlstate: String::new(), message, position: None }));
    }
    let (names, anonymous): (Vec<String>, Vec<bool>) = columns.into_iter().unzip();
    if let Err(error) = session.apply(&description::create_view(statement, &anonymous)).await {
        return server_error(error, false).map(Err);
    }
    let mut types = session.table(TYPES, 2).await?;
    for (types, _) in types.iter_mut().zip(&anonymous).filter(|(_, anonymous)| **anonymous) {
        *types = vec![Some("record".to_owned()); 2];
    }
    let reads = session.table(READS, 8).await?;
    let tables = session.table(TABLES, 3).await?;
    Ok(Ok(QueryDescription { names, types, reads, tables, hidden: hidden.to_vec() }))
}

/// The server's error; without an SQLSTATE the connection is broken. The position is kept only if the statement is
/// the query itself.
fn server_error(error: DatabaseError, alone: bool) -> Result<ServerError, DatabaseError> {
    let Some(sqlstate) = error.sqlstate() else { return Err(error) };
    let position = error.position().filter(|_| alone);
    Ok(ServerError { sqlstate: sqlstate.to_owned(), message: error.to_string(), position })
}

fn refused(advice: &AdvisorCheck, asked: &AdvisorQuery, error: &ServerError) -> Mistake {
    let line = error.position.filter(|_| asked.block).map(|position| {
        let statement = description::statement(asked);
        let before = usize::try_from(position).unwrap_or_default().saturating_sub(1);
        statement.chars().take(before).filter(|character| *character == '\n').count()
    });
    let advise = match error.sqlstate.as_str() {
        "42601" => "; the query is read with SELECT before it, as in PMM",
        other => self::advice(other),
    };
    Mistake {
        file: advice.file.clone(),
        line: asked.line + line.unwrap_or_default(),
        key: advice.name.clone(),
        message: format!("the server refuses the query: {}{advise}", visible(&error.message)),
    }
}

/// The complaint about a check that no folder can hold, such as one with a line break in a column's name.
fn unfit(advice: &AdvisorCheck, error: &FolderError) -> Mistake {
    Mistake {
        file: advice.file.clone(),
        line: advice.line,
        key: advice.name.clone(),
        message: format!("cannot become a check: {}", with_cause(error)),
    }
}

fn with_cause(error: &FolderError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
