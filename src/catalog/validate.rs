//! Makes a `Check` of a folder, or says what is wrong with it: file, line and key.
//!
//! The folder is all it looks at; no other check, no server, no settings.

use std::str::FromStr;

use indexmap::IndexMap;

use super::check::{Check, Databases, Docs, Expected, Query, Scope};
use super::error::CatalogError;
use super::folder::Folder;
use super::function::{
    Argument, ArgumentType, Column, ColumnRole, ColumnType, FunctionSignature, accept,
};
use super::manifest::{ArgumentEntry, AskedOf, ColumnEntry, LevelsEntry, Manifest};
use super::server_version::Majors;
use super::{RESERVED, TOPICS, owners, queries};
use crate::catalog::thresholds::Levels;
use crate::catalog::thresholds::Thresholds;
use crate::finding::Severity;
use crate::finding::metric::{MetricKind, Unit};
use crate::finding::range::Range;
use crate::finding::report::ServerRole;
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// Reads and validates a folder.
pub(super) fn check(folder: &Folder) -> Result<Check, CatalogError> {
    name(folder)?;
    let file = folder.path_of("check.toml");
    let text = folder.file("check.toml").ok_or_else(|| missing(folder, "check.toml"))?;
    let document = TomlDocument { file: &file, text };
    let manifest: Manifest = document.read()?;
    let texts = queries::find(folder)?;
    let readme = folder.file("README.md").ok_or_else(|| missing(folder, "README.md"))?;
    headings(folder, readme)?;
    let arguments = arguments(document, &manifest.arguments)?;
    let shapes = shapes(document, &manifest, texts.len())?;
    let name = folder.name.to_string();
    let several = shapes.len() > 1;
    let queries: Vec<Query> = texts
        .into_iter()
        .zip(shapes)
        .enumerate()
        .map(|(index, (texts, columns))| {
            let function = if several { format!("{name}__{}", index + 1) } else { name.clone() };
            let signature = FunctionSignature { function, arguments: arguments.clone(), columns };
            let entry = manifest.queries.get(&(index + 1).to_string());
            let scope = entry.and_then(|entry| entry.scope).unwrap_or(manifest.scope);
            Query { signature, scope, text: texts.text, before: texts.before }
        })
        .collect();
    let script = folder.file("evaluate.star").map(str::to_owned);
    if script.is_some() && manifest.rows == Expected::None {
        return Err(document
            .mistake(&["rows"], "a script judges the rows; take out one of the two")
            .into());
    }
    let thresholds = thresholds(document, &manifest.thresholds, &queries)?;
    let word = |key: &str, message: String| CatalogError::from(document.mistake(&[key], message));
    Ok(Check {
        summary: one_line(document, "summary", &manifest.summary)?,
        topic: one_of(document, "topic", &manifest.topic, TOPICS)?,
        scope: manifest.scope,
        databases: databases(document, &manifest, script.is_some(), &queries)?,
        docs: docs(document, &manifest, script.is_some(), &queries)?,
        role: match manifest.role {
            AskedOf::Any => None,
            AskedOf::Primary => Some(ServerRole::Primary),
            AskedOf::Standby => Some(ServerRole::Standby),
        },
        owner: one_of(
            document,
            "owner",
            &manifest.owner,
            owners().map(|(set, _)| set).chain(["superuser"]),
        )?,
        interval: interval::parse(&manifest.interval)
            .map_err(|message| word("interval", message))?,
        since: manifest.since,
        servers: manifest
            .servers
            .map_or(Ok(Majors::ALL), |span| Majors::from_str(&span))
            .map_err(|message| word("servers", message))?,
        expected: manifest.rows,
        severity: Severity::parse(&manifest.severity).ok_or_else(|| {
            let names = Severity::ALL.into_iter().map(Severity::name);
            word(
                "severity",
                format!(
                    "unknown severity \"{}\"{}",
                    manifest.severity,
                    suggestion(&manifest.severity, names)
                ),
            )
        })?,
        row_limit: match manifest.row_limit {
            limit @ 1..=100_000 => limit,
            _ => return Err(word("row_limit", "must be within 1 to 100000".to_owned())),
        },
        deprecated: manifest.deprecated,
        was: manifest.was,
        place: folder.place.to_string(),
        shipped: folder.shipped,
        readme: readme.to_owned(),
        name,
        arguments,
        queries,
        thresholds,
        script,
    })
}

