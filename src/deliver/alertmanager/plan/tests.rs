//! The alerts that successive runs send.

use std::time::Duration;

use super::*;
use crate::finding::Finding;
use crate::finding::report::TargetReport;
use crate::output::alertmanager::{alerts, end};

/// A check, its database, the objects and states that it reports, and `error`, `skipped` or `missing`.
type CheckedPart<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, State)], &'a str);

fn check((name, database, findings, how): CheckedPart<'_>) -> CheckReport {
    let findings = findings
        .iter()
        .map(|(object, state)| Finding::new(*state, "text").about(Some((*object).to_owned())));
    CheckReport {
        topic: "schema".to_owned(),
        findings: findings.collect(),
        error: (how == "error").then(|| "permission denied".to_owned()),
        skipped: match how {
            "skipped" => Some(Skip::Role),
            "missing" => Some(Skip::NotInstalled),
            "waiting" => Some(Skip::Waiting),
            _ => None,
        },
        ..CheckReport::new(name, database.map(str::to_owned))
    }
}

/// A run in a minute. Without checks the target is not reached.
fn run(minute: u32, checks: &[CheckedPart<'_>]) -> Report {
    let target = TargetReport {
        target: "db1".to_owned(),
        error: checks.is_empty().then(|| "nothing listens there".to_owned()),
        checks: checks.iter().map(|part| check(*part)).collect(),
        ..TargetReport::default()
    };
    let started = format!("2026-11-20T10:{minute:02}:00Z").parse().unwrap();
    Report { started, duration: Duration::ZERO, targets: vec![target] }
}

fn step(report: &Report, recorded: &[RecordedAlert]) -> AlertPlan {
    let manner = AlertOptions::default();
    let now = end(report);
    plan(report, &manner, recorded, alerts(report, &manner, now), now)
}

/// `+alertname/object/severity` for each firing alert that is sent, `-` for one that is over; sorted.
fn sent(plan: &AlertPlan, now: Timestamp) -> String {
    let label = |alert: &Alert, name: &str| alert.labels.get(name).cloned().unwrap_or_default();
    let sent = plan.send.iter().map(|alert| {
        let sign = if alert.ends_at <= now { '-' } else { '+' };
        let [name, object, severity] =
            ["alertname", "object", "severity"].map(|name| label(alert, name));
        format!("{sign}{}/{object}/{severity}", name.trim_start_matches("Posemo"))
    });
    let mut sent: Vec<String> = sent.collect();
    sent.sort();
    sent.join(" ")
}

use State::{Critical, Unknown, Warning};

#[test]
fn an_alert_is_fired_kept_or_resolved() {
    let before: &[CheckedPart<'_>] = &[("lag", None, &[("a", Warning), ("b", Critical)], "")];
    for (what, next, expected) in [
        ("the same", before, "+Lag/a/warning +Lag/b/critical"),
        ("one is over", &[("lag", None, &[("a", Warning)], "")], "+Lag/a/warning -Lag/b/critical"),
        ("all are over", &[("lag", None, &[], "")], "-Lag/a/warning -Lag/b/critical"),
        (
            "it gets worse",
            &[("lag", None, &[("a", Critical), ("b", Critical)], "")],
            "+Lag/a/critical +Lag/b/critical -Lag/a/warning",
        ),
        (
            "the check fails",
            &[("lag", None, &[], "error")],
            "+CheckUnknown//unknown +Lag/a/warning +Lag/b/critical",
        ),
        (
            "the state of one is unknown",
            &[("lag", None, &[("a", Unknown), ("b", Warning)], "")],
            "+CheckUnknown/a/unknown +Lag/a/warning +Lag/b/warning -Lag/b/critical",
        ),
        (
            "the target is not reached",
            &[],
            "+Lag/a/warning +Lag/b/critical +TargetUnknown//unknown",
        ),
        ("it is now a standby", &[("lag", None, &[], "skipped")], "-Lag/a/warning -Lag/b/critical"),
        ("its function is not installed", &[("lag", None, &[], "missing")], ""),
        (
            "it did not run since the start",
            &[("lag", None, &[], "waiting")],
            "+Lag/a/warning +Lag/b/critical",
        ),
        ("only another check ran", &[("alive", None, &[], "")], ""),
    ] {
        let first = run(0, before);
        let recorded = step(&first, &[]).record;
        assert_eq!(recorded.len(), 2);
        let next = run(5, next);
        let plan = step(&next, &recorded);
        assert_eq!(sent(&plan, end(&next)), expected, "{what}");
        let old = |alert: &&Alert| recorded.iter().any(|old| old.alert.labels == alert.labels);
        let since = end(&first);
        assert!(plan.send.iter().filter(old).all(|alert| alert.starts_at == since), "{what}");
    }
}

/// After a start of `posemo serve`, the alert about a target is over when the target was queried, and not before.
#[test]
fn an_alert_about_a_target_waits_for_its_first_sweep() {
    let recorded = step(&run(0, &[]), &[]).record;
    let waiting = run(5, &[("lag", None, &[], "waiting"), ("alive", None, &[], "waiting")]);
    let plan = step(&waiting, &recorded);
    assert_eq!(sent(&plan, end(&waiting)), "+TargetUnknown//unknown");
    // Of `posemo run --due`: only a document was judged.
    let document = run(5, &[("backups", None, &[], ""), (OWN, None, &[], "waiting")]);
    let plan = step(&document, &plan.record);
    assert_eq!(sent(&plan, end(&document)), "+TargetUnknown//unknown");
    let queried = run(6, &[("lag", None, &[], "waiting"), ("alive", None, &[], "")]);
    let plan = step(&queried, &plan.record);
    assert_eq!(sent(&plan, end(&queried)), "-TargetUnknown//unknown");
}

/// The only alert that begins is that of the target. It is replaced when the server answers and refuses.
#[test]
fn a_server_that_does_not_answer_is_one_alert() {
    let recorded = step(&run(0, &[("lag", None, &[("a", Warning)], "")]), &[]).record;
    let mut down = run(5, &[]);
    let target = &mut down.targets[0];
    target.no_answer = Some(Critical);
    let error = target.error.clone().expect("it is not reached");
    target.checks = vec![CheckReport::failed("alive", Critical, &error)].into();
    let plan = step(&down, &recorded);
    assert_eq!(sent(&plan, end(&down)), "+Lag/a/warning +TargetDown//critical");
    let refused = run(10, &[]);
    let plan = step(&refused, &plan.record);
    assert_eq!(
        sent(&plan, end(&refused)),
        "+Lag/a/warning +TargetUnknown//unknown -TargetDown//critical"
    );
    let answers = run(15, &[("lag", None, &[("a", Warning)], "")]);
    let plan = step(&answers, &plan.record);
    assert_eq!(
        sent(&plan, end(&answers)),
        "+Lag/a/warning -TargetDown//critical -TargetUnknown//unknown"
    );
}

#[test]
fn an_alert_is_resolved_by_its_own_database() {
    let first = run(
        0,
        &[
            ("seq", Some("app"), &[("s", Warning)], ""),
            ("seq", Some("shop"), &[("s", Critical)], ""),
        ],
    );
    let recorded = step(&first, &[]).record;
    for (next, expected) in [
        (
            &[("seq", Some("app"), &[][..], ""), ("seq", Some("shop"), &[], "error")][..],
            "+CheckUnknown//unknown +Seq/s/critical -Seq/s/warning",
        ),
        (&[("seq", None, &[], "error")], "+CheckUnknown//unknown +Seq/s/critical +Seq/s/warning"),
        (&[("seq", Some("app"), &[("s", Warning)], "")], "+Seq/s/warning -Seq/s/critical"),
    ] {
        let next = run(5, next);
        assert_eq!(sent(&step(&next, &recorded), end(&next)), expected);
    }
}

/// A member may miss a run, so the end of an alert is sent until the alert is over for every member.
#[test]
fn the_end_of_an_alert_is_sent_until_its_time_is_up() {
    let mut recorded = step(&run(0, &[("lag", None, &[("a", Warning)], "")]), &[]).record;
    for (minute, expected) in
        [(5, "-Lag/a/warning"), (10, "-Lag/a/warning"), (19, "-Lag/a/warning"), (20, "")]
    {
        let next = run(minute, &[("lag", None, &[], "")]);
        let plan = step(&next, &recorded);
        assert_eq!(sent(&plan, end(&next)), expected, "{minute}");
        let over = end(&run(5, &[]));
        assert!(plan.send.iter().all(|alert| alert.ends_at == over), "it ended once");
        recorded = plan.record;
    }
    assert!(recorded.is_empty());
}

#[test]
fn a_problem_that_returns_begins_anew() {
    let lag: &[CheckedPart<'_>] = &[("lag", None, &[("a", Warning)], "")];
    let first = step(&run(0, lag), &[]);
    let over = step(&run(5, &[("lag", None, &[], "")]), &first.record);
    let again = step(&run(10, lag), &over.record);
    assert_eq!(again.send.len(), 1);
    assert_eq!(again.send[0].starts_at, end(&run(10, lag)));
}

/// Alertmanager refuses an alert that begins after its end.
#[test]
fn an_alert_begins_before_its_end_also_when_the_clock_is_set_back() {
    let first = step(&run(30, &[("lag", None, &[("a", Warning)], "")]), &[]);
    for next in [&[("lag", None, &[][..], "")], &[("lag", None, &[("a", Warning)][..], "")]] {
        let plan = step(&run(5, next), &first.record);
        assert_eq!(plan.send.len(), 1);
        assert!(plan.send.iter().all(|alert| alert.starts_at <= alert.ends_at));
    }
}

/// An end in the future would make the alert fire.
#[test]
fn a_resolved_alert_stays_over_when_the_clock_is_set_back() {
    let ahead = run(30, &[("lag", None, &[("a", Warning)], "")]);
    let firing = step(&ahead, &[]).record;
    let over = step(&run(31, &[("lag", None, &[], "")]), &firing).record;
    assert!(over.iter().all(|old| old.resolved));
    let right = run(2, &[("lag", None, &[], "")]);
    let now = end(&right);
    let plan = step(&right, &over);
    assert_eq!(sent(&plan, now), "-Lag/a/warning");
    assert!(plan.send.iter().all(|alert| alert.starts_at <= alert.ends_at));
}
