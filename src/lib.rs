//! posemo watches PostgreSQL with a login that can do nothing but call a fixed set of functions.
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
//!     output ───► one writer a format
//! ```
//!
//! The catalog knows what to ask. Installing writes it down, running asks it, evaluating judges the
//! answer, output says it. Nothing flows back.
//!
//! # Arrows
//!
//! ```text
//! finding, rows → –                       catalog  → finding
//! install  → catalog                      settings → catalog
//! lint     → catalog                      percona  → catalog
//! evaluate → catalog, finding, rows       database → catalog, finding, rows
//! sandbox  → evaluate, finding, rows      output   → finding
//! cluster  → –                            cases    → catalog, evaluate, finding, rows
//! deliver  → finding, output, settings    definitions → catalog, finding, output, settings
//!                                         cli      → all of them
//! run      → catalog, settings, database, evaluate, sandbox, finding, rows
//! ```
//!
//! `tests/it/tidy.rs` fails where one is broken, where a heavy dependency has a second door, and where a
//! file grows beyond 400 lines.
//!
//! # What never happens
//!
//! - Installing text asks no server.
//! - Evaluation does no I/O and reads no clock.
//! - No value of an operator becomes SQL text: names are quoted, arguments are bound.
//! - A failing check never ends a run: it is a finding with state Unknown.
//! - Nothing prints but through the writer that `main` handed down; logs go through `tracing`.
//! - A check has one name: its folder, its function, its settings section, its service and its metrics.
//!
//! The library is public for the tests' sake; nothing of it is promised to stay.

pub mod cases;
pub mod catalog;
pub mod cli;
pub mod cluster;
pub mod database;
pub mod definitions;
pub mod deliver;
pub mod evaluate;
pub mod finding;
pub mod install;
pub mod lint;
pub mod output;
pub mod percona;
pub mod rows;
pub mod run;
pub mod sandbox;
pub mod settings;
