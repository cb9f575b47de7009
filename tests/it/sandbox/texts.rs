//! Sources that are hardly scripts: nested, cut off, very long, with unusual bytes.
//!
//! `script/depth.rs` tests that the guard accepts ordinary scripts.

use super::attacks::{SHORT, each_ends_in_time};

fn function(body: &str) -> String {
    format!("def check_context(docs, context):\n  {body}\n")
}

/// The text of `write` for each number below `count`.
fn each(count: usize, write: impl Fn(usize) -> String) -> String {
    (0..count).map(write).collect()
}

fn all_fail(name: &'static str, sources: &[String]) {
    for (source, judged) in each_ends_in_time(name, SHORT, sources) {
        assert!(judged.is_err(), "{source}");
    }
}

#[test]
fn nests_of_every_kind() {
    let nest = |(open, close, count): (&str, &str, usize)| {
        function(&format!("return {}1{}", open.repeat(count), close.repeat(count)))
    };
    let nests = [
        ("(", ")", 4000),
        ("{1:", "}", 2000),
        ("[1 for x in ", "]", 600),
        ("f(", ")", 2700),
        ("x[", "]", 2700),
        ("-", "", 8000),
        ("+~", "", 4000),
        ("(lambda: ", ")", 800),
        ("1 if 1 else ", "", 650),
        ("1 or ", "", 1600),
        ("1 < (", ")", 1300),
        ("a.b(", ")", 1600),
        ("*", "", 8000),
        ("f'{", "}'", 1600),
        ("f\"{f'{", "}'}\"", 800),
        ("'a' 'b' ", "", 1000),
        ("not(", ")", 1600),
        ("x = ", "", 2000),
        ("(\n", "\n)", 15_000),
        ("[1,\n", "]", 15_000),
        ("{1:\n", "}", 13_000),
        ("f(\nx=", ")", 10_000),
        ("lambda x=\\\n", ":1", 6000),
        ("1 if 1 else\\\n", "", 4500),
        ("1 and\\\n", "", 8000),
        ("not\\\n", "", 10_000),
        ("-\\\n", "", 15_000),
        ("[1 for x in\n", "]", 4500),
    ];
    let mut sources = nests.map(nest).to_vec();
    sources.push(function(&"if 1:\n  ".repeat(5000)));
    let indented = |n: usize| format!("{}if 1:\n", " ".repeat(n));
    sources.push(each(340, indented));
    sources.push(format!("def f(x: {}int{}):\n  pass\n", "list[".repeat(1500), "]".repeat(1500)));
    all_fail("psm-nests", &sources);
}

#[test]
fn long_words_and_many_of_them() {
    let sources = [
        function(&format!("x = {}", "9".repeat(60_000))),
        function(&format!("x = 0x{}", "f".repeat(8000))),
        function(&format!("x = 1e{}", "9".repeat(8000))),
        function(&format!("x = '{}", "\\".repeat(8001))),
        function(&format!("{} = undefined", "x".repeat(8000))),
        format!("def {}(docs, context):\n  return []\n", "x".repeat(8000)),
        format!("def f({}):\n  pass\n", each(6000, |n| format!("a{n},\n"))),
        function(&format!("return f({})", "1,\n".repeat(20_000))),
        function(&format!("f({})", each(5000, |n| format!("a{n} = 1,\n")))),
        each(4000, |n| format!("x{n} = {n}\n")),
        each(2500, |n| format!("def f{n}():\n  pass\n")),
        "#".repeat(60_000),
        "\n".repeat(65_000),
        "\\\n".repeat(30_000),
        ";".repeat(8000),
        "pass;".repeat(1600),
        "x".repeat(10 * 1024 * 1024),
        format!("{}x", " ".repeat(8000)),
        "def f(x: list[dict[str, list[int]]] = []) -> None:\n  pass\n".repeat(800),
        function(&format!("x: {}1 = 1", "int | ".repeat(1300))),
    ];
    all_fail("psm-long", &sources);
}

#[test]
fn odd_bytes_and_open_ends() {
    let odd = [
        "x = 1\0\n",
        "\u{feff}x = 1\n",
        "x = '\u{202e}'\r\r\n\u{2028}y = 1\n",
        "\t\t \tdef x():\n\t pass\n",
        "x = '\\ud800'",
        "x = '\\U00110000'",
        "x = '\\xff\\xfe\\N{DIGIT ONE}'",
        "x = b'\\xff'",
        "x = '\\x00'",
        "\u{1d7d8} = 1",
        "x = 1\u{a0}+ 1",
        "def \u{e9}():\n  pass",
        "",
        "\r",
    ];
    let mut sources = odd.map(str::to_owned).to_vec();
    let open = [
        "(", "[", "{", "(]", "[}", "{)", "\"\"\"", "'''", "f'{", "f'{{}", "r'\\", "lambda", "def",
        "if", "[for", "{**", "(*", "\\", "0x", "1e", "...", "->", "@", "!", "?", "`", "$",
    ];
    for bracket in open {
        sources.push(function(&format!("return {bracket}")));
        sources.push(function(&bracket.repeat(250)));
    }
    all_fail("psm-odd", &sources);
}
