//! The script judge against tables: conversions, functions, return rules and the dialect.
//!
//! It starts no process; the sandbox has its own suite.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use posemo::evaluate::script::{Judged, MOST_FINDINGS, ScriptError, judge};
use posemo::finding::{Severity, State};
use posemo::rows::{Document, Rows, Value};

/// Runs a script over one document of one row with one column `x`.
fn run(source: &str, x: Value) -> Result<Judged, ScriptError> {
    let rows = Rows { columns: vec!["x".to_owned()], rows: vec![vec![x]] };
    judge("sample", source, &[Document::Rows(rows)])
}

/// What an expression over `x` (the value), `docs` and `context` comes to, as Starlark prints it.
fn value_of(expression: &str, x: Value) -> Result<String, ScriptError> {
    let source = format!(
        "def check_context(docs, context):\n  \
           x = docs[0][0][\"x\"]\n  \
           return [{{\"summary\": repr({expression}), \"severity\": \"info\"}}]\n"
    );
    run(&source, x).map(|judged| judged.findings[0].summary.clone())
}

/// What a script that returns this comes to.
fn returned(expression: &str) -> Result<Judged, ScriptError> {
    run(&format!("def check_context(docs, context):\n  return {expression}\n"), Value::Null)
}

#[test]
fn values_arrive_exactly() {
    let cases = [
        (Value::Null, "x", "None"),
        (Value::Bool(true), "x", "True"),
        (Value::Bool(false), "(x, type(x))", "(False, \"bool\")"),
        (Value::Int(0), "(x, type(x))", "(0, \"int\")"),
        (Value::Int(i64::MAX), "x", "9223372036854775807"),
        (Value::Int(i64::MIN), "x", "-9223372036854775808"),
        (Value::Int(1 << 53 | 1), "x - 9007199254740992", "1"),
        (Value::Float(0.5), "(x, type(x))", "(0.5, \"float\")"),
        (Value::Float(2.0), "x", "2.0"),
        (Value::Float(123_456_789.125), "x == 123456789.125", "True"),
        (Value::Float(f64::MAX), "x == 1.7976931348623157e308", "True"),
        (Value::Float(5e-324), "x > 0.0", "True"),
        (Value::Float(f64::NAN), "str(x)", "\"nan\""),
        (Value::Float(f64::INFINITY), "x > 1e308", "True"),
        (Value::Time(0), "(x, type(x))", "(0, \"int\")"),
        (Value::Time(1_700_000_000_000_000_000), "x // 1000000000", "1700000000"),
        (Value::Time(i128::MAX), "x", "170141183460469231731687303715884105727"),
        (Value::Time(i128::MIN), "x", "-170141183460469231731687303715884105728"),
        (Value::Time(-9_223_372_036_854_775_809), "x", "-9223372036854775809"),
        (Value::Time(9_224_318_016_000_000_000), "x", "9224318016000000000"),
        (
            Value::Text("12.50".to_owned()),
            "(x, float(x), type(x))",
            "(\"12.50\", 12.5, \"string\")",
        ),
        (Value::Text("infinity".to_owned()), "x", "\"infinity\""),
        (Value::Text("a\0\n\u{1b}\"é".to_owned()), "len(x)", "6"),
        (Value::Text("{a,b}".to_owned()), "\"b\" in x", "True"),
    ];
    for (value, expression, expected) in cases {
        let shown = format!("{value:?} {expression}");
        assert_eq!(value_of(expression, value).as_deref(), Ok(expected), "{shown}");
    }
}

#[test]
fn documents_have_the_shape_of_the_contract() {
    let columns = vec!["a".to_owned(), "b".to_owned(), "a".to_owned()];
    let row = vec![Value::Int(1), Value::Int(2), Value::Int(3)];
    let rows = Rows { columns, rows: vec![row] };
    let empty = Rows { columns: vec!["a".to_owned()], rows: Vec::new() };
    let documents = [
        Document::Rows(rows.clone()),
        Document::Rows(empty.clone()),
        Document::Databases(vec![("one".to_owned(), rows), ("two".to_owned(), empty)]),
        Document::Databases(Vec::new()),
    ];
    let source = "def check_context(docs, context):\n  \
        return [{\"summary\": str(d), \"severity\": \"info\"} for d in docs]";
    let judged = judge("sample", source, &documents).expect("the script is right");
    let said: Vec<_> = judged.findings.iter().map(|finding| finding.summary.as_str()).collect();
    let row = "[{\"a\": 3, \"b\": 2}]";
    assert_eq!(said, [row, "[]", &format!("{{\"one\": {row}, \"two\": []}}"), "{}"]);
}

