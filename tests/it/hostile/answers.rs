//! Everything that posemo says about a server, in a form that can be compared; and what of it moves by itself.
//!
//! Judges nothing: what ought to be said is what was said before.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use posemo::database::{Purpose, Session};

use super::run;
use super::scene::ODD;
use crate::server::{Server, runtime};

/// What was said, by what it was said of.
pub(super) type Answers = BTreeMap<String, String>;

/// It counts the sessions that there are while it is asked, and so the other sessions of the same run.
const OF_THE_MOMENT: &str = "connection_usage";

/// What a server says that nobody has touched.
pub(super) struct Clean {
    answers: Answers,
    /// What differs although nothing was changed, such as a count of blocks read: only that it is said, and
    /// how it looks without its digits, can be compared.
    moving: BTreeSet<String>,
    /// What comes and goes, or looks different even without its digits, as where a size goes from `980 KiB` to
    /// `1.0 MiB` and a ratio is first worth judging: not compared.
    restless: BTreeSet<String>,
}

impl Clean {
    pub(super) fn measure(server: &Server) -> Clean {
        let mut clean =
            Clean { answers: ask(server), moving: BTreeSet::new(), restless: BTreeSet::new() };
        for _ in 0..2 {
            // As much activity as there is while settings are changed.
            server.superuser(
                "app",
                "ALTER DATABASE app SET search_path = public; ALTER DATABASE app RESET ALL",
            );
            clean.look_again(server);
        }
        clean
    }

    /// What is said now and was not said on the clean server, or the other way round.
    pub(super) fn differences(&self, now: &Answers) -> Vec<String> {
        let keys: BTreeSet<&String> = self.answers.keys().chain(now.keys()).collect();
        let is_different = |key: &&&String| {
            let (before, after) = (self.answers.get(**key), now.get(**key));
            if self.restless.contains(**key) {
                return false;
            }
            if self.moving.contains(**key) || key.contains(OF_THE_MOMENT) {
                return before.map(|text| shape(text)) != after.map(|text| shape(text));
            }
            before != after
        };
        let told =
            |key: &String| format!("{key}: {:?} and not {:?}", now.get(key), self.answers.get(key));
        keys.iter().filter(is_different).map(|key| told(key)).collect()
    }

    /// Asks the server, which is clean again: what differs now moves by itself.
    pub(super) fn look_again(&mut self, server: &Server) {
        let now = ask(server);
        let keys: BTreeSet<&String> = self.answers.keys().chain(now.keys()).collect();
        for key in keys {
            match (self.answers.get(key), now.get(key)) {
                (before, after) if before == after => {}
                (Some(before), Some(after)) if shape(before) == shape(after) => {
                    self.moving.insert(key.clone());
                }
                _ => {
                    self.restless.insert(key.clone());
                }
            }
        }
    }

    /// How many answers there are, and how many of them are compared to the letter.
    pub(super) fn counts(&self) -> (usize, usize) {
        let is_exact = |key: &&String| {
            !self.moving.contains(*key)
                && !self.restless.contains(*key)
                && !key.contains(OF_THE_MOMENT)
        };
        (self.answers.len(), self.answers.keys().filter(is_exact).count())
    }
}

/// The report of the program, piece by piece, and the rows of each function as the monitor's session prints them.
pub(super) fn ask(server: &Server) -> Answers {
    let (report, code) = run(server);
    let mut answers = Answers::from([("exit code".to_owned(), code.to_string())]);
    let target = &report["targets"][0];
    for key in ["error", "role", "state", "server_version"] {
        answers.insert(format!("target: {key}"), target[key].to_string());
    }
    for check in target["checks"].as_array().unwrap() {
        let name = format!("{} in {}", check["check"], check["database"]);
        for key in ["state", "summary", "error", "skipped"] {
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

/// What the functions of a database return, as text that the server makes under the monitor's settings.
fn rows(server: &Server, database: &str) -> Result<Answers, String> {
    let functions = "SELECT p.proname FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'posemo'::pg_catalog.regnamespace ORDER BY p.proname";
    let purpose = Purpose::Monitor { statement: Duration::from_secs(20) };
    let parameters = server.parameters("posemo", database);
    let all = runtime().block_on(async {
        let session = Session::open(&parameters, purpose).await?;
        let mut all = Answers::new();
        for function in session.ask(functions).await?.into_iter().flatten() {
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

/// A text without its digits: `used 12.5 %` and `used 7 %` are the same.
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
