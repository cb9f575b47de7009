//! The tests that cross modules, in one binary.
//!
//! Tests of pure functions stand beside these.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attacks;
mod cases;
mod catalog;
mod cluster;
mod connect;
mod corpus;
mod documents;
mod explain;
mod golden;
mod hostile;
mod install;
mod integrations;
mod linked;
mod links;
mod lint;
mod managed;
mod matrix;
mod newcomer;
mod output;
mod output_file;
mod passwords;
mod percona;
mod plugin;
mod ports;
mod programs;
mod receivers;
mod sandbox;
mod scopes;
mod script;
mod scripted;
mod server;
mod settings;
mod signature;
mod situations;
mod strangers;
mod testing;
mod tidy;
mod uninstall;
mod upgrade;
mod verify;
mod waiting;
mod writing;
