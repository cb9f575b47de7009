//! The tests of the program and of several rooms together. The tests of single functions are in their files.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod attacks;
mod cases;
mod catalog;
mod connect;
mod corpus;
mod documents;
mod explain;
mod golden;
mod hostile;
mod install;
mod integrations;
mod linking;
mod links;
mod lint;
mod managed;
mod matrix;
mod newcomer;
mod operators;
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
mod tempserver;
mod testing;
mod tidy;
mod uninstall;
mod untrusted_schema;
mod upgrade;
mod verify;
mod waiting;
mod writing;
