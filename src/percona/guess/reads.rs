//! The relations and functions that a query reads.

use crate::percona::description::QueryDescription;

/// A relation or function that a query reads.
#[derive(Debug)]
pub struct ObjectRead<'d> {
    /// Whether it is a relation and not a function.
    pub is_relation: bool,
    /// Its schema.
    pub schema: &'d str,
    /// Its name.
    pub name: &'d str,
    /// Whether all databases share the relation.
    pub shared: bool,
    /// The relation's `relkind`.
    pub kind: &'d str,
    /// The relation in the text of the query through which the object is read.
    pub through: &'d str,
    /// Who may read it: empty for every role, else a predefined role that may, or `superuser`.
    pub readers: &'d str,
    /// The columns that the query itself reads of a relation of `pg_catalog`, joined by commas; `*` is a whole row.
    pub columns: &'d str,
}

impl ObjectRead<'_> {
    /// Whether it is a function that fails during recovery.
    pub fn fails_on_standby(&self) -> bool {
        !self.is_relation
            && (self.name.starts_with("pg_current_wal_")
                || self.name.starts_with("pg_walfile_name"))
    }

    /// Whether it is a table of a user.
    pub fn is_table_of_users(&self) -> bool {
        self.is_relation
            && self.schema != "pg_catalog"
            && self.schema != "information_schema"
            && matches!(self.kind, "r" | "p" | "m")
    }

    /// Whether it is a sequence of a user.
    pub fn is_sequence_of_users(&self) -> bool {
        self.is_relation && self.schema != "pg_catalog" && self.kind == "S"
    }

    /// The columns that the query itself reads and a list of columns does not contain.
    pub fn columns_beyond(&self, allowed: &str) -> Vec<&str> {
        let allowed: Vec<&str> = allowed.split(", ").collect();
        let read = self.columns.split(", ").filter(|column| !column.is_empty());
        read.filter(|column| !allowed.contains(column)).collect()
    }

    /// The relation in the text of the query, or the function.
    pub fn in_query(&self) -> String {
        match self.through {
            "" => format!("{}()", self.name),
            through => through.to_owned(),
        }
    }
}

/// The function because of which a query runs on a primary only. A query that asks whether the server is a standby does not call
/// it there.
pub fn only_on_primary<'r, 'd>(reads: &[&'r ObjectRead<'d>]) -> Option<&'r ObjectRead<'d>> {
    let asks = |read: &&ObjectRead<'_>| !read.is_relation && read.name == "pg_is_in_recovery";
    if reads.iter().any(asks) {
        return None;
    }
    reads.iter().find(|read| read.fails_on_standby()).copied()
}

/// All that a query reads.
pub fn reads(description: &QueryDescription) -> Vec<ObjectRead<'_>> {
    description.reads.iter().map(|row| read(row)).collect()
}

fn read(row: &[Option<String>]) -> ObjectRead<'_> {
    let cell = |index: usize| row.get(index).and_then(Option::as_deref).unwrap_or_default();
    ObjectRead {
        is_relation: cell(0) == "relation",
        schema: cell(1),
        name: cell(2),
        shared: cell(3) == "true",
        kind: cell(4),
        through: cell(5),
        readers: cell(6),
        columns: cell(7),
    }
}

/// The relations and functions in the texts of queries, sorted, for the README.
pub fn named(descriptions: &[QueryDescription]) -> Vec<String> {
    let reads = descriptions.iter().flat_map(reads);
    let mut names: Vec<String> = reads
        .filter_map(|read| match read.is_relation {
            true if read.name == read.through => Some(format!("`{}`", read.name)),
            false if read.through.is_empty() && read.name.starts_with("pg_") => {
                Some(format!("`{}()`", read.name))
            }
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Functions whose result depends on the database of the session.
const OF_THE_DATABASE: [&str; 9] = [
    "current_database",
    "pg_relation_size",
    "pg_table_size",
    "pg_indexes_size",
    "pg_total_relation_size",
    "pg_available_extensions",
    "pg_available_extension_versions",
    "pg_sequence_last_value",
    "pg_relation_filepath",
];

/// An object whose content differs from database to database.
pub fn differs_by_database(reads: &[ObjectRead<'_>]) -> Option<String> {
    let relation = reads.iter().find(|read| {
        read.is_relation && !read.shared && matches!(read.kind, "r" | "p" | "m" | "f" | "S")
    });
    let function =
        || reads.iter().find(|read| !read.is_relation && OF_THE_DATABASE.contains(&read.name));
    let found = relation.or_else(function)?;
    Some(match (found.is_relation, found.through) {
        (true, through) if through == found.name => found.name.to_owned(),
        (true, through) => format!("{} (through {through})", found.name),
        (false, _) => found.in_query(),
    })
}
