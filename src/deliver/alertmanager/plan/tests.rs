//! Runs one after another, and what each of them says of alerts.
//!
//! No member has a part in it.

use std::time::Duration;

use super::*;
use crate::finding::Finding;
use crate::finding::report::TargetReport;
use crate::output::alertmanager::{alerts, end};

/// A check, its database, and what it finds: `ok`, `error`, `skipped`, `missing`, or objects with states.
type Asked<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, State)], &'a str);

fn check((name, database, findings, how): Asked<'_>) -> CheckReport {
    let findings = findings
        .iter()
        .map(|(object, state)| Finding::new(*state, "text").about(Some((*object).to_owned())));
    CheckReport {
        check: name.to_owned(),
        database: database.map(str::to_owned),
        summary: String::new(),
        duration: Duration::ZERO,
        findings: findings.collect(),
        metrics: Vec::new(),
        error: (how == "error").then(|| "permission denied".to_owned()),
        skipped: match how {
            "skipped" => Some(Skip::Role),
            "missing" => Some(Skip::NotInstalled),
            _ => None,
        },
    }
}

/// A run in that minute; no checks at all mean that the target is down.
fn run(minute: u32, asked: &[Asked<'_>]) -> Report {
    let target = TargetReport {
        target: "db1".to_owned(),
        error: asked.is_empty().then(|| "nothing answers".to_owned()),
        checks: asked.iter().map(|asked| check(*asked)).collect(),
        ..TargetReport::default()
    };
    let started = format!("2026-11-20T10:{minute:02}:00Z").parse().unwrap();
    Report { started, duration: Duration::ZERO, targets: vec![target] }
}

fn step(report: &Report, remembered: &[Remembered]) -> Plan {
    let manner = AlertOptions::default();
    let now = end(report);
    plan(report, &manner, remembered, alerts(report, &manner, now), now)
}

/// `+alertname/object/severity` for what is firing, `-` for what is over; sorted.
fn said(plan: &Plan, now: Timestamp) -> String {
    let label = |alert: &Alert, name: &str| alert.labels.get(name).cloned().unwrap_or_default();
    let said = plan.send.iter().map(|alert| {
        let sign = if alert.ends_at <= now { '-' } else { '+' };
        let [name, object, severity] =
            ["alertname", "object", "severity"].map(|name| label(alert, name));
        format!("{sign}{}/{object}/{severity}", name.trim_start_matches("Posemo"))
    });
    let mut said: Vec<String> = said.collect();
    said.sort();
    said.join(" ")
}

use State::{Critical, Unknown, Warning};

#[test]
fn what_becomes_of_an_alert() {
    let before: &[Asked<'_>] = &[("lag", None, &[("a", Warning), ("b", Critical)], "")];
    for (what, next, expected) in [
        ("the same", before, "+Lag/a/warning +Lag/b/critical"),
        ("one is over", &[("lag", None, &[("a", Warning)], "")], "+Lag/a/warning -Lag/b/critical"),
        ("all is well", &[("lag", None, &[], "")], "-Lag/a/warning -Lag/b/critical"),
        (
            "it gets worse",
            &[("lag", None, &[("a", Critical), ("b", Critical)], "")],
            "+Lag/a/critical +Lag/b/critical -Lag/a/warning",
        ),
        (
            "it cannot be asked",
            &[("lag", None, &[], "error")],
            "+CheckUnknown//unknown +Lag/a/warning +Lag/b/critical",
        ),
        (
            "one of them cannot be judged",
            &[("lag", None, &[("a", Unknown), ("b", Warning)], "")],
            "+CheckUnknown/a/unknown +Lag/a/warning +Lag/b/warning -Lag/b/critical",
        ),
        ("the target is down", &[], "+Lag/a/warning +Lag/b/critical +TargetUnknown//unknown"),
        ("it is now a standby", &[("lag", None, &[], "skipped")], "-Lag/a/warning -Lag/b/critical"),
        ("its function is gone", &[("lag", None, &[], "missing")], ""),
        ("only another check was asked", &[("alive", None, &[], "")], ""),
    ] {
        let first = run(0, before);
        let remembered = step(&first, &[]).remember;
        assert_eq!(remembered.len(), 2);
        let next = run(5, next);
        let plan = step(&next, &remembered);
        assert_eq!(said(&plan, end(&next)), expected, "{what}");
        let old = |alert: &&Alert| remembered.iter().any(|old| old.alert.labels == alert.labels);
        let since = end(&first);
        assert!(plan.send.iter().filter(old).all(|alert| alert.starts_at == since), "{what}");
    }
}

#[test]
fn databases_answer_for_themselves() {
    let first = run(
        0,
        &[
            ("seq", Some("app"), &[("s", Warning)], ""),
            ("seq", Some("shop"), &[("s", Critical)], ""),
        ],
    );
    let remembered = step(&first, &[]).remember;
    for (next, expected) in [
        (
            &[("seq", Some("app"), &[][..], ""), ("seq", Some("shop"), &[], "error")][..],
            "+CheckUnknown//unknown +Seq/s/critical -Seq/s/warning",
        ),
        (&[("seq", None, &[], "error")], "+CheckUnknown//unknown +Seq/s/critical +Seq/s/warning"),
        (&[("seq", Some("app"), &[("s", Warning)], "")], "+Seq/s/warning -Seq/s/critical"),
    ] {
        let next = run(5, next);
        assert_eq!(said(&step(&next, &remembered), end(&next)), expected);
    }
}

/// A member that was away for a run is told what it missed; nobody is told for ever.
#[test]
fn that_it_is_over_is_said_until_everybody_must_know() {
    let mut remembered = step(&run(0, &[("lag", None, &[("a", Warning)], "")]), &[]).remember;
    for (minute, expected) in
        [(5, "-Lag/a/warning"), (10, "-Lag/a/warning"), (19, "-Lag/a/warning"), (20, "")]
    {
        let next = run(minute, &[("lag", None, &[], "")]);
        let plan = step(&next, &remembered);
        assert_eq!(said(&plan, end(&next)), expected, "{minute}");
        let over = end(&run(5, &[]));
        assert!(plan.send.iter().all(|alert| alert.ends_at == over), "it ended once");
        remembered = plan.remember;
    }
    assert!(remembered.is_empty());
}

#[test]
fn a_problem_that_comes_back_is_a_new_one() {
    let lag: &[Asked<'_>] = &[("lag", None, &[("a", Warning)], "")];
    let first = step(&run(0, lag), &[]);
    let over = step(&run(5, &[("lag", None, &[], "")]), &first.remember);
    let again = step(&run(10, lag), &over.remember);
    assert_eq!(again.send.len(), 1);
    assert_eq!(again.send[0].starts_at, end(&run(10, lag)));
}

/// A clock that is set back must not make an alert that begins after it ends: it would be refused.
#[test]
fn a_clock_that_goes_back_makes_no_nonsense() {
    let first = step(&run(30, &[("lag", None, &[("a", Warning)], "")]), &[]);
    for next in [&[("lag", None, &[][..], "")], &[("lag", None, &[("a", Warning)][..], "")]] {
        let plan = step(&run(5, next), &first.remember);
        assert_eq!(plan.send.len(), 1);
        assert!(plan.send.iter().all(|alert| alert.starts_at <= alert.ends_at));
    }
}

/// What was over by a clock that ran ahead is over by the right one: a time to come would say that it fires.
#[test]
fn a_clock_that_is_set_back_makes_nothing_fire() {
    let ahead = run(30, &[("lag", None, &[("a", Warning)], "")]);
    let firing = step(&ahead, &[]).remember;
    let over = step(&run(31, &[("lag", None, &[], "")]), &firing).remember;
    assert!(over.iter().all(|old| old.resolved));
    let right = run(2, &[("lag", None, &[], "")]);
    let now = end(&right);
    let plan = step(&right, &over);
    assert_eq!(said(&plan, now), "-Lag/a/warning");
    assert!(plan.send.iter().all(|alert| alert.starts_at <= alert.ends_at));
}
