//! An honest monitor, with whose answers those of an attacked session are compared.
//!
//! Numbers move by themselves, so an answer is right if an honest one could have been it, before or after.

use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;

use super::attacker::{Answer, Attacker};
use super::table::{APP, Attack, HOME, MONITOR};
use crate::server::Server;

/// How far a number may be from an honest one, beside a tenth of it: sessions come and go.
const SLACK: f64 = 25.0;

/// The answers of every function, in their order.
pub(super) type Answers = Answer;

/// A function of posemo's in a database, and how to call it.
struct Function {
    database: &'static str,
    name: String,
    call: String,
    /// Which columns are numbers.
    numbers: Vec<bool>,
}

/// An honest monitor.
pub(super) struct Witness {
    home: Attacker,
    app: Attacker,
    functions: Vec<Function>,
    checks: Vec<Rc<Check>>,
    /// What posemo reported in the beginning.
    usual: Vec<String>,
}

/// Every function that can be called without arguments, its columns, and whether they are numbers. Times are
/// taken as numbers, as the attacker may choose how his session prints them.
const FUNCTIONS: &str = "
    SELECT p.proname, string_agg(
        CASE WHEN c.type::regtype::text LIKE 'timestamp%' THEN format('pg_catalog.date_part(''epoch'', f.%I)', c.name)
             ELSE format('f.%I', c.name) END, ', ' ORDER BY c.position),
      string_agg(CASE WHEN c.type::regtype::text ~ '^(timestamp|smallint|integer|bigint|real|double|numeric)' THEN 'n' ELSE 't' END,
        '' ORDER BY c.position)
    FROM pg_proc AS p,
      unnest(p.proallargtypes, p.proargmodes, p.proargnames) WITH ORDINALITY AS c(type, mode, name, position)
    WHERE p.pronamespace = 'posemo'::regnamespace AND c.mode = 't' AND p.pronargs = p.pronargdefaults
    GROUP BY p.oid, p.proname ORDER BY p.proname";

impl Witness {
    pub(super) fn new(server: &Server) -> Witness {
        let mut functions = Vec::new();
        for database in [HOME, APP] {
            let superuser = Attacker::connect(server, "postgres", database, "").unwrap();
            for row in superuser.ask(FUNCTIONS).unwrap() {
                let [Some(name), Some(columns), Some(kinds)] = &row[..] else {
                    panic!("{row:?}");
                };
                functions.push(Function {
                    database,
                    name: name.clone(),
                    call: format!("SELECT {columns} FROM posemo.{name}() AS f"),
                    numbers: kinds.chars().map(|kind| kind == 'n').collect(),
                });
            }
        }
        let open = |database| Attacker::connect(server, MONITOR, database, "").unwrap();
        let checks = Catalog::embedded().checks().unwrap().into_iter().map(Rc::new).collect();
        let (home, app) = (open(HOME), open(APP));
        let mut witness = Witness { home, app, functions, checks, usual: Vec::new() };
        witness.usual = witness.report(server);
        witness
    }

    /// What every function says to an honest monitor now; of a database that is not asked for, nothing.
    pub(super) fn answers(&self, databases: &[&str]) -> Vec<Answers> {
        let ask = |function: &Function| {
            if !databases.contains(&function.database) {
                return Answers::new();
            }
            let session = if function.database == HOME { &self.home } else { &self.app };
            let answer = session.ask(&function.call);
            answer.unwrap_or_else(|refusal| panic!("{}: {refusal:?}", function.name))
        };
        self.functions.iter().map(ask).collect()
    }

    /// Whether every function says to the attacker, if he is the monitor, and in new sessions, what it says to
    /// an honest one, and runs nobody's code but its own.
    pub(super) fn unmoved(
        &self,
        server: &Server,
        attack: &Attack,
        attacker: &Attacker,
        before: &[Answers],
    ) -> Result<(), String> {
        if attack.who == MONITOR {
            self.same(attack.database, attacker, before)?;
        }
        for database in [HOME, APP] {
            let session = Attacker::connect(server, MONITOR, database, "")
                .map_err(|refusal| format!("a new session: {refusal:?}"))?;
            self.same(database, &session, before)?;
        }
        Ok(())
    }

