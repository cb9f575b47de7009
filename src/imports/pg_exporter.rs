//! Reads the collectors of `pg_exporter`: branches of queries for ranges of versions, with tags.

use std::ops::ControlFlow;

use super::entries::YamlEntries;
use super::foreign_query::{ForeignFile, ForeignQuery, ForeignVariant, RestOfColumns};
use super::postgres_exporter::{PREDICATE, metrics, replaced, unknown, without_query};
use super::versions::of_number;
use crate::finding::report::ServerRole;
use crate::percona::advisor_check::IgnoredPart;
use crate::percona::yaml::{YamlKey, YamlNode, mistake};

const KEYS: [&str; 13] = [
    "name",
    "desc",
    "query",
    "ttl",
    "timeout",
    "min_version",
    "max_version",
    "fatal",
    "skip",
    "tags",
    "metrics",
    "predicate_queries",
    "branch",
];

/// Reads the queries of a file. Branches of one query for disjoint versions are the variants of one check.
pub(super) fn read(file: &str, root: YamlEntries<'_>, content: &mut ForeignFile) {
    for (index, (key, node)) in root.0.iter().enumerate() {
        if content.is_full() {
            return;
        }
        if let Some(line) = root.replaced_in(index) {
            content.ignored.push(replaced(file, key, line));
            continue;
        }
        match query(file, key, node) {
            ControlFlow::Continue(found) => add(*found, content),
            ControlFlow::Break(Ok(ignored)) => content.ignored.push(ignored),
            ControlFlow::Break(Err(reason)) => {
                content.refused.push(mistake(file, key.line, &key.text, reason));
            }
        }
    }
}

/// Adds a query, or its text to another branch of it.
fn add((branch, found): (String, ForeignQuery), content: &mut ForeignFile) {
    let variant = &found.variants[0];
    let disjoint = |other: &ForeignVariant| {
        other.until.is_some_and(|until| until <= variant.from)
            || variant.until.is_some_and(|until| until <= other.from)
    };
    let same = |other: &&mut ForeignQuery| {
        other.name == found.name
            && other.file == found.file
            && other.role == found.role
            && other.databases == found.databases
            && other.on_request == found.on_request
            && other.variants.iter().all(disjoint)
    };
    if let Some(other) = content.queries.iter_mut().find(same) {
        for column in found.columns {
            if !other.columns.iter().any(|known| known.name == column.name) {
                other.columns.push(column);
            }
        }
        let new = found.remarks.into_iter().filter(|remark| !other.remarks.contains(remark));
        let new: Vec<String> = new.collect();
        other.remarks.extend(new);
        other.variants.extend(found.variants);
        return;
    }
    // A second check with the name of the query has that of the branch.
    let is_taken = content.queries.iter().any(|other| other.name == found.name);
    let name = if is_taken { branch } else { found.name.clone() };
    content.queries.push(ForeignQuery { name, ..found });
}

type Parsed = ControlFlow<Result<IgnoredPart, String>, Box<(String, ForeignQuery)>>;

fn query(file: &str, key: &YamlKey, node: &YamlNode) -> Parsed {
    let Some(entries) = YamlEntries::of(node) else {
        let message = "must be a mapping with the keys query and metrics";
        return ControlFlow::Break(Err(message.to_owned()));
    };
    let ignored = |reason: &str| {
        ControlFlow::Break(Ok(IgnoredPart {
            file: file.to_owned(),
            line: key.line,
            what: key.text.clone(),
            reason: reason.to_owned(),
        }))
    };
    let tags = entries.texts("tags");
    if tags.iter().any(|tag| tag == "pgbouncer")
        || entries.text("scheme").is_some_and(|scheme| scheme == "pgbouncer")
    {
        return ignored(
            "queries the console of PgBouncer; see posemo's checks pgbouncer_pools and pgbouncer_clients",
        );
    }
    let (Some(sql), Some(text)) = (entries.text("query"), entries.get("query")) else {
        return ControlFlow::Break(Err(without_query(entries)));
    };
    let version = |key: &str, limit| entries.text(key).and_then(|text| of_number(&text, limit));
    let variant = ForeignVariant {
        line: text.line,
        sql,
        from: version("min_version", false).unwrap_or(0),
        until: version("max_version", true).filter(|until| *until > 0),
    };
    if variant.until.is_some_and(|until| until <= crate::catalog::server_version::OLDEST) {
        return ignored("is for versions of PostgreSQL that posemo does not support");
    }
    let (columns, others) = metrics(entries);
    let mut remarks = unknown(entries, &KEYS);
    remarks.extend(others);
    let mut found = ForeignQuery {
        file: file.to_owned(),
        program: "pg_exporter",
        line: key.line,
        name: entries.text("name").unwrap_or_else(|| key.text.clone()),
        summary: entries.text("desc").unwrap_or_default(),
        interval: entries.seconds("ttl"),
        columns,
        rest: RestOfColumns::Discarded,
        on_request: entries.is_true("skip").then_some("skip: true"),
        remarks,
        variants: vec![variant],
        ..ForeignQuery::default()
    };
    if entries.get("predicate_queries").is_some() {
        found.remarks.push(PREDICATE.to_owned());
    }
    for tag in &tags {
        match (tag.as_str(), tag.split_once(':')) {
            ("cluster", _) => found.once = Some("tags: [cluster]"),
            ("primary" | "master", _) => found.role = Some(ServerRole::Primary),
            ("standby" | "replica", _) => found.role = Some(ServerRole::Standby),
            (_, Some(("dbname", name))) => found.databases.push(name.to_owned()),
            _ => found.remarks.push(format!("The tag `{tag}` of the file has no counterpart: the query runs on every server where the check is installed.")),
        }
    }
    ControlFlow::Continue(Box::new((key.text.clone(), found)))
}
