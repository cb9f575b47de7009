//! One test for each case of each check.
//!
//! The build script generates the tests from the folders `checks/*/cases`.

use std::fs;
use std::path::Path;

use posemo::cases::expected::compare;
use posemo::cases::judging::judge;
use posemo::cases::offline::OfflineCase;
use posemo::cases::scenario::Scenario;
use posemo::cases::shared_stage::SharedStage;
use posemo::catalog::Catalog;
use posemo::sandbox::Worker;

use crate::server::{POSEMO, Server, runtime};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// Judges the rows of an offline case.
fn offline(name: &str, file: &str) {
    let check = Catalog::embedded().get(name).unwrap();
    let case = OfflineCase::read(&check, file, &fs::read_to_string(file).unwrap())
        .unwrap_or_else(|mistake| panic!("{mistake}"));
    let judged = runtime().block_on(async {
        let mut worker = Worker::idle(POSEMO);
        judge(&check, &case, &mut worker).await
    });
    let expected = case.expect.as_ref().expect("the case has the key expect");
    let differences = compare(expected, &judged.findings);
    assert!(differences.is_empty(), "{file}: {differences:#?} {:?}", judged.failure);
}

/// Runs a scenario on a temporary server of the default version.
fn scenario(name: &str, file: &str) {
    let mut shared = SharedStage::new(&Server::bindir(), POSEMO.as_ref());
    run_scenario(name, Path::new(file), &mut shared);
}

/// The scenario of a file.
pub(crate) fn read_scenario(file: &Path) -> Scenario {
    Scenario::read(&file.display().to_string(), &fs::read_to_string(file).unwrap())
        .unwrap_or_else(|mistake| panic!("{mistake}"))
}

/// Runs a scenario: a superuser executes each block, then the monitor runs the check.
pub(crate) fn run_scenario(name: &str, file: &Path, shared: &mut SharedStage) {
    let check = Catalog::embedded().get(name).unwrap();
    let scenario = read_scenario(file);
    if let Err(failure) = shared.run(&check, &scenario) {
        panic!("{}: {failure:#?}", file.display());
    }
}
