//! Rates of a target from sweep to sweep: what the settings suppress, and what is not known for some time.

use std::time::Duration;

use std::rc::Rc;

use super::*;
use crate::catalog::Catalog;
use crate::finding::State;
use crate::finding::report::{ServerRole, TargetReport};
use crate::serve::fleet::Fleet;
use crate::serve::swept::Swept;
use crate::serve::watched::Watched;
use crate::settings::Settings;

const SETTINGS: &str = "[targets.db1]\nhost = \"/nowhere\"\n[checks.deadlocks]\nenabled = true\ninterval = \"1m\"\n\
    [checks.deadlocks.thresholds.\"deadlocks per hour\"]\nwarning = \"10\"\nwindow = \"10m\"\n";

const SUPPRESSION: &str = "[suppressions.known]\ncheck = \"deadlocks\"\nobject = \"app\"\nreason = \"known\"\nauthor = \"dba\"\n";

fn watched(settings: &str) -> Watched {
    let catalog = Catalog::embedded();
    let settings = Settings::parse("p", settings.to_owned(), &catalog).expect("they are valid");
    Fleet::new((catalog, settings)).expect("it has a target").targets.remove(0)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
}

/// A sweep that found this number of deadlocks. Returns the report of the check.
fn sweep(watched: &mut Watched, seconds: i64, deadlocks: f64) -> CheckReport {
    let counter =
        Metric { object: Some("app".to_owned()), ..Metric::count("deadlocks", deadlocks) };
    let check = CheckReport { metrics: vec![counter], ..CheckReport::new("deadlocks", None) };
    let report = TargetReport {
        target: "db1".to_owned(),
        role: Some(ServerRole::Primary),
        server_start: Some(7),
        checks: vec![check].into(),
        ..TargetReport::default()
    };
    let checks = vec![watched.position("deadlocks").expect("it is planned")];
    let swept = Swept { checks, started: at(seconds), took: Duration::ZERO, report };
    watched.take_in(swept, at(seconds));
    let mut checks = watched.report().checks.iter();
    checks.find(|check| check.check == "deadlocks").expect("it ran").clone()
}

/// The states of sweeps that alarm with the second one.
fn states(watched: &mut Watched, sweeps: &[(i64, f64)]) -> Vec<State> {
    let state = |(seconds, deadlocks): &(i64, f64)| sweep(watched, *seconds, *deadlocks).state();
    sweeps.iter().map(state).collect()
}

#[test]
fn a_suppression_of_the_settings_applies_to_a_rate() {
    let day = |until: &str| format!("{SETTINGS}{SUPPRESSION}until = {until}\n");
    let mut suppressed = watched(&day("2099-12-31"));
    sweep(&mut suppressed, 0, 0.0);
    let check = sweep(&mut suppressed, 60, 9.0);
    let expected = "app deadlocks 54 per hour in 10m (warning above 10) (WARNING, suppressed until 2099-12-31 by dba: known)";
    assert_eq!((check.state(), check.summary.as_str()), (State::Ok, expected));
    let by = check.findings[0].suppressed.as_ref().expect("it is suppressed");
    assert_eq!((by.name.as_str(), by.state), ("known", State::Warning));
    let mut ended = watched(&day("2026-01-01"));
    sweep(&mut ended, 0, 0.0);
    let check = sweep(&mut ended, 60, 9.0);
    let expected = "app deadlocks 54 per hour in 10m (warning above 10) (suppression known ended on 2026-01-01)";
    assert_eq!((check.state(), check.summary.as_str()), (State::Warning, expected));
}

#[test]
fn a_rate_has_the_references_of_its_check() {
    let mut watched = watched(SETTINGS);
    watched.job.checks.retain(|planned| planned.check.name == "deadlocks");
    let check = Rc::make_mut(&mut watched.job.checks[0].check);
    check.references = ["CIS 4.3".to_owned()].into();
    sweep(&mut watched, 0, 0.0);
    let found = sweep(&mut watched, 60, 9.0);
    assert_eq!(*found.findings[0].references, ["CIS 4.3".to_owned()]);
}

/// An alert ends only when the rate is known and within its range.
#[test]
fn a_rate_that_is_not_known_ends_no_alert() {
    use State::{Ok, Warning};
    let alarm = [(0, 0.0), (60, 9.0)];
    // A gap of more than two windows: the counter begins anew, and is known for a whole window after ten minutes.
    let mut gap = watched(SETTINGS);
    assert_eq!(states(&mut gap, &alarm), [Ok, Warning]);
    let later = [(3600, 9.0), (3660, 9.0), (4140, 9.0), (4200, 9.0)];
    assert_eq!(states(&mut gap, &later), [Warning, Warning, Warning, Ok]);
    // The clock was set.
    let mut clock = watched(SETTINGS);
    assert_eq!(states(&mut clock, &alarm), [Ok, Warning]);
    clock.forget_rates();
    assert_eq!(states(&mut clock, &[(120, 9.0), (180, 9.0), (720, 9.0)]), [Warning, Warning, Ok]);
    // A reload changes the window.
    let mut reloaded = watched(&SETTINGS.replace("10m", "5m"));
    assert_eq!(states(&mut reloaded, &alarm), [Ok, Warning]);
    let mut wider = watched(SETTINGS);
    wider.state = reloaded.state;
    assert_eq!(states(&mut wider, &[(120, 9.0), (720, 9.0)]), [Warning, Ok]);
    // A range that is removed ends the alert.
    let mut removed = watched(SETTINGS);
    assert_eq!(states(&mut removed, &alarm), [Ok, Warning]);
    let mut without = watched(SETTINGS.split("[checks.deadlocks.thr").next().expect("it begins"));
    without.state = removed.state;
    assert_eq!(states(&mut without, &[(120, 9.0)]), [Ok]);
}

/// Counters are forgotten with their check, and after two windows.
#[test]
fn counters_of_other_rates_are_forgotten() {
    let mut memory = RateMemory::default();
    let job = &watched(SETTINGS).job;
    let value = CounterValue { value: 1.0, rows: 1, server: None };
    let name = |check: &str, rate: &str| CounterName {
        check: check.to_owned(),
        rate: rate.to_owned(),
        database: None,
        object: None,
    };
    let window = Duration::from_secs(600);
    let known = name("deadlocks", "deadlocks per hour");
    let others = [name("deadlocks", "deadlocks per minute"), name("gone", "deadlocks per hour")];
    for one in others.iter().chain([&known]) {
        assert_eq!(memory.take_in(one, value, window, at(0)), Ok(None));
    }
    limit(job, &mut memory, at(60));
    let mut growth = |name| memory.take_in(name, value, window, at(60)).expect("there is room");
    assert!(growth(&known).is_some());
    assert!(others.iter().all(|other| growth(other).is_none()));
    limit(job, &mut memory, at(60 + 1201));
    assert!(memory.is_empty());
}
