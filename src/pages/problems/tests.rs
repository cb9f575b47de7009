//! Tests of the page of problems: its heading, its size, and names that others chose.

use super::*;
use crate::finding::Finding;
use crate::finding::report::{CheckReport, ServerRole, TargetReport, ids};
use crate::history::silence::SilenceScope;

const HOSTILE: &str = "<script>alert(1)</script>\"'&\n\u{202e}";

fn now() -> Timestamp {
    "2026-11-30T03:02:00Z".parse().expect("it is a time")
}

fn context() -> PageContext {
    PageContext {
        now: now(),
        here: "/".to_owned(),
        user: None,
        may_act: true,
        warnings: Vec::new(),
        notice: None,
    }
}

/// A target with a check whose findings are these.
fn target(name: &str, findings: Vec<Finding>) -> Arc<TargetBoard> {
    let at = now().checked_sub(jiff::SignedDuration::from_secs(12)).ok();
    let mut check = CheckReport {
        topic: "security".to_owned(),
        at,
        interval: Some(std::time::Duration::from_secs(60)),
        findings,
        ..CheckReport::new("superusers", None)
    };
    check.summarize("nothing wrong");
    let report = TargetReport {
        target: name.to_owned(),
        role: Some(ServerRole::Primary),
        checks: vec![check.clone()].into(),
        ..TargetReport::default()
    };
    let since = ids(name, &check).into_iter().map(|id| {
        let since = "2026-11-30T02:58:00Z".parse().expect("it is a time");
        (("superusers".to_owned(), None, id), since)
    });
    let since = since.collect();
    Arc::new(TargetBoard {
        report,
        known: vec![check].into(),
        since,
        swept: at,
        ..TargetBoard::default()
    })
}

fn problem(state: State, object: &str) -> Finding {
    Finding::new(state, format!("{object} is a superuser")).about(Some(object.to_owned()))
}

/// The first heading, as text.
fn heading(page: &str) -> String {
    let start = page.find("<h1>").expect("a page has a heading");
    let text = page[start..].split("</h1>").next().unwrap_or_default();
    let mut inside = true;
    let plain = text.chars().filter(|character| {
        match character {
            '<' => inside = false,
            '>' => {
                inside = true;
                return false;
            }
            _ => {}
        }
        inside
    });
    plain.collect()
}

#[test]
fn the_heading_says_how_bad_where_and_since_when() {
    let filter = ProblemFilter::default();
    let page = |targets: &[Arc<TargetBoard>]| overview(&context(), targets, &[], &filter);
    let bad = target("db1", vec![problem(State::Critical, "anna"), problem(State::Warning, "bob")]);
    let worse = target("db2", vec![problem(State::Critical, "carl")]);
    let good = target("db3", Vec::new());
    for (targets, expected) in [
        (vec![good.clone()], "No problem."),
        (vec![], "No server is in the settings."),
        (vec![good.clone(), bad.clone()], "1 critical on db1 since 02:58 UTC on 2026-11-30"),
        (
            vec![bad.clone(), good.clone(), worse],
            "2 critical on db1, db2, the first since 02:58 UTC on 2026-11-30",
        ),
    ] {
        assert_eq!(heading(&page(&targets)), expected);
    }
    assert!(page(&[good]).contains("All 1 check of 1 server ran within their intervals."));
    assert!(page(&[bad]).contains("Last result <time"));
}

#[test]
fn results_that_are_too_old_and_outages_are_not_calm() {
    let mut late = (*target("db1", Vec::new())).clone();
    late.known[0].at = "2026-11-30T02:00:00Z".parse().ok();
    let page = overview(&context(), &[Arc::new(late.clone())], &[], &ProblemFilter::default());
    assert!(page.contains("results that are too old") && !page.contains("within their intervals"));
    late.outage = Some("no answer".to_owned());
    let page = overview(&context(), &[Arc::new(late)], &[], &ProblemFilter::default());
    assert!(page.contains("did not answer the last time"), "{page}");
    assert!(page.contains("have no result") && !page.contains("within their intervals"), "{page}");
    let filter = ProblemFilter { target: Some("db9".to_owned()), ..ProblemFilter::default() };
    let page = overview(&context(), &[target("db1", Vec::new())], &[], &filter);
    assert!(page.contains("No problem matches.") && !page.contains("within their"), "{page}");
}

#[test]
fn a_silenced_problem_is_below_and_not_counted() {
    let silence = OwnSilence {
        id: "1".to_owned(),
        scope: SilenceScope { object: Some("anna".to_owned()), ..SilenceScope::default() },
        at: now(),
        until: "2026-11-30T05:00:00Z".parse().expect("it is a time"),
        by: "dba".to_owned(),
        why: HOSTILE.to_owned(),
        ended: None,
    };
    let targets = [target("db1", vec![problem(State::Critical, "anna")])];
    let page = overview(&context(), &targets, &[silence], &ProblemFilter::default());
    assert_eq!(heading(&page), "No problem.");
    assert!(page.contains("anna is a superuser") && page.contains("by dba: &lt;script&gt;"));
}

