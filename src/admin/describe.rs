//! Has a server describe the queries of advisor checks, and makes drafts of the answers.
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
use crate::percona::advisor_check::{AdvisorCheck, AdvisorQuery};
use crate::percona::description::{
    self, AS_UNPRIVILEGED, QueryDescription, READS, SETTINGS, TYPES,
};
use crate::percona::draft::Draft;
use crate::percona::folders::{self, FolderError};
use crate::tempserver::{Options, TemporaryServer};
use crate::text::mistake::Mistake;
use crate::text::visible::visible;

/// The server that describes the queries.
#[derive(Debug)]
pub enum DescribingServer {
    /// A running server.
    Running(Parameters),
    /// A temporary server, with the directory of its programs if one was given.
    Temporary(Option<PathBuf>),
}

/// The checks of an import.
#[derive(Debug, Default)]
pub struct Drafts {
    /// Checks whose folders can be written.
    pub made: Vec<ImportedCheck>,
    /// Checks that the server or the catalog refuses.
    pub refused: Vec<Mistake>,
}

/// A check whose folder can be written.
#[derive(Debug)]
pub struct ImportedCheck {
    /// Its files.
    pub draft: Draft,
    /// Why it cannot be installed yet.
    pub complaints: Vec<String>,
}

/// Makes a draft of each check. `into` is the folder that will contain them, for messages.
pub async fn draft(
    server: &DescribingServer,
    checks: &[AdvisorCheck],
    into: &Path,
) -> Result<Drafts, AdminError> {
    match server {
        DescribingServer::Running(parameters) => on_server(parameters, checks, into).await,
        DescribingServer::Temporary(bindir) => {
            let bindir = bindir.clone();
            let options = Options { bindir, short_lived: true, ..Options::default() };
            let cluster = TemporaryServer::start(&options)?;
            let keywords = cluster.keywords("postgres", "postgres");
            let parameters = Parameters::resolve(&keywords, &[], &Environment::silent())?;
            let drafts = on_server(&parameters, checks, into).await;
            cluster.stop()?;
            drafts
        }
    }
}

async fn on_server(
    parameters: &Parameters,
    checks: &[AdvisorCheck],
    into: &Path,
) -> Result<Drafts, AdminError> {
    let session = &Session::open(parameters, Purpose::Install).await?;
    lint::begin(session).await?;
    let hidden = hidden(session).await?;
    let mut drafts = Drafts::default();
    for advice in checks {
        let mut answers = Vec::new();
        for asked in &advice.queries {
            match one(session, asked, &hidden).await? {
                Ok(answer) => answers.push(answer),
                Err(refusal) => drafts.refused.push(refused(advice, asked, &refusal)),
            }
        }
        if answers.len() == advice.queries.len() {
            let draft = Draft::new(advice, answers);
            drafts.made.push(ImportedCheck { draft, complaints: Vec::new() });
        }
    }
    session.apply("ROLLBACK").await?;
    judge(session, drafts, into).await
}

/// Reads each draft as the catalog will, and lints it.
async fn judge(session: &Session, drafts: Drafts, into: &Path) -> Result<Drafts, AdminError> {
    let version = session.supported_version().await?;
    let Drafts { made, mut refused } = drafts;
    let mut kept = Vec::with_capacity(made.len());
    for mut made in made {
        made.draft.add_remark(format!(
            "The columns are those that PostgreSQL {version} reported. Another version may return other columns, as for `*`, or other types, as for extract(), and then the check is refused there: name the columns and cast them."
        ));
        let check = match folders::check_of(&made.draft, into) {
            Ok(check) => check,
            Err(error) => {
                refused.push(unfit(made.draft.check(), &error));
                continue;
            }
        };
        for complaint in lint::lint(session, &[&check], version).await? {
            made.draft.add_remark(format!("The linter and an installation refuse it: {complaint}"));
            made.complaints.push(complaint.to_string());
        }
        if let Some(complaint) = unreadable(&check) {
            made.draft.add_remark(format!(
                "The script cannot be parsed, so an installation refuses the check: {complaint}"
            ));
            made.complaints.push(complaint);
        }
        kept.push(made);
    }
    Ok(Drafts { made: kept, refused })
}

