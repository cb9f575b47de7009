//! Sessions of the monitor role without an attack, whose results are compared with those of an attacked session.
//!
//! Numbers change over time, so a result is right if it is one of the results before and after, or between them.

use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;

use super::attacker::{Answer, Attacker};
use super::table::{APP, Attack, HOME, MONITOR};
use crate::server::{CALM, Server};

/// The permitted difference of a number, besides a tenth of it: the number of sessions changes.
const SLACK: f64 = 25.0;

/// The result of a function.
pub(super) type Answers = Answer;

/// A function of posemo in a database, and how to call it.
struct Function {
    database: &'static str,
    name: String,
    call: String,
    /// Which columns are numbers.
    numbers: Vec<bool>,
}

/// The sessions without an attack.
pub(super) struct Witness {
    home: Attacker,
    app: Attacker,
    functions: Vec<Function>,
    checks: Vec<Rc<Check>>,
    /// The report at the beginning.
    first_report: Vec<String>,
}

/// Every function that can be called without arguments, its columns, and whether they are numbers. Times count as
/// numbers, because the attacker can change the format of times in its session.
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
                if !CALM.contains(&name.as_str()) {
                    continue;
                }
                functions.push(Function {
                    database,
                    name: name.clone(),
                    call: format!("SELECT {columns} FROM posemo.{name}() AS f"),
                    numbers: kinds.chars().map(|kind| kind == 'n').collect(),
                });
            }
        }
        let open = |database| Attacker::connect(server, MONITOR, database, "").unwrap();
        let calm = CALM.iter().map(|name| Rc::new(Catalog::embedded().get(name).unwrap()));
        let checks = calm.collect();
        let (home, app) = (open(HOME), open(APP));
        let mut witness = Witness { home, app, functions, checks, first_report: Vec::new() };
        witness.first_report = witness.report(server);
        witness
    }

    /// The current result of every function in these databases; no rows for functions in other databases.
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

    /// Whether every function returns the same in new sessions, and in the attacker's session if this is one of the
    /// monitor role, and runs no foreign code.
    pub(super) fn same_for_all(
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

    /// Whether every function of a database returns the same in a session.
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
            return Err(format!("foreign code ran: {notices}"));
        }
        let after = self.answers(&[database]);
        let honest = self.functions.iter().zip(before.iter().zip(&after));
        let honest = honest.filter(|(function, _)| function.database == database);
        for ((function, (before, after)), given) in honest.zip(&given) {
            if !is_honest(&function.numbers, given, before, after) {
                return Err(format!(
                    "{} returned {given:?}, without an attack {before:?} and {after:?}",
                    function.name
                ));
            }
        }
        Ok(())
    }

    /// The report, without values that change over time.
    pub(super) fn report(&self, server: &Server) -> Vec<String> {
        let report = server.run(&self.checks);
        let target = &report.targets[0];
        let mut lines = vec![format!("{:?}", target.error)];
        for check in &target.checks {
            // They are ordered by numbers, which change.
            let mut parts: Vec<String> = check
                .findings
                .iter()
                .map(|finding| format!("{} {:?}", finding.state.name(), finding.object))
                .chain(
                    check
                        .metrics
                        .iter()
                        // It has no value for few blocks, and the attacks read many.
                        .filter(|metric| metric.name != "hit_ratio")
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

    /// Whether posemo reports the same as at the beginning.
    pub(super) fn changes(&self, server: &Server) -> Result<(), String> {
        let report = self.report(server);
        let differ = |these: &[String], those: &[String]| {
            these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
        };
        let (lost, new) =
            (differ(&self.first_report, &report), differ(&report, &self.first_report));
        if lost.is_empty() && new.is_empty() {
            return Ok(());
        }
        Err(format!("posemo no longer reports {lost:#?}, but {new:#?}"))
    }
}

/// Whether a result is one of two results without an attack, or between them: texts must be equal, numbers between.
fn is_honest(numbers: &[bool], given: &Answer, before: &Answer, after: &Answer) -> bool {
    let [given, before, after] = [given, before, after].map(|answer| in_order(numbers, answer));
    [&before, &after].into_iter().any(|honest| {
        let other = if same_texts(numbers, &before, &after) { &after } else { honest };
        let first = if same_texts(numbers, &before, &after) { &before } else { honest };
        same_texts(numbers, &given, honest)
            && given.iter().zip(first.iter().zip(other)).all(|(row, (first, other))| {
                let values = row.iter().zip(first.iter().zip(other)).zip(numbers);
                values.filter(|(_, is_number)| **is_number).all(|((value, (first, other)), _)| {
                    is_between(value.as_deref(), first.as_deref(), other.as_deref())
                })
            })
    })
}

/// The rows ordered by their texts, because an order by numbers changes with them.
fn in_order(numbers: &[bool], answer: &Answer) -> Answer {
    let mut rows = answer.clone();
    rows.sort_by_key(|row| texts(numbers, row));
    rows
}

fn texts(numbers: &[bool], row: &[Option<String>]) -> Vec<Option<String>> {
    row.iter()
        .zip(numbers)
        .filter(|(_, is_number)| !**is_number)
        .map(|(value, _)| value.clone())
        .collect()
}

fn same_texts(numbers: &[bool], one: &Answer, other: &Answer) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| texts(numbers, one) == texts(numbers, other))
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
fn a_forged_result_is_found() {
    let row = |name: &str, number: &str| vec![vec![Some(name.to_owned()), Some(number.to_owned())]];
    let honest = |name: &str, number: &str| {
        is_honest(&[false, true], &row(name, number), &row("a", "3"), &row("a", "100"))
    };
    assert!(honest("a", "3") && honest("a", "50") && honest("a", "110"));
    assert!(!honest("a", "777") && !honest("b", "3") && !honest("a", "-40") && !honest("a", "NaN"));
    let empty = Answer::new();
    assert!(!is_honest(&[false, true], &empty, &row("a", "3"), &row("a", "3")));
}
