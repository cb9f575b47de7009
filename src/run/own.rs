//! The report of a target about its databases: which are not monitored, and which cannot be.

use crate::database::probe::MonitoredDatabase;
use crate::finding::report::{CheckReport, OWN};
use crate::finding::{Finding, State};

/// The report, if there is something to report. Monitoring systems show it in the service for the target.
pub(super) fn report(databases: &[MonitoredDatabase]) -> Option<CheckReport> {
    let findings: Vec<Finding> = databases.iter().filter_map(finding).collect();
    let missing = findings.iter().filter(|finding| finding.state != State::Ok).count();
    let summary = match findings.as_slice() {
        [] => return None,
        [finding] => finding.summary.clone(),
        all if missing == 0 => format!("{} databases allow no connections", all.len()),
        _ => format!("{missing} databases are not monitored"),
    };
    Some(CheckReport { summary, findings, ..CheckReport::new(OWN, None) })
}

fn finding(database: &MonitoredDatabase) -> Option<Finding> {
    let name = &database.name;
    let (state, summary, remedy) = match (database.installed, database.open) {
        (true, true) => return None,
        (true, false) => (
            State::Ok,
            format!("database {name} allows no connections, so its checks do not run"),
            "The checks run again after ALTER DATABASE … ALLOW_CONNECTIONS true or CONNECTION LIMIT -1.",
        ),
        (false, _) => (
            State::Warning,
            format!("database {name} is not monitored, because no checks are installed there"),
            "It was created or restored after the installation. Run posemo install again with the same options, for \
             example --all-databases. If it must not be monitored, name the others with --database.",
        ),
    };
    let description = Some(remedy.to_owned());
    Some(Finding { description, ..Finding::new(state, summary).about(Some(database.name.clone())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_with_a_problem_are_reported() {
        let database = |name: &str, installed, open| MonitoredDatabase {
            name: name.to_owned(),
            installer: 10,
            open,
            installed,
        };
        assert_eq!(report(&[database("app", true, true)]), None);
        let closed = report(&[database("app", true, false)]).expect("it is closed");
        assert_eq!((closed.state(), closed.findings.len()), (State::Ok, 1));
        let all =
            [database("a\n", false, true), database("b", true, false), database("c", false, true)];
        let mixed = report(&all).expect("two are missing");
        assert_eq!(mixed.state(), State::Warning);
        assert_eq!(mixed.summary, "2 databases are not monitored");
        assert_eq!(mixed.findings[0].object.as_deref(), Some("a\n"));
        assert!(mixed.findings[0].summary.contains("database a\n is not"), "{mixed:?}");
    }
}
