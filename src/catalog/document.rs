//! Reads a TOML document, and says of any mistake in it where it stands: file, line and key.
//!
//! It knows neither manifests nor settings; both are read through it.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML text and the name of the file it came from.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// How the file is named in messages.
    pub file: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// A mistake in a document, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file, as the user would find it.
    pub file: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The key, with the tables it stands in, joined by dots; empty where there is none.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.file)?;
        if self.line > 0 {
            write!(out, "{}:", self.line)?;
        }
        if !self.key.is_empty() {
            write!(out, " {}:", self.key)?;
        }
        write!(out, " {}", self.message)
    }
}

impl std::error::Error for Complaint {}

impl Document<'_> {
    /// Reads the document into a type, with every unknown key an error.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Complaint> {
        toml::from_str(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let duplicate = error.message().starts_with("duplicate key");
            // What is missing in the whole document is missing nowhere in it.
            let whole = error.message().starts_with("missing field") && span == (0..0);
            if whole {
                let (file, message) = (self.file.to_owned(), reworded(error.message()));
                return Complaint { file, line: 1, key: String::new(), message };
            }
            let key = self
                .key_at(span.start)
                .or_else(|| duplicate.then(|| self.text[span.clone()].to_owned()));
            Complaint {
                file: self.file.to_owned(),
                line: self.line_at(span.start),
                key: key.unwrap_or_default(),
                message: reworded(error.message()),
            }
        })
    }

    /// A complaint about a key, or about the nearest table around it that exists.
    pub fn complaint(&self, path: &[&str], message: impl Into<String>) -> Complaint {
        Complaint {
            file: self.file.to_owned(),
            line: self.span_of(path).map_or(0, |(span, _)| self.line_at(span.start)),
            key: dotted(path.iter().copied()),
            message: message.into(),
        }
    }

    /// A complaint about what stands at an offset, in the value of a key.
    pub fn complaint_at(
        &self,
        offset: usize,
        path: &[&str],
        message: impl Into<String>,
    ) -> Complaint {
        Complaint { line: self.line_at(offset), ..self.complaint(path, message) }
    }

    /// The line where a key stands, if it is there.
    pub fn line_of(&self, path: &[&str]) -> Option<usize> {
        let (span, depth) = self.span_of(path)?;
        (depth == path.len()).then(|| self.line_at(span.start))
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// Where the deepest existing part of a key path stands, and how deep it is.
    fn span_of(&self, path: &[&str]) -> Option<(Range<usize>, usize)> {
        let root = DeTable::parse(self.text).ok()?;
        let mut table = root.get_ref();
        let mut found = None;
        for (depth, part) in path.iter().enumerate() {
            let Some((key, value)) = table.get_key_value(*part) else { break };
            found = Some((key.span(), depth + 1));
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        found
    }

    /// The dotted key whose own text or value covers an offset.
    fn key_at(&self, offset: usize) -> Option<String> {
        let (root, _) = DeTable::parse_recoverable(self.text);
        let mut path = Vec::new();
        descend(root.get_ref(), offset, &mut path);
        (!path.is_empty()).then(|| dotted(path.iter().map(String::as_str)))
    }
}

fn descend(table: &DeTable<'_>, offset: usize, path: &mut Vec<String>) {
    let covers = |span: Range<usize>| span.contains(&offset) || span.start == offset;
    for (key, value) in table {
        let inside = match value.get_ref() {
            DeValue::Table(inner) => {
                path.push(key.get_ref().to_string());
                let depth = path.len();
                descend(inner, offset, path);
                let found = path.len() > depth;
                if !found {
                    path.pop();
                }
                found
            }
            _ => false,
        };
        if inside {
            return;
        }
        if covers(key.span()) || covers(Spanned::span(value)) {
            path.push(key.get_ref().to_string());
            return;
        }
    }
}

/// A key path as it is written in TOML: parts that are no bare keys in quotes.
fn dotted<'p>(path: impl Iterator<Item = &'p str>) -> String {
    let bare = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    path.map(|part| if bare(part) { part.to_owned() } else { format!("{part:?}") })
        .collect::<Vec<_>>()
        .join(".")
}

