//! The rules for one check of an advisor file.

use super::advisor_check::{
    AdvisorCheck, AdvisorFile, AdvisorQuery, DocumentPart, IgnoredPart, folder_name,
};
use super::fields::{CheckFields, Entries, find};
use super::query_rules::{self, FileQuery};
use super::yaml::{YamlNode, YamlValue};
use crate::text::suggestion::suggestion;

/// The keys of both versions of the format.
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

/// The intervals: the word in advisor files, and the interval in check.toml. The first is the default.
const INTERVALS: [(&str, &str); 3] = [("standard", "24h"), ("frequent", "4h"), ("rare", "78h")];

const TIERS: [&str; 3] = ["anonymous", "registered", "paid"];

/// Adds a check to the content of its file, or its mistakes. `number` is its number in the file, from 1.
pub(super) fn check(
    file: &str,
    text: &str,
    line: usize,
    number: usize,
    entries: &Entries,
    content: &mut AdvisorFile,
) {
    let name = find(entries, "name").and_then(|(_, node)| node.text());
    let label = name.filter(|name| is_name(name)).unwrap_or_else(|| format!("checks.{number}"));
    let mut fields = CheckFields { file, text, line, label, entries, mistakes: Vec::new() };
    let validated = validate(&mut fields);
    let is_valid = fields.mistakes.is_empty();
    content.mistakes.append(&mut fields.mistakes);
    match validated.filter(|_| is_valid) {
        Some(Validated::Check(check)) => content.checks.push(*check),
        Some(Validated::Ignored(part)) => content.ignored.push(part),
        None => {}
    }
}

enum Validated {
    Check(Box<AdvisorCheck>),
    Ignored(IgnoredPart),
}

/// Validates all keys. Returns `None` after a mistake without which the check is not known.
fn validate(fields: &mut CheckFields<'_>) -> Option<Validated> {
    let entries = fields.entries;
    fields.report_unknown_keys(&KEYS, entries, "");
    let version = version(fields);
    let name = name(fields);
    let (summary, description) = (fields.required("summary"), fields.required("description"));
    let script = script(fields);
    let interval = interval(fields);
    let tiers = tiers(fields);
    let [advisor, category, subcategory] =
        ["advisor", "category", "subcategory"].map(|key| fields.optional(key));
    let queries = match version? {
        1 => query_rules::version_1(fields),
        _ => query_rules::version_2(fields, advisor.is_some() || category.is_some()),
    };
    let (name, queries) = (name?, queries?);
    let Some((queries, document)) = importable(queries) else {
        return Some(ignored(fields, name, MONITORING.to_owned()));
    };
    let (folder, renamed) =
        folder_name(&name).map_err(|problem| fields.mistake("name", problem)).ok()?;
    Some(Validated::Check(Box::new(AdvisorCheck {
        file: fields.file.to_owned(),
        sha256: String::new(),
        line: fields.line,
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
        document,
    })))
}

/// Why a check is ignored that has a query for another store.
const MONITORING: &str =
    "queries the metrics or the query log of a monitoring server, not a database";

/// The queries for PostgreSQL, and those whose answers are a document. `None` if one is for a monitoring server.
fn importable(queries: Vec<FileQuery>) -> Option<(Vec<AdvisorQuery>, Vec<DocumentPart>)> {
    let (mut own, mut document) = (Vec::new(), Vec::new());
    for query in queries {
        match query {
            FileQuery::Own(query) => own.push(query),
            FileQuery::Foreign(part) => document.push(part),
            FileQuery::Monitoring => return None,
        }
    }
    Some((own, document))
}

fn ignored(fields: &CheckFields<'_>, what: String, reason: String) -> Validated {
    let (file, line) = (fields.file.to_owned(), fields.line);
    Validated::Ignored(IgnoredPart { file, line, what, reason })
}

fn version(fields: &mut CheckFields<'_>) -> Option<u64> {
    match fields.get("version").map(|node| &node.value) {
        Some(YamlValue::Number(version @ (1 | 2))) => Some(*version),
        Some(YamlValue::Null) | None => {
            fields.mistake("version", "is missing; must be 1 or 2");
            None
        }
        Some(_) => {
            let version = fields.get("version").and_then(YamlNode::text).unwrap_or_default();
            let message = format!("is \"{version}\"; must be the number 1 or 2, without quotes");
            fields.mistake("version", message);
            None
        }
    }
}

fn name(fields: &mut CheckFields<'_>) -> Option<String> {
    let name = fields.required("name")?;
    if !is_name(&name) {
        let message = format!(
            "\"{name}\" is not a name; begin with a letter or an underscore, followed by letters, digits and underscores"
        );
        fields.mistake("name", message);
        return None;
    }
    Some(name)
}

fn script(fields: &mut CheckFields<'_>) -> Option<String> {
    let script = fields.required("script")?;
    if script.contains('\t') {
        let line = fields.line_with(fields.line_of("script"), '\t');
        let message = "contains a tab, which the format does not allow; indent with spaces";
        fields.mistake_at(line, "script", message);
        return None;
    }
    Some(script)
}

fn interval(fields: &mut CheckFields<'_>) -> Option<&'static str> {
    let Some(word) = fields.optional("interval") else { return Some(INTERVALS[0].1) };
    let known = INTERVALS.iter().find(|(name, _)| *name == word);
    if known.is_none() {
        let suggestion = suggestion(&word, INTERVALS.map(|(name, _)| name));
        fields.mistake("interval", format!("unknown interval \"{word}\"{suggestion}"));
    }
    known.map(|(_, interval)| *interval)
}

fn tiers(fields: &mut CheckFields<'_>) -> Vec<String> {
    let items = match fields.get("tiers").map(|node| (&node.value, node.type_name())) {
        Some((YamlValue::List(items), _)) => items,
        None | Some((YamlValue::Null, _)) => return Vec::new(),
        Some((_, type_name)) => {
            fields.mistake("tiers", format!("is {type_name}; must be a list"));
            return Vec::new();
        }
    };
    let mut tiers: Vec<String> = Vec::new();
    for item in items {
        let tier = item.text().unwrap_or_default();
        if !TIERS.contains(&tier.as_str()) {
            let message = format!("unknown tier \"{tier}\"{}", suggestion(&tier, TIERS));
            fields.mistake_at(item.line, "tiers", message);
        } else if tiers.contains(&tier) {
            fields.mistake_at(item.line, "tiers", format!("contains \"{tier}\" twice"));
        }
        tiers.push(tier);
    }
    tiers
}

/// Whether PMM can use a text as a label of Prometheus.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
