//! Offline cases, `cases/*.toml`: rows that a server can return, and the findings that are expected.
//!
//! It judges by thresholds; `judging` runs scripts.

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::expected::ExpectedFinding;
use super::given::{self, GivenRow, mistake};
use crate::catalog::check::{Check, DocsForm, Query, Scope, ScriptDatabases};
use crate::catalog::server_version::NEWEST;
use crate::evaluate::threshold;
use crate::finding::{Finding, State};
use crate::rows::{QueryRows, Rows, ScriptInput};
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The database of `rows` without the key `database`.
pub const DATABASE: &str = "app";

/// The limit for the entries of `expect`.
const MOST_EXPECTED: usize = 1000;

/// The time of the run in a case without the key `now`: 2026-11-20 10:00 UTC.
const NOW: jiff::Timestamp = jiff::Timestamp::constant(1_795_168_800, 0);

/// A document in a case.
#[derive(Debug, Clone)]
pub struct GivenDocument {
    /// The JSON text.
    pub text: String,
    /// The time of the run, in seconds since 1970.
    pub now: i64,
}

/// An offline case, with rows as the functions of the check return them.
#[derive(Debug, Clone)]
pub struct OfflineCase {
    /// The major version of a server that can return the rows.
    pub server: u32,
    /// The findings that must be found; absent in a case that is not yet complete.
    pub expect: Option<Vec<ExpectedFinding>>,
    /// The rows of each query, in the order of the check.
    queries: Vec<QueryRows>,
    /// For a check with a document.
    document: Option<GivenDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseDocument {
    server: Option<u32>,
    document: Option<String>,
    now: Option<Datetime>,
    database: Option<String>,
    rows: Option<Vec<GivenRow>>,
    databases: Option<IndexMap<String, Vec<GivenRow>>>,
    queries: Option<Vec<Spanned<GivenQuery>>>,
    expect: Option<Vec<ExpectedFinding>>,
}

/// The rows of one query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenQuery {
    database: Option<String>,
    rows: Option<Vec<GivenRow>>,
    databases: Option<IndexMap<String, Vec<GivenRow>>>,
}

impl OfflineCase {
    /// Reads a case of a check.
    pub fn read(check: &Check, file: &str, text: &str) -> Result<OfflineCase, Mistake> {
        let toml = TomlDocument { file, text };
        let mut document: CaseDocument = toml.read()?;
        let expect = document.expect.take();
        if expect.as_ref().is_some_and(|expect| expect.len() > MOST_EXPECTED) {
            let problem = format!("has more than {MOST_EXPECTED} entries; write fewer rows");
            return Err(toml.mistake(&["expect"], problem));
        }
        if check.document.is_some() {
            let document = Some(given_document(toml, document)?);
            return Ok(OfflineCase { server: NEWEST, expect, queries: Vec::new(), document });
        }
        if document.document.is_some() || document.now.is_some() {
            let key = if document.document.is_some() { "document" } else { "now" };
            let problem = format!("{} has no document, but queries; write rows", check.name);
            return Err(toml.mistake(&[key], problem));
        }
        let server = document.server.ok_or_else(|| Mistake {
            line: 1,
            ..toml.mistake(&[], "the key \"server\" is missing")
        })?;
        if !check.servers.contains(server) {
            let problem = format!("{} is for PostgreSQL {}", check.name, check.servers);
            return Err(toml.mistake(&["server"], problem));
        }
        let given = given_queries(toml, document)?;
        if given.len() != check.queries.len() {
            return Err(wrong_number(toml, check, given.len()));
        }
        let queries = check.queries.iter().zip(given).map(|(query, given)| {
            let start = given.span().start;
            query_rows(toml, query, given.into_inner(), start)
        });
        let queries = queries.collect::<Result<_, _>>()?;
        Ok(OfflineCase { server, expect, queries, document: None })
    }

    /// The document, for a check that has one.
    pub fn document(&self) -> Option<&GivenDocument> {
        self.document.as_ref()
    }

    /// The findings of the thresholds, as in a run.
    pub fn by_thresholds(&self, check: &Check) -> Vec<Finding> {
        // A script judges instead of thresholds, unless thresholds are set too. Findings about rows that were cut off
        // and values that are not numbers remain.
        let all = check.script.is_none() || !check.thresholds.levels.is_empty();
        let judged = |(query, rows): (&Query, &Rows)| {
            let (thresholds, limit) = (&check.thresholds, check.row_limit);
            threshold::judge(check, &query.signature, thresholds, None, rows, limit).findings
        };
        let queries = check.queries.iter().zip(&self.queries);
        let each = queries.flat_map(|(query, given)| rows(given).map(move |rows| (query, rows)));
        let found = each.flat_map(judged);
        found.filter(|finding| all || finding.state == State::Unknown).collect()
    }

    /// The input of each run of the script: one run, or one for each database.
    pub fn script_inputs(&self, check: &Check) -> Vec<ScriptInput> {
        let limit = usize::try_from(check.row_limit).unwrap_or(usize::MAX);
        let mut queries = self.queries.clone();
        for query in &mut queries {
            match query {
                QueryRows::Rows(rows) => rows.rows.truncate(limit),
                QueryRows::Databases(all) => {
                    for (_, rows) in all {
                        rows.rows.truncate(limit);
                    }
                }
            }
        }
        let each = match check.script_databases {
            ScriptDatabases::Together => vec![queries],
            ScriptDatabases::Apart => apart(&queries),
        };
        let input = |mut queries: Vec<QueryRows>| match check.docs {
            DocsForm::Rows if queries.len() == 1 => ScriptInput::Only(queries.remove(0)),
            _ => ScriptInput::List(queries),
        };
        each.into_iter().map(input).collect()
    }

