//! Reads an advisor file: finds its checks, and distinguishes files of checks from files of advisors.
//!
//! `rules` validates the checks.

use super::advisor_check::{AdvisorFile, IgnoredPart};
use super::rules;
use super::yaml::{self, YamlKey, YamlNode, YamlValue, mistake};
use crate::text::suggestion::suggestion;

/// The longest file, in bytes. All of Percona's checks together are shorter.
pub const LONGEST_FILE: usize = 4 * 1024 * 1024;

/// Reads a file: its checks, the parts that are ignored, and all its mistakes.
pub fn read(file: &str, text: &str) -> AdvisorFile {
    let mut reader = DocumentReader { file, text, number: 0, content: AdvisorFile::default() };
    reader.file();
    reader.content
}

/// The message about a file that is too long.
pub(super) fn too_long() -> String {
    format!("is too long: a file of checks has at most {LONGEST_FILE} bytes; split the file")
}

struct DocumentReader<'r> {
    file: &'r str,
    text: &'r str,
    /// The number of the last check in the file, from 1.
    number: usize,
    content: AdvisorFile,
}

impl DocumentReader<'_> {
    fn file(&mut self) {
        if self.text.len() > LONGEST_FILE {
            return self.mistake(0, "", too_long());
        }
        let documents = match yaml::documents(self.file, self.text) {
            Ok(documents) => documents,
            Err(mistake) => return self.content.mistakes.push(mistake),
        };
        if documents.iter().all(|document| matches!(document.value, YamlValue::Null)) {
            self.mistake(0, "", "is empty; a file of checks has the key \"checks\"");
        }
        for document in &documents {
            self.document(document);
        }
    }

    fn document(&mut self, document: &YamlNode) {
        match &document.value {
            YamlValue::Null => {}
            YamlValue::Map(entries) => {
                for (key, value) in entries {
                    self.entry(key, value);
                }
            }
            _ => self.mistake(
                document.line,
                "",
                format!("is {}; must be a mapping with the key \"checks\"", document.type_name()),
            ),
        }
    }

    fn entry(&mut self, key: &YamlKey, value: &YamlNode) {
        match (key.text.as_str(), &value.value) {
            ("checks", YamlValue::List(checks)) => {
                for check in checks {
                    self.check(check);
                }
            }
            ("checks", _) => {
                let message = format!("is {}; must be a list of checks", value.type_name());
                self.mistake(key.line, "checks", message);
            }
            ("advisors", _) => self.content.ignored.push(IgnoredPart {
                file: self.file.to_owned(),
                line: key.line,
                what: "advisors".to_owned(),
                reason: "an advisor is a group of checks and contains nothing to run".to_owned(),
            }),
            (other, _) => {
                let message = format!("unknown key \"{other}\"{}", suggestion(other, ["checks"]));
                self.mistake(key.line, other, message);
            }
        }
    }

    fn check(&mut self, check: &YamlNode) {
        self.number += 1;
        let YamlValue::Map(entries) = &check.value else {
            let message = format!("is {}; must be a mapping", check.type_name());
            return self.mistake(check.line, &format!("checks.{}", self.number), message);
        };
        let line = entries.first().map_or(check.line, |(key, _)| key.line);
        rules::check(self.file, self.text, line, self.number, entries, &mut self.content);
    }

    fn mistake(&mut self, line: usize, key: &str, message: impl Into<String>) {
        self.content.mistakes.push(mistake(self.file, line, key, message));
    }
}
