//! Percona's advisor checks: reads their YAML files and makes check folders of them.
//!
//! It does not connect to a server: `description` contains the SQL, and `admin` sends it. `imports` uses its reader of YAML, its
//! descriptions and its guesses, too.

pub mod advisor_check;
mod columns;
pub mod description;
mod document;
pub mod draft;
pub mod duplicates;
mod faults;
mod fields;
pub mod files;
pub mod folders;
pub mod guess;
mod manifest;
pub mod page_text;
mod query_rules;
mod query_types;
mod readme;
mod rules;
mod script_text;
mod settings;
pub mod yaml;

pub use document::{LONGEST_FILE, read};
pub use manifest::ROW_LIMIT;
