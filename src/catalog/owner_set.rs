//! Owner sets of users: the tables that the functions of their checks may read, from `owners/NAME.toml` beside the checks.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use super::built_in::owners;
use super::error::CatalogError;
use super::names::is_name;
use crate::text::mistake::Mistake;
use crate::text::sql::identifier;
use crate::text::toml::TomlDocument;
use crate::text::words::contains_word;

/// The folder of the files, beside the folders of checks.
pub const FOLDER: &str = "owners";

/// The prefix of their roles. No built-in set has a name that begins with `own_`.
pub const OWN_PREFIX: &str = "posemo_own_";

/// PostgreSQL truncates longer names.
const LONGEST: usize = 63;

/// A file of the folder, not parsed yet.
#[derive(Debug, Clone)]
pub(super) struct OwnerFile {
    /// The name of the set.
    pub(super) name: String,
    /// The file, as messages name it.
    pub(super) place: String,
    pub(super) text: String,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub(super) struct OwnerFiles {
    pub(super) files: Arc<[OwnerFile]>,
    /// Why other files could not be read.
    pub(super) unreadable: Vec<CatalogError>,
}

/// An owner set of a user: what its role may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerSet {
    /// The name, as checks write it.
    pub name: String,
    /// The file, as messages name it.
    pub place: String,
    /// At least one table, in the order of the file.
    pub tables: Vec<GrantedTable>,
}

/// A table that an owner set may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// The columns; empty for all, also those added later.
    pub columns: Vec<String>,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerDocument {
    schemas: IndexMap<String, IndexMap<String, ColumnsEntry>>,
}

/// The columns of a table: a list, or `"*"` for all.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a list of columns, or \"*\" for all columns")]
enum ColumnsEntry {
    List(Vec<String>),
    Word(String),
}

impl OwnerFile {
    /// A file with a name, and its text or why it could not be read.
    pub(super) fn new(
        name: &str,
        place: String,
        text: Result<String, CatalogError>,
    ) -> Result<OwnerFile, CatalogError> {
        let problem = "is not an owner set: an owner set is a file NAME.toml";
        match name.strip_suffix(".toml") {
            Some(name) => Ok(OwnerFile { name: name.to_owned(), place, text: text? }),
            None => Err(CatalogError::file(place, problem)),
        }
    }
}

impl FromIterator<Result<OwnerFile, CatalogError>> for OwnerFiles {
    fn from_iter<I: IntoIterator<Item = Result<OwnerFile, CatalogError>>>(read: I) -> OwnerFiles {
        let (mut files, mut unreadable) = (Vec::new(), Vec::new());
        for file in read {
            match file {
                Ok(file) => files.push(file),
                Err(error) => unreadable.push(error),
            }
        }
        OwnerFiles { files: files.into(), unreadable }
    }
}

impl OwnerSet {
    /// Reads a file. A mistake has file, line and key.
    pub(super) fn read(file: &OwnerFile) -> Result<OwnerSet, Mistake> {
        let document = TomlDocument { file: &file.place, text: &file.text };
        if !is_name(&file.name) {
            let problem = "the name of an owner set has lower-case letters, digits and underscores, at most 49, and begins with a letter";
            return Err(document.mistake(&[], problem));
        }
        if is_built_in(&file.name) {
            let problem = format!("the owner set {} is part of posemo; rename the file", file.name);
            return Err(document.mistake(&[], problem));
        }
        let content: OwnerDocument = document.read()?;
        let mut tables = Vec::new();
        for (schema, entries) in content.schemas {
            let key = ["schemas", &schema];
            if schema.starts_with("pg_") || schema == "information_schema" {
                let problem = "is a system schema; an owner set contains tables of users only. A query may read what PUBLIC may read there without a grant";
                return Err(document.mistake(&key, problem));
            }
            valid_name(document, &key, &schema)?;
            for (table, columns) in entries {
                let key = ["schemas", &schema, &table];
                valid_name(document, &key, &table)?;
                let columns = columns.read(document, &key)?;
                tables.push(GrantedTable { schema: schema.clone(), table, columns });
            }
        }
        if tables.is_empty() {
            let problem = "names no table; write a table with its columns, such as heartbeat = [\"source\", \"at\"] under [schemas.ops]";
            return Err(document.mistake(&["schemas"], problem));
        }
        Ok(OwnerSet { name: file.name.clone(), place: file.place.clone(), tables })
    }

    /// The role that owns the functions.
    pub fn role(&self) -> String {
        format!("{OWN_PREFIX}{}", self.name)
    }

    /// The schemas of the tables, each once.
    pub fn schemas(&self) -> Vec<&str> {
        let mut schemas: Vec<&str> = Vec::new();
        for table in &self.tables {
            if !schemas.contains(&table.schema.as_str()) {
                schemas.push(&table.schema);
            }
        }
        schemas
    }

    /// The statement that grants USAGE on a schema.
    pub fn grant_on_schema(&self, schema: &str) -> String {
        format!("GRANT USAGE ON SCHEMA {} TO {}", identifier(schema), identifier(&self.role()))
    }

    /// The statement that grants SELECT on a table.
    pub fn grant_on_table(&self, table: &GrantedTable) -> String {
        let columns: Vec<String> = table.columns.iter().map(|name| identifier(name)).collect();
        let columns =
            if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
        format!(
            "GRANT SELECT{columns} ON {}.{} TO {}",
            identifier(&table.schema),
            identifier(&table.table),
            identifier(&self.role())
        )
    }

