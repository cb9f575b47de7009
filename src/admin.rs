//! The operations of an administrator on a server: install, uninstall, verify, lint, describe queries.
//!
//! It prints nothing; `cli` reads the options and writes the results.

pub mod apply;
pub mod describe;
pub mod error;
pub mod inspection;
pub mod installation;
pub mod lint;
pub mod password;
pub mod removal;
mod search;
pub mod server_facts;
pub mod verify_report;
