//! The cases of every check, one test each: rows in and findings out, or a story told to a real server.
//!
//! The names are generated from the folders; nothing here knows a check, and nothing judges but the library.

use std::fs;
use std::path::Path;

use posemo::cases::expected::compare;
use posemo::cases::judging::judge;
use posemo::cases::offline::Case;
use posemo::cases::scenario::Scenario;
use posemo::cases::stage;
use posemo::catalog::Catalog;
use posemo::sandbox::Worker;

use crate::server::{POSEMO, Server, runtime};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// Rows in, findings out.
fn offline(name: &str, file: &str) {
    let check = Catalog::embedded().get(name).unwrap();
    let case = Case::read(&check, file, &fs::read_to_string(file).unwrap())
        .unwrap_or_else(|complaint| panic!("{complaint}"));
    let said = runtime().block_on(async {
        let mut worker = Worker::idle(POSEMO);
        judge(&check, &case, &mut worker).await
    });
    let expected = case.expect.as_ref().expect("the case says what it expects");
    let differences = compare(expected, &said.findings);
    assert!(differences.is_empty(), "{file}: {differences:#?} {:?}", said.failure);
}

/// A story on the server of this machine.
fn live(name: &str, file: &str) {
    tell(name, Path::new(file), &Server::bindir());
}

/// A story: each block is run as superuser, then the check as the monitor must say what is expected.
pub(crate) fn tell(name: &str, file: &Path, bindir: &Path) {
    let check = Catalog::embedded().get(name).unwrap();
    let story = Scenario::read(&file.display().to_string(), &fs::read_to_string(file).unwrap())
        .unwrap_or_else(|complaint| panic!("{complaint}"));
    if let Err(failure) = stage::run(&check, &story, bindir, POSEMO.as_ref()) {
        panic!("{failure:#?}");
    }
}
