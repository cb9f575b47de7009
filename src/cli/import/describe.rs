//! Asks a server what the queries of advisor checks are, and makes drafts of the answers.
//!
//! No query is run: the server reads each, in a transaction that is rolled back.

use super::super::{lint, sources};
use super::{Import, Made, Outcome, folders};
use crate::catalog::check::Check;
use crate::catalog::server_version::ServerVersion;
use crate::cluster::{Cluster, Options};
use crate::database::error::DatabaseError;
use crate::database::parameters::{Environment, Parameters};
use crate::database::{Purpose, Session};
use crate::evaluate::script;
use crate::percona::advice::{Advice, Asked};
use crate::percona::draft::Draft;
use crate::percona::question::{self, AS_ANYBODY, Answer, READS, SETTINGS, TYPES};
use crate::text::mistake::Mistake;
use crate::text::visible::visible;

/// Makes a draft of each check that the server takes; of the others it is said why not.
pub(super) fn draft(
    command: &Import,
    checks: &[Advice],
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    // It lives as long as it is asked.
    let mut throw_away = None;
    let (keywords, defaults, environment) = if command.connection.is_given() {
        (command.connection.keywords(), vec![("dbname", "postgres")], Environment::of_process())
    } else {
        let bindir = command.bindir.clone();
        let cluster = Cluster::start(&Options { bindir, short_lived: true, ..Options::default() })?;
        let keywords = [
            ("host", cluster.socket().display().to_string()),
            ("port", cluster.port().to_string()),
            ("user", "postgres".to_owned()),
            ("dbname", "postgres".to_owned()),
        ];
        throw_away = Some(cluster);
        let keywords = keywords.map(|(key, value)| (key.to_owned(), value)).to_vec();
        (keywords, Vec::new(), Environment::silent())
    };
    let parameters = Parameters::resolve(&keywords, &defaults, &environment)?;
    let runtime = sources::runtime()?;
    let asked = runtime.block_on(async {
        let session = Session::open(&parameters, Purpose::Install).await?;
        all(&session, command, checks, outcome).await
    });
    drop(runtime);
    if let Some(cluster) = throw_away {
        cluster.stop()?;
    }
    asked
}

async fn all(
    session: &Session,
    command: &Import,
    checks: &[Advice],
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    lint::begin(session).await?;
    let hidden = hidden(session).await?;
    for advice in checks {
        let mut answers = Vec::new();
        for asked in &advice.queries {
            match one(session, asked, &hidden).await? {
                Ok(answer) => answers.push(answer),
                Err(refusal) => outcome.refused.push(refused(advice, asked, &refusal)),
            }
        }
        if answers.len() == advice.queries.len() {
            let draft = Draft::of(advice, answers);
            outcome.made.push(Made { draft, complaints: Vec::new() });
        }
    }
    session.apply("ROLLBACK").await?;
    judge(session, command, outcome).await
}

/// Reads each draft as it will be read, and has the linter look at it.
async fn judge(session: &Session, command: &Import, outcome: &mut Outcome) -> anyhow::Result<()> {
    let number = session.ask("SELECT current_setting('server_version_num')").await?;
    let number = number.into_iter().flatten().next().and_then(|text| text.parse().ok());
    let version = ServerVersion::from_num(number.unwrap_or_default());
    let asked = session.server_version().unwrap_or("a version that it does not tell").to_owned();
    for mut made in std::mem::take(&mut outcome.made) {
        made.draft.remark(format!(
            "The columns are those that PostgreSQL {asked} told. Where another version has others, as for `*`, or other types, as for extract(), the check is refused there: name the columns and cast them."
        ));
        let check = match folders::proof(&made.draft, &command.into) {
            Ok(check) => check,
            Err(error) => {
                outcome.refused.push(unfit(made.draft.advice(), &error));
                continue;
            }
        };
        for complaint in lint::lint(session, &[&check], version).await? {
            made.draft.remark(format!(
                "The linter refuses it, and so would an installation: {complaint}"
            ));
            made.complaints.push(complaint.to_string());
        }
        if let Some(complaint) = unreadable(&check) {
            made.draft.remark(format!(
                "The script cannot be read here, so an installation refuses the check: {complaint}"
            ));
            made.complaints.push(complaint);
        }
        outcome.made.push(made);
    }
    Ok(())
}

/// What keeps the script of a check from being run at all, with its place.
fn unreadable(check: &Check) -> Option<String> {
    let error = script::read(&check.name, check.script.as_deref()?).err()?;
    let (named, placed) =
        [&check.name, &check.place].map(|name| format!("{name}/evaluate.star")).into();
    Some(error.to_string().replacen(&named, &placed, 1))
}

/// The settings that are hidden from roles without rights; none where the session may not find out.
async fn hidden(session: &Session) -> anyhow::Result<Vec<String>> {
    session.apply("SAVEPOINT posemo_hidden").await?;
    let mut found: Vec<String> = session.ask(SETTINGS).await?.into_iter().flatten().collect();
    match session.apply(AS_ANYBODY).await {
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
    asked: &Asked,
    hidden: &[String],
) -> anyhow::Result<Result<Answer, Refusal>> {
    session.apply("SAVEPOINT posemo_import").await?;
    let answer = described(session, asked, hidden).await?;
    session.apply("ROLLBACK TO SAVEPOINT posemo_import").await?;
    Ok(answer)
}

async fn described(
    session: &Session,
    asked: &Asked,
    hidden: &[String],
) -> Result<Result<Answer, Refusal>, DatabaseError> {
    let statement = question::statement(asked);
    let columns = match session.columns(&statement).await {
        Ok(columns) => columns,
        Err(error) => return refusal(error, true).map(Err),
    };
    if columns.is_empty() {
        let message = "it returns no columns".to_owned();
        return Ok(Err(Refusal { sqlstate: String::new(), message, position: None }));
    }
    let (names, anonymous): (Vec<String>, Vec<bool>) = columns.into_iter().unzip();
    if let Err(error) = session.apply(&question::view(&statement, &anonymous)).await {
        return refusal(error, false).map(Err);
    }
    let mut types = session.table(TYPES).await?;
    for (types, _) in types.iter_mut().zip(&anonymous).filter(|(_, anonymous)| **anonymous) {
        *types = vec![Some("record".to_owned()); 2];
    }
    let reads = session.table(READS).await?;
    Ok(Ok(Answer { names, types, reads, hidden: hidden.to_vec() }))
}

/// What the server said; where it said nothing, the connection is broken. A position counts only in the
/// statement itself.
fn refusal(error: DatabaseError, alone: bool) -> Result<Refusal, DatabaseError> {
    let Some(sqlstate) = error.sqlstate() else { return Err(error) };
    let position = error.position().filter(|_| alone);
    Ok(Refusal { sqlstate: sqlstate.to_owned(), message: error.to_string(), position })
}

fn refused(advice: &Advice, asked: &Asked, refusal: &Refusal) -> Mistake {
    let line = refusal.position.filter(|_| asked.block).map(|position| {
        let statement = question::statement(asked);
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
fn unfit(advice: &Advice, error: &anyhow::Error) -> Mistake {
    Mistake {
        file: advice.file.clone(),
        line: advice.line,
        key: advice.name.clone(),
        message: format!("cannot become a check: {error:#}"),
    }
}
