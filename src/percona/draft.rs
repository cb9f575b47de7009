//! The files of a check folder, made of an advisor check and the descriptions of its queries.
//!
//! `folders` writes them.

use sha2::{Digest, Sha256};

use super::advisor_check::AdvisorCheck;
use super::columns::{ImportedQuery, imported};
use super::description::{QueryDescription, statement};
use super::faults::faults;
use super::folders::CheckFolder;
use super::guess::{Guess, guess};
use super::page_text::invisible;
use super::{manifest, readme};
use crate::catalog::check::Scope;

/// A check folder that is not yet written.
#[derive(Debug)]
pub struct Draft {
    check: AdvisorCheck,
    descriptions: Vec<QueryDescription>,
    queries: Vec<ImportedQuery>,
    /// Absent for a check that judges a document.
    guess: Option<Guess>,
    topic: &'static str,
    remarks: Vec<String>,
}

impl Draft {
    /// A draft of a check. `descriptions` are those of its queries, in their order.
    pub fn new(check: &AdvisorCheck, descriptions: Vec<QueryDescription>) -> Draft {
        let guess = guess(&check.queries, &descriptions);
        let queries = check.queries.iter().zip(&descriptions);
        let queries: Vec<ImportedQuery> =
            queries.map(|(query, description)| imported(&statement(query), description)).collect();
        let (topic, topic_remark) = topic(check);
        let mut remarks = renamed(check);
        if check.version == 1 {
            remarks.push("`docs = \"rows\"`, as a script of version 1 of the format gets the rows of its only query and not a list with one item for each query.".to_owned());
        }
        remarks.extend(guess.remarks.iter().cloned());
        remarks.push(topic_remark);
        remarks.extend(queries.iter().flat_map(|query| query.remarks.iter().cloned()));
        let texts = queries.iter().map(|query| ("A query", query.text.as_str()));
        let texts = texts.chain([("The script", check.script.as_str())]);
        remarks.extend(texts.filter_map(|(what, text)| invisible(what, text)));
        let guess = Some(guess);
        Draft { check: check.clone(), descriptions, queries, guess, topic, remarks }
    }

    /// A draft of a check that judges a document.
    pub fn of_document(check: &AdvisorCheck) -> Draft {
        let (topic, topic_remark) = topic(check);
        let mut remarks = renamed(check);
        remarks.push(topic_remark);
        remarks.push("`document_age` is twice the interval. Let cron write the document as often as the interval, and make it shorter if you write it more often.".to_owned());
        remarks.extend(invisible("The script", &check.script));
        let (descriptions, queries) = (Vec::new(), Vec::new());
        Draft { check: check.clone(), descriptions, queries, guess: None, topic, remarks }
    }

    /// The advisor check.
    pub fn check(&self) -> &AdvisorCheck {
        &self.check
    }

    /// Faults that show only when the check has something to report. `severities` are the valid ones.
    pub fn faults(&self, severities: &[&str]) -> Vec<String> {
        faults(&self.check, severities)
    }

    /// Adds a remark for the reviewer.
    pub fn add_remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    /// The remarks for the reviewer.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// A short text: the owner set, the databases in which the queries run, and the number of queries.
    pub fn outline(&self) -> String {
        let Some(guess) = &self.guess else {
            return format!("judges the document {}", self.check.folder);
        };
        let both = guess.scopes.iter().any(|scope| *scope != guess.scope);
        let scope = match (guess.scope, guess.apart) {
            _ if both => "once per server and in all databases",
            (Scope::Cluster, _) => "once per server",
            (Scope::Database, false) => "in all databases",
            (Scope::Database, true) => "in each database",
        };
        let role = if guess.primary { ", primary only" } else { "" };
        let count = self.queries.len();
        let queries = if count == 1 { "query" } else { "queries" };
        format!("owner {}, runs {scope}{role}, {count} {queries}", guess.owner)
    }
}

impl CheckFolder for Draft {
    fn folder(&self) -> &str {
        &self.check.folder
    }

    fn files(&self) -> Vec<(String, String)> {
        let manifest = match &self.guess {
            Some(guess) => manifest::text(&self.check, self.topic, guess, &self.queries),
            None => manifest::of_document(&self.check, self.topic),
        };
        let page = readme::text(&self.check, &self.descriptions, &self.remarks);
        let mut files = vec![
            ("check.toml".to_owned(), manifest),
            ("README.md".to_owned(), page),
            ("evaluate.star".to_owned(), self.check.script.clone()),
        ];
        let several = self.queries.len() > 1;
        files.extend(self.queries.iter().zip(1..).map(|(query, number)| {
            let name = if several { format!("query-{number}.sql") } else { "query.sql".to_owned() };
            (name, query.text.clone())
        }));
        files
    }
}

/// A remark on another name.
fn renamed(check: &AdvisorCheck) -> Vec<String> {
    let reason = check.renamed.iter();
    reason.map(|reason| format!("Renamed from `{}`: {reason}.", check.name)).collect()
}

/// The SHA-256 of a file in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hash, byte| {
        write!(hash, "{byte:02x}").expect("writing into a String cannot fail");
        hash
    })
}

/// Parts of the names of advisors and categories, each with its topic. The first that matches is used.
const TOPICS: [(&str, &str); 18] = [
    ("replication", "replication"),
    ("vacuum", "vacuum"),
    ("maintenance", "vacuum"),
    ("connection", "connections"),
    ("backup", "backup"),
    ("durability", "wal"),
    ("lock", "locks"),
    ("security", "security"),
    ("authentication", "security"),
    ("schema", "schema"),
    ("index", "schema"),
    ("storage", "storage"),
    ("version", "configuration"),
    ("logging", "configuration"),
    ("configuration", "configuration"),
    ("resource", "performance"),
    ("performance", "performance"),
    ("query", "performance"),
];

fn topic(check: &AdvisorCheck) -> (&'static str, String) {
    let given = [("advisor", &check.advisor), ("category", &check.category)];
    for (what, value) in given.iter().filter_map(|(what, value)| Some((what, value.as_deref()?))) {
        let lower = value.to_ascii_lowercase();
        if let Some((_, topic)) = TOPICS.iter().find(|(part, _)| lower.contains(part)) {
            return (topic, format!("`topic = \"{topic}\"`, as its {what} is `{value}`."));
        }
    }
    (
        "configuration",
        "`topic = \"configuration\"`, as neither advisor nor category matches another topic."
            .to_owned(),
    )
}