/// Serde's sentence on an unknown key or word, a missing one, or a value of the wrong type, in people's words
/// and with what would be right.
fn reworded(message: &str) -> String {
    if let Some(wrong) = message.strip_prefix("invalid type: ") {
        return mistyped(wrong);
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {} is missing", key.replace('`', "\""));
    }
    let kind =
        ["unknown field", "unknown variant"].into_iter().find(|kind| message.starts_with(kind));
    let Some(kind) = kind else { return message.to_owned() };
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next().unwrap_or_default();
    let right: Vec<&str> = names.collect();
    let what = if kind == "unknown field" { "unknown key" } else { "unknown word" };
    format!("{what} \"{wrong}\"{}", instead(wrong, right))
}

/// What serde says of a value after "invalid type: ": ``integer `5`, expected a string``.
fn mistyped(wrong: &str) -> String {
    let Some((found, expected)) = wrong.rsplit_once(", expected ") else { return wrong.to_owned() };
    let number = ["integer `", "floating point `"].iter().find_map(|kind| found.strip_prefix(kind));
    match (expected, number.and_then(|rest| rest.strip_suffix('`'))) {
        ("a string", Some(number)) => format!("must be a text; write \"{number}\""),
        ("a string", None) => {
            format!("must be a text in quotes, and is {}", found.replace('`', ""))
        }
        _ => format!("is {}, and must be {expected}", found.replace('`', "")),
    }
}

/// What to write instead of a wrong name: the nearest of the right ones, or all of them.
pub fn instead<'n>(wrong: &str, right: impl IntoIterator<Item = &'n str>) -> String {
    let right: Vec<&str> = right.into_iter().collect();
    // What is much longer is near to nothing, and to find that out would take memory for each letter of both.
    let may_be_near = |name: &&&str| wrong.len() <= 4 * (2 * name.len() + 1);
    let nearest = right
        .iter()
        .filter(may_be_near)
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    match nearest {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None if right.is_empty() => "; none is allowed here".to_owned(),
        None if right.len() > 24 => String::new(),
        None => format!("; one of {}", right.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its reading is tested")]
        summary: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its reading is tested")]
        columns: indexmap::IndexMap<String, Column>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Column {
        #[expect(dead_code, reason = "only its reading is tested")]
        unit: String,
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, expected) in [
            ("sumary = 'x'", "f:1: sumary: unknown key \"sumary\"; did you mean \"summary\"?"),
            (
                "summary = 'x'\n[columns.a]\nunitt = 'x'",
                "f:3: columns.a.unitt: unknown key \"unitt\"; did you mean \"unit\"?",
            ),
            (
                "summary = 'x'\n\n[columns.a]\nunit = 5",
                "f:4: columns.a.unit: must be a text; write \"5\"",
            ),
            ("summary = true", "f:1: summary: must be a text in quotes, and is boolean true"),
            ("summary = 'x'\ncolumns = 5", "f:2: columns: is integer 5, and must be a map"),
            ("summary = 'x'\nsummary = 'y'", "f:2: summary: duplicate key"),
            ("[columns.a]\nunit = 'x'\n", "f:1: the key \"summary\" is missing"),
            ("summary = 'x'\n[columns.a]\n", "f:2: columns.a: the key \"unit\" is missing"),
            ("summary = ", "f:1: summary: string values must be quoted, expected literal string"),
        ] {
            let complaint = Document { file: "f", text }.read::<Sample>().unwrap_err();
            assert_eq!(complaint.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_wrong_name_of_megabytes_is_near_to_nothing() {
        let begun = std::time::Instant::now();
        let said = instead(&"x".repeat(16 << 20), ["summary", "columns"]);
        assert_eq!(said, "; one of summary, columns");
        assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!(instead("sumary", ["summary", "columns"]), "; did you mean \"summary\"?");
    }
}