#[test]
fn hostile_names_are_text_everywhere() {
    let targets = [target(HOSTILE, vec![problem(State::Warning, HOSTILE)])];
    let filter = ProblemFilter { group: Some(HOSTILE.to_owned()), ..ProblemFilter::default() };
    for filter in [ProblemFilter::default(), filter] {
        let page = overview(&context(), &targets, &[], &filter);
        assert_eq!(page.matches("<script").count(), 1, "only the own one: {page}");
        // The hidden field with the name of the server is what the settings contain.
        let shown =
            page.split("value=\"").map(|part| part.split_once('"').map_or("", |(_, rest)| rest));
        assert!(!shown.collect::<String>().contains('\u{202e}'), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}

#[test]
fn a_page_with_five_thousand_problems_is_small() {
    let findings = |target: usize| {
        (0..100).map(move |one| problem(State::Warning, &format!("role_{target}_{one}")))
    };
    let targets: Vec<_> =
        (0..50).map(|one| target(&format!("db{one}"), findings(one).collect())).collect();
    let began = std::time::Instant::now();
    let page = overview(&context(), &targets, &[], &ProblemFilter::default());
    println!("written in {:?}", began.elapsed());
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    assert!(page.contains("Page 1 of 25") && page.contains("5000"), "{}", page.len());
    let last = overview(
        &context(),
        &targets,
        &[],
        &ProblemFilter { page: 25, ..ProblemFilter::default() },
    );
    assert!(last.contains("Page 25 of 25"));
}

/// Two thousand servers with two hundred checks each, and a problem on each of them.
#[test]
fn the_page_of_a_large_fleet_is_small_and_quick() {
    let quiet = |number: usize| {
        let mut check = CheckReport {
            topic: "vacuum".to_owned(),
            at: Some(now()),
            ..CheckReport::new(format!("check_{number}"), None)
        };
        check.summarize("nothing wrong");
        check
    };
    let quiet: crate::finding::report::CheckReports = (0..199).map(quiet).collect();
    let server = |number| {
        let mut server = target(&format!("db{number}"), vec![problem(State::Warning, "anna")]);
        let board = Arc::make_mut(&mut server);
        board.report.checks.insert(0, quiet.clone());
        board.known = board.report.checks.clone();
        server
    };
    let fleet: Vec<Arc<TargetBoard>> = (0..2000).map(server).collect();
    let began = std::time::Instant::now();
    let page = overview(&context(), &fleet, &[], &ProblemFilter::default());
    let took = began.elapsed();
    println!("{} bytes, written in {took:?}", page.len());
    assert!(page.len() < 1_000_000 && page.contains("Page 1 of 10"), "{} bytes", page.len());
    // It takes less than a second without optimization.
    assert!(took < std::time::Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_notice_is_counted_and_not_a_problem() {
    let targets = [target("db1", vec![problem(State::Ok, "anna"), problem(State::Ok, "bob")])];
    let page = overview(&context(), &targets, &[], &ProblemFilter::default());
    assert_eq!(heading(&page), "No problem.");
    assert!(page.contains("href=\"/?state=notice\"><b>2</b>") && !page.contains("anna"), "{page}");
    let filter = ProblemFilter { state: Some(State::Ok), ..ProblemFilter::default() };
    let page = overview(&context(), &targets, &[], &filter);
    assert!(page.contains("anna is a superuser") && page.contains("NOTICE"), "{page}");
    assert!(!page.contains("Silence 24 h"), "a notice sends no alert: {page}");
}

/// In a window, each check has the outage as a suppressed finding.
#[test]
fn an_outage_is_one_problem_whatever_suppresses_it() {
    let outage = || {
        let note = crate::finding::Suppressed {
            name: "maintenance.patching".to_owned(),
            state: State::Critical,
            reason: "new disks".to_owned(),
            author: "maintenance patching".to_owned(),
            until: "2026-11-30T05:00:00Z".to_owned(),
        };
        let finding = Finding::new(State::Ok, "no answer");
        Finding { suppressed: Some(Box::new(note)), ..finding }
    };
    let mut quiet = (*target("db1", vec![problem(State::Critical, "anna"), outage()])).clone();
    quiet
        .report
        .checks
        .push(CheckReport { findings: vec![outage()], ..CheckReport::new("alive", None) });
    quiet.outage = Some("no answer".to_owned());
    let found = problems([&quiet], &[], now());
    let found: Vec<(&str, bool)> =
        found.iter().map(|one| (one.summary.as_str(), one.is_loud())).collect();
    assert_eq!(found, [("no answer", false), ("anna is a superuser", true)]);

    let mut loud = (*target("db1", vec![problem(State::Critical, "anna")])).clone();
    loud.report.error = Some("no answer".to_owned());
    loud.report.no_answer = Some(State::Critical);
    loud.report.checks[0].error = loud.report.error.clone();
    loud.report.checks[0].findings.clear();
    let found = problems([&loud], &[], now());
    assert!(found.len() == 1 && found[0].is_outage() && found[0].is_loud(), "{found:?}");
}
