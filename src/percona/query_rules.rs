//! The rules for the queries of a check, in both versions of the format.
//!
//! It does not parse SQL; a server does when it describes the query.

use super::advisor_check::{AdvisorQuery, DocumentPart};
use super::fields::{CheckFields, Entries, find};
use super::query_types::{
    ParameterType, QUERY_TYPES, QueryType, SHOW, Technology, is_duration, parse_bool,
};
use super::yaml::{YamlKey, YamlNode, YamlValue};
use crate::text::suggestion::suggestion;

const QUERY_KEYS: [&str; 3] = ["type", "query", "parameters"];

const NO_ENTRIES: &Entries = &[];

/// A query of a file.
pub(super) enum FileQuery {
    /// For PostgreSQL.
    Own(AdvisorQuery),
    /// For `MySQL` or `MongoDB`.
    Foreign(DocumentPart),
    /// For the stores of a monitoring server.
    Monitoring,
}

/// The fields have a mistake, which was added to their list.
struct MistakeAdded;

/// Version 1: one query. Its type determines the technology.
pub(super) fn version_1(fields: &mut CheckFields<'_>) -> Option<Vec<FileQuery>> {
    let keys = ["technology", "family", "queries"];
    fields.report_keys_of_other_version(&keys, "belongs to version 2 of the format");
    let name = fields.required("type")?;
    let has_technology = |known: &&QueryType| known.technology.is_some();
    let Some(query_type) = QueryType::find(&name).filter(has_technology) else {
        let names = QUERY_TYPES.iter().filter(has_technology).map(|known| known.name);
        let suggestion = suggestion(&name, names);
        fields.mistake("type", format!("unknown type \"{name}\" for version 1{suggestion}"));
        return None;
    };
    let entries = fields.entries;
    let query = query(fields, query_type, entries, "").ok()?;
    Some(vec![query])
}

/// Version 2: a technology and a list of queries. `is_grouped`: the check has an advisor or a category.
pub(super) fn version_2(fields: &mut CheckFields<'_>, is_grouped: bool) -> Option<Vec<FileQuery>> {
    let message = "belongs to version 1 of the format; write queries in the list \"queries\"";
    fields.report_keys_of_other_version(&["type", "query"], message);
    if !is_grouped {
        let message = "is missing; a check of version 2 must have an advisor or a category";
        fields.mistake("advisor", message);
    }
    let technology = technology(fields);
    let items = match fields.get("queries").map(|node| &node.value) {
        Some(YamlValue::List(items)) if !items.is_empty() => items,
        Some(_) => {
            fields.mistake("queries", "must be a list of at least one query");
            return None;
        }
        None => {
            let message = "is missing; a check of version 2 must have at least one query";
            fields.mistake("queries", message);
            return None;
        }
    };
    let mut queries = Vec::new();
    for (item, number) in items.iter().zip(1..) {
        queries.extend(list_item(fields, item, &format!("queries.{number}"), technology));
    }
    technology.map(|_| queries)
}

fn technology(fields: &mut CheckFields<'_>) -> Option<Technology> {
    let (key, name) = match (fields.optional("family"), fields.optional("technology")) {
        (Some(family), Some(technology)) if family != technology => {
            let message = format!("is {technology}, but family is {family}; remove one of the two");
            fields.mistake("technology", message);
            return None;
        }
        (Some(name), _) => ("family", name),
        (None, Some(name)) => ("technology", name),
        (None, None) => {
            let message = "is missing; a check of version 2 must have a family or a technology";
            fields.mistake("family", message);
            return None;
        }
    };
    let found = Technology::ALL.into_iter().find(|known| known.name() == name);
    if found.is_none() {
        let suggestion = suggestion(&name, Technology::ALL.map(Technology::name));
        fields.mistake(key, format!("unknown {key} \"{name}\"{suggestion}"));
    }
    found
}

/// One item of the list of queries, as `query` returns it.
fn list_item(
    fields: &mut CheckFields<'_>,
    item: &YamlNode,
    path: &str,
    technology: Option<Technology>,
) -> Result<FileQuery, MistakeAdded> {
    let YamlValue::Map(entries) = &item.value else {
        let message = format!("is {}; must be a mapping", item.type_name());
        fields.mistake_at(item.line, path, message);
        return Err(MistakeAdded);
    };
    let path = format!("{path}.");
    fields.report_unknown_keys(&QUERY_KEYS, entries, &path);
    let line = entries.first().map_or(item.line, |(key, _)| key.line);
    let query_type = query_type(fields, entries, &path, line, technology).ok_or(MistakeAdded)?;
    query(fields, query_type, entries, &path)
}

fn query_type(
    fields: &mut CheckFields<'_>,
    entries: &Entries,
    path: &str,
    line: usize,
    technology: Option<Technology>,
) -> Option<&'static QueryType> {
    let entry = find(entries, "type");
    let key = format!("{path}type");
    let name = entry.and_then(|(_, node)| node.text()).filter(|name| !name.is_empty());
    let Some(name) = name else {
        fields.mistake_at(line, &key, "is missing; each query must have a type");
        return None;
    };
    let line = entry.map_or(line, |(key, _)| key.line);
    let fits = |known: &&QueryType| {
        known.technology.is_none() || technology.is_none() || known.technology == technology
    };
    match (QueryType::find(&name), technology) {
        (Some(known), Some(technology)) if !fits(&known) => {
            let message = format!("{name} is not a type of query for {}", technology.name());
            fields.mistake_at(line, &key, message);
            None
        }
        (Some(known), _) => Some(known),
        (None, _) => {
            let names = QUERY_TYPES.iter().filter(fits).map(|known| known.name);
            let message = format!("unknown type \"{name}\"{}", suggestion(&name, names));
            fields.mistake_at(line, &key, message);
            None
        }
    }
}

