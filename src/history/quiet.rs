//! Applies silences to the report of a target: problems that a silence matches are shown, and do not alarm.

use std::collections::BTreeSet;

use super::silence::{OwnSilence, ProblemPlace};
use crate::finding::report::{CheckReport, CheckReports, OWN, Skip, TargetReport, ids};
use crate::finding::{Finding, State};

/// The report of a target with its problems that these silences match as suppressed; absent if they match none.
///
/// The silences are in force and for the target. `known` are the latest results of its checks, also during an outage, which
/// does not concern the checks of `documents`.
pub fn quiet(
    report: &TargetReport,
    known: &CheckReports,
    documents: &BTreeSet<String>,
    silences: &[&OwnSilence],
) -> Option<TargetReport> {
    if silences.is_empty() {
        return None;
    }
    let outage = report.failure();
    if let Some((state, error)) = outage
        && let Some(silence) = of(silences, ProblemPlace::OUTAGE)
    {
        let problem = suppressed(silence, Finding::new(state, error));
        return Some(quiet_outage(report, known, documents, silences, &problem));
    }
    // During an outage the other checks repeat it.
    let is_own = |check: &CheckReport| outage.is_none() || documents.contains(&check.check);
    let own = report.checks.iter().enumerate().filter(|(_, check)| is_own(check));
    let changed = own.filter_map(|(position, check)| {
        Some((position, quiet_check(&report.target, check, silences)?))
    });
    let changed: Vec<(usize, CheckReport)> = changed.collect();
    if changed.is_empty() {
        return None;
    }
    let mut quieted = report.clone();
    for (position, check) in changed {
        quieted.checks[position] = check;
    }
    Some(quieted)
}

/// The number of problems of a report that a silence matches.
pub fn matching(
    report: &TargetReport,
    known: &CheckReports,
    documents: &BTreeSet<String>,
    silence: &OwnSilence,
) -> usize {
    let Some(quieted) = quiet(report, known, documents, &[silence]) else { return 0 };
    if report.error.is_some() && quieted.error.is_none() {
        return 1;
    }
    let findings = quieted.checks.iter().flat_map(|check| &check.findings);
    let name = silence.name();
    let by = |finding: &&Finding| finding.suppressed.as_ref().is_some_and(|by| by.name == name);
    findings.filter(by).count()
}

/// The first silence that matches a problem.
fn of<'a>(silences: &[&'a OwnSilence], place: ProblemPlace<'_>) -> Option<&'a OwnSilence> {
    silences.iter().copied().find(|silence| silence.scope.matches(place))
}

fn suppressed(silence: &OwnSilence, finding: Finding) -> Finding {
    let note = silence.note(finding.state);
    Finding { state: State::Ok, suppressed: Some(Box::new(note)), ..finding }
}

/// The report of a server that is not reached: each check has the outage as a suppressed finding, so that no receiver
/// takes the silence for a problem.
fn quiet_outage(
    report: &TargetReport,
    known: &CheckReports,
    documents: &BTreeSet<String>,
    silences: &[&OwnSilence],
    problem: &Finding,
) -> TargetReport {
    let ran = |check: &&CheckReport| check.skipped.is_none() && check.check != OWN;
    let stamps = |check: &CheckReport| {
        let same = report.checks.iter().find(|one| one.check == check.check);
        same.and_then(|one| one.at).or(check.at)
    };
    let own = CheckReport::new(OWN, None);
    let all = known.iter().filter(ran).chain([&own]);
    let checks = all.map(|known| {
        if documents.contains(&known.check) {
            return quiet_check(&report.target, known, silences).unwrap_or_else(|| known.clone());
        }
        let mut check = CheckReport {
            topic: known.topic.clone(),
            at: stamps(known),
            interval: known.interval,
            findings: known.findings.clone(),
            ..CheckReport::new(known.check.clone(), known.database.clone())
        };
        if let Some(quieted) = quiet_check(&report.target, &check, silences) {
            check = quieted;
        }
        check.findings.retain(|finding| finding.state != State::Ok);
        check.findings.push(problem.clone());
        check.summarize("");
        check
    });
    let checks = checks.collect();
    TargetReport { error: None, no_answer: None, checks, ..report.clone() }
}

