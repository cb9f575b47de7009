//! The dialect of scripts: what is allowed, what is refused, and a long script in the style of Percona's.
//!
//! Scripts that nest too deep are in `depth.rs`.

use posemo::evaluate::script::judge;
use posemo::rows::{QueryRows, Rows, ScriptInput, SqlValue};

use super::run;

#[test]
fn the_dialect_is_that_of_percona_s_engine_with_additions() {
    let allowed = [
        "def check_context(docs, context):\n  return [x for x in []]",
        "LIMIT = 3\ndef f(a, cap = LIMIT, *rest, key = 1, **more):\n  return a[:cap]\n\
         def check_context(docs, context):\n  f([1], key = 2)\n  return []",
        "def check_context(docs, context):\n  g = lambda x: x + 1\n  return [] if g(1) == 2 else None",
        "def check_context(docs, context):\n  n = 3\n  return [] if f\"{n + 1} rows\" == \"4 rows\" else None",
        "def check_context(docs, context):\n  def inner(y):\n    return y\n  return inner([])",
        "def check_context(docs, context):\n  s = set([1, 2]) | set([2])\n  return [] if len(s) == 2 else None",
        "def check_context(docs: list, context: dict) -> list:\n  return []",
        "def check_context(docs, context):\n  tuple = 1\n  type = 2\n  bytes = 3\n  return []",
        "def fixed(x):\n  return \"own\"\ndef check_context(docs, context):\n  return [] if fixed(1) == \"own\" else None",
        "print = 5\ndef check_context(docs, context):\n  return [] if print == 5 else None",
        // Calling the same function twice in a row is not recursion.
        "def f(x):\n  y = x\n  return y\ndef g(x):\n  z = f(x)\n  return z\n\
         def check_context(docs, context):\n  f(1)\n  g(f(2))\n  a = sorted([3, 1, 2], key = f)\n  \
         b = [f(x) + f(x) for x in range(5)]\n  return [] if g(f(1)) + f(g(1)) == 2 else None",
        "def f(x):\n  h = lambda y: y + x\n  return h(1)\ndef check_context(docs, context):\n  \
         k = lambda x: f(x)\n  return [] if k(k(1)) == 3 else None",
    ];
    for source in allowed {
        let judged = run(source, SqlValue::Null);
        assert!(
            judged.as_ref().is_ok_and(|judged| judged.findings.is_empty()),
            "{source}: {judged:?}"
        );
    }
    let refused = [
        ("x = 1", "does not define a function check_context"),
        ("check_context = 1", "does not define a function check_context"),
        ("def check_context(docs):\n  return []", "evaluate.star"),
        ("def check_context(docs, context)\n  return []", "star:1:"),
        ("load(\"a.star\", \"b\")", "star:1:"),
        ("if True:\n  x = 1", "star:1:"),
        ("for x in []:\n  pass", "star:1:"),
        ("x = 1\nx = 2", "star:2:1: cannot reassign the global `x`, which line 1 defined"),
        ("x = 1\ndef x():\n  pass", "star:2:5: cannot reassign the global `x`"),
        ("x = 1\nx += 2", "cannot reassign the global `x`"),
        ("a, (b, a) = 1, (2, 3)", "cannot reassign the global `a`"),
        (
            "def check_context(docs, context):\n  return undefined_name",
            "star:2:10: Variable `undefined_name` not found",
        ),
        (
            "def check_context(docs, context):\n  return check_context(docs, context)",
            "called itself",
        ),
        (
            "def f(n):\n  return 0 if n == 0 else f(n - 1)\ndef check_context(docs, context):\n  return f(3)",
            "called itself",
        ),
        (
            "def f(n):\n  g(n)\ndef g(n):\n  f(n)\ndef check_context(docs, context):\n  f(1)",
            "star:2:3: the function `f` called itself",
        ),
        (
            "def f(n):\n  x = [n]\n  return sorted(x, key = f)\ndef check_context(docs, context):\n  f(1)",
            "called itself",
        ),
        ("def check_context(docs, context):\n  f = lambda g: g(g)\n  return f(f)", ""),
        ("G = []\ndef check_context(docs, context):\n  G.append(1)\n  return []", "mmutable"),
        ("def check_context(docs, context):\n  while True:\n    pass", "star:2:"),
        (
            "def f(x: int):\n  return x\ndef check_context(docs, context):\n  return f(\"a\")",
            "type",
        ),
    ];
    for (source, expected) in refused {
        let error = run(source, SqlValue::Null).expect_err(source);
        assert!(error.to_string().contains(expected), "{source}: {error}");
    }
}

#[test]
fn scripts_in_the_style_of_percona_s_run_unchanged() {
    let columns = ["name", "setting", "days", "active"].map(str::to_owned).to_vec();
    let row = |name: &str, setting: &str, days: i64, active: bool| {
        vec![
            SqlValue::Text(name.into()),
            SqlValue::Text(setting.into()),
            SqlValue::Int(days),
            SqlValue::Bool(active),
        ]
    };
    let rows = vec![
        row("fsync", "off", 3, true),
        row("port", "5432", 40, false),
        row("a{b}", "", -2, true),
    ];
    let rows = Rows { columns, rows };
    let of_databases = QueryRows::Databases(vec![("shop".into(), rows.clone())]);
    let docs = ScriptInput::List(vec![QueryRows::Rows(rows), of_databases]);
    let judged =
        judge("style", include_str!("style.star"), &docs).expect("it runs without a change");
    let findings: Vec<_> =
        judged.findings.iter().map(|f| (f.severity.name(), f.summary.as_str())).collect();
    let expected = [
        ("error", "Parameter fsync is off"),
        ("warning", "2 of 3 roles expire: [\"fsync\", \"a{b}\"]"),
        ("notice", "Server 15.2 in shop has 3 rows; ratio 0.5, share 2.0, gap None"),
    ];
    assert_eq!(findings, expected);
    assert_eq!(
        judged.findings[1].description.as_deref(),
        Some("Soon:    fsync (3) a{b} (expired)")
    );
    assert_eq!(judged.findings[2].labels["rows"], "3");
}
