//! Everything that posemo reports about a server, in a form that can be compared.
//!
//! The expected results are those of the unchanged server. Results that change without a reason are found first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use posemo::database::{Purpose, Session};

use super::run;
use super::scene::ODD;
use crate::server::{CALM, Server, runtime};

/// Results, by the name of the reported item.
pub(super) type Answers = BTreeMap<String, String>;

/// This check counts the current sessions, including the other sessions of the same run.
const MOMENTARY: &str = "connection_usage";

/// The results of an unchanged server.
pub(super) struct Clean {
    answers: Answers,
    /// Results that differ without a change, such as a count of blocks read: only their existence and their text without
    /// digits are compared.
    moving: BTreeSet<String>,
    /// Results that do not always exist, or that differ even without digits, as a size that grows from `980 KiB` to
    /// `1.0 MiB`. They are not compared.
    unstable: BTreeSet<String>,
}

impl Clean {
    pub(super) fn measure(server: &Server) -> Clean {
        let mut clean =
            Clean { answers: ask(server), moving: BTreeSet::new(), unstable: BTreeSet::new() };
        for _ in 0..2 {
            // The same activity as when settings are changed.
            server.superuser(
                "app",
                "ALTER DATABASE app SET search_path = public; ALTER DATABASE app RESET ALL",
            );
            clean.measure_again(server);
        }
        clean
    }

    /// The results that differ from those of the unchanged server.
    pub(super) fn differences(&self, now: &Answers) -> Vec<String> {
        let keys: BTreeSet<&String> = self.answers.keys().chain(now.keys()).collect();
        let is_different = |key: &&&String| {
            let (before, after) = (self.answers.get(**key), now.get(**key));
            if self.unstable.contains(**key) {
                return false;
            }
            if self.moving.contains(**key) || key.contains(MOMENTARY) {
                return before.map(|text| shape(text)) != after.map(|text| shape(text));
            }
            before != after
        };
        let describe =
            |key: &String| format!("{key}: {:?} and not {:?}", now.get(key), self.answers.get(key));
        keys.iter().filter(is_different).map(|key| describe(key)).collect()
    }

    /// Measures the server, which is unchanged again: results that differ now are not compared exactly.
    pub(super) fn measure_again(&mut self, server: &Server) {
        let now = ask(server);
        let keys: BTreeSet<&String> = self.answers.keys().chain(now.keys()).collect();
        for key in keys {
            match (self.answers.get(key), now.get(key)) {
                (before, after) if before == after => {}
                (Some(before), Some(after)) if shape(before) == shape(after) => {
                    self.moving.insert(key.clone());
                }
                _ => {
                    self.unstable.insert(key.clone());
                }
            }
        }
    }

    /// The number of results, and how many of them are compared exactly.
    pub(super) fn counts(&self) -> (usize, usize) {
        let is_exact = |key: &&String| {
            !self.moving.contains(*key) && !self.unstable.contains(*key) && !key.contains(MOMENTARY)
        };
        (self.answers.len(), self.answers.keys().filter(is_exact).count())
    }
}

/// The parts of the report, and the rows of each function as text in a session of the monitor role.
pub(super) fn ask(server: &Server) -> Answers {
    let (report, code) = run(server);
    let mut answers = Answers::from([("exit code".to_owned(), code.to_string())]);
    let target = &report["targets"][0];
    for key in ["error", "role", "state", "server_version"] {
        answers.insert(format!("target: {key}"), target[key].to_string());
    }
    for check in target["checks"].as_array().unwrap() {
        let name = format!("{} in {}", check["check"], check["database"]);
        for key in ["error", "skipped"] {
            answers.insert(format!("{name}: {key}"), check[key].to_string());
        }
        // What the other checks report can change at any time.
        let own = check["check"].as_str().unwrap();
        if own != "posemo" && !CALM.contains(&own) {
            continue;
        }
        for key in ["state", "summary"] {
            answers.insert(format!("{name}: {key}"), check[key].to_string());
        }
        for (list, identity) in [("findings", ["id", "object"]), ("metrics", ["name", "object"])] {
            for item in check[list].as_array().unwrap() {
                answers.insert(
                    format!("{name}: {list} {} {}", item[identity[0]], item[identity[1]]),
                    item.to_string(),
                );
            }
        }
    }
    for database in ["posemo", "app", ODD] {
        answers.extend(
            rows(server, database)
                .unwrap_or_else(|error| Answers::from([(format!("rows in {database}"), error)])),
        );
    }
    answers
}

/// The rows of the functions in a database, as text of the server with the monitor role's settings.
fn rows(server: &Server, database: &str) -> Result<Answers, String> {
    let functions = "SELECT p.proname FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'posemo'::pg_catalog.regnamespace ORDER BY p.proname";
    let purpose = Purpose::Monitor { statement: Duration::from_secs(20) };
    let parameters = server.parameters("posemo", database);
    let all = runtime().block_on(async {
        let session = Session::open(&parameters, purpose).await?;
        let mut all = Answers::new();
        let functions = session.ask(functions).await?.into_iter().flatten();
        for function in functions.filter(|name| CALM.contains(&name.as_str())) {
            let sql = format!("SELECT f::pg_catalog.text FROM posemo.{function}() AS f");
            for (number, row) in session.ask(&sql).await?.into_iter().enumerate() {
                all.insert(
                    format!("row {number} of {function} in {database}"),
                    row.unwrap_or_default(),
                );
            }
        }
        Ok::<_, posemo::database::error::DatabaseError>(all)
    });
    all.map_err(|error| error.to_string())
}

/// A text without its digits: `used 12.5 %` and `used 7 %` are equal.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for character in text.chars() {
        let is_digit = character.is_ascii_digit();
        if !(shape.ends_with('#') && (is_digit || character == '.')) {
            shape.push(if is_digit { '#' } else { character });
        }
    }
    shape
}
