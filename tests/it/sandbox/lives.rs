//! The life of a worker: how it is limited, killed, replaced and dropped, and that none outlives its owner.
//!
//! The scripts here are harmless or slow.

use std::time::Duration;

use posemo::evaluate::script::ScriptError;
use posemo::sandbox::{ALLOWED, SandboxError};

use super::processes::{has_ended, kill, running, workers};
use super::{MOST_KIB, NOTHING, Program, block_on, ordinary, rows};
use crate::waiting::{patience, until};

#[test]
fn a_worker_survives_the_failure_of_a_script() {
    let program = Program::named("psm-own");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let first = running(program.name);
        let source = "def check_context(docs, context):\n  return docs[9]\n";
        let error =
            worker.judge("small", source, &rows(1), patience()).await.expect_err("out of range");
        let SandboxError::Script(failure) = &error else { panic!("{error}") };
        assert!(matches!(failure.error, ScriptError::Failed { .. }), "{error}");
        assert!(error.to_string().starts_with("small/evaluate.star:2:10: "), "{error}");
        assert!(error.details().is_some_and(|details| details.contains("docs[9]")), "{error:?}");
        ordinary(&mut worker).await;
        assert_eq!(running(program.name), first);
    });
}

#[test]
fn an_idle_worker_that_was_killed_is_replaced() {
    let program = Program::named("psm-idle");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let first = running(program.name);
        assert_eq!(first.len(), 1);
        kill(&first[0]);
        until("the end of the worker", || has_ended(&first[0]));
        ordinary(&mut worker).await;
        assert_ne!(running(program.name), first);
    });
}

#[test]
fn a_worker_that_is_killed_during_a_request_is_an_error() {
    let program = Program::named("psm-work");
    block_on(async {
        let mut worker = program.start();
        let source = "def check_context(docs, context):\n  for a in range(2000000000):\n    max(range(2000000000))\n";
        let judged = worker.judge("busy", source, &NOTHING, 2 * patience());
        let (judged, ()) = tokio::join!(judged, async {
            // If the script has not begun yet, the error is the same.
            tokio::time::sleep(Duration::from_millis(300)).await;
            for pid in running(program.name) {
                kill(&pid);
            }
        });
        let error = judged.expect_err("it was killed");
        assert!(error.to_string().contains("killed from outside"), "{error}");
        ordinary(&mut worker).await;
    });
}

#[test]
fn a_dropped_request_does_not_answer_the_next_one() {
    let program = Program::named("psm-dropped");
    block_on(async {
        let mut worker = program.start();
        let source = "def check_context(docs, context):\n  \
            [i for i in range(300000)]\n  return [{\"summary\": \"late\", \"severity\": \"info\"}]\n";
        for milliseconds in [1, 5, 20] {
            let judged = worker.judge("late", source, &NOTHING, ALLOWED);
            let dropped = tokio::time::timeout(Duration::from_millis(milliseconds), judged).await;
            drop(dropped);
            ordinary(&mut worker).await;
        }
    });
}

#[test]
fn no_worker_outlives_its_owner() {
    let program = Program::named("psm-left");
    block_on(async {
        let mut idle = program.start();
        ordinary(&mut idle).await;
        let mut killed = program.start();
        let source = "def check_context(docs, context):\n  max(range(2000000000))\n";
        let judged = killed.judge("killed", source, &NOTHING, Duration::from_millis(200)).await;
        assert!(matches!(judged, Err(SandboxError::Overran { .. })), "{judged:?}");
        let unused = program.start();
        // A search that never finds a worker would pass without a test. A new process has its name after its exec.
        until("the idle and the unused worker run", || workers(program.name).len() >= 2);
        drop((idle, killed, unused));
        assert_eq!(workers(program.name).len(), 0);
    });
}

#[test]
fn a_worker_is_limited_before_it_judges() {
    let program = Program::named("psm-bound");
    block_on(async {
        let mut worker = program.start();
        ordinary(&mut worker).await;
        let pid = &running(program.name)[0];
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        for (name, most) in [
            ("Max address space", MOST_KIB * 1024),
            ("Max cpu time", 60),
            ("Max file size", 0),
            ("Max core file size", 0),
            ("Max processes", 0),
            ("Max open files", 0),
        ] {
            let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect(name);
            let soft: u64 = line.split_whitespace().next().unwrap().parse().expect(line);
            assert!(soft <= most, "{name}: {line}");
        }
    });
}
