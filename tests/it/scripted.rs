//! Scripts on a real server: values of each type, hostile scripts beside ordinary ones, and printed lines.
//!
//! `script.rs` tests the judge alone, and `sandbox.rs` the worker alone.

use std::path::Path;
use std::process::Output;
use std::sync::{Mutex, PoisonError};

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::{Folder, README};
use crate::server::Server;

mod crowd;
mod printing;
mod types;

/// Endless scripts keep a processor busy, so only one suite runs at a time. Between processes, the configuration of
/// nextest ensures it.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs all tests on one major, with one server.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    let folder = Folder::new("scripted");
    types::write(&folder);
    printing::write(&folder);
    let hostile = crowd::write(&folder);
    server.superuser("postgres", "CREATE DATABASE app");
    server.install(&["--checks", &folder.path().display().to_string(), "--database", "app"]);
    let types = types::values_are_those_of_percona_s_engine(&server, &folder);
    printing::printed_lines_are_only_in_the_log(&server, &folder);
    crowd::ordinary_scripts_are_not_affected(&server, &folder, &hostile);
    crate::documents::print_count(&format!(
        "scripts on PostgreSQL {major}: {types} values as in Percona's engine, {} hostile scripts beside ordinary ones",
        hostile.len()
    ));
}

/// Writes a check with a script and one query.
fn write(folder: &Folder, name: &str, columns: &str, query: &str, script: &str) {
    let manifest = format!("summary = \"x\"\n{columns}");
    folder.write(&format!("{name}/check.toml"), &manifest);
    folder.write(&format!("{name}/README.md"), README);
    folder.write(&format!("{name}/query.sql"), query);
    folder.write(&format!("{name}/evaluate.star"), script);
}

/// `posemo run` with the checks of the folder and more options.
fn run(server: &Server, folder: &Folder, more: &[&str]) -> Output {
    let checks = folder.path().display().to_string();
    server.posemo(&[&["run", "--checks", &checks], more].concat())
}

/// The reports of a run in JSON.
fn reports(output: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    report["targets"][0]["checks"].as_array().unwrap().clone()
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
