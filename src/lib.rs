//! posemo monitors PostgreSQL through a role that can only call a fixed set of functions.
//!
//! ```text
//!    checks/                sql/
//!       │                    │
//!       ▼                    ▼
//!    catalog ───────────► install ───► SQL text ───────────► database
//!       │                                                      │
//!       │                                                    rows
//!       ▼                                                      │
//!    evaluate ◄────────────────────────────────────────────────┘
//!       │
//!    findings
//!       │
//!       ▼
//!     output ───► a writer for each format
//! ```
//!
//! The catalog contains the checks. `install` writes the SQL of their functions, `run` calls the functions, `evaluate`
//! judges the rows, and `output` writes the report. Data flows in one direction.
//!
//! # Arrows
//!
//! Each room, and the rooms that it may use:
//!
//! ```text
//! text        → –
//! rows        → –
//! tempserver  → –
//! template    → –
//! packing     → –
//! files       → –
//! finding     → text
//! report      → finding
//! signature   → packing, text
//! catalog     → finding, signature, text
//! compat      → files, text
//! install     → catalog, template, text
//! lint        → catalog, text
//! percona     → catalog, signature, text
//! imports     → catalog, finding, percona, signature, text
//! settings    → catalog, finding, signature, text
//! evaluate    → catalog, finding, rows, text
//! migrate     → catalog, compat, files, percona, settings, text
//! sandbox     → evaluate, finding, rows
//! database    → catalog, files, finding, rows, text
//! output      → finding, report, template, text
//! deliver     → files, finding, output, settings, text
//! definitions → catalog, finding, output, settings, text
//! explain     → catalog, finding, install, settings, text
//! schedule    → finding, text
//! history     → database, finding, packing, report, schedule, text
//! board       → finding, history
//! pages       → board, finding, history, text
//! web         → board, files, finding, history, output, pages, report, settings, text
//! run         → catalog, database, evaluate, files, finding, rows, sandbox, settings, text
//! doctor      → catalog, database, finding, run, text
//! admin       → catalog, database, evaluate, files, finding, imports, install, lint, percona, signature, tempserver, text
//! cases       → admin, catalog, database, evaluate, finding, install, output, rows, run, sandbox, settings, signature, tempserver, text
//! serve       → board, catalog, database, deliver, evaluate, explain, finding, history, run, schedule, settings, text, web
//! config      → catalog, database, explain, settings, signature, text
//! cli         → all of them
//! ```
//!
//! `tests/it/tidy.rs` reads this table. It fails if code breaks an arrow, if files use each other in a circle, if a second
//! room uses a heavy dependency, if a type name is defined twice, and if a file has more than 400 lines.
//!
//! # What never happens
//!
//! - `install` does not connect to a server.
//! - `evaluate` does no I/O and does not read the clock.
//! - No value of a user becomes SQL text: names are quoted, arguments are bound.
//! - A check that fails does not end a run; its state is Unknown.
//! - Only the writer of `main` prints. Logs are written through `tracing`.
//! - A check has one name: that of its folder, its function, its settings section, its service and its metrics.
//!
//! The library is public for its tests. It has no stable interface.

pub mod admin;
pub mod board;
pub mod cases;
pub mod catalog;
pub mod cli;
pub mod compat;
pub mod config;
pub mod database;
pub mod definitions;
pub mod deliver;
pub mod doctor;
pub mod evaluate;
pub mod explain;
pub mod files;
pub mod finding;
pub mod history;
pub mod imports;
pub mod install;
pub mod lint;
pub mod migrate;
pub mod output;
pub mod packing;
pub mod pages;
pub mod percona;
pub mod report;
pub mod rows;
pub mod run;
pub mod sandbox;
pub mod schedule;
pub mod serve;
pub mod settings;
pub mod signature;
pub mod template;
pub mod tempserver;
pub mod text;
pub mod web;
