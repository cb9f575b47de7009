//! Validates a check folder and makes its `Check`. An error has file, line and key.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::advisories;
use super::built_in::owners;
use super::check::{Check, ExpectedRows, MOST_ROWS, Query, Scope, returns_findings};
use super::covers;
use super::databases::DatabaseList;
use super::error::CatalogError;
use super::extension::{self, Extension};
use super::folder::Folder;
use super::function::{Argument, Column, FunctionSignature};
use super::manifest::{DatabasesEntry, Manifest, RoleEntry};
use super::names::{self, TOPICS};
use super::owner_set::{FOLDER, OwnerSet};
use super::queries::{self, QueryTexts};
use super::references;
use super::server_version::Majors;
use crate::finding::report::ServerRole;
use crate::finding::{Severity, State};
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

mod columns;
mod document;
mod order;
mod own;
mod script;
mod values;
mod writes;

/// Reads and validates a folder.
pub(super) fn check(folder: &Folder) -> Result<Check, CatalogError> {
    if let Some(problem) = names::problem_of(&folder.name) {
        return Err(CatalogError::file(&folder.place, problem));
    }
    let file = folder.path_of("check.toml");
    let document = TomlDocument { file: &file, text: required(folder, "check.toml")? };
    let manifest: Manifest = document.read()?;
    let judged = document::document(document, folder, &manifest)?;
    let texts = if judged.is_some() { queries::none(folder)? } else { queries::find(folder)? };
    let requires = requires(folder, document, manifest.requires.as_deref(), &texts)?;
    let readme = readme(folder)?;
    let arguments = values::arguments(document, &manifest.arguments)?;
    let mut queries = match &judged {
        Some(_) => Vec::new(),
        None => queries(folder, document, &manifest, texts, &arguments)?,
    };
    let mut script = folder.file("evaluate.star").map(str::to_owned);
    let has_list = script::advisories(document, &manifest, script.is_some())?;
    if let Some(script) = script.as_mut().filter(|_| has_list) {
        advisories::define(script, None);
    }
    let judges = |source: &str| judged.is_none() || returns_findings(source);
    let judges = script.as_deref().is_some_and(judges);
    if judges && manifest.rows == ExpectedRows::None {
        let problem = "a script judges the rows; remove this key or evaluate.star";
        return Err(document.mistake(&["rows"], problem).into());
    }
    let worst_first = script::worst_first(document, &manifest, script.is_some())?;
    let no_answer =
        outage_state(document, "no_answer", manifest.no_answer.as_deref(), State::Unknown)?;
    let columns = queries.iter().map(|query| &query.signature);
    let columns = columns.chain(judged.iter().map(|judged| &judged.rows));
    let columns: Vec<&Column> = columns.flat_map(|rows| &rows.columns).collect();
    let thresholds = values::thresholds(document, &manifest.thresholds, &columns)?;
    let suggested = values::suggested(document, &manifest.suggested, &columns)?;
    order::complete(document, script.is_some(), &thresholds, &mut queries)?;
    let writes = writes::writes(document, folder, &manifest, &queries)?;
    let digests = own::digests(document, folder, &manifest)?;
    Ok(Check {
        summary: summary(document, &manifest.summary)?,
        topic: known(document, "topic", &manifest.topic, TOPICS)?,
        scope: manifest.scope,
        databases: databases(document, &manifest, &queries)?,
        script_databases: script::databases(document, &manifest, script.is_some(), &queries)?,
        docs: script::docs(document, &manifest, script.is_some(), &queries)?,
        role: role(manifest.role),
        replicated: replicated(document, &manifest)?,
        own_owner: owner(document, folder, &manifest.owner)?,
        owner: manifest.owner,
        interval: interval::parse(&manifest.interval)
            .map_err(|message| document.mistake(&["interval"], message))?,
        hold: hold(document, manifest.hold.as_deref())?,
        by_default: manifest.by_default,
        writes,
        digests,
        covers: covers::read(document, &manifest.covers)?,
        references: references::read(document, &manifest.references)?.into(),
        since: manifest.since,
        servers: servers(document, manifest.servers.as_deref())?,
        requires,
        advisories: has_list,
        expected: manifest.rows,
        severity: severity(document, &manifest.severity)?,
        no_answer,
        too_many_connections: outage_state(
            document,
            "too_many_connections",
            manifest.too_many_connections.as_deref(),
            no_answer,
        )?,
        row_limit: row_limit(document, manifest.row_limit)?,
        worst_first,
        deprecated: manifest.deprecated,
        was: manifest.was,
        place: folder.place.to_string(),
        shipped: folder.shipped,
        readme: readme.to_owned(),
        name: folder.name.to_string(),
        arguments,
        queries,
        document: judged,
        thresholds,
        suggested,
        script,
    })
}

