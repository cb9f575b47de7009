//! The files of a check folder, made of a query of another program and the server's descriptions of it.

use super::columns::{self, Shape};
use super::foreign_query::{ForeignQuery, ForeignVariant};
use super::owned_tables::{self, DraftOwner};
use super::statement::one_select;
use super::topics;
use crate::catalog::owner_set::GrantedTable;
use crate::catalog::server_version::{NEWEST, OLDEST};
use crate::finding::report::ServerRole;
use crate::percona::description::QueryDescription;
use crate::percona::guess::{self, ObjectRead};
use crate::percona::page_text::invisible;

/// A check folder that is not yet written.
#[derive(Debug)]
pub struct ForeignDraft {
    pub(super) query: ForeignQuery,
    /// The name of its folder.
    pub(super) name: String,
    pub(super) shape: Shape,
    /// The text for each version, as in `query.before-N.sql`; the last is `query.sql`.
    pub(super) files: Vec<(Option<u32>, String)>,
    /// The majors that it is for, where not all.
    pub(super) servers: Option<String>,
    pub(super) topic: (&'static str, String),
    /// The owner set of posemo, and the reason. `own` takes its place.
    pub(super) owner: (&'static str, String),
    /// The tables of users that it reads.
    pub(super) tables: Vec<GrantedTable>,
    /// The owner set with these tables.
    pub(super) own: Option<DraftOwner>,
    /// Why it runs in each database; absent for a query that runs once.
    pub(super) per_database: Option<String>,
    pub(super) role: Option<(ServerRole, String)>,
    /// What it reads, for the README.
    pub(super) reads: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// A text of a query that the server described, or why it did not.
#[derive(Debug)]
pub struct VariantAnswer {
    /// The text without its semicolon.
    pub sql: String,
    /// The version range of the text.
    pub variant: ForeignVariant,
    /// The description, or the reason of the server.
    pub described: Result<QueryDescription, String>,
}

/// The server that described the texts.
#[derive(Debug, Clone, Copy)]
pub struct DescribedBy<'s> {
    /// Its major version.
    pub major: u32,
    /// The database of the session.
    pub database: &'s str,
}

/// The texts of a query that a server can describe. An error is the reason for a refusal, with its line.
pub fn statements(query: &ForeignQuery) -> Result<Vec<(ForeignVariant, String)>, (usize, String)> {
    let read = |variant: &ForeignVariant| {
        let sql = one_select(&variant.sql).map_err(|reason| (variant.line, reason))?;
        Ok((variant.clone(), sql))
    };
    let supported = |variant: &&ForeignVariant| {
        variant.until.is_none_or(|until| until > OLDEST) && variant.from <= NEWEST
    };
    let texts: Vec<_> = query.variants.iter().filter(supported).collect();
    if texts.is_empty() {
        let reason = format!("has no text for a version of PostgreSQL from {OLDEST} to {NEWEST}");
        return Err((query.line, reason));
    }
    texts.into_iter().map(read).collect()
}

impl ForeignDraft {
    /// A draft of a check with this name. An error is the reason for a refusal, with its line.
    pub fn new(
        query: &ForeignQuery,
        name: &str,
        answers: Vec<VariantAnswer>,
        server: DescribedBy<'_>,
    ) -> Result<ForeignDraft, (usize, String)> {
        let major = server.major;
        let (mut answers, mut remarks) = usable(answers, major)?;
        let mut described = Vec::new();
        let mut descriptions = Vec::new();
        for (answer, description) in
            answers.iter().zip(answers.iter().filter_map(|one| one.described.as_ref().ok()))
        {
            let line = answer.variant.line;
            let one = columns::describe(query, description).map_err(|reason| (line, reason))?;
            described.push(one);
            descriptions.push(description.clone());
        }
        let texts: Vec<&str> = answers.iter().map(|answer| answer.sql.as_str()).collect();
        let mut shape = columns::shape(&texts, described);
        let reads: Vec<ObjectRead<'_>> = descriptions.iter().flat_map(guess::reads).collect();
        let all: Vec<&ObjectRead<'_>> = reads.iter().collect();
        // Its text can be for newer versions only.
        let oldest = major.max(answers[0].variant.from);
        if let Some(reason) = guess::unreadable_files(&all).or_else(|| guess::closed(&all, oldest))
        {
            return Err((answers[0].variant.line, reason));
        }
        let owner = guess::owner(&all, &texts, &descriptions);
        let tables = owned_tables::tables(&descriptions);
        let differs = guess::differs_by_database(&reads);
        let per_database = per_database(query, differs, &mut remarks);
        if per_database.is_some() {
            shape.leave_database_to_posemo();
        }
        let mut query = query.clone();
        let is_table = |read: &&ObjectRead<'_>| read.is_table_of_users();
        if let Some(table) = reads.iter().find(is_table).filter(|_| query.databases.is_empty()) {
            query.databases = vec![server.database.to_owned()];
            remarks.push(format!(
                "`databases`: the table {}.{} is in the database from which the query was imported.",
                table.schema, table.name
            ));
        }
        let beyond = guess::beyond_tables(&all, &texts, &descriptions);
        if let Some(what) = beyond.filter(|_| !tables.is_empty()) {
            remarks.push(format!(
                "It also reads {what}, of which the owner of tables of users sees only what every role sees: write another check for that part."
            ));
        }
        let role = role(&query, &all);
        let topic = topics::guess(&query.name, &query.summary, &guess::named(&descriptions));
        remarks.extend(guess::set_by_posemo(&texts).or_else(|| guess::all_settings(&all, &texts)));
        remarks.extend(guess::of_session(&all, &texts));
        remarks.extend(query.remarks.iter().cloned());
        remarks.extend(shape.remarks.iter().cloned());
        remarks.extend(texts.iter().find_map(|text| invisible("The query", text)));
        if !shape.columns.iter().any(|column| column.metric.is_some()) {
            remarks.push("It has no metric: add one to the query, or `rows = \"none\"` to check.toml if each row is a problem.".to_owned());
        }
        remarks.push(format!(
            "The columns are those that PostgreSQL {major} reported. Another version may not have them: install reports that."
        ));
        let first = &mut answers[0].variant;
        first.from = first.from.max(guess::readable_since(&all));
        let (files, servers) = files(&answers, &shape);
        Ok(ForeignDraft {
            query,
            name: name.to_owned(),
            reads: guess::named(&descriptions),
            shape,
            files,
            servers,
            topic,
            owner,
            tables,
            own: None,
            per_database,
            role,
            remarks,
        })
    }

    /// The query.
    pub fn query(&self) -> &ForeignQuery {
        &self.query
    }

    /// The remarks for the reviewer.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Has the owner set grant the tables as a whole: the query reads a whole row.
    pub fn grant_whole_tables(&mut self) {
        for table in &mut self.tables {
            table.columns.clear();
        }
    }

    /// The tables and columns of its owner set, if that has this name.
    pub fn grants(&self, set: &str) -> Option<String> {
        self.own.as_ref().filter(|own| own.name == set).map(|_| owned_tables::named(&self.tables))
    }

    /// The name of the owner set, and why.
    pub(super) fn owner(&self) -> (&str, String) {
        match &self.own {
            Some(own) => {
                let made = if own.is_new { "" } else { ", which existed before" };
                let reason = format!(
                    "`owner = \"{0}\"`: the owner set `owners/{0}.toml`{made} grants SELECT on {1}. The query reads these columns; remove what it needs not show.",
                    own.name,
                    owned_tables::named(&self.tables)
                );
                (&own.name, reason)
            }
            None => (self.owner.0, self.owner.1.clone()),
        }
    }

    /// A short text: the owner set, the databases in which the query runs, and the number of metrics.
    pub fn outline(&self) -> String {
        let scope = match &self.per_database {
            Some(_) => "in each database",
            None => "once per server",
        };
        let metrics = self.shape.columns.iter().filter(|column| column.metric.is_some()).count();
        let role = match &self.role {
            Some((ServerRole::Primary, _)) => ", primary only",
            Some((ServerRole::Standby, _)) => ", standby only",
            None => "",
        };
        let servers = self.servers.iter().map(|range| format!(", servers {range}"));
        format!(
            "owner {}, runs {scope}{role}{}, metrics: {metrics}",
            self.owner().0,
            servers.collect::<String>()
        )
    }
}

/// The texts that the server described, the oldest first, without a gap between their versions. The text for the server's own
/// version must be among them, if there is one.
fn usable(
    mut answers: Vec<VariantAnswer>,
    major: u32,
) -> Result<(Vec<VariantAnswer>, Vec<String>), (usize, String)> {
    answers.sort_by_key(|answer| answer.variant.from);
    // A text is for the versions up to the next one.
    for index in 1..answers.len() {
        let next = answers[index].variant.from;
        let until = answers[index - 1].variant.until;
        answers[index - 1].variant.until = Some(until.map_or(next, |until| until.min(next)));
    }
    let covers = |answer: &VariantAnswer| {
        answer.variant.from <= major && answer.variant.until.is_none_or(|until| major < until)
    };
    let own = answers.iter().position(covers);
    let works = |answer: &VariantAnswer| answer.described.is_ok();
    let Some(start) = own.or_else(|| answers.iter().position(works)) else {
        let Some((first, last)) = answers.first().zip(answers.last()) else {
            return Err(Default::default());
        };
        let whole = ForeignVariant { until: last.variant.until, ..first.variant.clone() };
        let reason = format!(
            "is for PostgreSQL {}, and this is {major}: name a server of such a version with --bindir or -H",
            range(&whole)
        );
        return Err((first.variant.line, reason));
    };
    if !works(&answers[start]) {
        return Err((answers[start].variant.line, refusal(&answers[start])));
    }
    let follows = |earlier: &VariantAnswer, later: &VariantAnswer| {
        works(earlier) && works(later) && earlier.variant.until == Some(later.variant.from)
    };
    let mut first = start;
    while first > 0 && follows(&answers[first - 1], &answers[first]) {
        first -= 1;
    }
    let mut last = start;
    while last + 1 < answers.len() && follows(&answers[last], &answers[last + 1]) {
        last += 1;
    }
    let mut remarks = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        if !(first..=last).contains(&index) {
            remarks.push(format!(
                "The text for PostgreSQL {} in line {} is not imported: PostgreSQL {major} cannot analyze it ({}). Import the file with a server of that version (--bindir or -H) into another folder, and add the text as query.before-N.sql, or as query.sql.",
                range(&answer.variant),
                answer.variant.line,
                answer.described.as_ref().err().map_or("another text between them fails", String::as_str)
            ));
        }
    }
    Ok((answers.drain(first..=last).collect(), remarks))
}

fn refusal(answer: &VariantAnswer) -> String {
    answer.described.as_ref().err().cloned().unwrap_or_default()
}

/// The versions of a text: `14..16`.
fn range(variant: &ForeignVariant) -> String {
    let from = Some(variant.from).filter(|from| *from > OLDEST).map(|from| from.to_string());
    let until = variant.until.map(|until| (until.saturating_sub(1)).to_string());
    format!("{}..{}", from.unwrap_or_default(), until.unwrap_or_default())
}

/// The texts with the versions before which they are, and the range of all of them.
fn files(answers: &[VariantAnswer], shape: &Shape) -> (Vec<(Option<u32>, String)>, Option<String>) {
    let last = answers.len() - 1;
    let files =
        answers.iter().zip(&shape.texts).enumerate().filter_map(|(index, (answer, text))| {
            let before = if index == last { None } else { answer.variant.until };
            // The texts of versions that posemo does not support were left out.
            (index == last || before.is_some()).then(|| (before, text.clone()))
        });
    let whole = ForeignVariant {
        from: answers[0].variant.from,
        until: answers[last].variant.until,
        ..ForeignVariant::default()
    };
    let servers = range(&whole);
    (files.collect(), Some(servers).filter(|servers| servers != ".."))
}

/// Why the query runs in each database.
fn per_database(
    query: &ForeignQuery,
    differs: Option<String>,
    remarks: &mut Vec<String>,
) -> Option<String> {
    match (&query.once, differs) {
        (once, Some(what)) => {
            if let Some(key) = once {
                remarks.push(format!(
                    "`{key}`: {} runs it in one database. It reads {what}, which differs from database to database, so posemo runs it in each database where it is installed: name the one in `databases`.",
                    query.program
                ));
            }
            Some(format!("it reads {what}, which differs from database to database"))
        }
        (_, None) if !query.databases.is_empty() => Some("the file names the databases".to_owned()),
        (_, None) => None,
    }
}

fn role(query: &ForeignQuery, reads: &[&ObjectRead<'_>]) -> Option<(ServerRole, String)> {
    if let Some(role) = query.role {
        return Some((role, "from the file".to_owned()));
    }
    let read = guess::only_on_primary(reads)?;
    Some((ServerRole::Primary, format!("{}() fails on a standby", read.name)))
}
