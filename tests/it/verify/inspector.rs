//! Asks the questions of `verify` on open sessions, as the monitor and as a superuser.
//!
//! The command itself is run where it finds databases out, and for what it prints.

use posemo::catalog::Catalog;
use posemo::database::{Purpose, Session};
use posemo::install::InstallOptions;
use posemo::install::verify::{Question, questions};
use tokio::runtime::Runtime;

use crate::server::{LIMITS, Server, runtime};

/// What is wrong, in words, and what mends it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) state: String,
    /// Rule, database, object, what is wrong.
    pub(super) words: String,
    pub(super) mend: String,
    /// What found it.
    pub(super) rule: &'static str,
    /// Where it was found, and where the remedy is to be run.
    pub(super) database: String,
}

/// One who asks, in the home database and in `app`.
pub(super) struct Inspector {
    runtime: Runtime,
    sessions: Vec<(String, Session)>,
    questions: Vec<Question>,
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
        let sessions = ["posemo", "app"].map(open).into();
        let options = Options {
            databases: vec!["app".to_owned()],
            superuser: user == "postgres",
            ..Options::default()
        };
        let checks = Catalog::embedded().checks().unwrap();
        let questions = questions(&checks, &options, server.version().parse().unwrap()).unwrap();
        Inspector { runtime, sessions, questions }
    }

    /// What is not as it should be.
    pub(super) fn deviations(&self) -> Vec<Found> {
        self.questions.iter().flat_map(|question| self.ask(question)).collect()
    }

    /// What the rules that found something still find.
    pub(super) fn still(&self, seen: &[Found]) -> Vec<Found> {
        let found_something = |question: &&Question| {
            seen.iter()
                .any(|found| found.rule == question.rule && found.database == question.database)
        };
        self.questions
            .iter()
            .filter(found_something)
            .flat_map(|question| self.ask(question))
            .collect()
    }

    fn ask(&self, question: &Question) -> Vec<Found> {
        let (_, session) =
            self.sessions.iter().find(|(name, _)| *name == question.database).unwrap();
        let rows = self.runtime.block_on(session.table(&question.sql));
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", question.rule));
        let found = |row: Vec<Option<String>>| {
            let [state, object, what, _, mend] = row.try_into().expect("five columns");
            let (object, what) = (object.unwrap_or_default(), what.expect("what is wrong"));
            Found {
                state: state.expect("a state"),
                words: format!("{} ({}) {object}: {what}", question.rule, question.database),
                mend: mend.unwrap_or_default(),
                rule: question.rule,
                database: question.database.clone(),
            }
        };
        let found = rows.into_iter().map(found);
        found.filter(|found| found.state != "count" && found.state != "ok").collect()
    }
}