fn required<'f>(folder: &'f Folder, file: &str) -> Result<&'f str, CatalogError> {
    let missing =
        || CatalogError::file(folder.path_of(file), "is missing; each check has this file");
    folder.file(file).ok_or_else(missing)
}

/// The README, which has the headings that `posemo explain` and the outputs read.
fn readme(folder: &Folder) -> Result<&str, CatalogError> {
    let readme = required(folder, "README.md")?;
    let headings = readme.lines().filter(|line| line.starts_with('#'));
    let headings: Vec<&str> = headings.map(|line| line.trim_start_matches('#').trim()).collect();
    let needed = ["What it watches", "Why it matters", "What to do"];
    match needed.into_iter().find(|heading| !headings.contains(heading)) {
        None => Ok(readme),
        Some(heading) => {
            let problem = format!("has no heading \"{heading}\"");
            Err(CatalogError::file(folder.path_of("README.md"), problem))
        }
    }
}

/// The queries of the check, in the order of their files.
fn queries(
    folder: &Folder,
    document: TomlDocument<'_>,
    manifest: &Manifest,
    texts: Vec<QueryTexts>,
    arguments: &[Argument],
) -> Result<Vec<Query>, CatalogError> {
    let columns = columns::of_queries(document, manifest, texts.len())?;
    let (name, several) = (folder.name.as_ref(), columns.len() > 1);
    let queries = texts.into_iter().zip(columns).zip(1..).map(|((texts, columns), number)| {
        let function = if several { format!("{name}__{number}") } else { name.to_owned() };
        let signature = FunctionSignature { function, arguments: arguments.to_vec(), columns };
        let entry = manifest.queries.get(&number.to_string());
        let scope = entry.and_then(|entry| entry.scope).unwrap_or(manifest.scope);
        Query { signature, scope, text: texts.text, before: texts.before }
    });
    Ok(queries.collect())
}

fn summary(document: TomlDocument<'_>, text: &str) -> Result<String, Mistake> {
    if text.trim().is_empty() || text.contains('\n') {
        return Err(document.mistake(&["summary"], "must be one line of text"));
    }
    Ok(text.to_owned())
}

/// A name that is one of the known ones.
fn known<'n>(
    document: TomlDocument<'_>,
    key: &str,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Result<String, Mistake> {
    let known: Vec<&str> = known.into_iter().collect();
    if known.contains(&name) {
        return Ok(name.to_owned());
    }
    Err(document.mistake(&[key], format!("unknown {key} \"{name}\"{}", suggestion(name, known))))
}

/// How long a problem must last.
fn hold(document: TomlDocument<'_>, text: Option<&str>) -> Result<Option<Duration>, Mistake> {
    let hold = text.map(interval::parse).transpose();
    hold.map_err(|message| document.mistake(&["hold"], message))
}

fn role(entry: RoleEntry) -> Option<ServerRole> {
    match entry {
        RoleEntry::Any => None,
        RoleEntry::Primary => Some(ServerRole::Primary),
        RoleEntry::Standby => Some(ServerRole::Standby),
    }
}

