//! The tables of users that queries read, as the file of an owner set grants them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::owner_set::GrantedTable;
use crate::percona::description::QueryDescription;
use crate::percona::folders::OwnerSetFile;
use crate::text::toml_text::{key, list};

/// The owner set of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DraftOwner {
    /// Its name.
    pub(super) name: String,
    /// Whether the import writes its file.
    pub(super) is_new: bool,
}

/// The tables of users that queries read with their columns, sorted.
pub(super) fn tables(descriptions: &[QueryDescription]) -> Vec<GrantedTable> {
    let mut found: BTreeMap<(String, String), Option<Vec<String>>> = BTreeMap::new();
    for row in descriptions.iter().flat_map(|description| &description.tables) {
        let [Some(schema), Some(table), column] = row.as_slice() else { continue };
        let columns =
            found.entry((schema.clone(), table.clone())).or_insert_with(|| Some(Vec::new()));
        match (columns.as_mut(), column) {
            (Some(columns), Some(column)) if !columns.contains(column) => {
                columns.push(column.clone());
            }
            // A system column is in no list: the set needs the whole table.
            (_, None) => *columns = None,
            _ => {}
        }
    }
    let granted = |((schema, table), columns): (_, Option<Vec<String>>)| GrantedTable {
        schema,
        table,
        columns: columns.unwrap_or_default(),
    };
    found.into_iter().map(granted).collect()
}

/// The tables with their columns, for a sentence.
pub(super) fn named(tables: &[GrantedTable]) -> String {
    let one = |table: &GrantedTable| match table.columns.as_slice() {
        [] => format!("{} (all columns)", table.name()),
        columns => format!("{} ({})", table.name(), columns.join(", ")),
    };
    tables.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The text of the file of a set.
pub(super) fn text(name: &str, tables: &[GrantedTable]) -> String {
    let mut text = format!(
        "# The tables and columns that checks with owner = \"{name}\" may read. \"posemo import\" guessed them: review each.\n"
    );
    let mut schema = None;
    for table in tables {
        if schema != Some(&table.schema) {
            let _ = write!(text, "\n[schemas.{}]\n", key(&table.schema));
            schema = Some(&table.schema);
        }
        let columns = match table.columns.as_slice() {
            [] => "\"*\"".to_owned(),
            columns => list(columns),
        };
        let _ = writeln!(text, "{} = {columns}", key(&table.table));
    }
    text
}

/// The columns of two sets on the same tables.
pub(super) fn add(tables: &mut [GrantedTable], other: &[GrantedTable]) {
    for (table, other) in tables.iter_mut().zip(other) {
        if table.columns.is_empty() || other.columns.is_empty() {
            table.columns.clear();
            continue;
        }
        for column in &other.columns {
            if !table.columns.contains(column) {
                table.columns.push(column.clone());
            }
        }
    }
}

impl DraftOwner {
    /// The file of the set.
    pub(super) fn file(&self, tables: &[GrantedTable]) -> OwnerSetFile {
        OwnerSetFile {
            name: self.name.clone(),
            text: text(&self.name, tables),
            is_new: self.is_new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(schema: &str, table: &str, column: Option<&str>) -> Vec<Option<String>> {
        vec![Some(schema.to_owned()), Some(table.to_owned()), column.map(str::to_owned)]
    }

    #[test]
    fn a_file_has_each_table_with_its_columns() {
        let one = QueryDescription {
            tables: vec![
                row("public", "orders", Some("id")),
                row("odd \"s\"", "a.b", Some("x\"] = 1 #")),
                row("public", "old", None),
            ],
            ..QueryDescription::default()
        };
        let two = QueryDescription {
            tables: vec![row("public", "orders", Some("id")), row("public", "orders", Some("at"))],
            ..QueryDescription::default()
        };
        let mut tables = tables(&[one, two]);
        let file: toml::Table = text("x", &tables).parse().unwrap();
        let expected: toml::Table = "[schemas.public]\norders = ['id', 'at']\nold = '*'\n[schemas.'odd \"s\"']\n'a.b' = ['x\"] = 1 #']"
            .parse()
            .unwrap();
        assert_eq!(file, expected);
        assert!(named(&tables).contains("public.orders (id, at)"), "{}", named(&tables));
        let mut more = tables.clone();
        more[2].columns.push("note".to_owned());
        more[0].columns.clear();
        add(&mut tables, &more);
        assert!(tables[0].columns.is_empty());
        assert_eq!(tables[2].columns, ["id", "at", "note"]);
    }
}
