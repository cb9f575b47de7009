//! Programs that are not a worker, or a hostile one: their replies are not trusted, and they inherit nothing.
//!
//! `attacks.rs` tests real workers with hostile scripts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use posemo::finding::{Finding, State};
use posemo::sandbox::{SandboxError, Worker};

use super::{NOTHING, ORDINARY, block_on, rows};
use crate::waiting::patience;

#[test]
fn a_program_that_is_not_a_worker_is_an_error() {
    block_on(async {
        let missing = Worker::start(Path::new("/nonexistent/posemo"));
        assert!(matches!(missing, Err(SandboxError::Start { .. })), "{missing:?}");
        for (other, garbled) in [("/bin/true", false), ("/bin/cat", true), ("/usr/bin/yes", true)] {
            let mut worker = Worker::start(Path::new(other)).expect("it exists");
            for _ in 0..2 {
                let judged = worker.judge("other", ORDINARY, &rows(2), patience()).await;
                let error = judged.expect_err("it does not judge");
                let expected = matches!(
                    (&error, garbled),
                    (SandboxError::Died { .. }, _) | (SandboxError::Garbled { .. }, true)
                );
                assert!(expected, "{other}: {error}");
            }
        }
    });
}

/// The first frame of a worker.
const READY: &str = r"\001\0\0\0\004";

#[test]
fn no_byte_of_a_worker_is_trusted() {
    let sends = |bytes: &str, allowed: Duration| {
        let (_folder, path) = impostor(bytes);
        block_on(async {
            let mut worker = Worker::start(&path).expect("the shell starts");
            worker.judge("hostile", ORDINARY, &rows(2), allowed).await
        })
    };
    let reply = |bytes: &str, allowed| sends(&format!("{READY}{bytes}"), allowed);
    let without_beginning = |bytes: &str| sends(bytes, patience());
    // A well-formed answer first: the others then fail because of their one fault.
    let findings = reply(r"\012\0\0\0\000\001\004\001s\000\000\000\000\000", patience())
        .expect("it is well-formed");
    assert_eq!(findings.findings, [Finding::new(State::Warning, "s")]);
    let garbled = [
        ("a ninth severity", r"\012\0\0\0\000\001\011\001s\000\000\000\000\000"),
        ("a byte too many", r"\013\0\0\0\000\001\004\001s\000\000\000\000\000\000"),
        ("a byte too few", r"\011\0\0\0\000\001\004\001s\000\000\000\000"),
        ("an unknown reply", r"\001\0\0\0\077"),
        ("nothing", r"\0\0\0\0"),
        ("text that is not UTF-8", r"\012\0\0\0\000\001\004\001\377\000\000\000\000\000"),
        ("a row without a value for a column", r"\011\0\0\0\000\000\000\001\001\001a\001\000"),
        ("four billion findings", r"\006\0\0\0\000\377\377\377\377\017"),
        ("a frame of four gigabytes", r"\377\377\377\377"),
    ];
    for (fault, bytes) in garbled {
        let judged = reply(bytes, patience());
        assert!(matches!(judged, Err(SandboxError::Garbled { .. })), "{fault}: {judged:?}");
    }
    let judged = reply(r"\011\0\0\0\000", Duration::from_secs(1));
    assert!(matches!(judged, Err(SandboxError::Overran { .. })), "half a frame: {judged:?}");
    for (fault, bytes) in [
        ("an answer without a request", r"\012\0\0\0\000\001\004\001s\000\000\000\000\000"),
        ("an unknown beginning", r"\001\0\0\0\077"),
    ] {
        let judged = without_beginning(bytes);
        assert!(matches!(judged, Err(SandboxError::Garbled { .. })), "{fault}: {judged:?}");
    }
    let judged = without_beginning(r"\001\0\0");
    assert!(matches!(judged, Err(SandboxError::Late { .. })), "half a beginning: {judged:?}");
}

#[test]
fn a_worker_inherits_nothing() {
    // It writes what it inherited to a file, and sends an invalid reply.
    let (_folder, path) = impostor(r"\0\0\0\0");
    block_on(async {
        let mut worker = Worker::start(&path).expect("the shell starts");
        let judged = worker.judge("env", ORDINARY, &NOTHING, patience()).await;
        assert!(matches!(judged, Err(SandboxError::Garbled { .. })), "{judged:?}");
    });
    let seen = std::fs::read_to_string(path.with_extension("seen")).unwrap();
    let (folder, variables) =
        seen.lines().collect::<Vec<_>>().split_last().map(|(l, v)| (*l, v.to_vec())).unwrap();
    assert_eq!(folder, "/");
    // Variables that the shell itself sets do not count.
    let own = |line: &&str| {
        !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name))
    };
    assert_eq!(variables.into_iter().filter(own).collect::<Vec<_>>(), ["MALLOC_ARENA_MAX=1"]);
}

/// A worker that sends these bytes for each request, in the notation of `printf`.
fn impostor(bytes: &str) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("impostor");
    let script = format!(
        "#!/bin/sh\n{{ env; pwd; }} > $0.seen\nprintf '{bytes}'\nexec 3>&1\nexec cat > /dev/null\n"
    );
    let mut file =
        std::fs::OpenOptions::new().create_new(true).write(true).mode(0o700).open(&path).unwrap();
    std::io::Write::write_all(&mut file, script.as_bytes()).unwrap();
    (folder, path)
}
