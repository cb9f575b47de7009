//! External programs that tests use, and what happens if one is missing.
//!
//! `cargo test` skips such a test and prints a line about it. `make test` sets `POSEMO_TEST_STRICT`, and then a missing
//! program fails the test. For real monitoring systems see `receivers`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::server::{Server, psql};

/// The name, and the package of Debian.
const PROGRAMS: [(&str, &str); 12] = [
    ("bash", "bash"),
    ("chromium", "chromium"),
    ("cmark-gfm", "cmark-gfm"),
    ("curl", "curl"),
    ("groff", "groff"),
    ("jq", "jq"),
    ("minisign", "minisign"),
    ("node", "nodejs"),
    ("openssl", "openssl"),
    ("psql", "postgresql-client"),
    ("python3", "python3"),
    ("readelf", "binutils"),
];

/// The programs that `bin/readers` downloads: the name, and the file in its folder.
const READERS: [(&str, &str); 4] = [
    ("axe", "axe/axe.min.js"),
    ("junitparser", "python/junitparser"),
    ("kubernetes", "kubernetes/1.37.json"),
    ("sarif-multitool", "sarif/Sarif.Multitool"),
];

/// Ends a test if one of these programs is missing.
macro_rules! need {
    ($($name:literal),+) => {
        if [$($name),+].into_iter().any(crate::programs::is_missing) {
            return;
        }
    };
}
pub(crate) use need;

/// Whether a program is missing. Then the test on this thread is skipped, or fails.
pub(crate) fn is_missing(name: &str) -> bool {
    let Some(remedy) = remedy(name) else { return false };
    let why = format!("{name} is missing: {remedy}");
    assert!(std::env::var_os("POSEMO_TEST_STRICT").is_none(), "{why}");
    skip(&why);
    true
}

/// How to install a missing program; nothing if it exists.
fn remedy(name: &str) -> Option<String> {
    if let Some((_, file)) = READERS.iter().find(|(known, _)| *known == name) {
        return (!reader(file).exists()).then(|| "run bin/readers".to_owned());
    }
    let (_, package) = PROGRAMS.iter().find(|(known, _)| *known == name).unwrap();
    let exists = if name == "psql" { has_psql() } else { in_path(name) };
    (!exists).then(|| format!("run bin/prerequisites test, or apt-get install {package}"))
}

/// Prints that the test on this thread is skipped, and why.
///
/// The line is also appended to the file in `POSEMO_TEST_SKIPPED`, because some runners hide the output of a test.
pub(crate) fn skip(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("skipped: {test}: {why}\n");
    // The output of `println!` is printed only if the test fails.
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    if let Some(path) = std::env::var_os("POSEMO_TEST_SKIPPED") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        file.unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// The path of a file that `bin/readers` downloads.
pub(crate) fn reader(file: &str) -> PathBuf {
    let cache = std::env::var_os("POSEMO_READERS").map(PathBuf::from);
    let own = || concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/readers").into();
    cache.unwrap_or_else(own).join(file)
}

fn in_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(name).is_file())
}

/// A psql beside the server programs counts too.
fn has_psql() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| in_path("psql") || psql(&Server::bindir()).is_file())
}

#[test]
fn a_missing_program_has_a_remedy() {
    assert!(!in_path("posemo-has-no-such-program") && in_path("sh"));
    for (name, _) in PROGRAMS.iter().chain(&READERS) {
        let remedy = remedy(name);
        assert!(remedy.is_none_or(|remedy| remedy.contains("bin/")), "{name}");
    }
}
