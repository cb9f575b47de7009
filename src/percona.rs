//! Percona's advisor checks: reads their YAML files and makes check folders of them.
//!
//! It does not connect to a server: `description` contains the SQL, and `admin` sends it.

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
mod guess;
mod manifest;
mod query_rules;
mod query_types;
mod readme;
mod rules;
mod script_text;
mod settings;
mod yaml;

pub use document::{LONGEST_FILE, read};
