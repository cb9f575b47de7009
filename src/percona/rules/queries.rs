//! The rules for the queries of a check, in both versions of the format.
//!
//! It sees the outside of a query: whether the server takes it is said by a server.

use super::super::duration::{is_duration, truth};
use super::super::kind::{Family, KINDS, Kind, SHOW, Word};
use super::{Asked, Fields, Key, Node, NotPostgresql, Queries, Value, suggestion};

const QUERY_KEYS: [&str; 3] = ["type", "query", "parameters"];

/// One query, read; none where it cannot be asked of PostgreSQL.
type One = Option<Asked>;

impl Fields<'_> {
    /// Version 1: one query, whose type says the technology.
    pub(super) fn first_format(&mut self) -> Option<(Family, Queries)> {
        self.absent(&["technology", "family", "queries"], "belongs to version 2 of the format");
        let name = self.required("type")?;
        let families = |kind: &&Kind| kind.family.is_some();
        let kind = Kind::of(&name).filter(families);
        let Some(kind) = kind else {
            let names = KINDS.iter().filter(families).map(|kind| kind.name);
            let message =
                format!("unknown type \"{name}\" for version 1{}", suggestion(&name, names));
            self.complain("type", message);
            return None;
        };
        let query = self.query(kind, self.entries, "")?;
        let family = kind.family?;
        Some((family, query.map(|query| vec![query]).ok_or(NotPostgresql)))
    }

    /// Version 2: a technology and a list of queries.
    pub(super) fn second_format(&mut self, grouped: bool) -> Option<(Family, Queries)> {
        self.absent(
            &["type", "query"],
            "belongs to version 1 of the format; here queries are a list under \"queries\"",
        );
        if !grouped {
            self.complain(
                "advisor",
                "is missing; a check of version 2 has an advisor, or a category",
            );
        }
        let family = self.family();
        let Some(node) = self.get("queries") else {
            self.complain("queries", "is missing; a check of version 2 has at least one query");
            return None;
        };
        let items = match &node.value {
            Value::List(items) if !items.is_empty() => items,
            _ => {
                self.complain("queries", "holds a list of at least one query");
                return None;
            }
        };
        let mut queries = Vec::new();
        for (item, number) in items.iter().zip(1..) {
            let path = format!("queries.{number}.");
            let Value::Map(entries) = &item.value else {
                let message = format!("is {}; a query is a mapping", item.sort());
                self.complain_at(item.line, path.trim_end_matches('.'), message);
                continue;
            };
            self.known(&QUERY_KEYS, entries, &path);
            let line = entries.first().map_or(item.line, |(key, _)| key.line);
            if let Some(kind) = self.kind(entries, &path, line, family) {
                queries.extend(self.query(kind, entries, &path));
            }
        }
        let family = family?;
        Some((family, queries.into_iter().collect::<Option<Vec<_>>>().ok_or(NotPostgresql)))
    }

    fn family(&mut self) -> Option<Family> {
        let (family, technology) = (self.optional("family"), self.optional("technology"));
        let (key, name) = match (family, technology) {
            (Some(family), Some(technology)) if family != technology => {
                let message =
                    format!("is {technology}, and family is {family}; take out one of the two");
                self.complain("technology", message);
                return None;
            }
            (Some(name), _) => ("family", name),
            (None, Some(name)) => ("technology", name),
            (None, None) => {
                self.complain(
                    "family",
                    "is missing; a check of version 2 has one, or a technology",
                );
                return None;
            }
        };
        let found = Family::ALL.into_iter().find(|family| family.name() == name);
        if found.is_none() {
            let names = Family::ALL.map(Family::name);
            self.complain(key, format!("unknown {key} \"{name}\"{}", suggestion(&name, names)));
        }
        found
    }

    fn kind(
        &mut self,
        entries: &[(Key, Node)],
        path: &str,
        line: usize,
        family: Option<Family>,
    ) -> Option<&'static Kind> {
        let given = entries.iter().find(|(key, _)| key.text == "type");
        let key = format!("{path}type");
        let Some(name) = given.and_then(|(_, node)| node.text()).filter(|name| !name.is_empty())
        else {
            self.complain_at(line, &key, "is missing; every query has a type");
            return None;
        };
        let line = given.map_or(line, |(key, _)| key.line);
        let fits =
            |kind: &&Kind| kind.family.is_none() || family.is_none() || kind.family == family;
        match (Kind::of(&name), family) {
            (Some(kind), Some(family)) if !fits(&kind) => {
                self.complain_at(
                    line,
                    &key,
                    format!("{name} is no type of query for {}", family.name()),
                );
                None
            }
            (Some(kind), _) => Some(kind),
            (None, _) => {
                let names = KINDS.iter().filter(fits).map(|kind| kind.name);
                self.complain_at(
                    line,
                    &key,
                    format!("unknown type \"{name}\"{}", suggestion(&name, names)),
                );
                None
            }
        }
    }

    /// Text and parameters of a query. The outer nothing is a mistake, which has been told.
    fn query(&mut self, kind: &Kind, entries: &[(Key, Node)], path: &str) -> Option<One> {
        let before = self.complaints.len();
        let given = entries.iter().find(|(key, _)| key.text == "query");
        let line = given.map_or_else(
            || entries.first().map_or(self.line, |(key, _)| key.line),
            |(key, _)| key.line,
        );
        let text = given.and_then(|(_, node)| node.text()).unwrap_or_default();
        let key = format!("{path}query");
        match given {
            Some((_, node)) if node.text().is_none() && !matches!(node.value, Value::Nothing) => {
                self.complain_at(line, &key, format!("is {}; it is a text", node.sort()));
            }
            _ if kind.text && text.trim().is_empty() => {
                self.complain_at(line, &key, format!("is missing; a {} has one", kind.name));
            }
            _ if !kind.text && !text.is_empty() => {
                self.complain_at(
                    line,
                    &key,
                    format!("must be empty, as a {} has no text", kind.name),
                );
            }
            _ => {}
        }
        let is_ours = kind.family == Some(Family::Postgresql);
        if is_ours && text.contains(';') {
            let line = self.line_with(line, ';');
            self.complain_at(line, &key, "holds a semicolon, which a query for PostgreSQL must not, not even in a text; write chr(59)");
        }
        if is_ours && text.contains('\0') {
            self.complain_at(
                line,
                &key,
                "holds a NUL character, which no server takes; take it out",
            );
        }
        let all_databases = self.parameters(kind, entries, path);
        if self.complaints.len() > before {
            return None;
        }
        let block = self.text.lines().nth(line.saturating_sub(1)).is_some_and(|line| {
            let value = line.split_once(':').map_or("", |(_, value)| value.trim_start());
            value.starts_with(['|', '>'])
        });
        Some(is_ours.then(|| Asked {
            line: if block { line + 1 } else { line },
            block,
            select: (kind.name != SHOW).then_some(text),
            all_databases,
        }))
    }

    /// Whether the query is asked in all databases.
    fn parameters(&mut self, kind: &Kind, entries: &[(Key, Node)], path: &str) -> bool {
        let empty = (Vec::new(), 0);
        let (given, line) = match entries.iter().find(|(key, _)| key.text == "parameters") {
            None => (&empty.0, self.line),
            Some((key, Node { value: Value::Map(given), .. })) => (given, key.line),
            Some((key, Node { value: Value::Nothing, .. })) => (&empty.0, key.line),
            Some((key, node)) => {
                let message = format!("is {}; it is a mapping", node.sort());
                self.complain_at(key.line, &format!("{path}parameters"), message);
                return false;
            }
        };
        let mut all = false;
        let anything = kind.parameters.iter().any(|(_, word, _)| *word == Word::Any);
        for (key, node) in given.iter().filter(|_| !anything) {
            let place = format!("{path}parameters.{}", key.text);
            let value = node.text().unwrap_or_default();
            let Some((_, word, _)) = kind.parameters.iter().find(|(name, ..)| *name == key.text)
            else {
                let names = kind.parameters.iter().map(|(name, ..)| *name);
                let message = format!(
                    "unknown parameter \"{}\" of {}{}",
                    key.text,
                    kind.name,
                    suggestion(&key.text, names)
                );
                self.complain_at(key.line, &place, message);
                continue;
            };
            let problem = match word {
                Word::Truth => match truth(&value) {
                    Some(truth) => {
                        all |= truth;
                        None
                    }
                    None => Some("true or false"),
                },
                Word::Duration => {
                    (!is_duration(&value)).then_some("a duration such as 5m or 1h30m")
                }
                Word::Any => None,
            };
            if let Some(right) = problem {
                self.complain_at(key.line, &place, format!("is \"{value}\"; it is {right}"));
            }
        }
        for (name, ..) in kind.parameters.iter().filter(|(_, _, needed)| *needed) {
            if !given.iter().any(|(key, _)| key.text == *name) {
                self.complain_at(
                    line,
                    &format!("{path}parameters.{name}"),
                    format!("is missing; a {} has one", kind.name),
                );
            }
        }
        all
    }

    /// Complains about keys that another version has.
    fn absent(&mut self, keys: &[&str], why: &str) {
        for key in keys {
            let empty = |node: &Node| match &node.value {
                Value::Nothing => true,
                Value::List(items) => items.is_empty(),
                Value::Scalar(text) => text.is_empty(),
                Value::Number(_) | Value::Map(_) => false,
            };
            if self.get(key).is_some_and(|node| !empty(node)) {
                self.complain(key, why);
            }
        }
    }
}
