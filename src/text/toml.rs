//! Reads a TOML document, and reports each mistake with its file, line and key.
//!
//! Manifests and settings are read through it; it knows the keys of neither.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Mistakes};
use super::suggestion::suggestion;

/// A TOML text and the name of its file.
#[derive(Debug, Clone, Copy)]
pub struct TomlDocument<'a> {
    /// The file, as it is named in messages.
    pub file: &'a str,
    /// The whole text.
    pub text: &'a str,
}

impl TomlDocument<'_> {
    /// Reads the document into a type. An unknown key is an error.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Mistake> {
        toml::from_str(self.text).map_err(|error| self.worded(&error))
    }

    /// Reads the document without the keys that are mistakes, and returns all mistakes. The value is absent after a
    /// mistake in the syntax, and after too many mistakes.
    pub fn read_all<T: DeserializeOwned>(&self) -> (Option<T>, Mistakes) {
        /// Reading continues after at most this many mistakes.
        const MOST: usize = 100;
        let (mut root, errors) = DeTable::parse_recoverable(self.text);
        let mut mistakes = Mistakes(errors.iter().map(|error| self.worded(error)).collect());
        // After the first mistake of a line the parser may report others that are none.
        mistakes.0.dedup_by_key(|mistake| mistake.line);
        while errors.is_empty() && mistakes.0.len() < MOST {
            let error = match T::deserialize(toml::Deserializer::from(root.clone())) {
                Ok(value) => return (Some(value), mistakes),
                Err(error) => error,
            };
            mistakes.push(self.worded(&error));
            let mut path = Vec::new();
            descend(root.get_ref(), error.span().unwrap_or(0..0).start, &mut path);
            if !remove(root.get_mut(), &path) {
                break;
            }
        }
        (None, mistakes)
    }

    /// The mistake that the parser reports, with its position and in plain words.
    fn worded(&self, error: &toml::de::Error) -> Mistake {
        let span = error.span().unwrap_or(0..0);
        let duplicate = error.message().starts_with("duplicate key");
        // A key that is missing at the top level has no position.
        let whole = error.message().starts_with("missing field") && span == (0..0);
        if whole {
            let (file, message) = (self.file.to_owned(), reworded(error.message(), ""));
            return Mistake { file, line: 1, key: String::new(), message };
        }
        let key = self
            .key_at(span.start)
            .or_else(|| duplicate.then(|| self.text[span.clone()].to_owned()));
        let key = key.unwrap_or_default();
        let message = reworded(error.message(), &key);
        Mistake { file: self.file.to_owned(), line: self.line_at(span.start), key, message }
    }

    /// A mistake at a key, or at the nearest existing table around it.
    pub fn mistake(&self, path: &[&str], message: impl Into<String>) -> Mistake {
        Mistake {
            file: self.file.to_owned(),
            line: self.span_of(path).map_or(0, |(span, _)| self.line_at(span.start)),
            key: dotted(path.iter().copied()),
            message: message.into(),
        }
    }

    /// A mistake at an offset in the text, in the value of a key.
    pub fn mistake_at(&self, offset: usize, path: &[&str], message: impl Into<String>) -> Mistake {
        Mistake { line: self.line_at(offset), ..self.mistake(path, message) }
    }

    /// The line of a key; `None` if the key does not exist.
    pub fn line_of(&self, path: &[&str]) -> Option<usize> {
        let (span, depth) = self.span_of(path)?;
        (depth == path.len()).then(|| self.line_at(span.start))
    }

    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// The position of the deepest existing part of a key path, and its depth.
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

