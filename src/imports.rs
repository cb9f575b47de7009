//! Queries of other monitoring programs: reads their files and makes check folders of them.
//!
//! Each format has a file that reads it into [`ForeignQuery`](foreign_query::ForeignQuery). It does not connect to a server:
//! `admin` has one describe the queries.

mod call_options;
mod call_thresholds;
mod check_text;
mod columns;
mod custom_query;
mod datadog;
mod datadog_metrics;
mod draft_files;
mod entries;
pub mod foreign_draft;
pub mod foreign_query;
pub mod format;
pub mod input;
pub mod input_error;
pub mod names;
mod numbers;
pub mod own_sets;
mod owned_tables;
mod pg_exporter;
mod pgwatch;
mod postgres_exporter;
mod sql_exporter;
mod sql_jobs;
mod statement;
mod telegraf;
mod telegraf_keys;
mod telegraf_sql;
mod topics;
mod units;
mod versions;
mod walk;
