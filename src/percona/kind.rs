//! The types of queries that advisor checks have: of which technology each is, what it needs and takes.
//!
//! Only those of PostgreSQL are ever asked; of the others it is known whether they are right.

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Mysql,
    Postgresql,
    Mongodb,
}

impl Family {
    pub(super) const ALL: [Family; 3] = [Self::Mysql, Self::Postgresql, Self::Mongodb];

    /// As a file writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mysql => "MYSQL",
            Self::Postgresql => "POSTGRESQL",
            Self::Mongodb => "MONGODB",
        }
    }

    /// As people write it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Mysql => "MySQL",
            Self::Postgresql => "PostgreSQL",
            Self::Mongodb => "MongoDB",
        }
    }
}

/// How many words a parameter takes, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Truth,
    Duration,
    /// Of which Percona's own engine looks at none.
    Any,
}

/// A type of query.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// None for what any technology may have.
    pub(super) family: Option<Family>,
    /// Whether it has a text.
    pub(super) text: bool,
    /// Name, what it takes, and whether it must be there.
    pub(super) parameters: &'static [(&'static str, Word, bool)],
}

/// Asks for all settings.
pub(super) const SHOW: &str = "POSTGRESQL_SHOW";

/// All types.
pub(super) const KINDS: [Kind; 12] = [
    of(SHOW, Family::Postgresql, false, &[]),
    of("POSTGRESQL_SELECT", Family::Postgresql, true, &[("all_dbs", Word::Truth, false)]),
    of("MYSQL_SHOW", Family::Mysql, true, &[]),
    of("MYSQL_SELECT", Family::Mysql, true, &[]),
    of("MONGODB_GETPARAMETER", Family::Mongodb, false, &[]),
    of("MONGODB_BUILDINFO", Family::Mongodb, false, &[]),
    of("MONGODB_GETCMDLINEOPTS", Family::Mongodb, false, &[]),
    of("MONGODB_REPLSETGETSTATUS", Family::Mongodb, false, &[]),
    of("MONGODB_GETDIAGNOSTICDATA", Family::Mongodb, false, &[]),
    metrics("METRICS_INSTANT", &[("lookback", Word::Duration, false)]),
    metrics(
        "METRICS_RANGE",
        &[
            ("range", Word::Duration, true),
            ("step", Word::Duration, true),
            ("lookback", Word::Duration, false),
        ],
    ),
    metrics("CLICKHOUSE_SELECT", &[("", Word::Any, false)]),
];

impl Kind {
    /// The type of a name.
    pub(super) fn of(name: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

const fn of(
    name: &'static str,
    family: Family,
    text: bool,
    parameters: &'static [(&'static str, Word, bool)],
) -> Kind {
    Kind { name, family: Some(family), text, parameters }
}

const fn metrics(name: &'static str, parameters: &'static [(&'static str, Word, bool)]) -> Kind {
    Kind { name, family: None, text: true, parameters }
}
