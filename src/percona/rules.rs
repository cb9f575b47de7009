//! The rules for one check: what must be there, what must not, and what its words may be.
//!
//! It goes on after a mistake, so that all of them are told at once.

use super::advice::{Advice, Asked, Foreign, Reading, folder_of};
use super::document::mistake;
use super::kind::Family;
use super::yaml::{Key, Node, Value};
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;

mod queries;

/// All keys of all vintages of the format.
const KEYS: [&str; 15] = [
    "version",
    "name",
    "summary",
    "description",
    "advisor",
    "category",
    "subcategory",
    "tiers",
    "technology",
    "family",
    "type",
    "query",
    "queries",
    "interval",
    "script",
];

/// As a file writes it, and as this catalogue does.
const INTERVALS: [(&str, &str); 3] = [("standard", "24h"), ("frequent", "4h"), ("rare", "78h")];

const TIERS: [&str; 3] = ["anonymous", "registered", "paid"];

/// Adds a check, or what is wrong with it.
pub(super) fn check(
    file: &str,
    text: &str,
    line: usize,
    number: usize,
    entries: &[(Key, Node)],
    reading: &mut Reading,
) {
    let name = entries.iter().find(|(key, _)| key.text == "name").and_then(|(_, node)| node.text());
    let label = name.filter(|name| is_name(name)).unwrap_or_else(|| format!("checks.{number}"));
    let mut fields = Fields { file, text, line, label, entries, complaints: Vec::new() };
    let made = fields.check();
    let good = fields.complaints.is_empty();
    reading.complaints.append(&mut fields.complaints);
    match made {
        Some(Made::Advice(advice)) if good => reading.checks.push(*advice),
        Some(Made::Foreign(foreign)) if good => reading.foreign.push(foreign),
        _ => {}
    }
}

enum Made {
    Advice(Box<Advice>),
    Foreign(Foreign),
}

/// The keys of a check, and what is wrong with them.
struct Fields<'f> {
    file: &'f str,
    text: &'f str,
    line: usize,
    /// What the check is called in complaints.
    label: String,
    entries: &'f [(Key, Node)],
    complaints: Vec<Mistake>,
}

impl<'f> Fields<'f> {
    fn check(&mut self) -> Option<Made> {
        self.known(&KEYS, self.entries, "");
        let version = self.version();
        let name = self.name();
        let (summary, description) = (self.required("summary"), self.required("description"));
        let script = self.script();
        let interval = self.interval();
        let tiers = self.tiers();
        let [advisor, category, subcategory] =
            ["advisor", "category", "subcategory"].map(|key| self.optional(key));
        let asked = match version? {
            1 => self.first_format(),
            _ => self.second_format(advisor.is_some() || category.is_some()),
        };
        let (name, (family, queries)) = (name?, asked?);
        let foreign = |reason: String| {
            Made::Foreign(Foreign {
                file: self.file.to_owned(),
                line: self.line,
                what: name.clone(),
                reason,
            })
        };
        if family != Family::Postgresql {
            return Some(foreign(format!("is for {}", family.title())));
        }
        let Ok(queries) = queries else {
            return Some(foreign(
                "asks the metrics or the query log of a monitoring server, and not PostgreSQL"
                    .to_owned(),
            ));
        };
        let (folder, renamed) = match folder_of(&name) {
            Ok(folder) => folder,
            Err(reason) => {
                self.complain("name", reason);
                return None;
            }
        };
        Some(Made::Advice(Box::new(Advice {
            file: self.file.to_owned(),
            sha256: String::new(),
            line: self.line,
            name,
            folder,
            renamed,
            version: version?,
            summary: summary?,
            description: description?,
            advisor,
            category: category.map(|category| match subcategory {
                Some(subcategory) => format!("{category}/{subcategory}"),
                None => category,
            }),
            tiers,
            interval: interval?,
            script: script?,
            queries,
        })))
    }

