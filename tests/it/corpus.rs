//! What the fuzzer has found is tried again: each file of its corpora, through the same functions.
//!
//! It finds nothing new; `make fuzz` does.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::waiting::assert_within;

/// Most take microseconds; a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn nothing_of_the_corpora_breaks_anything() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, _) in targets::TARGETS {
        let files = std::fs::read_dir(corpora.join(target)).unwrap();
        let mut count = 0;
        for file in files {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let begun = Instant::now();
            let ended = std::panic::catch_unwind(|| targets::run(target, &bytes));
            assert!(ended.is_ok(), "{} breaks what holds for every input", path.display());
            assert_within(PATIENCE, begun, &path.display().to_string());
            count += 1;
        }
        assert!(count > 10, "the corpus of {target} has {count} files");
    }
}

/// Who fuzzes from a fresh clone gets the program as it is: the lock file of the targets knows what it is made of.
#[test]
fn the_lock_file_of_the_targets_is_of_today() {
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
