//! Runs the fuzz targets with all inputs that the fuzzer has found.
//!
//! `make fuzz` finds new inputs.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::waiting::assert_within;

/// Most inputs take microseconds, but the machine can be busy.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn all_inputs_of_the_corpora_are_read() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, _) in targets::TARGETS {
        let files = std::fs::read_dir(corpora.join(target)).unwrap();
        let mut count = 0;
        for file in files {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let begun = Instant::now();
            let ended = std::panic::catch_unwind(|| targets::run(target, &bytes));
            assert!(ended.is_ok(), "an assertion for all inputs fails for {}", path.display());
            assert_within(PATIENCE, begun, &path.display().to_string());
            count += 1;
        }
        assert!(count > 10, "the corpus of {target} has {count} files");
    }
}

/// The lock file of the fuzz targets contains the dependencies of the program, so that a fresh clone can be fuzzed.
#[test]
fn the_lock_file_of_the_fuzz_targets_is_current() {
    let read = |file: &str| {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
        text.unwrap().parse::<toml::Table>().unwrap()
    };
    let locked = |file: &str| -> BTreeSet<String> {
        let lock = read(file);
        let mut packages = lock["package"].as_array().unwrap().iter();
        let own = packages.find(|package| package["name"].as_str() == Some("posemo")).unwrap();
        let names = own["dependencies"].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().split(' ').next().unwrap().to_owned()).collect()
    };
    let mut needed = locked("Cargo.lock");
    for (name, _) in read("Cargo.toml")["dev-dependencies"].as_table().unwrap() {
        needed.remove(name);
    }
    assert_eq!(locked("fuzz/Cargo.lock"), needed, "run `cargo update --workspace` in fuzz/");
}
