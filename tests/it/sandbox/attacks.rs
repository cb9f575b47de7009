//! Scripts that exceed a limit: each must end with an error in time, and the worker must judge the next one.

#![expect(clippy::print_stdout, reason = "a test explains itself")]

use std::time::{Duration, Instant};

use posemo::evaluate::script::ScriptJudgement;
use posemo::sandbox::{ALLOWED, SandboxError};

use super::processes::watch_memory;
use super::{MOST_KIB, Program, block_on, ordinary, rows};
use crate::documents::print_count_of_the_page;
use crate::waiting::slack;

/// The time for attacks that only the clock stops. There are many.
pub(super) const SHORT: Duration = Duration::from_secs(1);

#[test]
fn loops_that_do_not_end() {
    each_fails_in_time(
        "psm-loops",
        &[
            "for a in range(2000000000):\n  for b in range(2000000000):\n    pass\nreturn []",
            "n = 0\nfor a in range(2000000000):\n  n += a\nreturn []",
            "return [a for a in range(2000000000) for b in range(2000000000) if False]",
            "max(range(2000000000))\nreturn []",
            "sorted(range(2000000000))\nreturn []",
            "any([False for a in range(2000000000)])\nreturn []",
            "x = list(range(2000000))\nfor a in x:\n  x.index(1999999)\nreturn []",
            "return check_context(docs, context)",
            "f = lambda g: g(g)\nreturn f(f)",
        ],
    );
}

#[test]
fn values_that_do_not_fit() {
    each_fails_in_time(
        "psm-values",
        &[
            "x = 'x' * 10000000000\nreturn []",
            "x = 'x' * 1000000000\nreturn []",
            "s = 'x'\nfor i in range(40):\n  s = s + s\nreturn []",
            "l = [0]\nfor i in range(40):\n  l = l + l\nreturn []",
            "l = [0]\nfor i in range(40):\n  l.extend(l[:])\nreturn []",
            "x = [0] * 2000000000\nreturn []",
            "x = (0,) * 2000000000\nreturn []",
            "x = list(range(2000000000))\nreturn []",
            "x = 'ab'.join(['x' * 100000] * 1000000)\nreturn []",
            "x = ('a' * 100000).replace('a', 'b' * 100000)\nreturn []",
            "x = ('{}' * 100000).format(*(['y' * 100000] * 100000))\nreturn []",
            "x = ('%s' * 10000) % tuple(['y' * 1000000] * 10000)\nreturn []",
            "x = 3\nfor i in range(60):\n  x = x * x\nreturn []",
            "x = 1 << 1000000000000\nreturn []",
            "x = 1 << 2000000000\nreturn [str(x)]",
            "d = {}\nfor i in range(100000000):\n  d[i] = i\nreturn []",
            "d = {i: [i] for i in range(100000000)}\nreturn []",
            "x = set(range(2000000000))\nreturn []",
            "x = []\nx.append(x)\nreturn x",
            "x = 'a,' * 50000000\nreturn x.split(',')",
        ],
    );
}

#[test]
fn answers_that_are_too_much() {
    each_fails_in_time(
        "psm-answers",
        &[
            "return [{'summary': 's', 'severity': 'info'} for i in range(1000000)]",
            "return [{'summary': 's', 'severity': 'info', 'description': 'x' * 100000000}]",
            "x = []\nfor i in range(500):\n  x = [x]\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "x = []\nfor i in range(500):\n  x = [x]\nreturn x",
            "x = []\nfor i in range(1000000):\n  x = [x]\nreturn [{'summary': str(x), 'severity': 'info'}]",
            "x = []\nfor i in range(100000):\n  x = [x]\nreturn [{'summary': 's', 'severity': 'info'}] if x == [x] else None",
            "x = []\nfor i in range(30):\n  x = [x, x]\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "x = []\nfor i in range(40):\n  x = [x, x]\nreturn [{'summary': str(x), 'severity': 'info'}]",
            "x = {}\nx['x'] = x\nreturn [{'summary': 's', 'severity': 'info', 'x': x}]",
            "fail('x' * 300000)",
            "return 'x' * 300000",
            "return [{'summary': 's', 'severity': 'x' * 300000}]",
            "return [{'summary': 's', 'severity': 'info', 'labels': {str(i): 'x' for i in range(90000)}}]",
            "x = '{' * 1000000\nreturn x.format()",
            "for i in range(3000):\n  print('x' * 1000)\nreturn None",
        ],
    );
}

