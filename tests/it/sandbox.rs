//! The sandbox with ordinary scripts, and the functions with which the tests below start and call workers.
//!
//! The workers are real processes of the program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use posemo::finding::{Finding, State};
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};
use posemo::sandbox::{SandboxError, Worker};

use crate::waiting::{patience, slack};

mod attacks;
mod impostors;
mod language;
mod lives;
mod processes;
mod texts;

/// The maximum memory of a worker.
const MOST_KIB: u64 = 300 * 1024;

const ORDINARY: &str = "def check_context(docs, context):\n  \
    return [{\"summary\": \"lag {}\".format(row[\"lag\"]), \"severity\": \"warning\", \
    \"labels\": {\"object\": row[\"name\"]}} for row in docs[0] if row[\"lag\"] > 60]\n";

#[test]
fn thousands_of_rows_are_judged() {
    let program = Program::named("psm-rows");
    block_on(async {
        let mut worker = program.start();
        for count in [1000, 10_000] {
            let judged = worker.judge("rows", ORDINARY, &rows(count), patience()).await;
            assert_eq!(
                judged.expect("it is allowed").findings.len(),
                usize::try_from(count - 1).unwrap()
            );
        }
        let text = "x".repeat(17 * 1024 * 1024);
        let columns = vec!["text".to_owned()];
        let rows = Rows { columns, rows: vec![vec![SqlValue::Text(text)]] };
        let judged = worker
            .judge("large", ORDINARY, &ScriptInput::List(vec![QueryRows::Rows(rows)]), patience())
            .await;
        assert!(matches!(judged, Err(SandboxError::TooMuch { .. })), "{judged:?}");
        ordinary(&mut worker).await;
    });
}

/// The program under another name, by which a test finds its workers among all processes.
struct Program {
    _folder: tempfile::TempDir,
    path: PathBuf,
    name: &'static str,
}

impl Program {
    fn named(name: &'static str) -> Program {
        assert!(name.len() < 16, "the kernel cuts names");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_posemo"), &path).unwrap();
        Program { _folder: folder, path, name }
    }

    fn start(&self) -> Worker {
        Worker::start(&self.path).expect("the program starts")
    }
}

/// No query and no document.
static NOTHING: ScriptInput = ScriptInput::List(Vec::new());

fn rows(count: i64) -> ScriptInput {
    let columns = vec!["name".to_owned(), "lag".to_owned()];
    let row =
        |number: i64| vec![SqlValue::Text(format!("standby{number}")), SqlValue::Int(60 + number)];
    ScriptInput::List(vec![QueryRows::Rows(Rows { columns, rows: (0..count).map(row).collect() })])
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

async fn ordinary(worker: &mut Worker) {
    let findings = worker.judge("ordinary", ORDINARY, &rows(2), slack()).await;
    let mut expected = Finding::new(State::Warning, "lag 61").about(Some("standby1".to_owned()));
    expected.labels.insert("object".to_owned(), "standby1".to_owned());
    assert_eq!(findings.expect("an ordinary script is judged").findings, [expected]);
}