#[test]
fn functions_answer_as_percona_s_and_posemo_s_do() {
    let private = |text: &str| format!("context[\"ip_is_private\"](\"{text}\")");
    let cases = [
        (
            "parse_version(\"8.0.20\")",
            r#"{"major": 8, "minor": 0, "patch": 20, "rest": "", "num": 80020, "numrest": 0}"#,
        ),
        (
            "parse_version(\"8.0.20-11\")",
            r#"{"major": 8, "minor": 0, "patch": 20, "rest": "-11", "num": 80020, "numrest": 11}"#,
        ),
        ("parse_version(\"5.7.30-33-log\")[\"numrest\"]", "33"),
        ("parse_version(\"5.7.30+x-9\")[\"numrest\"]", "0"),
        ("parse_version(\"5.7.30-log\")[\"rest\"]", "\"-log\""),
        ("context.get(\"parse_version\", fail)(\"1.2.3\")[\"num\"]", "10203"),
        ("sorted(context.keys())", r#"["format_version_num", "ip_is_private", "parse_version"]"#),
        ("context.get(\"nothing\", 7)", "7"),
        ("format_version_num(80020)", "\"8.0.20\""),
        ("format_version_num(80020011)", "\"8.0.20-11\""),
        ("format_version_num(150003)", "\"15.0.3\""),
        ("format_version_num(10000000)", "\"1000.0.0\""),
        ("format_version_num(10000001)", "\"1.0.0-1\""),
        ("format_version_num(0)", "\"0.0.0\""),
        (&private("10.1.2.3"), "True"),
        (&private("11.1.2.3"), "False"),
        (&private("172.31.255.255"), "True"),
        (&private("172.32.0.0"), "False"),
        (&private("100.127.0.1"), "True"),
        (&private("192.0.0.255"), "True"),
        (&private("192.0.1.0"), "False"),
        (&private("198.19.0.1"), "True"),
        (&private("169.254.1.1"), "True"),
        (&private("224.0.0.1"), "True"),
        (&private("224.0.1.1"), "False"),
        (&private("127.0.0.1"), "True"),
        (&private("::1"), "True"),
        (&private("::2"), "False"),
        (&private("fd00::1"), "True"),
        (&private("fe80::1"), "True"),
        (&private("2001:db8::1"), "False"),
        (&private("::ffff:10.0.0.1"), "True"),
        (&private("::ffff:11.0.0.1"), "False"),
        (&private("0.0.0.0/0"), "True"),
        (&private("11.0.0.0/8"), "False"),
        (&private("10.0.0.0/8"), "True"),
        (&private("8.0.0.0/6"), "True"),
        (&private("192.168.1.0/24"), "True"),
        (&private("::/0"), "True"),
        (&private("2001:db8::/32"), "False"),
        (&private("10.0.0.0/33"), "None"),
        (&private("10.0.0.0/+8"), "None"),
        (&private("10.0.0.0/"), "None"),
        (&private("10.0.0"), "None"),
        (&private("010.0.0.1"), "None"),
        (&private("all"), "None"),
        (&private(""), "None"),
        ("fixed(3.14159, 2)", "\"3.14\""),
        ("fixed(123456789.125, 2)", "\"123456789.12\""),
        ("fixed(1e6, 0)", "\"1000000\""),
        ("fixed(-0.001, 1)", "\"0.0\""),
        ("fixed(-1.25, 1)", "\"-1.2\""),
        ("fixed(7, 2)", "\"7.00\""),
        ("fixed(7, 0)", "\"7\""),
        ("fixed(1 << 80, 1)", "\"1208925819614629174706176.0\""),
        ("fixed(float(\"nan\"), 2)", "\"nan\""),
        ("fixed(float(\"-inf\"), 2)", "\"-inf\""),
        ("pretty_bytes(0)", "\"0 B\""),
        ("pretty_bytes(1023)", "\"1023 B\""),
        ("pretty_bytes(1024)", "\"1 KiB\""),
        ("pretty_bytes(1536)", "\"1.5 KiB\""),
        ("pretty_bytes(1048575)", "\"1 MiB\""),
        ("pretty_bytes(157286400)", "\"150 MiB\""),
        ("pretty_bytes(-2147483648)", "\"-2 GiB\""),
        ("pretty_bytes(1e30)", "\"867361737988 EiB\""),
        ("pretty_duration(0)", "\"0 ms\""),
        ("pretty_duration(0.00025)", "\"0.2 ms\""),
        ("pretty_duration(0.25)", "\"250 ms\""),
        ("pretty_duration(2.5)", "\"2.5 s\""),
        ("pretty_duration(59)", "\"59 s\""),
        ("pretty_duration(59.7)", "\"1 min\""),
        ("pretty_duration(62)", "\"1 min 2 s\""),
        ("pretty_duration(3599.9)", "\"1 h\""),
        ("pretty_duration(7500)", "\"2 h 5 min\""),
        ("pretty_duration(86399)", "\"1 d\""),
        ("pretty_duration(273600)", "\"3 d 4 h\""),
        ("pretty_duration(86400000)", "\"1000 d\""),
        ("pretty_duration(-62)", "\"-1 min 2 s\""),
        ("pretty_duration(float(\"inf\"))", "\"inf s\""),
    ];
    for (expression, expected) in cases {
        assert_eq!(value_of(expression, Value::Null).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn wrong_arguments_are_errors_that_name_the_place() {
    let cases = [
        ("parse_version(\"15.3\")", "does not begin with three numbers"),
        ("parse_version(\"16beta1\")", "does not begin with three numbers"),
        ("parse_version(text = \"8.0.20\")", "text"),
        ("parse_version(80020)", "Type of parameter"),
        ("parse_version()", "expected 1, got 0"),
        ("parse_version(\"99999999999999999999.0.0\")", "three numbers"),
        ("format_version_num(80020.0)", "Type of parameter"),
        ("format_version_num(\"80020\")", "Type of parameter"),
        ("format_version_num(1 << 70)", ""),
        ("ip_is_private(\"10.0.0.1\")", "ip_is_private"),
        ("fixed(\"1.5\", 1)", "Expected `float | int`"),
        ("fixed(True, 1)", "Expected `float | int`"),
        ("fixed(1.5, -1)", "0 to 100"),
        ("pretty_bytes(None)", "Type of parameter"),
        ("fail(\"a\", 1)", "fail: a 1"),
        ("{}[\"k\"]", "k"),
        ("1 // 0", "zero"),
        ("docs.append(1)", "mmutable"),
        ("docs[0].clear()", "mmutable"),
        ("docs[0][0].update(x = 1)", "mmutable"),
        ("context.pop(\"parse_version\")", "mmutable"),
    ];
    for (expression, expected) in cases {
        let error = value_of(expression, Value::Null).expect_err(expression);
        let summary = error.summary();
        assert!(summary.starts_with("sample/evaluate.star:3:"), "{expression}: {summary}");
        assert!(summary.contains(expected), "{expression}: {summary}");
        assert!(!summary.contains('\n'), "{expression}: {summary}");
    }
}

#[test]
fn every_severity_is_taken_in_any_case() {
    for severity in Severity::ALL {
        for name in [
            severity.name().to_owned(),
            severity.name().to_uppercase(),
            format!(" {} ", severity.name()),
        ] {
            let judged = returned(&format!("[{{\"summary\": \"s\", \"severity\": \"{name}\"}}]"));
            let findings = judged.expect("all eight are allowed").findings;
            assert_eq!(
                (findings[0].severity, findings[0].state),
                (severity, severity.state()),
                "{name}"
            );
        }
    }
}

#[test]
fn a_full_result_becomes_a_finding() {
    let judged = returned(
        "({\"summary\": \"s\", \"description\": \"d\", \"severity\": \"Error\", \"read_more_url\": \
         \"https://example.org/x\", \"labels\": {\"object\": \"public.t\", \"b\": \"1\"}, \"read_more\": 3},)",
    );
    let finding = judged.expect("it is complete").findings.remove(0);
    assert_eq!(finding.state, State::Critical);
    assert_eq!(finding.object.as_deref(), Some("public.t"));
    assert_eq!(finding.summary, "s");
    assert_eq!(finding.description.as_deref(), Some("d"));
    assert_eq!(finding.read_more_url.as_deref(), Some("https://example.org/x"));
    let labels: Vec<_> =
        finding.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(labels, [("b", "1"), ("object", "public.t")]);
}

#[test]
fn other_returns_are_errors() {
    let good = "\"summary\": \"s\", \"severity\": \"info\"";
    let cases = [
        ("None", "returned None"),
        ("1", "of type int"),
        ("{\"summary\": \"s\", \"severity\": \"info\"}", "of type dict"),
        ("\"no rows\"", "gave up: no rows"),
        ("[1]", "number 1): it is of type int"),
        ("[{\"severity\": \"info\"}]", "\"summary\" is missing"),
        ("[{\"summary\": \"\", \"severity\": \"info\"}]", "\"summary\" is empty"),
        ("[{\"summary\": 1, \"severity\": \"info\"}]", "\"summary\" is of type int"),
        ("[{\"summary\": \"s\"}]", "\"severity\" is missing"),
        (
            "[{\"summary\": \"s\", \"severity\": \"fatal\"}]",
            "\"fatal\"; it must be one of emergency",
        ),
        ("[{\"summary\": \"s\", \"severity\": None}]", "\"severity\" is None"),
        (
            &format!("[{{{good}}}, {{{good}, \"description\": 1}}]"),
            "number 2): \"description\" is of type int",
        ),
        (&format!("[{{{good}, \"read_more_url\": \"example.org\"}}]"), "absolute"),
        (&format!("[{{{good}, \"read_more_url\": \"http://a b\"}}]"), "absolute"),
        (&format!("[{{{good}, \"read_more_url\": 1}}]"), "of type int"),
        (&format!("[{{{good}, \"labels\": []}}]"), "\"labels\" is of type list"),
        (&format!("[{{{good}, \"labels\": {{\"n\": 1}}}}]"), "\"labels.n\" is of type int"),
        (&format!("[{{{good}, 1: 1}}]"), "keys must be strings"),
        (&format!("[{{{good}, \"x\": 1 << 64}}]"), "does not fit 64 bits"),
        (&format!("[{{{good}, \"x\": -(1 << 63) - 1}}]"), "does not fit 64 bits"),
        (&format!("[{{{good}, \"x\": set([1])}}]"), "of type set"),
        (&format!("[{{{good}, \"x\": [len]}}]"), "of type function"),
        (&format!("[{{{good}, \"x\": range(3)}}]"), "of type range"),
        (&format!("[{{{good}}}] * {}", MOST_FINDINGS + 1), "10001 findings; 10000 are allowed"),
        (&format!("[{{{good}, \"description\": \"x\" * 600000}}] * 2"), "more than 1048576 bytes"),
    ];
    for (expression, expected) in cases {
        let error = returned(expression).expect_err(expression);
        assert!(error.summary().contains(expected), "{expression}: {error}");
        assert!(error.summary().contains("sample/evaluate.star"), "{expression}: {error}");
    }
    let allowed = [
        "[]".to_owned(),
        "()".to_owned(),
        format!("[{{{good}, \"read_more_url\": \"\"}}]"),
        format!("[{{{good}, \"read_more_url\": \"/docs/x\"}}]"),
        format!("[{{{good}, \"x\": [(1 << 64) - 1, -(1 << 63), 1.5, None, True, {{\"a\": ()}}]}}]"),
        format!("[{{{good}}}] * {MOST_FINDINGS}"),
    ];
    for expression in allowed {
        assert!(returned(&expression).is_ok(), "{expression}: {:?}", returned(&expression));
    }
}

#[test]
fn the_dialect_is_percona_s_and_a_little_more() {
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
        // The same function twice, one after the other, is no recursion.
        "def f(x):\n  y = x\n  return y\ndef g(x):\n  z = f(x)\n  return z\n\
         def check_context(docs, context):\n  f(1)\n  g(f(2))\n  a = sorted([3, 1, 2], key = f)\n  \
         b = [f(x) + f(x) for x in range(5)]\n  return [] if g(f(1)) + f(g(1)) == 2 else None",
        "def f(x):\n  h = lambda y: y + x\n  return h(1)\ndef check_context(docs, context):\n  \
         k = lambda x: f(x)\n  return [] if k(k(1)) == 3 else None",
    ];
    for source in allowed {
        let judged = run(source, Value::Null);
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
        let error = run(source, Value::Null).expect_err(source);
        assert!(error.to_string().contains(expected), "{source}: {error}");
    }
}

#[test]
fn errors_carry_an_excerpt_and_the_calls() {
    let source = "def helper(row):\n  return row[\"lost\"]\n\ndef check_context(docs, context):\n  return helper(docs[0][0])\n";
    let error = run(source, Value::Null).expect_err("the key is missing");
    assert!(error.summary().starts_with("sample/evaluate.star:2:10: "), "{error}");
    let details = error.details().expect("there is more to say");
    assert!(details.contains("return row[\"lost\"]") && details.contains("helper"), "{details}");
}

#[test]
fn prints_are_kept_with_their_place_and_bounded() {
    let source = "print(\"loading\")\ndef check_context(docs, context):\n  print(\"rows:\", 2, None)\n  return []";
    let judged = run(source, Value::Null).expect("printing is allowed");
    let expected = ["sample/evaluate.star:1: loading", "sample/evaluate.star:3: rows: 2 None"];
    assert_eq!(judged.printed, expected);
    let source = "def check_context(docs, context):\n  for i in range(5000):\n    print(\"x\" * 5000)\n  return []";
    let judged = run(source, Value::Null).expect("printing much is allowed");
    assert_eq!(judged.printed.len(), 1000);
    assert!(judged.printed.iter().all(|line| line.chars().count() < 1100));
}

/// As `run`, with the stack that a worker has.
fn run_as_worker(source: &str) -> Result<Judged, ScriptError> {
    std::thread::scope(|scope| {
        let judge = || run(source, Value::Null);
        let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
        thread.spawn_scoped(scope, judge).unwrap().join().unwrap()
    })
}

#[test]
fn sources_that_would_overflow_the_stack_are_turned_away() {
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
        let error = run(source, Value::Null).expect_err("it is too much");
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

#[test]
fn scripts_in_the_style_of_percona_s_run_unchanged() {
    let columns = ["name", "setting", "days", "active"].map(str::to_owned).to_vec();
    let row = |name: &str, setting: &str, days: i64, active: bool| {
        vec![
            Value::Text(name.into()),
            Value::Text(setting.into()),
            Value::Int(days),
            Value::Bool(active),
        ]
    };
    let rows = vec![
        row("fsync", "off", 3, true),
        row("port", "5432", 40, false),
        row("a{b}", "", -2, true),
    ];
    let rows = Rows { columns, rows };
    let documents =
        [Document::Rows(rows.clone()), Document::Databases(vec![("shop".into(), rows)])];
    let judged =
        judge("style", include_str!("style.star"), &documents).expect("it runs as it stands");
    let said: Vec<_> =
        judged.findings.iter().map(|f| (f.severity.name(), f.summary.as_str())).collect();
    let expected = [
        ("error", "Parameter fsync is off"),
        ("warning", "2 of 3 roles expire: [\"fsync\", \"a{b}\"]"),
        ("notice", "Server 15.2 in shop has 3 rows; ratio 0.5, share 2.0, gap None"),
    ];
    assert_eq!(said, expected);
    assert_eq!(
        judged.findings[1].description.as_deref(),
        Some("Soon:    fsync (3) a{b} (expired)")
    );
    assert_eq!(judged.findings[2].labels["rows"], "3");
}
