//! The functions that scripts can call: their results and their errors.

use posemo::rows::SqlValue;

use super::value_of;

#[test]
fn functions_return_what_percona_s_engine_returns() {
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
        (&private("10.0.0.0/0008"), "True"),
        (&private("10.0.0.0/99999999999"), "None"),
        (&private("fe80::1%eth0"), "None"),
        (&private(" 10.0.0.1"), "None"),
        (&private("10.0.0.1:5432"), "None"),
        (&private("::ffff:0:0/96"), "True"),
        (&private("::ffff:0:0/95"), "False"),
        (&private("::ffff:10.0.0.0/104"), "True"),
        ("parse_version(\"08.00.020-7-x\")[\"num\"]", "80020"),
        ("parse_version(\"8.0.20 -7\")[\"numrest\"]", "0"),
        ("format_version_num(-5)", "\"0.0.-5\""),
        ("format_version_num(9223372036854775807)", "\"922337203685.47.75-807\""),
        ("print(\"a\", \"b\", sep = \"-\")", "None"),
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
        ("pretty_bytes(1e20)", "\"86.7 EiB\""),
        ("pretty_bytes(1e30)", "\"867361737988 EiB\""),
        ("pretty_duration(0)", "\"0 s\""),
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
        assert_eq!(value_of(expression, SqlValue::Null).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn wrong_arguments_are_errors_with_a_position() {
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
        ("fail(\"a\", 1)", "a 1 ("),
        ("fail(\"a\", 1, sep = \"-\")", "a-1 ("),
        ("fail()", "fail:"),
        ("format_version_num(True)", "Type of parameter"),
        ("format_version_num(number = 1)", "number"),
        ("context[\"ip_is_private\"](text = \"10.0.0.1\")", "text"),
        ("context[\"ip_is_private\"](None)", "Type of parameter"),
        ("{}[\"k\"]", "k"),
        ("1 // 0", "zero"),
        ("docs.append(1)", "mmutable"),
        ("docs[0].clear()", "mmutable"),
        ("docs[0][0].update(x = 1)", "mmutable"),
        ("context.pop(\"parse_version\")", "mmutable"),
    ];
    for (expression, expected) in cases {
        let error = value_of(expression, SqlValue::Null).expect_err(expression);
        let summary = error.summary();
        // The text of a script comes before the position.
        let text_first = expression.starts_with("fail(\"");
        let begin = if text_first { summary.rfind(" (").map_or(0, |at| at + 2) } else { 0 };
        assert!(summary[begin..].starts_with("sample/evaluate.star:3:"), "{expression}: {summary}");
        assert!(summary.contains(expected), "{expression}: {summary}");
        assert!(!summary.contains('\n'), "{expression}: {summary}");
    }
}