fn replicated(document: TomlDocument<'_>, manifest: &Manifest) -> Result<bool, Mistake> {
    if manifest.replicated && manifest.role != RoleEntry::Any {
        let problem =
            "a check with a role runs only on servers with this role; remove replicated or role";
        return Err(document.mistake(&["replicated"], problem));
    }
    Ok(manifest.replicated)
}

/// The owner set, if it is one of the user.
fn owner(
    document: TomlDocument<'_>,
    folder: &Folder,
    name: &str,
) -> Result<Option<Arc<OwnerSet>>, Mistake> {
    if let Some(file) = folder.owners.iter().find(|file| file.name == name) {
        return Ok(Some(Arc::new(OwnerSet::read(file)?)));
    }
    let own = folder.owners.iter().map(|file| file.name.as_str());
    let sets = owners().map(|(set, _)| set).chain(["superuser"]).chain(own);
    let file = format!(
        "; an owner set of your own is the file {FOLDER}/{name}.toml beside the folder of the check"
    );
    known(document, "owner", name, sets).map(|_| None).map_err(|mistake| {
        let advice = if folder.shipped { "" } else { &file };
        Mistake { message: mistake.message + advice, ..mistake }
    })
}

/// The databases in which the check runs.
fn databases(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    queries: &[Query],
) -> Result<DatabaseList, Mistake> {
    let Some(DatabasesEntry::List(names)) = &manifest.databases else {
        return Ok(DatabaseList::all());
    };
    if queries.iter().all(|query| query.scope == Scope::Cluster) {
        let problem = "this key is for checks that run in databases; add scope = \"database\"";
        return Err(document.mistake(&["databases"], problem));
    }
    DatabaseList::of_check(names).map_err(|message| document.mistake(&["databases"], message))
}

fn servers(document: TomlDocument<'_>, text: Option<&str>) -> Result<Majors, Mistake> {
    text.map_or(Ok(Majors::ALL), Majors::from_str)
        .map_err(|message| document.mistake(&["servers"], message))
}

/// The extension that the queries need.
fn requires(
    folder: &Folder,
    document: TomlDocument<'_>,
    name: Option<&str>,
    texts: &[QueryTexts],
) -> Result<Option<&'static Extension>, CatalogError> {
    let required = name.map(Extension::named).transpose();
    let required = required.map_err(|message| document.mistake(&["requires"], message))?;
    let files = folder.files.iter().filter(|(file, _)| file.ends_with(".sql"));
    for (file, text) in files {
        if let Some(problem) = extension::problem_of(text, required) {
            return Err(CatalogError::file(folder.path_of(file), problem));
        }
    }
    let mut all = texts.iter().map(|query| &query.text);
    if let Some(extension) = required.filter(|it| all.all(|text| it.called_in(text).is_empty())) {
        let problem = format!("no query calls {}", extension.calls.join(" or "));
        return Err(document.mistake(&["requires"], problem).into());
    }
    Ok(required)
}

fn severity(document: TomlDocument<'_>, name: &str) -> Result<Severity, Mistake> {
    let names = Severity::ALL.into_iter().map(Severity::name);
    Severity::parse(name).ok_or_else(|| {
        let message = format!("unknown severity \"{name}\"{}", suggestion(name, names));
        document.mistake(&["severity"], message)
    })
}

/// The state for a server that does not answer.
fn outage_state(
    document: TomlDocument<'_>,
    key: &str,
    text: Option<&str>,
    default: State,
) -> Result<State, Mistake> {
    let Some(text) = text else { return Ok(default) };
    State::of_problem(text).ok_or_else(|| {
        let message =
            format!("\"{text}\" is not a state; write \"critical\", \"warning\" or \"unknown\"");
        document.mistake(&[key], message)
    })
}

fn row_limit(document: TomlDocument<'_>, limit: u32) -> Result<u32, Mistake> {
    match limit {
        1..=MOST_ROWS => Ok(limit),
        _ => Err(document.mistake(&["row_limit"], format!("must be between 1 and {MOST_ROWS}"))),
    }
}
