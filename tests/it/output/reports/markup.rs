//! Texts that would be a formula, a tag, a link or a command in one of the formats.

use posemo::finding::metric::Unit;
use posemo::finding::report::{ServerRole, TargetReport};
use posemo::finding::{Finding, State};

use super::{check, finding, in_database, metric, server, with};

/// Names that a role or a table can have.
const NAMES: [&str; 18] = [
    "<script>alert(1)</script>",
    "</details><img src=x onerror=alert(1)>",
    "]]>&amp;<!-- -->&#64;",
    "=HYPERLINK(\"http://evil.example\")",
    "-2+3",
    " @SUM(A1)",
    "first;=1+1; -2",
    "'quoted",
    "[text](javascript:alert(1)) ![image](http://evil.example/x.png)",
    "**bold** _slanted_ ~~gone~~ `code` $x$ :+1:",
    "@someone #7 someone@example.org www.example.org https://example.org",
    "# heading",
    "1. item",
    "{0} {{1}} ${{ secrets.NAME }}",
    "%0A::error::annotation",
    "\u{fffe}\u{ffff}\u{fdd0}",
    "a/b%2Fc",
    "12e4",
];

/// A target on which all objects have such names.
pub(super) fn target() -> TargetReport {
    let findings = NAMES.map(|name| Finding {
        description: Some(format!("{name}\n- {name}\n    {name}")),
        read_more_url: Some(format!("https://example.org/{name}")),
        labels: [(name.to_owned(), name.to_owned())].into(),
        ..finding(State::Critical, name, &format!("{name} is too large"))
    });
    let metrics = NAMES.map(|name| metric(name, Some(name), -2.5, Unit::Count, ["-9:-1", "-1:"]));
    let mut checks = vec![with(findings.into(), metrics.into(), check("markup", NAMES[0]))];
    checks.extend(NAMES.iter().map(|name| {
        let found = Finding::new(State::Warning, *name);
        in_database(name, with(vec![found], vec![], check("markup", name)))
    }));
    TargetReport {
        target: NAMES[0].to_owned(),
        host: Some(NAMES[3].to_owned()),
        checks: checks.into(),
        ..server("db1", ServerRole::Primary)
    }
}