/// Removes a key. False where it does not exist.
fn remove(table: &mut DeTable<'_>, path: &[String]) -> bool {
    match path {
        [] => false,
        [key] => table.remove(key.as_str()).is_some(),
        [key, rest @ ..] => match table.get_mut(key.as_str()).map(Spanned::get_mut) {
            Some(DeValue::Table(inner)) => remove(inner, rest),
            _ => false,
        },
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

/// A key path as TOML writes it: parts that are not bare keys are quoted.
pub fn dotted<'p>(path: impl Iterator<Item = &'p str>) -> String {
    let bare = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    path.map(|part| if bare(part) { part.to_owned() } else { format!("{part:?}") })
        .collect::<Vec<_>>()
        .join(".")
}

/// Serde's message about an unknown or missing key, an unknown word, or a value of the wrong type, in plain words
/// and with what to write instead.
fn reworded(message: &str, key: &str) -> String {
    let wrong = ["invalid type: ", "invalid value: "];
    if let Some(wrong) = wrong.iter().find_map(|start| message.strip_prefix(start)) {
        return mistyped(wrong, key);
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
    format!("{what} \"{wrong}\"{}", suggestion(wrong, right))
}

/// Rewords serde's message about a value of the wrong type. `wrong` is the part after "invalid type: ":
/// ``integer `5`, expected a string``.
fn mistyped(wrong: &str, key: &str) -> String {
    let Some((found, expected)) = wrong.rsplit_once(", expected ") else { return wrong.to_owned() };
    let found = match found {
        "map" => "a table",
        "sequence" => "a list",
        other => other,
    };
    let found = &found.replacen("string \"", "the text \"", 1).replacen("boolean `", "`", 1);
    let found = &found.replacen("integer `", "the number `", 1).replacen(
        "floating point `",
        "the number `",
        1,
    );
    let number = found.strip_prefix("the number `");
    match (expected, number.and_then(|rest| rest.strip_suffix('`'))) {
        ("a string", Some(number)) => format!("must be a text; write \"{number}\""),
        ("a string", None) => {
            format!("must be a text in quotes, and is {}", found.replace('`', ""))
        }
        _ => {
            let (found, expected) = (found.replace('`', ""), plain_type(expected, key));
            format!("is {found}, and must be {expected}")
        }
    }
}

/// The expected type without the names of Rust's types.
fn plain_type(expected: &str, key: &str) -> String {
    match expected {
        "a map" => format!("a table such as [{key}.NAME]"),
        "a sequence" => "a list in [ ]".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "path string" => "a text in quotes".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        _ if expected.starts_with("struct ") => format!("a table such as [{key}]"),
        _ => expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "the test only reads it")]
        summary: String,
        #[serde(default)]
        #[expect(dead_code, reason = "the test only reads it")]
        columns: indexmap::IndexMap<String, Column>,
        #[serde(default)]
        #[expect(dead_code, reason = "the test only reads it")]
        tags: Vec<String>,
        #[serde(default)]
        #[expect(dead_code, reason = "the test only reads it")]
        limit: u32,
        #[serde(default)]
        #[expect(dead_code, reason = "the test only reads it")]
        enabled: bool,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Column {
        #[expect(dead_code, reason = "the test only reads it")]
        unit: String,
    }

    #[test]
    fn mistakes_have_a_position() {
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
            ("summary = true", "f:1: summary: must be a text in quotes, and is true"),
            (
                "summary = 'x'\ncolumns = 5",
                "f:2: columns: is the number 5, and must be a table such as [columns.NAME]",
            ),
            (
                "summary = 'x'\ncolumns.a = 5",
                "f:2: columns.a: is the number 5, and must be a table such as [columns.a]",
            ),
            (
                "summary = 'x'\ntags = 'x'",
                "f:2: tags: is the text \"x\", and must be a list in [ ]",
            ),
            (
                "summary = 'x'\nlimit = 'x'",
                "f:2: limit: is the text \"x\", and must be a whole number of at least 0",
            ),
            (
                "summary = 'x'\nlimit = -1",
                "f:2: limit: is the number -1, and must be a whole number of at least 0",
            ),
            (
                "summary = 'x'\nenabled = 1",
                "f:2: enabled: is the number 1, and must be true or false",
            ),
            ("summary = 'x'\nsummary = 'y'", "f:2: summary: duplicate key"),
            ("[columns.a]\nunit = 'x'\n", "f:1: the key \"summary\" is missing"),
            ("summary = 'x'\n[columns.a]\n", "f:2: columns.a: the key \"unit\" is missing"),
            ("summary = ", "f:1: summary: string values must be quoted, expected literal string"),
        ] {
            let mistake = TomlDocument { file: "f", text }.read::<Sample>().unwrap_err();
            assert_eq!(mistake.to_string(), expected, "{text}");
        }
    }
}