/// The report of a check with its problems that silences match as suppressed; absent if they match none.
fn quiet_check(
    target: &str,
    report: &CheckReport,
    silences: &[&OwnSilence],
) -> Option<CheckReport> {
    let is_for = |silence: &&&OwnSilence| {
        let scope = &silence.scope;
        scope.check.as_ref().is_none_or(|name| *name == report.check)
    };
    let is_bad = |finding: &Finding| finding.state != State::Ok;
    if report.skipped == Some(Skip::Waiting)
        || report.error.is_none() && !report.findings.iter().any(is_bad)
    {
        return None;
    }
    let silences: Vec<&OwnSilence> = silences.iter().filter(is_for).copied().collect();
    if silences.is_empty() {
        return None;
    }
    let mut check = report.clone();
    let mut any = false;
    let (name, database) = (report.check.as_str(), report.database.as_deref());
    for (finding, id) in check.findings.iter_mut().zip(ids(target, report)) {
        let object = finding.object.as_deref();
        let place = ProblemPlace { check: Some(name), database, object, finding: &id };
        if let Some(silence) = of(&silences, place).filter(|_| is_bad(finding)) {
            *finding = suppressed(silence, finding.clone());
            any = true;
        }
    }
    if let Some(error) = &report.error
        && let Some(silence) = of(&silences, ProblemPlace::failure(name, database))
    {
        check.findings.push(suppressed(silence, Finding::new(State::Unknown, error.clone())));
        check.error = None;
        any = true;
    }
    check.summarize(&report.summary);
    any.then_some(check)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::history::silence::SilenceScope;

    fn silence(set: impl FnOnce(&mut SilenceScope)) -> OwnSilence {
        let mut scope = SilenceScope::default();
        set(&mut scope);
        OwnSilence {
            id: "1".to_owned(),
            scope,
            at: Timestamp::UNIX_EPOCH,
            until: Timestamp::MAX,
            by: "anna".to_owned(),
            why: "it is known".to_owned(),
            ended: None,
        }
    }

    fn set(part: &mut Option<String>, text: &str) {
        *part = Some(text.to_owned());
    }

    /// A report with two findings and a check that failed.
    fn report() -> TargetReport {
        let late = |object: &str, state| Finding::new(state, "late").about(Some(object.to_owned()));
        let slots = CheckReport {
            findings: vec![late("a", Critical), late("b", Warning)],
            ..CheckReport::new("slots", Some("shop".to_owned()))
        };
        TargetReport {
            target: "db1".to_owned(),
            checks: vec![slots, CheckReport::failed("superusers", Unknown, "time is over")].into(),
            ..TargetReport::default()
        }
    }

    fn states(report: &TargetReport) -> Vec<State> {
        report.checks.iter().map(CheckReport::state).collect()
    }

    use State::{Critical, Ok, Unknown, Warning};

    #[test]
    fn only_what_a_silence_matches_is_suppressed() {
        let none = BTreeSet::new();
        let id = ids("db1", &report().checks[0])[0].clone();
        for (silence, count, expected) in [
            (silence(|_| ()), 3, [Ok, Ok]),
            (silence(|scope| set(&mut scope.check, "slots")), 2, [Ok, Unknown]),
            (silence(|scope| set(&mut scope.check, "superusers")), 1, [Critical, Ok]),
            (silence(|scope| set(&mut scope.database, "shop")), 2, [Ok, Unknown]),
            (silence(|scope| set(&mut scope.object, "a")), 1, [Warning, Unknown]),
            (silence(|scope| set(&mut scope.finding, &id)), 1, [Warning, Unknown]),
            (silence(|scope| set(&mut scope.finding, "failure")), 1, [Critical, Ok]),
            (silence(|scope| set(&mut scope.finding, "outage")), 0, [Critical, Unknown]),
            (silence(|scope| set(&mut scope.database, "app")), 0, [Critical, Unknown]),
        ] {
            let report = report();
            let shown = quiet(&report, &CheckReports::default(), &none, &[&silence])
                .unwrap_or_else(|| report.clone());
            assert_eq!(states(&shown), expected, "{silence:?}");
            assert_eq!(
                matching(&report, &CheckReports::default(), &none, &silence),
                count,
                "{silence:?}"
            );
            let text = &shown.checks[0].summary;
            let marked = text.contains("suppressed until") && text.contains("by anna: it is known");
            assert_eq!(marked, expected[0] == Ok, "{text}");
        }
    }

    #[test]
    fn an_outage_is_suppressed_only_by_a_silence_for_it() {
        let down = TargetReport {
            error: Some("refused".to_owned()),
            no_answer: Some(Critical),
            checks: vec![CheckReport::failed("alive", Critical, "refused")].into(),
            ..report()
        };
        let (known, none) = (report().checks, BTreeSet::new());
        for (silence, count) in [
            (silence(|_| ()), 1),
            (silence(|scope| set(&mut scope.finding, "outage")), 1),
            (silence(|scope| set(&mut scope.check, "alive")), 0),
            (silence(|scope| set(&mut scope.object, "a")), 0),
        ] {
            assert_eq!(matching(&down, &known, &none, &silence), count, "{silence:?}");
        }
        let whole = quiet(&down, &known, &none, &[&silence(|_| ())]).expect("it matches");
        assert_eq!((whole.state(), whole.error), (Ok, None));
        let names: Vec<&str> = whole.checks.iter().map(|check| check.check.as_str()).collect();
        assert_eq!(names, ["slots", "superusers", OWN]);
        // A problem from before that the silence does not match remains.
        let outage = silence(|scope| set(&mut scope.finding, "outage"));
        let some = quiet(&down, &known, &none, &[&outage]).expect("it matches");
        assert_eq!(states(&some), [Critical, Ok, Ok]);
        // A document needs no server.
        let documents = BTreeSet::from(["superusers".to_owned()]);
        let some = quiet(&down, &known, &documents, &[&outage]).expect("it matches");
        assert_eq!(states(&some), [Critical, Unknown, Ok]);
        assert_eq!(some.checks[1], known[1]);
    }
}
