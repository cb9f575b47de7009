//! Writes `check.toml` and `README.md` of an imported query. Texts of the file are values, or comments of one line.

use std::fmt::Write as _;
use std::time::Duration;

use toml::Value;

use super::columns::DraftColumn;
use super::foreign_draft::ForeignDraft;
use crate::finding::metric::MetricKind;
use crate::percona::ROW_LIMIT;
use crate::percona::page_text::{code, harmless_line, harmless_remark, one_line};
use crate::text::interval;
use crate::text::visible::truncated;

/// The longest text of the file in a value or comment, in characters.
const LONGEST: usize = 300;

/// The text of the manifest.
pub(super) fn manifest(draft: &ForeignDraft) -> String {
    let query = &draft.query;
    let mut text = ManifestText::default();
    text.comment(&format!(
        "Imported from line {} of {}, a file of {}.",
        query.line, query.file, query.program
    ));
    text.comment("A line with \"guess\" is for you to review: correct the key below it, then remove the line.");
    text.entry("summary", &string(&summary(draft)));
    text.guess(&format!("topic: {}", draft.topic.1));
    text.entry("topic", &string(draft.topic.0));
    match &draft.per_database {
        Some(reason) => {
            text.guess(&format!("scope: {reason}"));
            text.entry("scope", "\"database\"");
            if !query.databases.is_empty() {
                let names: Vec<String> = query.databases.iter().map(|name| string(name)).collect();
                text.entry("databases", &format!("[{}]", names.join(", ")));
            }
        }
        None => text.guess("scope: once, as all that it reads is the same in every database"),
    }
    if let Some((role, reason)) = &draft.role {
        text.guess(&format!("role: {reason}"));
        text.entry("role", &string(role.name()));
    }
    let (owner, reason) = draft.owner();
    text.guess(&reason.replace('`', ""));
    text.entry("owner", &string(owner));
    if let Some(seconds) = query.interval {
        text.entry("interval", &string(&interval::write(Duration::from_secs(seconds))));
    }
    if let Some(key) = query.on_request {
        text.comment(&format!("In the file: {key}"));
        text.entry("by_default", "false");
    }
    if query.requires_statements {
        text.entry("requires", "\"pg_stat_statements\"");
    }
    if let Some(servers) = &draft.servers {
        text.entry("servers", &string(servers));
    }
    text.entry("row_limit", &ROW_LIMIT.to_string());
    for column in &draft.shape.columns {
        text.column(column);
    }
    let judged = draft.shape.columns.iter().find(|column| column.judged && column.metric.is_some());
    let ranges = [("warning", 0), ("critical", 1)]
        .map(|(key, index)| (key, draft.query.thresholds[index].as_ref()));
    if let Some(judged) = judged.filter(|_| ranges.iter().any(|(_, range)| range.is_some())) {
        text.table(&["thresholds", &judged.name]);
        for (key, range) in ranges {
            if let Some(range) = range {
                text.entry(key, &string(range));
            }
        }
    }
    text.0
}

fn summary(draft: &ForeignDraft) -> String {
    let query = &draft.query;
    let given = one_line(&query.summary);
    let text = match given.trim() {
        "" => format!("{}, a query of {}", one_line(&query.name), query.program),
        given => given.to_owned(),
    };
    truncated(&text, LONGEST)
}

/// A text as TOML writes it.
fn string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// The text of a manifest.
#[derive(Default)]
struct ManifestText(String);

impl ManifestText {
    fn comment(&mut self, text: &str) {
        self.add(format_args!("# {}\n", truncated(&one_line(text), 2 * LONGEST)));
    }

    fn guess(&mut self, text: &str) {
        self.comment(&format!("guess: {text}"));
    }

    fn entry(&mut self, key: &str, value: &str) {
        self.add(format_args!("{key} = {value}\n"));
    }

    fn table(&mut self, path: &[&str]) {
        let parts: Vec<String> = path.iter().map(|part| key(part)).collect();
        self.add(format_args!("\n[{}]\n", parts.join(".")));
    }

    fn column(&mut self, column: &DraftColumn) {
        self.table(&["columns", &column.name]);
        self.entry("type", &string(column.sql_type));
        for guess in &column.guesses {
            self.guess(guess);
        }
        match column.metric {
            Some((kind, unit)) => {
                if kind == MetricKind::Counter {
                    self.entry("kind", "\"counter\"");
                }
                self.entry("unit", &string(unit.name()));
            }
            // A metric has the name of its object, and no other label.
            None if column.label => self.entry("role", "\"object\""),
            None => self.entry("role", "\"info\""),
        }
        let help = truncated(&one_line(&column.help), LONGEST);
        if !help.is_empty() {
            self.entry("help", &string(&help));
        }
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("writing into a String cannot fail");
    }
}

/// A key of TOML; the names of columns are tidy, so most are bare.
fn key(part: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if part.chars().all(bare) && !part.is_empty() { part.to_owned() } else { string(part) }
}

/// The text of the page.
pub(super) fn readme(draft: &ForeignDraft) -> String {
    let query = &draft.query;
    let mut page =
        format!("# {}\n\n## What it watches\n\n{}\n", draft.name, harmless_line(&summary(draft)));
    let mut add = |text: std::fmt::Arguments<'_>| {
        page.write_fmt(text).expect("writing into a String cannot fail");
    };
    if !draft.reads.is_empty() {
        let reads: Vec<String> = draft.reads.iter().map(|name| harmless_line(name)).collect();
        add(format_args!("\nIt reads {}.\n", reads.join(", ")));
    }
    add(format_args!(
        "\n## Why it matters\n\nThe file of {} does not contain the reason. Write when a value is a problem, and set `[thresholds]`.\n",
        query.program
    ));
    add(format_args!(
        "\n## What to do\n\nThe file does not contain a remedy. Write what the person on call does.\n"
    ));
    add(format_args!(
        "\n## Where it comes from\n\n- Line {} of {}, a file of {}.\n- SHA-256 of that file: `{}`\n- Name in the file: {}\n",
        query.line,
        code(&query.file),
        query.program,
        query.sha256,
        harmless_line(&query.name)
    ));
    for (file, sha256) in &query.other_files {
        add(format_args!("- Also {}, SHA-256 `{sha256}`\n", code(file)));
    }
    add(format_args!(
        "\n## To review\n\nposemo guessed the following, and the lines with \"guess\" in check.toml. Remove each line after you have reviewed it.\n\n"
    ));
    for remark in [&draft.owner().1].into_iter().chain(&draft.remarks) {
        add(format_args!("- {}\n", harmless_remark(remark)));
    }
    page
}
