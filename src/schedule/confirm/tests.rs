//! Confirmation and release of findings and outages, run by run.

use super::*;

const TWICE: ConfirmRule = ConfirmRule { confirm: 2, release: 2, hold: Duration::ZERO };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
}

fn report(states: &[State]) -> CheckReport {
    let findings = states.iter().enumerate().map(|(number, state)| {
        Finding::new(*state, format!("slot {number} is late")).about(Some(format!("s{number}")))
    });
    let mut report =
        CheckReport { findings: findings.collect(), ..CheckReport::new("slots", None) };
    report.summarize("no slot is late");
    report
}

fn failed() -> CheckReport {
    CheckReport::failed("slots", Unknown, "cancelled")
}

/// The states of runs one minute apart, and the last summary.
fn shown(
    memory: &mut FindingMemory,
    rule: &ConfirmRule,
    window: Option<&Suppressed>,
    runs: &[CheckReport],
) -> (Vec<State>, String) {
    let mut states = Vec::new();
    let mut summary = String::new();
    for (minute, run) in runs.iter().enumerate() {
        let now = at(60 * i64::try_from(minute).expect("it is small"));
        let counted = memory.count("db1", std::slice::from_ref(run), rule, window, now);
        let [report] = &counted.reports[..] else { panic!("{counted:?}") };
        states.push(report.state());
        summary.clone_from(&report.summary);
        // A written memory is the same memory.
        let text = serde_json::to_string(memory).expect("it is JSON");
        *memory = serde_json::from_str(&text).expect("it was written so");
    }
    (states, summary)
}

use State::{Critical, Ok, Unknown, Warning};

#[test]
fn a_problem_counts_after_several_runs_and_is_over_after_several() {
    let bad = || report(&[Critical]);
    let good = || report(&[]);
    let mut memory = FindingMemory::default();
    let (states, summary) = shown(&mut memory, &TWICE, None, &[bad()]);
    assert_eq!((&states[..], &*summary), (&[Ok][..], "slot 0 is late (CRITICAL, 1 of 2 runs)"));
    let mut memory = FindingMemory::default();
    let runs = [bad(), good(), bad(), bad(), good(), bad(), good()];
    let (states, summary) = shown(&mut memory, &TWICE, None, &runs);
    assert_eq!(states, [Ok, Ok, Ok, Critical, Critical, Critical, Critical]);
    assert_eq!(summary, "slot 0 is late (OK, 1 of 2 runs)");
    let (states, summary) = shown(&mut memory, &TWICE, None, &[good()]);
    assert_eq!((&states[..], &*summary), (&[Ok][..], "no slot is late"));
    assert_eq!(memory.checks, BTreeMap::new(), "nothing remains");
}

#[test]
fn each_finding_counts_for_itself_and_a_worse_state_counts_at_once() {
    let mut memory = FindingMemory::default();
    let runs = [
        report(&[Warning]),
        report(&[Warning, Critical]),
        report(&[Critical, Critical]),
        report(&[Ok, Warning]),
    ];
    let (states, _) = shown(&mut memory, &TWICE, None, &runs[..2]);
    assert_eq!(states, [Ok, Warning], "the second finding was seen once");
    let (states, _) = shown(&mut memory, &TWICE, None, &runs[2..3]);
    assert_eq!(states, [Critical]);
    let (states, summary) = shown(&mut memory, &TWICE, None, &runs[3..]);
    assert_eq!(states, [Critical], "an OK finding releases like a missing one");
    assert_eq!(summary, "slot 0 is late (OK, 1 of 2 runs); 1 more");
}

#[test]
fn a_problem_counts_after_it_lasted_long_enough() {
    let rule = ConfirmRule { hold: Duration::from_secs(300), ..ConfirmRule::AT_ONCE };
    let runs: Vec<CheckReport> = (0..7).map(|_| report(&[Critical])).collect();
    let mut memory = FindingMemory::default();
    let (states, _) = shown(&mut memory, &rule, None, &runs);
    assert_eq!(states, [Ok, Ok, Ok, Ok, Ok, Critical, Critical]);
    let mut memory = FindingMemory::default();
    let (_, summary) = shown(&mut memory, &rule, None, &runs[..2]);
    assert_eq!(summary, "slot 0 is late (CRITICAL, for 1m of 5m)");
}

