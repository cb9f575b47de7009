//! Names of databases and patterns for them, as settings and checks list them.

use std::fmt;

use crate::text::pattern::NamePattern;

/// Names of databases and patterns for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseList(Vec<NamePattern>);

impl DatabaseList {
    /// The list of these names and patterns.
    pub fn new<N: AsRef<str>>(names: &[N]) -> DatabaseList {
        DatabaseList(names.iter().map(|name| NamePattern::new(name.as_ref())).collect())
    }

    /// The list of all databases: that of a check without the key `databases`.
    pub fn all() -> DatabaseList {
        DatabaseList::new(&["*"])
    }

    /// The list of the databases in which a check runs. The error is the message for the user.
    pub fn of_check(names: &[String]) -> Result<DatabaseList, String> {
        if names.is_empty() {
            return Err("names no database; remove the key to run in all databases".to_owned());
        }
        match names.iter().find(|name| name.is_empty() || name.len() > 63) {
            Some(name) => {
                Err(format!("{name:?} is not the name of a database: it must have 1 to 63 bytes"))
            }
            None => Ok(DatabaseList::new(names)),
        }
    }

    /// Whether a database is in the list.
    pub fn contains(&self, database: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(database))
    }

    /// Whether it is the list of all databases.
    pub fn is_all(&self) -> bool {
        *self == DatabaseList::all()
    }

    /// Whether databases that are created later can be in the list, without being all.
    pub fn has_patterns(&self) -> bool {
        !self.is_all() && self.0.iter().any(|pattern| pattern.exact().is_none())
    }

    /// The names, without patterns.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().filter_map(NamePattern::exact).collect()
    }

    /// `database app`, `databases app, tenant_*`.
    pub fn with_noun(&self) -> String {
        let noun = if self.0.len() == 1 { "database" } else { "databases" };
        format!("{noun} {self}")
    }

    /// The names and patterns that none of these databases has.
    pub fn absent(&self, databases: &[&str]) -> Vec<String> {
        let is_absent = |one: &&NamePattern| !databases.iter().any(|name| one.matches(name));
        self.0.iter().filter(is_absent).map(ToString::to_string).collect()
    }
}

impl fmt::Display for DatabaseList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        out.write_str(&names.join(", "))
    }
}
