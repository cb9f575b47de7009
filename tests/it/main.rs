//! The tests that cross modules, in one binary.
//!
//! Tests of pure functions stand beside these.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod catalog;
mod cluster;
mod connect;
mod install;
mod managed;
mod matrix;
mod output;
mod passwords;
mod plugin;
mod sandbox;
mod script;
mod server;
mod settings;
mod strangers;
mod tidy;
mod upgrade;
