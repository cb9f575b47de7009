//! A check folder in the making: the files that become of an advisor's check and a server's answers.
//!
//! It writes them nowhere.

use sha2::{Digest, Sha256};

use super::advice::Advice;
use super::columns::{Shape, shape};
use super::guess::{Guess, guess};
use super::question::{Answer, statement};
use super::{manifest, readme};
use crate::catalog::check::Scope;
use crate::text::visible::is_plain;

/// All that is to be written for one check.
#[derive(Debug)]
pub struct Draft {
    advice: Advice,
    answers: Vec<Answer>,
    shapes: Vec<Shape>,
    guess: Guess,
    topic: &'static str,
    remarks: Vec<String>,
}

impl Draft {
    /// Of a check and the answers to its queries.
    pub fn of(advice: &Advice, answers: Vec<Answer>) -> Draft {
        let guess = guess(&advice.queries, &answers);
        let shapes: Vec<Shape> = advice
            .queries
            .iter()
            .zip(&answers)
            .map(|(asked, answer)| shape(&statement(asked), answer))
            .collect();
        let (topic, why) = topic(advice);
        let mut remarks: Vec<String> = Vec::new();
        if let Some(why) = &advice.renamed {
            remarks.push(format!("Renamed from `{}`: {why}.", advice.name));
        }
        if advice.version == 1 {
            remarks.push("The format's version 1 gives a script the rows of its only query, and not a list of such: `docs = \"rows\"`.".to_owned());
        }
        remarks.extend(guess.remarks.iter().cloned());
        remarks.push(why);
        remarks.extend(shapes.iter().flat_map(|shape| shape.remarks.iter().cloned()));
        let texts = shapes.iter().map(|shape| ("A query", shape.text.as_str()));
        let texts = texts.chain([("The script", advice.script.as_str())]);
        remarks.extend(texts.filter_map(|(what, text)| unseen(what, text)));
        Draft { advice: advice.clone(), answers, shapes, guess, topic, remarks }
    }

    /// The check that it is made of.
    pub fn advice(&self) -> &Advice {
        &self.advice
    }

    /// The name of the folder.
    pub fn folder(&self) -> &str {
        &self.advice.folder
    }

    /// Adds something for a person to look at.
    pub fn remark(&mut self, words: String) {
        self.remarks.push(words);
    }

    /// What a person should look at.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Where it is asked, as whom, and how many queries it has, in a few words.
    pub fn outline(&self) -> String {
        let both = self.guess.scopes.iter().any(|scope| *scope != self.guess.scope);
        let scope = match (self.guess.scope, self.guess.apart) {
            _ if both => "once per server and in all databases",
            (Scope::Cluster, _) => "once per server",
            (Scope::Database, false) => "in all databases",
            (Scope::Database, true) => "in each database",
        };
        let role = if self.guess.primary { ", primary only" } else { "" };
        let count = self.shapes.len();
        let queries = if count == 1 { "query" } else { "queries" };
        format!("owner {}, asked {scope}{role}, {count} {queries}", self.guess.owner)
    }

    /// Names and texts of the files.
    pub fn files(&self) -> Vec<(String, String)> {
        let manifest = manifest::text(&self.advice, self.topic, &self.guess, &self.shapes);
        let page = readme::text(&self.advice, &self.answers, &self.remarks);
        let mut files = vec![
            ("check.toml".to_owned(), manifest),
            ("README.md".to_owned(), page),
            ("evaluate.star".to_owned(), self.advice.script.clone()),
        ];
        let several = self.shapes.len() > 1;
        files.extend(self.shapes.iter().zip(1..).map(|(shape, number)| {
            let name = if several { format!("query-{number}.sql") } else { "query.sql".to_owned() };
            (name, shape.text.clone())
        }));
        files
    }
}

/// What a reader of the text would not see: it may do other than it looks.
fn unseen(what: &str, text: &str) -> Option<String> {
    let hidden = |line: &str| line.replace('\t', "").chars().find(|&one| !is_plain(one));
    let (number, hidden) =
        (1..).zip(text.lines()).find_map(|(number, line)| Some((number, hidden(line)?)))?;
    Some(format!(
        "{what} has characters that cannot be seen or that turn the direction of writing, the first (U+{:04X}) in line {number}.",
        u32::from(hidden)
    ))
}

/// The hash of a file, as a person would compare it.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hash, byte| {
        write!(hash, "{byte:02x}").expect("a String takes everything");
        hash
    })
}

/// Words of advisors and categories, and the topics that they mean; the first that is found counts.
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

fn topic(advice: &Advice) -> (&'static str, String) {
    let given = [("advisor", &advice.advisor), ("category", &advice.category)];
    for (what, value) in given.iter().filter_map(|(what, value)| Some((what, value.as_deref()?))) {
        let lower = value.to_ascii_lowercase();
        if let Some((_, topic)) = TOPICS.iter().find(|(word, _)| lower.contains(word)) {
            return (topic, format!("`topic = \"{topic}\"`, as its {what} is `{value}`."));
        }
    }
    ("configuration", "`topic = \"configuration\"`, for want of a better one: neither advisor nor category tells.".to_owned())
}
