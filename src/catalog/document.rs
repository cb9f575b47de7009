//! The document of a check that has no query: its name, the age at which it is too old, and the columns of its rows.

use std::time::Duration;

use super::function::FunctionSignature;

/// The age of a document at which it is too old, where check.toml does not set one.
pub const LONGEST_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// What a check judges instead of the rows of a query.
#[derive(Debug, Clone)]
pub struct CheckDocument {
    /// The name, which the settings of a target give a path. Several checks can judge one document.
    pub name: String,
    /// The age at which the file is too old.
    pub age: Duration,
    /// The columns of its rows, in the form of a function without arguments; no columns if only the script reads it.
    pub rows: FunctionSignature,
}
