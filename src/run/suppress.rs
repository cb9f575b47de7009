//! Suppresses the findings of a target's checks, and reports suppressions that have ended or match nothing.

use std::rc::Rc;

use jiff::Timestamp;

use super::job::Job;
use crate::finding::report::{CheckReport, TargetReport, ids};
use crate::finding::{Finding, State};
use crate::settings::suppression::{FindingPlace, Suppression};

/// Suppresses the findings of a target that match.
pub(super) fn apply(rules: &[Rc<Suppression>], report: &mut TargetReport, now: Timestamp) {
    for check in &mut report.checks {
        apply_from(rules, &report.target, check, 0, now);
    }
}

/// Suppresses the findings of a check that match, from the position `first` on, and names a suppression that has ended.
///
/// Only findings with the state Warning or Critical can be suppressed: an answer that is missing is not a known risk.
pub fn apply_from(
    rules: &[Rc<Suppression>],
    target: &str,
    check: &mut CheckReport,
    first: usize,
    now: Timestamp,
) {
    if rules.is_empty() || check.findings.len() <= first {
        return;
    }
    let ids = ids(target, check);
    // One that is in force comes first, then one that has ended.
    let found = matches(check, &ids, |finding, place| {
        let matching = rules.iter().filter(|rule| rule.matches(finding, place));
        matching.min_by_key(|rule| rule.has_ended(now))
    });
    let mut is_changed = false;
    for (finding, rule) in check.findings.iter_mut().zip(found).skip(first) {
        let Some(rule) = rule else { continue };
        is_changed = true;
        if rule.has_ended(now) {
            let end = format!(" (suppression {} ended on {})", rule.name, rule.until);
            finding.summary.push_str(&end);
        } else {
            finding.suppressed = Some(Box::new(rule.note(finding.state)));
            finding.state = State::Ok;
        }
    }
    if is_changed {
        check.summarize("");
    }
}

/// The result of a function for each finding of a check; `None` for a finding that cannot be suppressed.
fn matches<T>(
    check: &CheckReport,
    ids: &[String],
    of: impl Fn(&Finding, FindingPlace<'_>) -> Option<T>,
) -> Vec<Option<T>> {
    let one = |(finding, id): (&Finding, &String)| {
        let database = check.database.as_deref();
        let place = FindingPlace { check: &check.check, database, id };
        is_suppressible(check, finding).then(|| of(finding, place)).flatten()
    };
    check.findings.iter().zip(ids).map(one).collect()
}

fn is_suppressible(check: &CheckReport, finding: &Finding) -> bool {
    let is_problem = matches!(finding.state, State::Warning | State::Critical);
    let is_error = check.error.as_ref().is_some_and(|error| *error == finding.summary);
    finding.suppressed.is_some() || is_problem && !is_error
}

/// Adds a remark for each suppression that matches no finding to a check that it is for.
///
/// It matches nothing only if all its checks have run without an error on all its targets, and have no ranges for rates,
/// which only `posemo serve` judges. A check that is not due has not run.
pub(super) fn add_remarks(jobs: &[Job], reports: &mut [TargetReport], now: Timestamp) {
    let mut seen: Vec<&str> = Vec::new();
    for rule in jobs.iter().flat_map(|job| &job.suppressions) {
        if seen.contains(&rule.name.as_str()) {
            continue;
        }
        seen.push(&rule.name);
        if !is_unused(rule, jobs, reports) {
            continue;
        }
        let ended = if rule.has_ended(now) {
            format!(" ended on {} and", rule.until)
        } else {
            String::new()
        };
        let remark =
            format!("suppression {}{ended} matches no finding: remove or correct it", rule.name);
        let first = jobs.iter().zip(reports.iter_mut()).filter(|(job, _)| has(job, rule));
        let mut checks = first.flat_map(|(_, report)| &mut report.checks);
        let is_place = |check: &&mut CheckReport| rule.addresses(&check.check) && ran(check);
        if let Some(check) = checks.find(is_place) {
            check.findings.push(Finding::new(State::Ok, remark));
        }
    }
}

fn is_unused(rule: &Rc<Suppression>, jobs: &[Job], reports: &[TargetReport]) -> bool {
    let here: Vec<(&Job, &TargetReport)> =
        jobs.iter().zip(reports).filter(|(job, _)| has(job, rule)).collect();
    let is_whole = rule.is_for_one_check() || here.iter().all(|(job, _)| job.reports_databases);
    let checks = || {
        here.iter().flat_map(|(_, report)| {
            let of_rule = report.checks.iter().filter(|check| rule.addresses(&check.check));
            of_rule.map(|check| (report.target.as_str(), check))
        })
    };
    let is_used = |(target, check): (&str, &CheckReport)| {
        let found = matches(check, &ids(target, check), |finding, place| {
            rule.matches(finding, place).then_some(())
        });
        found.iter().any(Option::is_some)
    };
    let judges_rates = here.iter().flat_map(|(job, _)| job.planned()).any(|planned| {
        rule.addresses(&planned.check.name) && !planned.effective.thresholds.rate_names().is_empty()
    });
    let waits =
        |(job, _): &(&Job, &TargetReport)| job.left_out.iter().any(|check| rule.addresses(check));
    here.len() >= rule.listed
        && is_whole
        && !judges_rates
        && !here.iter().any(waits)
        && checks().any(|(_, check)| ran(check))
        && checks().all(|(_, check)| check.error.is_none())
        && !checks().any(is_used)
}

fn has(job: &Job, rule: &Rc<Suppression>) -> bool {
    job.suppressions.iter().any(|one| one.name == rule.name)
}

fn ran(check: &CheckReport) -> bool {
    check.skipped.is_none() && check.error.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::database::parameters::Environment;
    use crate::settings::Settings;

    /// The findings of a single run in which no rate is judged.
    fn remarks(settings: &str) -> Vec<String> {
        let catalog = Catalog::embedded();
        let settings = Settings::parse("p", settings.to_owned(), &catalog).expect("they are valid");
        let checks: Vec<_> = catalog.checks().expect("valid").into_iter().map(Rc::new).collect();
        let target = &settings.targets()[0];
        let environment = Environment::of_process();
        let job = Job::new(&settings, target, &checks, &environment).expect("it is planned");
        let check = CheckReport::new("deadlocks", None);
        let report = TargetReport { checks: vec![check].into(), ..TargetReport::default() };
        let mut reports = [report];
        add_remarks(&[job], &mut reports, Timestamp::now());
        let findings = reports[0].checks[0].findings.iter();
        findings.map(|finding| finding.summary.clone()).collect()
    }

    /// A suppression of a rate matches nothing in a single run, and is in use.
    #[test]
    fn a_suppression_of_a_check_with_rates_gets_no_remark() {
        let settings = "[targets.db1]\nhost = \"/nowhere\"\n[checks.deadlocks]\nenabled = true\n\
            [suppressions.x]\ncheck = \"deadlocks\"\nreason = \"r\"\nauthor = \"a\"\nuntil = 2099-12-31\n";
        let unused = "suppression x matches no finding: remove or correct it";
        assert_eq!(remarks(settings), [unused]);
        let range = "[checks.deadlocks.thresholds.\"deadlocks per hour\"]\nwarning = \"10\"\n";
        assert_eq!(remarks(&format!("{settings}{range}")), [""; 0]);
    }
}