    /// All rows, with the number of their query.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &Rows)> {
        let numbered = self.queries.iter().enumerate();
        numbered.flat_map(|(number, query)| rows(query).map(move |rows| (number, rows)))
    }
}

/// The document of a case, and the time of the run.
fn given_document(toml: TomlDocument<'_>, given: CaseDocument) -> Result<GivenDocument, Mistake> {
    let CaseDocument { server, rows, databases, queries, database, document, now, .. } = given;
    for (key, is_given) in [
        ("server", server.is_some()),
        ("rows", rows.is_some()),
        ("databases", databases.is_some()),
        ("queries", queries.is_some()),
        ("database", database.is_some()),
    ] {
        if is_given {
            let problem =
                "is about queries, and the check has a document; write document = '''…'''";
            return Err(toml.mistake(&[key], problem));
        }
    }
    let text = document.ok_or_else(|| {
        toml.mistake(&[], "the document is missing: write document = '''…''' with the JSON text")
    })?;
    let now = match now {
        None => NOW,
        Some(now) => now.to_string().parse().map_err(|_| {
            toml.mistake(&["now"], "must be a time with a time zone, such as 2026-11-20T10:00:00Z")
        })?,
    };
    Ok(GivenDocument { text, now: now.as_second() })
}

/// The rows of each query: those of `queries`, or those of the only query.
fn given_queries(
    toml: TomlDocument<'_>,
    document: CaseDocument,
) -> Result<Vec<Spanned<GivenQuery>>, Mistake> {
    let CaseDocument { database, rows, databases, queries, .. } = document;
    match queries {
        Some(queries) if rows.is_none() && databases.is_none() => Ok(queries),
        Some(_) => {
            let problem = "the case also has rows or databases; write them in the queries";
            Err(toml.mistake(&["queries"], problem))
        }
        None => Ok(vec![Spanned::new(0..0, GivenQuery { database, rows, databases })]),
    }
}

fn wrong_number(toml: TomlDocument<'_>, check: &Check, given: usize) -> Mistake {
    let queries = match check.queries.len() {
        1 => "1 query".to_owned(),
        count => format!("{count} queries"),
    };
    let problem = format!(
        "{} has {queries}; write one [[queries]] for each, in their order, not {given}",
        check.name
    );
    let key: &[&str] = if given > 1 { &["queries"] } else { &[] };
    toml.mistake(key, problem)
}

/// The rows of each database. A query of scope `cluster` has the same rows for each.
fn apart(queries: &[QueryRows]) -> Vec<Vec<QueryRows>> {
    let mut names: Vec<&String> = Vec::new();
    for query in queries {
        if let QueryRows::Databases(all) = query {
            let new = all.iter().map(|(name, _)| name).filter(|name| !names.contains(name));
            names.extend(new.collect::<Vec<_>>());
        }
    }
    let of_database = |name: &String, query: &QueryRows| match query {
        QueryRows::Rows(rows) => QueryRows::Rows(rows.clone()),
        QueryRows::Databases(all) => {
            let rows = all.iter().find(|(database, _)| database == name);
            QueryRows::Rows(rows.map(|(_, rows)| rows.clone()).unwrap_or_default())
        }
    };
    let rows = |name: &&String| queries.iter().map(|query| of_database(name, query)).collect();
    names.iter().map(rows).collect()
}

fn rows(query: &QueryRows) -> Box<dyn Iterator<Item = &Rows> + '_> {
    match query {
        QueryRows::Rows(rows) => Box::new(std::iter::once(rows)),
        QueryRows::Databases(all) => Box::new(all.iter().map(|(_, rows)| rows)),
    }
}

/// The rows of one query, in the form of its scope.
fn query_rows(
    toml: TomlDocument<'_>,
    query: &Query,
    given: GivenQuery,
    start: usize,
) -> Result<QueryRows, Mistake> {
    let signature = &query.signature;
    if let Some(problem) = problem_of(query, &given) {
        return Err(mistake(toml, start, "", problem));
    }
    let rows = given.rows.map(|rows| given::rows(toml, signature, &rows)).transpose()?;
    match (query.scope, rows) {
        (Scope::Cluster, Some(rows)) => Ok(QueryRows::Rows(rows)),
        (Scope::Database, Some(rows)) => {
            let name = given.database.unwrap_or_else(|| DATABASE.to_owned());
            Ok(QueryRows::Databases(vec![(name, rows)]))
        }
        (_, None) => {
            let databases = given.databases.unwrap_or_default().into_iter();
            let each =
                databases.map(|(name, rows)| Ok((name, given::rows(toml, signature, &rows)?)));
            Ok(QueryRows::Databases(each.collect::<Result<_, Mistake>>()?))
        }
    }
}

/// Why the keys do not fit the scope of the query or each other.
fn problem_of(query: &Query, given: &GivenQuery) -> Option<String> {
    let function = &query.signature.function;
    let GivenQuery { database, rows, databases } = given;
    let is_cluster = query.scope == Scope::Cluster;
    if rows.is_none() && databases.is_none() {
        let example = match query.scope {
            Scope::Cluster => "rows = [{ column = value }]",
            Scope::Database => "databases.NAME = [{ column = value }]",
        };
        Some(format!("the rows of {function} are missing: write {example}"))
    } else if rows.is_some() && databases.is_some() {
        Some("write either rows or databases, not both".to_owned())
    } else if database.is_some() && databases.is_some() {
        Some("the key database belongs to rows; remove database or databases".to_owned())
    } else if is_cluster && (databases.is_some() || database.is_some()) {
        Some(format!("{function} runs once for the server; write only rows"))
    } else {
        None
    }
}
