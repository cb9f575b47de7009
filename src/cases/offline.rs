//! `cases/*.toml`: the rows that a server might return, and the findings that they must give.
//!
//! It asks no script: thresholds are judged here, and scripts elsewhere with what it hands out.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

use super::expected::Expected;
use super::given::{self, Row, mistake};
use crate::catalog::check::{self, Check, Databases, Query, Scope};
use crate::evaluate::threshold;
use crate::finding::{Finding, State};
use crate::rows::{QueryRows, Rows, ScriptInput};
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The database whose rows are given without its name.
pub const DATABASE: &str = "app";

/// A case that expects more findings tries nothing that one of this many does not.
const MOST_EXPECTED: usize = 1000;

/// One case, its rows in the shape in which the check's functions return them.
#[derive(Debug, Clone)]
pub struct Case {
    /// The major that the rows came from, or might have come from.
    pub server: u32,
    /// What must be found; absent where nobody has said it yet.
    pub expect: Option<Vec<Expected>>,
    /// One a query, in the order of the check.
    answers: Vec<QueryRows>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    server: u32,
    database: Option<String>,
    rows: Option<Vec<Row>>,
    databases: Option<IndexMap<String, Vec<Row>>>,
    queries: Option<Vec<Spanned<Answer>>>,
    expect: Option<Vec<Expected>>,
}

/// The rows of one query, in one of the ways of writing them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    database: Option<String>,
    rows: Option<Vec<Row>>,
    databases: Option<IndexMap<String, Vec<Row>>>,
}

impl Case {
    /// Reads a case of a check; a mistake has file, line and key.
    pub fn read(check: &Check, file: &str, text: &str) -> Result<Case, Mistake> {
        let toml = TomlDocument { file, text };
        let shape: Shape = toml.read()?;
        if !check.servers.contains(shape.server) {
            let reason = format!("{} is for PostgreSQL {}", check.name, check.servers);
            return Err(toml.mistake(&["server"], reason));
        }
        if shape.expect.as_ref().is_some_and(|expect| expect.len() > MOST_EXPECTED) {
            let reason = format!("expects more than {MOST_EXPECTED} findings; give fewer rows");
            return Err(toml.mistake(&["expect"], reason));
        }
        let answers = match shape.queries {
            Some(answers) if shape.rows.is_none() && shape.databases.is_none() => answers,
            Some(_) => {
                let reason = "stands beside rows or databases; they belong into the queries";
                return Err(toml.mistake(&["queries"], reason));
            }
            None => {
                let Shape { database, rows, databases, .. } = shape;
                vec![Spanned::new(0..0, Answer { database, rows, databases })]
            }
        };
        if answers.len() != check.queries.len() {
            let (has, given) = (check.queries.len(), answers.len());
            let reason = format!(
                "{} has {has} {}; write one [[queries]] for each, in their order, not {given}",
                check.name,
                if has == 1 { "query" } else { "queries" }
            );
            let key: &[&str] = if given > 1 { &["queries"] } else { &[] };
            return Err(toml.mistake(key, reason));
        }
        let answers = check.queries.iter().zip(answers).map(|(query, answer)| {
            let start = answer.span().start;
            document(toml, query, answer.into_inner(), start)
        });
        Ok(Case {
            server: shape.server,
            expect: shape.expect,
            answers: answers.collect::<Result<_, _>>()?,
        })
    }

    /// What thresholds find, as in a run.
    pub fn by_thresholds(&self, check: &Check) -> Vec<Finding> {
        // A script judges in place of thresholds, unless there are some too; that rows were cut off, or
        // numbers are none, holds for it as well.
        let all = check.script.is_none() || !check.thresholds.levels.is_empty();
        let judged = |(query, rows): (&Query, &Rows)| {
            threshold::judge(check, &query.signature, &check.thresholds, rows).findings
        };
        let answers = check.queries.iter().zip(&self.answers);
        let each = answers.flat_map(|(query, answer)| rows(answer).map(move |rows| (query, rows)));
        let found = each.flat_map(judged);
        found.filter(|finding| all || finding.state == State::Unknown).collect()
    }

