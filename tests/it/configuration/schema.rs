//! The page of the settings, and the schema that it describes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use posemo::catalog::Catalog;
use posemo::settings::Settings;
use posemo::settings::profile::Profile;
use serde_json::{Map, Value, json};

use crate::catalog::Folder;
use crate::golden;

const PAGE: &str = include_str!("../../../docs/settings.md");

/// The examples of the pages are valid by the program and by the schema.
#[test]
fn examples_are_valid() {
    let (catalog, schema) = (Catalog::embedded(), validator());
    let mut valid = 0;
    for page in ["docs/settings.md", "docs/integrations.md", "docs/signing.md", "README.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let page_text = fs::read_to_string(path).unwrap();
        for block in page_text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if !["[targets", "[checks.", "[receivers", "[suppressions"]
                .iter()
                .any(|start| block.contains(start))
            {
                continue;
            }
            if block.starts_with("summary") {
                let folder = Folder::new("profile-of-page");
                folder.write("profile.toml", block);
                Profile::find("profile.toml", folder.path(), &catalog).unwrap();
                continue;
            }
            let parsed = Settings::parse(page, block.to_owned(), &catalog);
            let is_example_key =
                parsed.as_ref().is_err_and(|error| error.to_string().contains("catalog.keys"));
            assert!(parsed.is_ok() || is_example_key, "{page}\n{block}\n{parsed:?}");
            let value = toml::from_str::<toml::Value>(block).unwrap();
            let errors: Vec<String> =
                schema.iter_errors(&as_json(value)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{page}\n{block}\n{errors:?}");
            valid += 1;
        }
    }
    assert!(valid >= 5, "{valid}");
}

/// The value as an editor validates it: a date is a text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(all) => all.into_iter().map(as_json).collect(),
        toml::Value::Table(all) => all.into_iter().map(|(key, one)| (key, as_json(one))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// A row of the page: the words for the type, and the default.
pub(super) type KeyRow = (String, String);

/// The tables of the page: the section, and its keys.
pub(super) fn tables() -> BTreeMap<String, BTreeMap<String, KeyRow>> {
    let mut tables = BTreeMap::<String, BTreeMap<String, KeyRow>>::new();
    let mut section = None;
    for line in PAGE.lines() {
        if line.starts_with('#') {
            let name = line.trim_start_matches(['#', ' ']).strip_prefix("`[");
            section = name.and_then(|name| name.split(['.', ']']).next()).map(str::to_owned);
        } else if let (Some(section), Some(row)) = (&section, line.strip_prefix("| `")) {
            let cells: Vec<&str> = row.split(" | ").collect();
            let row = (cells[1].to_owned(), cells[2].to_owned());
            let key = cells[0].trim_matches('`').to_owned();
            tables.entry(section.clone()).or_default().insert(key, row);
        }
    }
    let mut defaults = tables["targets"].clone();
    defaults.retain(|key, _| !["documents", "groups", "checks"].contains(&key.as_str()));
    tables.insert("defaults".to_owned(), defaults);
    tables
}

/// The schema of a key whose type the page describes with these words.
fn schema_of(words: &str) -> Value {
    let number =
        r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?( ?([uUmM]?s|m|min|h|d|%|([kKmMgGtTpP][iI]?)?[bB]))?";
    match words {
        "text" => json!({ "type": "string" }),
        "list of texts" => json!({ "type": "array", "items": { "type": "string" } }),
        "true or false" => json!({ "type": "boolean" }),
        "whole number" => json!({ "type": "integer", "minimum": 0 }),
        "port" => json!({ "oneOf": [
            { "type": "integer", "minimum": 1, "maximum": 65535 }, { "type": "string" }
        ] }),
        "range" => json!({ "type": "string", "minLength": 1,
            "pattern": format!("^@?((~|{number})?:)?({number})?$") }),
        "date" => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}" }),
        "time" => json!({ "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}" }),
        "interval" => json!({ "type": "string", "pattern": "^0*[1-9][0-9]*[smhd]$" }),
        "files by name" => {
            let table = json!({ "type": "object", "additionalProperties": false, "required": ["path"],
                "properties": { "path": schema_of("text"), "age": schema_of("interval") } });
            json!({ "type": "object",
                "additionalProperties": { "oneOf": [schema_of("text"), table] } })
        }
        "texts by name" => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        "values by name" => json!({ "type": "object",
            "additionalProperties": {
                "type": ["string", "number", "boolean", "array"], "items": { "type": "string" } } }),
        _ if words.starts_with("one of ") => {
            let choices: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
            json!({ "enum": choices })
        }
        _ => {
            let section = words.strip_prefix("sections `[").and_then(|rest| rest.split('.').next());
            let section = section.unwrap_or_else(|| panic!("the type {words:?} has no schema"));
            json!({ "type": "object", "additionalProperties": { "$ref": format!("#/$defs/{section}") } })
        }
    }
}

/// The schema that the page describes.
fn schema_of_page() -> Value {
    let (mut definitions, mut properties) = (Map::new(), Map::new());
    for (section, keys) in tables() {
        let required: Vec<&String> = keys
            .iter()
            .filter(|(_, (_, default))| default == "required")
            .map(|(key, _)| key)
            .collect();
        let all = keys.iter().map(|(key, (words, _))| (key.clone(), schema_of(words)));
        let mut definition = json!({ "type": "object", "additionalProperties": false,
            "properties": all.collect::<Map<_, _>>() });
        if !required.is_empty() {
            definition["required"] = json!(required);
        }
        definitions.insert(section.clone(), definition);
        let reference = json!({ "$ref": format!("#/$defs/{section}") });
        match section.as_str() {
            "thresholds" | "objects" => None,
            "catalog" | "defaults" | "history" | "serve" => properties.insert(section, reference),
            _ => {
                let names = json!({ "pattern": "^[^-]" });
                let all = json!({ "type": "object", "propertyNames": names, "additionalProperties": reference });
                properties.insert(section, all)
            }
        };
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of posemo (posemo.toml)",
        "description": "docs/settings.md describes the keys; a test writes this file from that page.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

pub(super) fn validator() -> jsonschema::Validator {
    let schema = schema_of_page();
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a valid schema");
    jsonschema::validator_for(&schema).expect("the schema can be compiled")
}

/// With `BLESS=1`, the schema is written from the page.
#[test]
fn the_schema_is_that_of_the_page() {
    let text = serde_json::to_string_pretty(&schema_of_page()).unwrap() + "\n";
    golden::assert_golden("../../schema/settings-1.schema.json", &text);
}
