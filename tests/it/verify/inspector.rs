//! Runs the queries of `verify` in open sessions, as the monitor role and as a superuser.
//!
//! Other tests run the command itself: they test how it finds databases, and its output.

use posemo::catalog::Catalog;
use posemo::database::{Purpose, Session};
use posemo::install::InstallOptions;
use posemo::install::verify::{VerifyQuery, queries};
use tokio::runtime::Runtime;

use crate::server::{FEW, LIMITS, Server, runtime};

/// A deviation and its fix.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) state: String,
    /// Rule, database, object, deviation.
    pub(super) text: String,
    pub(super) fix: String,
    /// The rule that found it.
    pub(super) rule: &'static str,
    /// The database where it was found, in which the fix is run.
    pub(super) database: String,
}

/// Sessions of a role in the home database and in `app`, and the queries about [`FEW`] checks.
pub(super) struct Inspector {
    runtime: Runtime,
    sessions: Vec<(String, Session)>,
    queries: Vec<VerifyQuery>,
}

impl Inspector {
    pub(super) fn new(server: &Server, user: &str) -> Inspector {
        let runtime = runtime();
        let purpose = Purpose::Monitor { statement: LIMITS.statement };
        let open = |database: &str| {
            let parameters = server.parameters(user, database);
            let session = runtime.block_on(Session::open(&parameters, purpose)).unwrap();
            (database.to_owned(), session)
        };
        let sessions: Vec<(String, Session)> = ["posemo", "app"].map(open).into();
        let options = InstallOptions {
            databases: vec!["app".to_owned()],
            superuser: user == "postgres",
            ..InstallOptions::default()
        };
        let catalog = Catalog::embedded();
        let checks: Vec<_> = FEW.split(',').map(|name| catalog.get(name).unwrap()).collect();
        let queries = queries(&checks, &options, server.version().parse().unwrap(), None).unwrap();
        // The server plans each query once, and not after each deviation.
        for (number, query) in queries.iter().enumerate() {
            let (_, session) = sessions.iter().find(|(name, _)| *name == query.database).unwrap();
            let sql = format!(
                "PREPARE verify_{number} AS SELECT pg_catalog.json_build_array(c1, c2, c3, c4, c5) FROM (\n{}\n) AS q(c1, c2, c3, c4, c5)",
                query.sql
            );
            runtime
                .block_on(session.apply(&sql))
                .unwrap_or_else(|error| panic!("{}: {error}", query.rule));
        }
        Inspector { runtime, sessions, queries }
    }

    /// All deviations.
    pub(super) fn deviations(&self) -> Vec<Found> {
        self.queries
            .iter()
            .enumerate()
            .flat_map(|(number, query)| self.run(number, query))
            .collect()
    }

    /// The remaining deviations of the rules that found some.
    pub(super) fn remaining(&self, seen: &[Found]) -> Vec<Found> {
        let found_something = |(_, query): &(usize, &VerifyQuery)| {
            seen.iter().any(|found| found.rule == query.rule && found.database == query.database)
        };
        let queries = self.queries.iter().enumerate().filter(found_something);
        queries.flat_map(|(number, query)| self.run(number, query)).collect()
    }

    fn run(&self, number: usize, query: &VerifyQuery) -> Vec<Found> {
        let (_, session) = self.sessions.iter().find(|(name, _)| *name == query.database).unwrap();
        let rows = self.runtime.block_on(session.run(&format!("EXECUTE verify_{number}")));
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", query.rule));
        let found = |row: Option<String>| {
            let [state, object, deviation, _, fix]: [Option<String>; 5] =
                serde_json::from_str(&row.unwrap()).expect("five columns");
            let (object, deviation) = (object.unwrap_or_default(), deviation.expect("a deviation"));
            Found {
                state: state.expect("a state"),
                text: format!("{} ({}) {object}: {deviation}", query.rule, query.database),
                fix: fix.unwrap_or_default(),
                rule: query.rule,
                database: query.database.clone(),
            }
        };
        let found = rows.into_iter().map(found);
        found.filter(|found| found.state != "count" && found.state != "ok").collect()
    }
}