/// What keeps the script of a check from being run at all, with its place.
fn unreadable(check: &Check) -> Option<String> {
    let error = script::read(&check.name, check.script.as_deref()?).err()?;
    let (named, placed) =
        [&check.name, &check.place].map(|name| format!("{name}/evaluate.star")).into();
    Some(error.to_string().replacen(&named, &placed, 1))
}

/// The settings that are hidden from roles without rights; none where the session may not find out.
async fn hidden(session: &Session) -> Result<Vec<String>, AdminError> {
    session.apply("SAVEPOINT posemo_hidden").await?;
    let mut found: Vec<String> = session.ask(SETTINGS).await?.into_iter().flatten().collect();
    match session.apply(AS_UNPRIVILEGED).await {
        Ok(()) => {
            let open = session.ask(SETTINGS).await?;
            found.retain(|name| !open.contains(&Some(name.clone())));
        }
        // Without the right to take a role there is nothing to compare with.
        Err(error) if error.sqlstate().is_some() => found.clear(),
        Err(error) => return Err(error.into()),
    }
    session.apply("ROLLBACK TO SAVEPOINT posemo_hidden").await?;
    Ok(found)
}

/// What a server has against a query.
struct Refusal {
    sqlstate: String,
    message: String,
    /// In the statement, counted in characters from 1.
    position: Option<u32>,
}

/// What the server says of a query, or has against it; a broken connection is an error.
async fn one(
    session: &Session,
    asked: &AdvisorQuery,
    hidden: &[String],
) -> Result<Result<QueryDescription, Refusal>, AdminError> {
    session.apply("SAVEPOINT posemo_import").await?;
    let answer = described(session, asked, hidden).await?;
    session.apply("ROLLBACK TO SAVEPOINT posemo_import").await?;
    Ok(answer)
}

async fn described(
    session: &Session,
    asked: &AdvisorQuery,
    hidden: &[String],
) -> Result<Result<QueryDescription, Refusal>, DatabaseError> {
    let statement = description::statement(asked);
    let columns = match session.columns(&statement).await {
        Ok(columns) => columns,
        Err(error) => return refusal(error, true).map(Err),
    };
    if columns.is_empty() {
        let message = "it returns no columns".to_owned();
        return Ok(Err(Refusal { sqlstate: String::new(), message, position: None }));
    }
    let (names, anonymous): (Vec<String>, Vec<bool>) = columns.into_iter().unzip();
    if let Err(error) = session.apply(&description::create_view(&statement, &anonymous)).await {
        return refusal(error, false).map(Err);
    }
    let mut types = session.table(TYPES, 2).await?;
    for (types, _) in types.iter_mut().zip(&anonymous).filter(|(_, anonymous)| **anonymous) {
        *types = vec![Some("record".to_owned()); 2];
    }
    let reads = session.table(READS, 6).await?;
    Ok(Ok(QueryDescription { names, types, reads, hidden: hidden.to_vec() }))
}

/// What the server said; where it said nothing, the connection is broken. A position counts only in the
/// statement itself.
fn refusal(error: DatabaseError, alone: bool) -> Result<Refusal, DatabaseError> {
    let Some(sqlstate) = error.sqlstate() else { return Err(error) };
    let position = error.position().filter(|_| alone);
    Ok(Refusal { sqlstate: sqlstate.to_owned(), message: error.to_string(), position })
}

fn refused(advice: &AdvisorCheck, asked: &AdvisorQuery, refusal: &Refusal) -> Mistake {
    let line = refusal.position.filter(|_| asked.block).map(|position| {
        let statement = description::statement(asked);
        let before = usize::try_from(position).unwrap_or_default().saturating_sub(1);
        statement.chars().take(before).filter(|character| *character == '\n').count()
    });
    let advise = match refusal.sqlstate.as_str() {
        "42P01" => {
            "; it may be there in another version of PostgreSQL (--bindir) or on a server of yours (-H), and outside \
             pg_catalog, as the views of extensions are, it needs its schema before it"
        }
        "42883" | "42703" => {
            "; it may be there in another version of PostgreSQL: --bindir or -H name one"
        }
        "42601" => "; SELECT is put before it, as in PMM",
        _ => "",
    };
    Mistake {
        file: advice.file.clone(),
        line: asked.line + line.unwrap_or_default(),
        key: advice.name.clone(),
        message: format!("the server refuses the query: {}{advise}", visible(&refusal.message)),
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