    /// The statements that grant what an error message of the server is about: on the tables that it names, or on the schema
    /// that it names. Empty if it names none.
    pub fn grants_for(&self, error: &str) -> Vec<String> {
        let is_named = |name: &str| contains_word(error, name);
        let tables = self.tables.iter().filter(|table| is_named(&table.table));
        let tables: Vec<String> = tables.map(|table| self.grant_on_table(table)).collect();
        if !tables.is_empty() {
            return tables;
        }
        let schemas = self.schemas().into_iter().filter(|schema| is_named(schema));
        schemas.map(|schema| self.grant_on_schema(schema)).collect()
    }
}

impl GrantedTable {
    /// The schema and the table, as messages name it.
    pub fn name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

impl ColumnsEntry {
    fn read(self, document: TomlDocument<'_>, key: &[&str]) -> Result<Vec<String>, Mistake> {
        match self {
            ColumnsEntry::Word(word) if word == "*" => Ok(Vec::new()),
            ColumnsEntry::List(columns) if !columns.is_empty() => {
                for (index, column) in columns.iter().enumerate() {
                    if column == "*" {
                        let problem =
                            "* is not a column; for all columns write \"*\" without a list";
                        return Err(document.mistake(key, problem));
                    }
                    valid_name(document, key, column)?;
                    if columns[..index].contains(column) {
                        return Err(document.mistake(key, format!("has the column {column} twice")));
                    }
                }
                Ok(columns)
            }
            _ => Err(document.mistake(key, "must be a list of columns, or \"*\" for all columns")),
        }
    }
}

/// Whether posemo has an owner set with this name.
fn is_built_in(name: &str) -> bool {
    name == "superuser" || owners().any(|(set, _)| set == name)
}

fn valid_name(document: TomlDocument<'_>, key: &[&str], name: &str) -> Result<(), Mistake> {
    if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) {
        let problem =
            "PostgreSQL's names have 1 to 63 bytes, and posemo accepts no control characters";
        return Err(document.mistake(key, format!("{name:?} is not a usable name: {problem}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<OwnerSet, String> {
        let file = OwnerFile {
            name: name.to_owned(),
            place: format!("owners/{name}.toml"),
            text: text.to_owned(),
        };
        OwnerSet::read(&file).map_err(|mistake| mistake.to_string())
    }

    #[test]
    fn a_set_grants_select_and_usage_and_nothing_else() {
        let text = "[schemas.ops]\nheartbeat = [\"source\", \"at\"]\n[schemas.\"My $chema\"]\n\"a\\\"b\" = \"*\"\n";
        let set = read("ops", text).unwrap();
        assert_eq!(set.role(), "posemo_own_ops");
        assert_eq!(set.schemas(), ["ops", "My $chema"]);
        let heartbeat =
            "GRANT SELECT (\"source\", \"at\") ON \"ops\".\"heartbeat\" TO \"posemo_own_ops\"";
        assert_eq!(set.grants_for("permission denied for table heartbeat"), [heartbeat]);
        assert_eq!(set.grants_for("relation \"ops.heartbeat\" does not exist"), [heartbeat]);
        assert_eq!(set.grants_for("permission denied for function heartbeats"), [""; 0]);
        assert_eq!(
            set.grants_for("permission denied for schema ops"),
            ["GRANT USAGE ON SCHEMA \"ops\" TO \"posemo_own_ops\""]
        );
        assert_eq!(
            set.grants_for("permission denied for table a\"b"),
            ["GRANT SELECT ON U&\"My \\+000024chema\".\"a\"\"b\" TO \"posemo_own_ops\""]
        );
    }

    #[test]
    fn other_content_is_a_mistake_with_its_line() {
        for (name, text, wrong) in [
            ("plain", "[schemas.ops]\nx = \"*\"\n", "is part of posemo"),
            ("superuser", "[schemas.ops]\nx = \"*\"\n", "is part of posemo"),
            ("Ops", "[schemas.ops]\nx = \"*\"\n", "the name of an owner set"),
            (
                "ops",
                "[schemas.pg_catalog]\npg_authid = \"*\"\n",
                ":1: schemas.pg_catalog: is a system schema",
            ),
            ("ops", "[schemas.information_schema]\nx = \"*\"\n", "is a system schema"),
            ("ops", "[schemas]\n", "names no table"),
            ("ops", "[schemas.ops]\n", "names no table"),
            ("ops", "", "schemas"),
            ("ops", "[schemas.ops]\nx = []\n", ":2: schemas.ops.x: must be a list of columns"),
            ("ops", "[schemas.ops]\nx = \"all\"\n", "must be a list of columns"),
            ("ops", "[schemas.ops]\nx = [\"*\"]\n", "* is not a column"),
            ("ops", "[schemas.ops]\nx = [\"a\", \"a\"]\n", "column a twice"),
            ("ops", "[schemas.ops]\nx = [\"\"]\n", "not a usable name"),
            ("ops", "roles = [\"pg_monitor\"]\n", "roles"),
            ("ops", "[schemas.ops]\nx = 5\n", "list of columns"),
        ] {
            let problem = read(name, text).unwrap_err();
            assert!(problem.contains(wrong), "{text}: {problem}");
        }
    }

    #[test]
    fn no_built_in_set_has_the_prefix() {
        assert!(owners().all(|(set, _)| !format!("posemo_{set}").starts_with(OWN_PREFIX)));
    }
}