    fn version(&mut self) -> Option<u64> {
        match self.get("version").map(|node| &node.value) {
            Some(Value::Number(version @ (1 | 2))) => Some(*version),
            Some(Value::Nothing) | None => {
                self.complain("version", "is missing; it is 1 or 2");
                None
            }
            Some(_) => {
                let said = self.get("version").and_then(Node::text).unwrap_or_default();
                self.complain(
                    "version",
                    format!("unexpected version {said}; it is the number 1 or 2, without quotes"),
                );
                None
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        let name = self.required("name")?;
        if !is_name(&name) {
            let message = format!(
                "\"{name}\" is no name: a letter or an underscore, then letters, digits and underscores"
            );
            self.complain("name", message);
            return None;
        }
        Some(name)
    }

    fn script(&mut self) -> Option<String> {
        let script = self.required("script")?;
        if script.contains('\t') {
            let line = self.line_with(self.line_of("script"), '\t');
            self.complain_at(
                line,
                "script",
                "holds a TAB character, which the format forbids; indent with blanks",
            );
            return None;
        }
        Some(script)
    }

    fn interval(&mut self) -> Option<&'static str> {
        let Some(word) = self.optional("interval") else { return Some(INTERVALS[0].1) };
        let known = INTERVALS.iter().find(|(name, _)| *name == word);
        if known.is_none() {
            let names = INTERVALS.map(|(name, _)| name);
            self.complain(
                "interval",
                format!("unknown interval \"{word}\"{}", suggestion(&word, names)),
            );
        }
        known.map(|(_, span)| *span)
    }

    fn tiers(&mut self) -> Vec<String> {
        let Some(node) = self.get("tiers") else { return Vec::new() };
        let Value::List(items) = &node.value else {
            if !matches!(node.value, Value::Nothing) {
                let message = format!("is {}; it holds a list", node.sort());
                self.complain("tiers", message);
            }
            return Vec::new();
        };
        let mut tiers: Vec<String> = Vec::new();
        let words: Vec<(usize, String)> =
            items.iter().map(|item| (item.line, item.text().unwrap_or_default())).collect();
        for (line, tier) in words {
            if !TIERS.contains(&tier.as_str()) {
                self.complain_at(
                    line,
                    "tiers",
                    format!("unknown tier \"{tier}\"{}", suggestion(&tier, TIERS)),
                );
            } else if tiers.contains(&tier) {
                self.complain_at(line, "tiers", format!("holds \"{tier}\" twice"));
            }
            tiers.push(tier);
        }
        tiers
    }

    /// The value of a key.
    fn get(&self, key: &str) -> Option<&'f Node> {
        self.entries.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// A text that must be there.
    fn required(&mut self, key: &str) -> Option<String> {
        let text = self.optional(key).filter(|text| !text.is_empty());
        // What is there and is no text has been complained about.
        let said = self
            .get(key)
            .is_some_and(|node| node.text().is_none() && !matches!(node.value, Value::Nothing));
        if text.is_none() && !said {
            self.complain(key, "is missing; every check has one");
        }
        text
    }

    /// A text that may be there.
    fn optional(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        let (text, sort) = (node.text(), node.sort());
        if text.is_none() && !matches!(node.value, Value::Nothing) {
            self.complain(key, format!("is {sort}; it is a text"));
        }
        text.filter(|text| !text.is_empty())
    }

    /// Complains about keys that nobody knows.
    fn known(&mut self, right: &[&str], entries: &[(Key, Node)], path: &str) {
        for (key, _) in entries.iter().filter(|(key, _)| !right.contains(&key.text.as_str())) {
            let message = format!(
                "unknown key \"{}\"{}",
                key.text,
                suggestion(&key.text, right.iter().copied())
            );
            self.complain_at(key.line, &format!("{path}{}", key.text), message);
        }
    }

    /// Where a character stands that the text of the key in a line must not hold.
    fn line_with(&self, line: usize, wrong: char) -> usize {
        let lines = self.text.lines().skip(line.saturating_sub(1));
        lines.zip(line..).find(|(text, _)| text.contains(wrong)).map_or(line, |(_, number)| number)
    }

    /// Where a key stands, or the check.
    fn line_of(&self, key: &str) -> usize {
        self.entries
            .iter()
            .find(|(known, _)| known.text == key)
            .map_or(self.line, |(known, _)| known.line)
    }

    fn complain(&mut self, key: &str, message: impl Into<String>) {
        self.complain_at(self.line_of(key), key, message);
    }

    fn complain_at(&mut self, line: usize, key: &str, message: impl Into<String>) {
        let key = format!("{}.{key}", self.label);
        self.complaints.push(mistake(self.file, line, &key, message));
    }
}

/// The form of a label of Prometheus, which names of checks become.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Of queries that PostgreSQL cannot be asked nothing more is known.
struct NotPostgresql;

/// The queries of a check, where they are for PostgreSQL.
type Queries = Result<Vec<Asked>, NotPostgresql>;
