//! The operations of an administrator on a server: install, uninstall, verify, lint, describe queries.
//!
//! It prints only to the writers that it gets: `cli` reads the options, and chooses the streams and the exit code.

pub mod apply;
pub mod change_text;
pub mod describe;
pub mod error;
pub mod first_settings;
pub mod foreign;
pub mod import;
pub mod import_text;
pub mod init;
pub mod inspection;
pub mod installation;
pub mod installation_text;
pub mod lint;
pub mod password;
mod qualify;
pub mod removal;
mod removal_text;
mod search;
pub mod server_facts;
mod statements_view;
mod tables;
pub mod verify_report;