#[test]
fn sources_that_nest_too_deep() {
    let repeated = |part: &str, count: usize| part.repeat(count);
    let chain = vec!["1"; 5000].join("+");
    let bodies = [
        format!("return {chain}"),
        format!("return {}", chain.replace('+', "\\\n+")),
        format!("return {}True", repeated("not ", 10_000)),
        format!("return {}{}", repeated("[", 2900), repeated("]", 2900)),
        format!("return {}", repeated("[\n", 10_000)),
        format!("return {}1", repeated("lambda: ", 8000)),
        format!("return {}1", repeated("1 if x else ", 5000)),
        format!("return f\"{{{chain}}}\""),
        format!("x = \"{}", repeated("a", 70_000)),
        format!("x = {}", repeated("9", 8000)),
    ];
    each_fails_in_time("psm-sources", &bodies.each_ref().map(String::as_str));
}

/// Runs each body as `check_context`. Each must fail, and the sandbox must judge the next script.
fn each_fails_in_time(name: &'static str, bodies: &[&str]) {
    for (body, judged) in each_ends_in_time(name, ALLOWED, &sources(bodies)) {
        let error = judged.expect_err(&body).to_string();
        // The text of a script comes before the position.
        let is_text = body.contains("  fail('x'") && error.ends_with("(attack/evaluate.star:2:3)");
        assert!(error.starts_with("attack") || is_text, "{body}: {error}");
        // The interpreter's words name no remedy.
        assert!(!error.contains("ticks") && !error.contains("Heap memory"), "{body}: {error}");
    }
}

/// Scripts with these bodies of `check_context`.
pub(super) fn sources(bodies: &[&str]) -> Vec<String> {
    let source = |body: &&str| {
        format!("def check_context(docs, context):\n  {}\n", body.replace('\n', "\n  "))
    };
    bodies.iter().map(source).collect()
}

/// Judges each source, which must end in time and within its memory, and after which the sandbox must judge the next
/// script. Returns the beginning of each source with its result.
pub(super) fn each_ends_in_time(
    name: &'static str,
    allowed: Duration,
    sources: &[String],
) -> Vec<(String, Result<ScriptJudgement, SandboxError>)> {
    let program = Program::named(name);
    let mut ends = Vec::new();
    let mut highest = 0;
    block_on(async {
        let mut worker = program.start();
        for source in sources {
            let shown = format!("{source:.150?}");
            let peak = watch_memory(name);
            let begun = Instant::now();
            let judged = worker.judge("attack", source, &rows(3), allowed).await;
            let taken = begun.elapsed();
            let peak = peak.stop();
            let result = judged.as_ref().map_or_else(ToString::to_string, |_| "judged".to_owned());
            println!("{taken:>12.1?} {peak:>7} KiB  {shown}: {result:.200}");
            assert!(taken < allowed + slack(), "{shown}: {taken:?}");
            assert!(peak < MOST_KIB, "{shown}: {peak} KiB");
            highest = highest.max(peak);
            ends.push((shown, judged));
            ordinary(&mut worker).await;
        }
    });
    assert!(highest > 1024, "the workers were never seen: {highest} KiB");
    let kind = name.strip_prefix("psm-").expect("the workers of a suite are named after it");
    print_count_of_the_page(&format!(
        "sandbox, {kind}: {} scripts, each ended and harmed no other",
        ends.len()
    ));
    ends
}