    /// Whether every function of a database says in a session what it says to an honest monitor.
    pub(super) fn same(
        &self,
        database: &str,
        session: &Attacker,
        before: &[Answers],
    ) -> Result<(), String> {
        session.notices();
        let mut given = Vec::new();
        for function in self.functions.iter().filter(|function| function.database == database) {
            let answer = session.ask(&function.call);
            given.push(answer.map_err(|refusal| format!("{}: {refusal:?}", function.name))?);
        }
        let notices = session.notices().join("\n");
        if notices.contains("evil") {
            return Err(format!("foreign code was run: {notices}"));
        }
        let after = self.answers(&[database]);
        let honest = self.functions.iter().zip(before.iter().zip(&after));
        let honest = honest.filter(|(function, _)| function.database == database);
        for ((function, (before, after)), given) in honest.zip(&given) {
            if !is_honest(&function.numbers, given, before, after) {
                return Err(format!(
                    "{} gave {given:?}, honest are {before:?} and {after:?}",
                    function.name
                ));
            }
        }
        Ok(())
    }

    /// What posemo reports, without what moves by itself.
    pub(super) fn report(&self, server: &Server) -> Vec<String> {
        let report = server.run(&self.checks);
        let target = &report.targets[0];
        let mut lines = vec![format!("{:?}", target.error)];
        for check in &target.checks {
            // Their order is that of numbers.
            let mut parts: Vec<String> = check
                .findings
                .iter()
                .map(|finding| format!("{} {:?}", finding.state.name(), finding.object))
                .chain(
                    check
                        .metrics
                        .iter()
                        .map(|metric| format!("{} {:?}", metric.name, metric.object)),
                )
                .collect();
            parts.sort();
            lines.push(format!(
                "{} {:?} {:?} {:?} {parts:?}",
                check.check, check.database, check.error, check.skipped
            ));
        }
        lines
    }

    /// Whether posemo reports what it reported in the beginning.
    pub(super) fn unheard(&self, server: &Server) -> Result<(), String> {
        let said = self.report(server);
        let differ = |these: &[String], those: &[String]| {
            these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
        };
        let (lost, new) = (differ(&self.usual, &said), differ(&said, &self.usual));
        if lost.is_empty() && new.is_empty() {
            return Ok(());
        }
        Err(format!("posemo no longer reports {lost:#?}, but {new:#?}"))
    }
}

/// Whether an answer is, number by number and word by word, one of two honest ones or between them.
fn is_honest(numbers: &[bool], given: &Answer, before: &Answer, after: &Answer) -> bool {
    let [given, before, after] = [given, before, after].map(|answer| in_order(numbers, answer));
    [&before, &after].into_iter().any(|honest| {
        let other = if same_words(numbers, &before, &after) { &after } else { honest };
        let first = if same_words(numbers, &before, &after) { &before } else { honest };
        same_words(numbers, &given, honest)
            && given.iter().zip(first.iter().zip(other)).all(|(row, (first, other))| {
                let values = row.iter().zip(first.iter().zip(other)).zip(numbers);
                values.filter(|(_, is_number)| **is_number).all(|((value, (first, other)), _)| {
                    is_between(value.as_deref(), first.as_deref(), other.as_deref())
                })
            })
    })
}

/// Rows by their words, as an order by numbers moves with them.
fn in_order(numbers: &[bool], answer: &Answer) -> Answer {
    let mut rows = answer.clone();
    rows.sort_by_key(|row| words(numbers, row));
    rows
}

fn words(numbers: &[bool], row: &[Option<String>]) -> Vec<Option<String>> {
    row.iter()
        .zip(numbers)
        .filter(|(_, is_number)| !**is_number)
        .map(|(value, _)| value.clone())
        .collect()
}

fn same_words(numbers: &[bool], one: &Answer, other: &Answer) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| words(numbers, one) == words(numbers, other))
}

fn is_between(value: Option<&str>, first: Option<&str>, other: Option<&str>) -> bool {
    if value == first || value == other {
        return true;
    }
    let [Some(value), Some(first), Some(other)] =
        [value, first, other].map(|text| text.and_then(|text| text.parse::<f64>().ok()))
    else {
        return false;
    };
    let slack = SLACK + first.abs().max(other.abs()) / 10.0;
    value >= first.min(other) - slack && value <= first.max(other) + slack
}

/// The comparison must be able to fail.
#[test]
fn a_forged_answer_is_not_honest() {
    let row = |name: &str, number: &str| vec![vec![Some(name.to_owned()), Some(number.to_owned())]];
    let honest = |name: &str, number: &str| {
        is_honest(&[false, true], &row(name, number), &row("a", "3"), &row("a", "100"))
    };
    assert!(honest("a", "3") && honest("a", "50") && honest("a", "110"));
    assert!(!honest("a", "777") && !honest("b", "3") && !honest("a", "-40") && !honest("a", "NaN"));
    let empty = Answer::new();
    assert!(!is_honest(&[false, true], &empty, &row("a", "3"), &row("a", "3")));
}