/// A check that was not judged neither confirms nor releases a problem.
#[test]
fn a_failed_run_keeps_the_problems() {
    let mut memory = FindingMemory::default();
    let bad = || report(&[Critical]);
    let runs = [bad(), bad(), failed(), failed(), report(&[]), bad()];
    let (states, _) = shown(&mut memory, &TWICE, None, &runs[..3]);
    assert_eq!(states, [Ok, Critical, Critical]);
    let (states, summary) = shown(&mut memory, &TWICE, None, &runs[3..4]);
    assert_eq!(states, [Critical]);
    assert_eq!(summary, "slot 0 is late; not everything could be judged");
    let (states, _) = shown(&mut memory, &TWICE, None, &runs[4..]);
    assert_eq!(states, [Critical, Critical], "one good run releases nothing");
    let mut memory = FindingMemory::default();
    let (states, summary) = shown(&mut memory, &TWICE, None, &[failed()]);
    assert_eq!((&states[..], &*summary), (&[Ok][..], "cancelled (UNKNOWN, 1 of 2 runs)"));
    let (states, _) = shown(&mut memory, &TWICE, None, &[failed()]);
    assert_eq!(states, [Unknown]);
}

/// A check that fails for long, and whose findings have other objects in each run.
#[test]
fn the_problems_that_a_failed_run_keeps_have_a_limit() {
    let mut memory = FindingMemory::default();
    for run in 0..4 {
        let objects = (0..MOST_CONTINUED / 2).map(|one| format!("s{run}_{one}"));
        let findings = objects.map(|one| Finding::new(Critical, "late").about(Some(one)));
        let report = CheckReport { findings: findings.collect(), ..failed() };
        memory.count("db1", &[report], &ConfirmRule::AT_ONCE, None, at(60 * run));
    }
    // With the failure itself.
    assert_eq!(memory.checks["slots"].len(), MOST_CONTINUED + 1);
}

#[test]
fn by_default_every_state_counts_at_once() {
    let mut memory = FindingMemory::default();
    let runs = [report(&[Critical]), failed(), report(&[])];
    let (states, _) = shown(&mut memory, &ConfirmRule::AT_ONCE, None, &runs);
    assert_eq!(states, [Critical, Critical, Ok]);
}

#[test]
fn a_window_suppresses_only_new_problems() {
    let note = Suppressed {
        name: "patching".to_owned(),
        state: Ok,
        reason: "patches".to_owned(),
        author: "maintenance patching".to_owned(),
        until: "2026-11-29T04:00:00Z".to_owned(),
    };
    let mut memory = FindingMemory::default();
    let rule = ConfirmRule::AT_ONCE;
    shown(&mut memory, &rule, None, &[report(&[Critical])]);
    let within = [report(&[Critical, Critical])];
    let counted = memory.count("db1", &within, &rule, Some(&note), at(60));
    let findings = &counted.reports[0].findings;
    let states: Vec<State> = findings.iter().map(|finding| finding.state).collect();
    assert_eq!(states, [Critical, Ok]);
    let suppressed = findings[1].suppressed.as_deref();
    assert_eq!(suppressed, Some(&Suppressed { state: Critical, ..note }));
    let (states, _) = shown(&mut memory, &rule, None, &within);
    assert_eq!(states, [Critical]);
    assert_eq!(memory.checks["slots"].len(), 2, "after the window both count");
}

#[test]
fn a_check_that_changes_often_flaps() {
    let mut memory = FindingMemory::default();
    let runs: Vec<CheckReport> =
        (0..9).map(|run| report(if run % 2 == 0 { &[Critical] } else { &[] })).collect();
    let (_, summary) = shown(&mut memory, &ConfirmRule::AT_ONCE, None, &runs[..7]);
    assert_eq!(summary, "slot 0 is late");
    let mut memory = FindingMemory::default();
    let (_, summary) = shown(&mut memory, &ConfirmRule::AT_ONCE, None, &runs);
    assert_eq!(summary, "slot 0 is late (flapping: the state changed 8 times in the last hour)");
}

#[test]
fn a_skipped_check_has_no_problems() {
    let mut memory = FindingMemory::default();
    shown(&mut memory, &ConfirmRule::AT_ONCE, None, &[report(&[Critical])]);
    let skipped = CheckReport {
        skipped: Some(crate::finding::report::Skip::Role),
        ..CheckReport::new("slots", None)
    };
    let (states, _) = shown(&mut memory, &TWICE, None, &[skipped]);
    assert_eq!(states, [Ok]);
    assert_eq!(memory.checks, BTreeMap::new());
}

#[test]
fn an_outage_counts_after_several_runs() {
    let mut memory = FindingMemory::default();
    let lacks = "1 of 2 runs".to_owned();
    assert_eq!(memory.count_outage(&TWICE, at(0)), CountedOutage::Open(lacks.clone()));
    assert_eq!(memory.count_outage(&TWICE, at(10)), CountedOutage::Counts);
    assert_eq!(memory.count_outage(&TWICE, at(20)), CountedOutage::Counts);
    memory.end_outage();
    assert_eq!(memory.count_outage(&TWICE, at(30)), CountedOutage::Open(lacks));
}
