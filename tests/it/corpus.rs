//! What the fuzzer has found is tried again: each file of its corpora, through the same functions.
//!
//! It finds nothing new; `make fuzz` does.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

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
            assert!(begun.elapsed() < PATIENCE, "{}: {:?}", path.display(), begun.elapsed());
            count += 1;
        }
        assert!(count > 10, "the corpus of {target} has {count} files");
    }
}
