//! Golden files: the expected texts of tests, in files below `tests/golden`. Each of them must belong to a test.
//!
//! `BLESS=1 cargo test` rewrites them; read the difference before committing it.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The path of a golden file.
pub(crate) fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file)
}

/// The names of the files in a folder, sorted. An empty folder fails, because its test would compare nothing.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.is_empty(), "{folder} has no golden file");
    names.sort();
    names
}

/// Whether a file has this text. With `BLESS=1` the file is written first.
pub(crate) fn has(file: &str, text: &str) -> bool {
    let path = path(file);
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    fs::read(&path).is_ok_and(|expected| expected == text.as_bytes())
}

/// Fails unless a file has this text.
pub(crate) fn assert_golden(file: &str, text: &str) {
    if !has(file, text) {
        let expected = fs::read_to_string(path(file)).unwrap_or_default();
        assert_eq!(text, expected, "{file}; BLESS=1 rewrites it");
    }
}

/// A file that no test compares is an expectation that cannot fail.
///
/// The test of `output` compares all files of the folder. Elsewhere a test names its file.
#[test]
fn every_golden_file_belongs_to_a_test() {
    let tests: String = crate::tidy::texts("tests").concat();
    let folders = names("");
    assert!(folders.iter().any(|folder| folder == "output"), "{folders:?}");
    for folder in folders.iter().filter(|folder| *folder != "output") {
        for file in names(folder) {
            let stem = file.split('.').next().unwrap();
            let names = [format!("\"{stem}\""), format!("{folder}/{stem}.")];
            let is_named = names.iter().any(|name| tests.contains(name.as_str()));
            assert!(is_named, "tests/golden/{folder}/{file} belongs to no test; remove it");
        }
    }
}