/// Whether a text is a name for a check, a column or an argument.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 49
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn name(folder: &Folder) -> Result<(), CatalogError> {
    let problem = if !is_name(&folder.name) {
        "a check is named with lower-case letters, digits and underscores, at most 49, a letter first"
    } else if folder.name.starts_with("check_") {
        "a check is named for what is watched, without check_ in front"
    } else if folder.name == RESERVED {
        "posemo is the service that says whether the server could be asked; call the check otherwise"
    } else if folder.name.contains("__") {
        "two underscores in a row are kept for the functions of a check with several queries"
    } else {
        return Ok(());
    };
    Err(CatalogError::File { file: folder.place.to_string(), problem: problem.to_owned() })
}

fn missing(folder: &Folder, file: &str) -> CatalogError {
    CatalogError::File {
        file: folder.path_of(file),
        problem: "is missing; every check has one".to_owned(),
    }
}

fn headings(folder: &Folder, readme: &str) -> Result<(), CatalogError> {
    for heading in ["What it watches", "Why it matters", "What to do"] {
        if !readme
            .lines()
            .any(|line| line.starts_with('#') && line.trim_start_matches('#').trim() == heading)
        {
            let problem = format!("has no heading \"{heading}\"");
            return Err(CatalogError::File { file: folder.path_of("README.md"), problem });
        }
    }
    Ok(())
}

fn one_line(document: TomlDocument<'_>, key: &str, text: &str) -> Result<String, Mistake> {
    if text.trim().is_empty() || text.contains('\n') {
        return Err(document.mistake(&[key], "must be one line of text"));
    }
    Ok(text.to_owned())
}

fn one_of<'n>(
    document: TomlDocument<'_>,
    key: &str,
    word: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Result<String, Mistake> {
    let known: Vec<&str> = known.into_iter().collect();
    if known.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(document.mistake(&[key], format!("unknown {key} \"{word}\"{}", suggestion(word, known))))
}

fn arguments(
    document: TomlDocument<'_>,
    entries: &IndexMap<String, ArgumentEntry>,
) -> Result<Vec<Argument>, Mistake> {
    let read = |(name, entry): (&String, &ArgumentEntry)| {
        let complain =
            |key: &str, message: String| document.mistake(&["arguments", name, key], message);
        if !is_name(name) {
            return Err(complain(
                "",
                "is no name for an argument: lower-case letters, digits, underscores".to_owned(),
            ));
        }
        let sql_type =
            ArgumentType::parse(&entry.sql_type).map_err(|message| complain("type", message))?;
        let default = accept(sql_type, entry.minimum, entry.maximum, &entry.default);
        Ok(Argument {
            name: name.clone(),
            sql_type,
            default: default.map_err(|message| complain("default", message))?,
            minimum: entry.minimum,
            maximum: entry.maximum,
            help: entry.help.clone(),
        })
    };
    entries.iter().map(read).collect()
}

/// To be run for each database alone, a script must have no query that is asked once.
fn databases(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
    queries: &[Query],
) -> Result<Databases, Mistake> {
    let Some(databases) = manifest.databases else { return Ok(Databases::default()) };
    let problem = if !has_script {
        "says what a script is given, and there is none: take it out, or add evaluate.star"
    } else if queries.iter().any(|query| query.scope == Scope::Cluster) {
        "is for checks all of whose queries are asked in every database: scope = \"database\""
    } else {
        return Ok(databases);
    };
    Err(document.mistake(&["databases"], problem))
}

/// The rows by themselves are those of one query, and a script's.
fn docs(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
    queries: &[Query],
) -> Result<Docs, Mistake> {
    let Some(docs) = manifest.docs else { return Ok(Docs::default()) };
    let problem = if !has_script {
        "says what a script is given, and there is none: take it out, or add evaluate.star"
    } else if docs == Docs::Rows && queries.len() > 1 {
        "the rows by themselves are those of one query, and there are several: docs = \"list\""
    } else {
        return Ok(docs);
    };
    Err(document.mistake(&["docs"], problem))
}

