//! The locations of findings in SARIF: a server, a database in it, an object in the database.
//!
//! The table of the run has each location once; results refer to it.

use std::collections::HashMap;

use serde::Serialize;

/// A location in the table of the run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    name: String,
    index: usize,
    fully_qualified_name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_index: Option<usize>,
}

/// The location of a result or a notification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    logical_locations: [LocationReference; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LocationReference {
    index: usize,
    fully_qualified_name: String,
}

/// The table of the run.
#[derive(Default)]
pub(super) struct LocationTable {
    table: Vec<LogicalLocation>,
    known: HashMap<String, usize>,
}

impl LocationTable {
    /// The location of an object; of a database or a server if the object is not known. It is added if it is new.
    pub(super) fn find(
        &mut self,
        target: &str,
        database: Option<&str>,
        object: Option<&str>,
    ) -> Location {
        let mut index = self.enter(target, "server", None);
        for (name, kind) in [(database, "database"), (object, "object")] {
            if let Some(name) = name {
                index = self.enter(name, kind, Some(index));
            }
        }
        let fully_qualified_name = self.table[index].fully_qualified_name.clone();
        Location { logical_locations: [LocationReference { index, fully_qualified_name }] }
    }

    /// All locations.
    pub(super) fn into_table(self) -> Vec<LogicalLocation> {
        self.table
    }

    fn enter(&mut self, name: &str, kind: &'static str, parent: Option<usize>) -> usize {
        let above = parent.map(|parent| self.table[parent].fully_qualified_name.as_str());
        let above = above.map(|above| format!("{above}/")).unwrap_or_default();
        // The name contains the kind, because a database and an object may have the same name.
        let fully_qualified_name = format!("{above}{kind}:{}", escaped(name));
        if let Some(index) = self.known.get(&fully_qualified_name) {
            return *index;
        }
        let index = self.table.len();
        self.known.insert(fully_qualified_name.clone(), index);
        self.table.push(LogicalLocation {
            name: name.to_owned(),
            index,
            fully_qualified_name,
            kind,
            parent_index: parent,
        });
        index
    }
}

/// A name without a slash, which separates the parts of a qualified name.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_location_is_in_the_table_once_below_its_parent() {
        let mut locations = LocationTable::default();
        for (target, database, object) in [
            ("a", Some("b"), Some("c")),
            ("a", Some("b"), Some("c")),
            ("a", None, Some("b")),
            ("a/database:b", None, None),
            ("", Some(""), None),
        ] {
            let _ = locations.find(target, database, object);
        }
        let table = locations.into_table();
        let names =
            table.iter().map(|entry| (entry.fully_qualified_name.as_str(), entry.parent_index));
        assert_eq!(
            names.collect::<Vec<_>>(),
            [
                ("server:a", None),
                ("server:a/database:b", Some(0)),
                ("server:a/database:b/object:c", Some(1)),
                ("server:a/object:b", Some(0)),
                ("server:a%2Fdatabase:b", None),
                ("server:", None),
                ("server:/database:", Some(5)),
            ]
        );
    }
}
