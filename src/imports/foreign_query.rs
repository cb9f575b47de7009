//! A query of another monitoring program: what its file contains, in one form for all formats.

use crate::finding::metric::{MetricKind, Unit};
use crate::finding::report::ServerRole;
use crate::percona::advisor_check::IgnoredPart;
use crate::text::mistake::Mistake;

/// The most queries of an import, with the parts that are ignored or refused.
pub const MOST_QUERIES: usize = 2_000;

/// Why a query of the extension `pg_stat_statements` is not imported.
pub const OF_STATEMENTS: &str = "reads pg_stat_statements, whose columns differ from version to version: import it with -H and -d from a database that has the extension, or use posemo's checks statement_load and statement_evictions";

/// The most columns that PostgreSQL returns.
pub const MOST_COLUMNS: usize = 1_664;

/// What a file contains.
#[derive(Debug, Default)]
pub struct ForeignFile {
    /// The queries, in their order.
    pub queries: Vec<ForeignQuery>,
    /// Parts that are valid but not imported.
    pub ignored: Vec<IgnoredPart>,
    /// Parts that cannot be imported, each with its reason.
    pub refused: Vec<Mistake>,
    /// The number of entries that were read: queries, and what is ignored or refused.
    pub entries: usize,
}

impl ForeignFile {
    /// Counts an entry before it is read, and returns whether there are too many of them.
    pub(super) fn is_full(&mut self) -> bool {
        self.entries += 1;
        self.entries > MOST_QUERIES
    }

    /// Whether the file contains nothing to report.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty() && self.ignored.is_empty() && self.refused.is_empty()
    }

    /// Adds the content of another file.
    pub fn append(&mut self, other: &mut ForeignFile) {
        self.queries.append(&mut other.queries);
        self.ignored.append(&mut other.ignored);
        self.refused.append(&mut other.refused);
        self.entries += other.entries;
    }
}

/// One query, which becomes a check.
#[derive(Debug, Clone, Default)]
pub struct ForeignQuery {
    /// The file, as the user named it.
    pub file: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// Other files of the query, each with its SHA-256.
    pub other_files: Vec<(String, String)>,
    /// The program whose format the file has.
    pub program: &'static str,
    /// The line where the query begins, from 1.
    pub line: usize,
    /// The name in the file.
    pub name: String,
    /// What it watches; empty if the file does not contain it.
    pub summary: String,
    /// The texts for versions of PostgreSQL, the oldest first; at least one.
    pub variants: Vec<ForeignVariant>,
    /// What the file states about columns.
    pub columns: Vec<ForeignColumn>,
    /// Whether `columns` are those of the query by position, and not by name.
    pub by_position: bool,
    /// What a column is that the file does not contain.
    pub rest: RestOfColumns,
    /// How often it runs, in seconds.
    pub interval: Option<u64>,
    /// The servers that it is for.
    pub role: Option<ServerRole>,
    /// The databases in which it runs: names and patterns; empty if the file names none.
    pub databases: Vec<String>,
    /// The key with which the file states that the query runs once per server.
    pub once: Option<&'static str>,
    /// Whether the program runs it only on request, and the key that states it.
    pub on_request: Option<&'static str>,
    /// The column that the program compares with thresholds.
    pub judged: Option<JudgedColumn>,
    /// The thresholds of that column: warning and critical, as ranges.
    pub thresholds: [Option<String>; 2],
    /// Whether it calls the function of the extension `pg_stat_statements`.
    pub requires_statements: bool,
    /// Remarks for the reviewer.
    pub remarks: Vec<String>,
}

/// The text of a query for a range of versions.
#[derive(Debug, Clone, Default)]
pub struct ForeignVariant {
    /// The line of the first line of its text, from 1.
    pub line: usize,
    /// The text.
    pub sql: String,
    /// The first major version; 0 for all.
    pub from: u32,
    /// The first major version that it is not for.
    pub until: Option<u32>,
}

/// The column that a program compares with thresholds.
#[derive(Debug, Clone, Default)]
pub struct JudgedColumn {
    /// Its name; absent if it is the first column, whatever its name is.
    pub name: Option<&'static str>,
    /// What is known about it.
    pub column: ForeignColumn,
}

/// What a file states about a column.
#[derive(Debug, Clone, Default)]
pub struct ForeignColumn {
    /// The name in the query.
    pub name: String,
    /// The name in the program's output, where it is another.
    pub renamed: Option<String>,
    /// Its use.
    pub usage: ColumnUsage,
    /// Its meaning; may be empty.
    pub help: String,
    /// Its unit, where the file states it.
    pub unit: Option<Unit>,
    /// Its unit and the reason, where it is guessed from what only the file contains.
    pub guessed_unit: Option<(Unit, String)>,
    /// The number by which the program multiplies the value.
    pub scale: Option<f64>,
    /// The number that the program reports for NULL.
    pub default: Option<f64>,
}

/// The use of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColumnUsage {
    /// A number.
    Metric(MetricKind),
    /// A name of what the row is about.
    Label,
    /// Not exported.
    Discard,
    /// Shown, but not a number.
    Info,
    /// Determined by its type: a number is a gauge, a text is shown.
    #[default]
    ByType,
}

/// What a column is that the file does not contain.
#[derive(Debug, Clone, Default)]
pub enum RestOfColumns {
    /// Determined by its type: a number is a gauge, a text is a label.
    #[default]
    Labels,
    /// Determined by its type: a number is a gauge, a text is shown.
    Shown,
    /// Left out.
    Discarded,
    /// As in pgwatch: `epoch_ns` is left out, `tag_` marks labels, and a number is a counter unless it is one of these; `*` is
    /// all.
    Tagged(Vec<String>),
}

impl ForeignColumn {
    /// A column with its use.
    pub(super) fn of(name: &str, usage: ColumnUsage) -> ForeignColumn {
        ForeignColumn { name: name.to_owned(), usage, ..ForeignColumn::default() }
    }
}

impl ForeignQuery {
    /// A complaint about the query.
    pub fn mistake(&self, line: usize, message: impl Into<String>) -> Mistake {
        let (file, key) = (self.file.clone(), self.name.clone());
        Mistake { file, line, key, message: message.into() }
    }
}
