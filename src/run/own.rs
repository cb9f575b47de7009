//! The report of a target about its databases: which are not monitored, and which cannot be.

use super::job::Job;
use crate::database::databases::MonitoredDatabase;
use crate::finding::report::{CheckReport, OWN};
use crate::finding::{Finding, State};

/// The report on the databases that were listed. Monitoring systems show it in the service for the target.
///
/// It exists without a problem too, so that an alert ends when a database has checks. If the settings list the databases
/// to monitor, it is about these. `home` is the home database.
pub(super) fn report(databases: &[MonitoredDatabase], job: &Job, home: &str) -> CheckReport {
    let names: Vec<&str> = databases.iter().map(|one| one.name.as_str()).chain([home]).collect();
    let absent = job.databases.iter().flat_map(|list| list.absent(&names));
    let absent: Vec<Finding> = absent.map(|name| not_there(&name)).collect();
    let databases: Vec<&MonitoredDatabase> =
        databases.iter().filter(|database| job.monitors(&database.name)).collect();
    let found = databases.iter().filter_map(|one| finding(one, job.databases.is_some()));
    let findings: Vec<Finding> = found.chain(absent).collect();
    let mut missing = findings.iter().filter(|finding| finding.state != State::Ok);
    let summary = match (missing.next(), missing.count() + 1) {
        (Some(only), 1) => only.summary.clone(),
        (Some(_), number) => format!("{number} databases are not monitored"),
        (None, _) => match databases.iter().filter(|one| one.installed && one.open).count() {
            1 => "per-database checks run in 1 database".to_owned(),
            number => format!("per-database checks run in {number} databases"),
        },
    };
    CheckReport {
        summary,
        findings,
        topic: "availability".to_owned(),
        ..CheckReport::new(OWN, None)
    }
}

/// A name or pattern of the settings that no database has.
fn not_there(pattern: &str) -> Finding {
    let summary =
        format!("database {pattern} is not monitored, because the server has no such database");
    let remedy = "The key databases of the target's settings lists it. Correct the name, or remove it from the list.";
    let description = Some(remedy.to_owned());
    Finding { description, ..Finding::new(State::Warning, summary).about(Some(pattern.to_owned())) }
}

fn finding(database: &MonitoredDatabase, listed: bool) -> Option<Finding> {
    let name = &database.name;
    let (state, summary, remedy) = match (database.installed, database.open) {
        (true, true) => return None,
        (true, false) => (
            State::Ok,
            format!("database {name} allows no connections, so its checks do not run"),
            "The checks run again after ALTER DATABASE … ALLOW_CONNECTIONS true or CONNECTION LIMIT -1.",
        ),
        (false, _) if listed => (
            State::Warning,
            format!("database {name} is not monitored, because no checks are installed there"),
            "The key databases of the target's settings lists it. Run posemo install with --database and its name.",
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
    use crate::catalog::databases::DatabaseList;
    use crate::database::parameters::Environment;
    use crate::settings::Settings;
    use crate::settings::target::Target;

    #[test]
    fn only_databases_with_a_problem_are_reported() {
        let database = |name: &str, installed, open| MonitoredDatabase {
            name: name.to_owned(),
            installer: 10,
            open,
            installed,
        };
        let app = database("app", true, true);
        let target = Target::default();
        let job = |databases: Option<&[&str]>| {
            let job = Job::new(&Settings::default(), &target, &[], &Environment::silent()).unwrap();
            let databases = databases.map(DatabaseList::new);
            Job { databases, ..job }
        };
        let report = |databases: &[MonitoredDatabase]| report(databases, &job(None), "posemo");
        let fine = report(std::slice::from_ref(&app));
        assert_eq!((fine.state(), fine.findings.len()), (State::Ok, 0));
        assert_eq!(fine.summary, "per-database checks run in 1 database");
        let closed = report(&[app.clone(), database("closed", true, false)]);
        assert_eq!((closed.state(), closed.findings.len()), (State::Ok, 1));
        assert_eq!(closed.summary, "per-database checks run in 1 database");
        let one = report(&[app, database("b", false, true)]);
        assert_eq!(one.state(), State::Warning);
        assert!(one.summary.starts_with("database b is not monitored"), "{one:?}");
        let mixed = report(&[
            database("a\n", false, true),
            database("b", true, false),
            database("c", false, true),
        ]);
        assert_eq!(mixed.state(), State::Warning);
        assert_eq!(mixed.summary, "2 databases are not monitored");
        assert_eq!(mixed.findings[0].object.as_deref(), Some("a\n"));
        assert!(mixed.findings[0].summary.contains("database a\n is not"), "{mixed:?}");
        let listed = super::report(
            &[database("app", true, true), database("a", false, true), database("b", false, true)],
            &job(Some(&["a*", "posemo", "gone", "x*"])),
            "posemo",
        );
        let objects: Vec<_> = listed.findings.iter().map(|one| one.object.as_deref()).collect();
        assert_eq!(objects, [Some("a"), Some("gone"), Some("x*")]);
        assert_eq!(listed.summary, "3 databases are not monitored");
    }
}
