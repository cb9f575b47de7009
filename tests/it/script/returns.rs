//! The values that a script may return: lists of complete findings, and nothing else.

use posemo::evaluate::script::MOST_FINDINGS;
use posemo::finding::{Severity, State};

use super::returned;

#[test]
fn every_severity_is_accepted_in_any_case() {
    for severity in Severity::ALL {
        for name in [
            severity.name().to_owned(),
            severity.name().to_uppercase(),
            format!(" {} ", severity.name()),
        ] {
            let judged = returned(&format!("[{{\"summary\": \"s\", \"severity\": \"{name}\"}}]"));
            let findings = judged.expect("each severity is allowed").findings;
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
        ("1", "check_context returned an int; it must return a list of dicts"),
        ("{\"summary\": \"s\", \"severity\": \"info\"}", "returned a dict"),
        ("\"no rows\"", "gave up: no rows"),
        ("\" \"", "check_context returned an empty text; a text means that the script gives up"),
        ("[1]", "number 1): it is an int"),
        ("[{\"severity\": \"info\"}]", "\"summary\" is missing"),
        ("[{\"summary\": \"\", \"severity\": \"info\"}]", "\"summary\" is empty"),
        ("[{\"summary\": 1, \"severity\": \"info\"}]", "\"summary\" is an int"),
        ("[{\"summary\": \"s\"}]", "\"severity\" is missing"),
        (
            "[{\"summary\": \"s\", \"severity\": \"fatal\"}]",
            "\"fatal\"; it must be one of emergency",
        ),
        ("[{\"summary\": \"s\", \"severity\": None}]", "\"severity\" is None"),
        (
            &format!("[{{{good}}}, {{{good}, \"description\": 1}}]"),
            "number 2): \"description\" is an int",
        ),
        (&format!("[{{{good}, \"read_more_url\": \"example.org\"}}]"), "absolute"),
        (&format!("[{{{good}, \"read_more_url\": \"http://a b\"}}]"), "absolute"),
        (&format!("[{{{good}, \"read_more_url\": \"https://a/%zz\"}}]"), "absolute"),
        (&format!("[{{{good}, \"read_more_url\": \"javascript:alert(1)\"}}]"), "http or https"),
        (&format!("[{{{good}, \"read_more_url\": 1}}]"), "\"read_more_url\" is an int"),
        (&format!("[{{{good}, \"labels\": []}}]"), "\"labels\" is a list"),
        (&format!("[{{{good}, \"labels\": {{\"n\": 1}}}}]"), "\"labels.n\" is an int"),
        (&format!("[{{{good}, 1: 1}}]"), "keys must be strings"),
        (&format!("[{{{good}, \"x\": 1 << 64}}]"), "does not fit 64 bits"),
        (&format!("[{{{good}, \"x\": -(1 << 63) - 1}}]"), "does not fit 64 bits"),
        (&format!("[{{{good}, \"x\": set([1])}}]"), "a value is a set, which"),
        (&format!("[{{{good}, \"x\": [len]}}]"), "a value is a function, which"),
        (&format!("[{{{good}, \"x\": range(3)}}]"), "a value is a range, which"),
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
        format!("[{{{good}, \"read_more_url\": \"https://a/b c\", \"labels\": {{}}}}]"),
        "[{\"summary\": \"s\", \"severity\": \" \\tWARNING\\n\"}]".to_owned(),
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
