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
//! Each room with the rooms that it may use:
//!
//! ```text
//! text        → –
//! rows        → –
//! tempserver  → –
//! finding     → text
//! report      → finding
//! signature   → text
//! catalog     → finding, signature, text
//! install     → catalog, text
//! lint        → catalog, text
//! percona     → catalog, text
//! settings    → catalog, finding, signature, text
//! evaluate    → catalog, finding, rows, text
//! sandbox     → evaluate, finding, rows
//! database    → catalog, finding, rows, text
//! output      → finding, report, text
//! deliver     → finding, output, settings, text
//! definitions → catalog, finding, output, settings, text
//! explain     → catalog, finding, install, settings, text
//! run         → catalog, database, evaluate, finding, rows, sandbox, settings
//! admin       → catalog, database, evaluate, finding, install, lint, percona, tempserver, text
//! cases       → admin, catalog, database, evaluate, finding, install, output, rows, run, sandbox, settings, signature, tempserver, text
//! cli         → all of them
//! ```
//!
//! `tests/it/tidy.rs` reads this table. It fails where code breaks it, where files use one another in a circle,
//! where a second room uses a heavy dependency, and where a file has more than 400 lines.
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

pub mod admin;
pub mod cases;
pub mod catalog;
pub mod cli;
pub mod database;
pub mod definitions;
pub mod deliver;
pub mod evaluate;
pub mod explain;
pub mod finding;
pub mod install;
pub mod lint;
pub mod output;
pub mod percona;
pub mod report;
pub mod rows;
pub mod run;
pub mod sandbox;
pub mod settings;
pub mod signature;
pub mod tempserver;
pub mod text;