    /// What a script is given: once, or once for each database.
    pub fn docs(&self, check: &Check) -> Vec<ScriptInput> {
        let limit = usize::try_from(check.row_limit).unwrap_or(usize::MAX);
        let mut answers = self.answers.clone();
        for answer in &mut answers {
            match answer {
                QueryRows::Rows(rows) => rows.rows.truncate(limit),
                QueryRows::Databases(all) => {
                    for (_, rows) in all {
                        rows.rows.truncate(limit);
                    }
                }
            }
        }
        let each = match check.databases {
            Databases::Together => vec![answers],
            Databases::Apart => apart(&answers),
        };
        let docs = |mut documents: Vec<QueryRows>| match check.docs {
            check::Docs::Rows if documents.len() == 1 => ScriptInput::Only(documents.remove(0)),
            _ => ScriptInput::List(documents),
        };
        each.into_iter().map(docs).collect()
    }

    /// All rows, with the number of their query.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &Rows)> {
        let numbered = self.answers.iter().enumerate();
        numbered.flat_map(|(number, answer)| rows(answer).map(move |rows| (number, rows)))
    }
}

/// The documents of each database alone. A query that is asked once for the server has the same everywhere.
fn apart(answers: &[QueryRows]) -> Vec<Vec<QueryRows>> {
    let mut names: Vec<&String> = Vec::new();
    for answer in answers {
        if let QueryRows::Databases(all) = answer {
            let new = all.iter().map(|(name, _)| name).filter(|name| !names.contains(name));
            names.extend(new.collect::<Vec<_>>());
        }
    }
    let of_database = |name: &String, answer: &QueryRows| match answer {
        QueryRows::Rows(rows) => QueryRows::Rows(rows.clone()),
        QueryRows::Databases(all) => {
            let rows = all.iter().find(|(database, _)| database == name);
            QueryRows::Rows(rows.map(|(_, rows)| rows.clone()).unwrap_or_default())
        }
    };
    let documents =
        |name: &&String| answers.iter().map(|answer| of_database(name, answer)).collect();
    names.iter().map(documents).collect()
}

fn rows(answer: &QueryRows) -> Box<dyn Iterator<Item = &Rows> + '_> {
    match answer {
        QueryRows::Rows(rows) => Box::new(std::iter::once(rows)),
        QueryRows::Databases(all) => Box::new(all.iter().map(|(_, rows)| rows)),
    }
}

/// The rows of one query, by the scope in which it is asked.
fn document(
    toml: TomlDocument<'_>,
    query: &Query,
    answer: Answer,
    start: usize,
) -> Result<QueryRows, Mistake> {
    let signature = &query.signature;
    let function = &signature.function;
    let wrong = |reason: String| Err(mistake(toml, start, "", reason));
    match (query.scope, answer) {
        (_, Answer { rows: None, databases: None, .. }) => {
            let ways = match query.scope {
                Scope::Cluster => "rows = [{ column = value }]",
                Scope::Database => "databases.NAME = [{ column = value }]",
            };
            wrong(format!("the rows of {function} are missing: write {ways}"))
        }
        (_, Answer { rows: Some(_), databases: Some(_), .. }) => {
            wrong("rows and databases are two ways to say the same; take out one".to_owned())
        }
        (_, Answer { database: Some(_), databases: Some(_), .. }) => {
            wrong("database names the one of rows; take out database or databases".to_owned())
        }
        (Scope::Cluster, Answer { databases: Some(_), .. } | Answer { database: Some(_), .. }) => {
            wrong(format!("{function} is asked once, of the server; write rows alone"))
        }
        (Scope::Cluster, Answer { rows: Some(rows), .. }) => {
            Ok(QueryRows::Rows(given::rows(toml, signature, &rows)?))
        }
        (Scope::Database, Answer { rows: Some(rows), database, .. }) => {
            let name = database.unwrap_or_else(|| DATABASE.to_owned());
            Ok(QueryRows::Databases(vec![(name, given::rows(toml, signature, &rows)?)]))
        }
        (Scope::Database, Answer { databases: Some(all), .. }) => {
            let each = all
                .into_iter()
                .map(|(name, rows)| Ok((name, given::rows(toml, signature, &rows)?)));
            Ok(QueryRows::Databases(each.collect::<Result<_, Mistake>>()?))
        }
    }
}
