//! Walks the documents of a file down to its checks, and tells files of advisors from files of checks.
//!
//! What a check may say is none of its business.

use super::advice::{Foreign, Reading};
use super::rules;
use super::yaml::{self, Key, Node, Value};
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;

/// The longest file that is read, in bytes: larger than all of Percona's checks together.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// Reads a file: its checks, what is left out, and all that is wrong with it.
pub fn read(file: &str, text: &str) -> Reading {
    let mut reading = Reading::default();
    if text.len() > LONGEST {
        let message =
            format!("is too long: a file of checks has at most {LONGEST} bytes; split it");
        reading.complaints.push(Mistake {
            file: file.to_owned(),
            line: 0,
            key: String::new(),
            message,
        });
        return reading;
    }
    match yaml::documents(file, text) {
        Ok(documents)
            if documents.iter().all(|document| matches!(document.value, Value::Nothing)) =>
        {
            reading.complaints.push(mistake(
                file,
                0,
                "",
                "holds nothing; a file of checks has the key \"checks\"",
            ));
        }
        Ok(documents) => {
            let mut walk = Walk { file, text, number: 0, reading: &mut reading };
            for document in &documents {
                walk.document(document);
            }
        }
        Err(error) => reading.complaints.push(error),
    }
    reading
}

/// A complaint about a place.
pub(super) fn mistake(file: &str, line: usize, key: &str, message: impl Into<String>) -> Mistake {
    Mistake { file: file.to_owned(), line, key: key.to_owned(), message: message.into() }
}

struct Walk<'w> {
    file: &'w str,
    text: &'w str,
    /// Of the check, from 1, in the whole file.
    number: usize,
    reading: &'w mut Reading,
}

impl Walk<'_> {
    fn document(&mut self, document: &Node) {
        match &document.value {
            Value::Nothing => {}
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.entry(key, value);
                }
            }
            _ => self.complain(
                document.line,
                "",
                format!(
                    "is {}; a document of checks is a mapping with the key \"checks\"",
                    document.sort()
                ),
            ),
        }
    }

    fn entry(&mut self, key: &Key, value: &Node) {
        match (key.text.as_str(), &value.value) {
            ("checks", Value::List(checks)) => checks.iter().for_each(|check| self.check(check)),
            ("checks", _) => {
                self.complain(
                    key.line,
                    "checks",
                    format!("is {}; it holds a list of checks", value.sort()),
                );
            }
            ("advisors", _) => self.reading.foreign.push(Foreign {
                file: self.file.to_owned(),
                line: key.line,
                what: "advisors".to_owned(),
                reason: "an advisor groups checks and is none; there is nothing in it to run"
                    .to_owned(),
            }),
            (other, _) => {
                let message = format!("unknown key \"{other}\"{}", suggestion(other, ["checks"]));
                self.complain(key.line, other, message);
            }
        }
    }

    fn check(&mut self, check: &Node) {
        self.number += 1;
        let Value::Map(entries) = &check.value else {
            let message = format!("is {}; a check is a mapping", check.sort());
            return self.complain(check.line, &format!("checks.{}", self.number), message);
        };
        let line = entries.first().map_or(check.line, |(key, _)| key.line);
        rules::check(self.file, self.text, line, self.number, entries, self.reading);
    }

    fn complain(&mut self, line: usize, key: &str, message: impl Into<String>) {
        self.reading.complaints.push(mistake(self.file, line, key, message));
    }
}