/// Text and parameters of a query.
fn query(
    fields: &mut CheckFields<'_>,
    query_type: &QueryType,
    entries: &Entries,
    path: &str,
) -> Result<FileQuery, MistakeAdded> {
    let before = fields.mistakes.len();
    let entry = find(entries, "query");
    let first_line = || entries.first().map_or(fields.line, |(key, _)| key.line);
    let line = entry.map_or_else(first_line, |(key, _)| key.line);
    let text = entry.and_then(|(_, node)| node.text()).unwrap_or_default();
    let is_ours = query_type.technology == Some(Technology::Postgresql);
    validate_text(fields, query_type, entry.map(|(_, node)| node), line, path);
    if is_ours {
        validate_characters(fields, &text, line, path);
    }
    let all_databases = parameters(fields, query_type, entries, path);
    if fields.mistakes.len() > before {
        return Err(MistakeAdded);
    }
    let block = fields.text.lines().nth(line.saturating_sub(1)).is_some_and(|line| {
        let value = line.split_once(':').map_or("", |(_, value)| value.trim_start());
        value.starts_with(['|', '>'])
    });
    if let Some(command) = query_type.document_command {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let statement = format!("{command}{text}");
        return Ok(FileQuery::Foreign(DocumentPart { statement }));
    }
    if !is_ours {
        return Ok(FileQuery::Monitoring);
    }
    Ok(FileQuery::Own(AdvisorQuery {
        line: if block { line + 1 } else { line },
        block,
        select: (query_type.name != SHOW).then_some(text),
        all_databases,
    }))
}

/// Checks that the text exists exactly for the types of queries that have one.
fn validate_text(
    fields: &mut CheckFields<'_>,
    query_type: &QueryType,
    node: Option<&YamlNode>,
    line: usize,
    path: &str,
) {
    let text = node.and_then(YamlNode::text).unwrap_or_default();
    let name = query_type.name;
    let message = match node {
        Some(node) if node.text().is_none() && !matches!(node.value, YamlValue::Null) => {
            format!("is {}; must be a text", node.type_name())
        }
        _ if query_type.has_text && text.trim().is_empty() => {
            format!("is missing; a query of type {name} must have one")
        }
        _ if !query_type.has_text && !text.is_empty() => {
            format!("must be empty, as a query of type {name} has no text")
        }
        _ => return,
    };
    fields.mistake_at(line, &format!("{path}query"), message);
}

/// Reports characters that a query for PostgreSQL must not contain.
fn validate_characters(fields: &mut CheckFields<'_>, text: &str, line: usize, path: &str) {
    let key = format!("{path}query");
    if text.contains(';') {
        let line = fields.line_with(line, ';');
        let message = "contains a semicolon, which a query for PostgreSQL must not contain, also not in a text; \
                       write chr(59)";
        fields.mistake_at(line, &key, message);
    }
    if text.contains('\0') {
        let message = "contains a NUL character, which PostgreSQL does not accept; remove it";
        fields.mistake_at(line, &key, message);
    }
}

/// Whether the query runs in all databases.
fn parameters(
    fields: &mut CheckFields<'_>,
    query_type: &QueryType,
    entries: &Entries,
    path: &str,
) -> bool {
    let path = format!("{path}parameters");
    let (given, line) = match find(entries, "parameters") {
        None => (NO_ENTRIES, fields.line),
        Some((key, YamlNode { value: YamlValue::Map(given), .. })) => (given.as_slice(), key.line),
        Some((key, YamlNode { value: YamlValue::Null, .. })) => (NO_ENTRIES, key.line),
        Some((key, node)) => {
            let message = format!("is {}; must be a mapping", node.type_name());
            fields.mistake_at(key.line, &path, message);
            return false;
        }
    };
    let mut all_databases = false;
    let known = query_type.parameters;
    if !known.iter().any(|(_, parameter_type, _)| *parameter_type == ParameterType::Any) {
        for entry in given {
            all_databases |= parameter(fields, query_type, entry, &path);
        }
    }
    for (name, ..) in known.iter().filter(|(_, _, required)| *required) {
        if find(given, name).is_none() {
            let message = format!("is missing; a query of type {} must have one", query_type.name);
            fields.mistake_at(line, &format!("{path}.{name}"), message);
        }
    }
    all_databases
}

/// Validates a parameter, and returns whether it is a boolean that is true.
fn parameter(
    fields: &mut CheckFields<'_>,
    query_type: &QueryType,
    (key, node): &(YamlKey, YamlNode),
    path: &str,
) -> bool {
    let path = format!("{path}.{}", key.text);
    let value = node.text().unwrap_or_default();
    let known = query_type.parameters;
    let Some((_, parameter_type, _)) = known.iter().find(|(name, ..)| *name == key.text) else {
        let suggestion = suggestion(&key.text, known.iter().map(|(name, ..)| *name));
        let (name, query_type) = (&key.text, query_type.name);
        let message = format!("unknown parameter \"{name}\" of {query_type}{suggestion}");
        fields.mistake_at(key.line, &path, message);
        return false;
    };
    let expected = match parameter_type {
        ParameterType::Bool => match parse_bool(&value) {
            Some(value) => return value,
            None => "true or false",
        },
        ParameterType::Duration if !is_duration(&value) => "a duration such as 5m or 1h30m",
        ParameterType::Duration | ParameterType::Any => return false,
    };
    fields.mistake_at(key.line, &path, format!("is \"{value}\"; must be {expected}"));
    false
}
