//! Sources that would overflow the parser's stack, and large ones that would not.
//!
//! The judge is called without a worker.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use posemo::evaluate::script::{ScriptError, ScriptJudgement};
use posemo::rows::SqlValue;

use super::run;

#[test]
fn sources_that_would_overflow_the_stack_are_refused() {
    let body = |expression: &str| {
        format!("def check_context(docs, context):\n  x = {expression}\n  return []")
    };
    let nested = |open: &str, middle: &str, close: &str, count| {
        body(&format!("{}{middle}{}", open.repeat(count), close.repeat(count)))
    };
    let elifs = |count| {
        let more = "  elif docs == 2:\n    y = 2\n".repeat(count);
        format!("def check_context(docs, context):\n  if docs == 1:\n    y = 1\n{more}  return []")
    };
    let blocks = |count: usize| {
        let mut source = "def check_context(docs, context):\n".to_owned();
        (1..=count).for_each(|depth| source.extend([&" ".repeat(depth), "if True:\n"]));
        source + &" ".repeat(count + 1) + "pass\n return []"
    };
    let refused = [
        nested("(", "1", ")", 1000),
        nested("[", "1", "]", 1000),
        nested("{1:", "1", "}", 1000),
        nested("(\n", "1", ")", 1000),
        body(&vec!["1"; 1000].join("+")),
        body(&format!("({})", vec!["'a,b'"; 1000].join("\n+ "))),
        body(&format!("{}True", "not ".repeat(1000))),
        body(&format!("{}1", "- ".repeat(1000))),
        body(&format!("{}1", "lambda a, b: ".repeat(500))),
        body(&format!("({}1)", "1 if 2 else\n".repeat(1000))),
        body(&format!("str{}", "()".repeat(1000))),
        body(&format!("a{}", ".b".repeat(1000))),
        body(&format!("a{}", "[0]".repeat(1000))),
        body(&format!("f\"{{{}}}\"", vec!["1"; 1000].join(" + "))),
        body(&format!("[1 {}]", "for a, b in []\n".repeat(1000))),
        elifs(1000),
        blocks(350),
        format!("x = \"{}\"", "a".repeat(9000)),
        "x = 1\n".repeat(20_000),
    ];
    for source in &refused {
        let error = run(source, SqlValue::Null).expect_err("it nests too deep");
        assert!(matches!(error, ScriptError::Source { .. }), "{error}");
    }
    let large = [
        body(&format!("[{}]", "{'major': 15, 'minor': [1, 2, (3 + 4)]},\n".repeat(1000))),
        format!(
            "def check_context(docs, context):\n{}  return []",
            "  x = 1 + 2 * 3 - 4 // 5\n".repeat(1500)
        ),
        body(&vec!["'long text, (with [marks] - and + signs'"; 90].join(" +\\\n    ")),
        body(&format!("\"\"\"{}\"\"\"", "(([[{{ +++ --- not not\n".repeat(500))),
        body(&format!("f\"\"\"{}\"\"\"", "=========== - - - ... {docs} ((\n".repeat(100))),
        format!("# {}\ndef check_context(docs, context):\n  return []", "((((".repeat(1000)),
        nested("[", "1", "]", 40),
        elifs(150),
        blocks(30),
    ];
    for source in &large {
        let judged = run_as_worker(source);
        assert!(judged.is_ok(), "{}: {judged:?}", &source[..200.min(source.len())]);
    }
}

/// Like `run`, with the stack of a worker.
fn run_as_worker(source: &str) -> Result<ScriptJudgement, ScriptError> {
    std::thread::scope(|scope| {
        let judge = || run(source, SqlValue::Null);
        let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
        thread.spawn_scoped(scope, judge).unwrap().join().unwrap()
    })
}