/// The columns of each query.
fn shapes(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    queries: usize,
) -> Result<Vec<Vec<Column>>, Mistake> {
    if queries == 1 && manifest.queries.is_empty() {
        return Ok(vec![columns(document, &["columns"], &manifest.columns)?]);
    }
    if !manifest.columns.is_empty() {
        return Err(document.mistake(
            &["columns"],
            "with several queries, columns stand in [queries.1.columns.…]",
        ));
    }
    let shape = |number: usize| {
        let key = number.to_string();
        let entry = manifest.queries.get(&key).ok_or_else(|| {
            document.mistake(
                &["queries"],
                format!("query-{number}.sql has no [queries.{number}.columns.…]"),
            )
        })?;
        columns(document, &["queries", &key, "columns"], &entry.columns)
    };
    let known = |key: &&String| (1..=queries).any(|number| number.to_string() == **key);
    if let Some(extra) = manifest.queries.keys().find(|key| !known(key)) {
        return Err(document.mistake(&["queries", extra], format!("there is no query-{extra}.sql")));
    }
    (1..=queries).map(shape).collect()
}

fn columns(
    document: TomlDocument<'_>,
    path: &[&str],
    entries: &IndexMap<String, ColumnEntry>,
) -> Result<Vec<Column>, Mistake> {
    if entries.is_empty() {
        return Err(document.mistake(path, "a check returns at least one column: [columns.name]"));
    }
    entries
        .iter()
        .map(|(name, entry)| column(document, &[path, &[name.as_str()]].concat(), name, entry))
        .collect()
}

fn column(
    document: TomlDocument<'_>,
    path: &[&str],
    name: &str,
    entry: &ColumnEntry,
) -> Result<Column, Mistake> {
    let complain = |key: &str, message: String| document.mistake(&[path, &[key]].concat(), message);
    let problem = if entry.role == ColumnRole::Metric && !is_name(name) {
        "is no name for a metric: lower-case letters, digits, underscores; or give the column another role"
    } else if name.is_empty() || name.len() > 63 || name.chars().any(char::is_control) {
        "is no name for a column: 1 to 63 bytes, no control characters"
    } else {
        ""
    };
    if !problem.is_empty() {
        return Err(document.mistake(path, problem));
    }
    let sql_type =
        ColumnType::parse(&entry.sql_type).map_err(|message| complain("type", message))?;
    if entry.role == ColumnRole::Metric && !sql_type.is_number() {
        let message = format!(
            "{} is no number, so the column is no metric; give it another role",
            sql_type.sql()
        );
        return Err(complain("type", message));
    }
    let kind =
        [MetricKind::Gauge, MetricKind::Counter].into_iter().find(|kind| kind.name() == entry.kind);
    let unit = Unit::ALL.into_iter().find(|unit| unit.name() == entry.unit);
    Ok(Column {
        name: name.to_owned(),
        sql_type,
        role: entry.role,
        kind: kind.ok_or_else(|| {
            complain("kind", format!("unknown kind \"{}\"; gauge or counter", entry.kind))
        })?,
        unit: unit.ok_or_else(|| {
            let names = Unit::ALL.into_iter().map(Unit::name);
            complain(
                "unit",
                format!("unknown unit \"{}\"{}", entry.unit, suggestion(&entry.unit, names)),
            )
        })?,
        help: entry.help.clone(),
    })
}

fn thresholds(
    document: TomlDocument<'_>,
    entries: &IndexMap<String, LevelsEntry>,
    queries: &[Query],
) -> Result<Thresholds, Mistake> {
    let columns = || queries.iter().flat_map(|query| &query.signature.columns);
    let ranged = |column: &&Column| {
        column.role == ColumnRole::Metric && column.sql_type != ColumnType::Boolean
    };
    let mut levels = IndexMap::new();
    for (name, entry) in entries {
        if !columns().filter(ranged).any(|column| column.name == *name) {
            let names = columns().filter(ranged).map(|column| column.name.as_str());
            let message = format!(
                "there is no metric \"{name}\" that is a number{}",
                suggestion(name, names)
            );
            return Err(document.mistake(&["thresholds", name], message));
        }
        let range = |key: &str, text: &Option<String>| {
            text.as_deref()
                .map(Range::from_str)
                .transpose()
                .map_err(|error| document.mistake(&["thresholds", name, key], error.to_string()))
        };
        let entry = Levels {
            warning: range("warning", &entry.warning)?,
            critical: range("critical", &entry.critical)?,
        };
        levels.insert(name.clone(), entry);
    }
    Ok(Thresholds { levels, objects: IndexMap::new() })
}
