//! A monitored server with login roles of attackers, and the execution of one attack.
//!
//! The tables contain the attacks.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use super::End;
use super::attacker::{Answer, Attacker, Refusal};
use super::table::{APP, Attack, Expected, HOME, MONITOR, OWNER, Proof};
use super::witness::Witness;
use crate::server::{Person, Server};

/// How posemo is installed on it.
pub(super) const INSTALLED: &[&str] = &["--database", "app", "--database", "spare"];

/// A monitored server with login roles of attackers.
pub(super) struct Field {
    pub(super) server: Server,
    pub(super) witness: Witness,
    pub(super) major: u32,
    /// Sessions that some attacks read from: a superuser's, with a query that other roles must not read.
    _superusers: [Person; 2],
}

/// The roles, with verifiers of both kinds, and data to read.
const PEOPLE: &str = "
    CREATE ROLE po_other LOGIN; CREATE ROLE po_crole LOGIN CREATEROLE; CREATE ROLE po_dbo LOGIN;
    SET password_encryption = 'scram-sha-256'; CREATE ROLE po_secret LOGIN PASSWORD 'secret';
    SET password_encryption = 'md5'; CREATE ROLE po_old LOGIN PASSWORD 'secret'";
/// The tables and sequences of the owner of the database.
const DATA: &str = "
    SET ROLE po_dbo; CREATE TABLE public.secret_data AS SELECT 1 AS n, 'secret' AS word FROM generate_series(1, 100);
    CREATE SEQUENCE public.orders MAXVALUE 1000; SELECT setval('public.orders', 900); RESET ROLE; ANALYZE public.secret_data";

impl Field {
    /// Starts, fills and installs.
    pub(super) fn new(bindir: &Path) -> Field {
        let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
        let server = Server::start(&options);
        server.superuser("postgres", PEOPLE);
        server.superuser("postgres", "CREATE DATABASE app OWNER po_dbo");
        server.superuser("postgres", "CREATE DATABASE spare");
        server.install(INSTALLED);
        server.superuser("app", DATA);
        let witness = Witness::new(&server);
        let superusers = [HOME, APP].map(|database| server.session("postgres", database));
        for superuser in &superusers {
            superuser.ask("SELECT 'a superuser was here'").unwrap();
        }
        Field { major: server.major(), server, witness, _superusers: superusers }
    }

    /// The server's log.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.server.0.log()).unwrap()).into_owned()
    }

    /// Prepares, runs and judges an attack, and undoes its effects.
    pub(super) fn attack(&self, attack: &Attack) -> Result<End, String> {
        if !attack.prepare.is_empty() {
            self.server.superuser(attack.database, attack.prepare);
        }
        let judged = self.run(attack);
        if !attack.repair.is_empty() {
            self.server.superuser(attack.database, attack.repair);
        }
        judged
    }

    fn run(&self, attack: &Attack) -> Result<End, String> {
        let expected = attack.expected.on(self.major);
        let before = match expected {
            Expected::SameResults => self.witness.answers(&[HOME, APP]),
            _ => Vec::new(),
        };
        let connected =
            Attacker::connect(&self.server, attack.who, attack.database, attack.options);
        let attacker = match connected {
            Ok(attacker) => attacker,
            Err(refusal) => return judge_refusal(expected, attack.steps.is_empty(), &refusal),
        };
        let mut last = Answer::new();
        for (index, step) in attack.steps.iter().enumerate() {
            match attacker.ask(step) {
                Ok(answer) => last = answer,
                Err(refusal) => {
                    return judge_refusal(expected, index + 1 == attack.steps.len(), &refusal);
                }
            }
        }
        let proven = |proof| self.proven(proof, attack, &attacker, &last);
        match expected {
            Expected::Refused(code) => Err(format!("expected {code}, but got {last:?}")),
            Expected::NoEffect(proof) => proven(proof).map(|()| End::NoEffect),
            Expected::Allowed(proof) => proven(proof).map(|()| End::Allowed),
            Expected::SameResults => self
                .witness
                .same_for_all(&self.server, attack, &attacker, &before)
                .map(|()| End::NoEffect),
            Expected::SameReport => self.witness.changes(&self.server).map(|()| End::NoEffect),
            Expected::Since(..) => Err("an expectation within an expectation".to_owned()),
        }
    }

    fn proven(
        &self,
        proof: Proof,
        attack: &Attack,
        attacker: &Attacker,
        last: &Answer,
    ) -> Result<(), String> {
        let (holds, wanted, found) = match proof {
            Proof::Superuser(question, wanted) => {
                let found = self.server.superuser(attack.database, question).join("\n");
                (found == wanted, wanted, found)
            }
            Proof::Own(wanted) => (shown(last) == wanted, wanted, shown(last)),
            Proof::Notice(wanted) => {
                let found = attacker.notices().join("\n");
                (found.contains(wanted), wanted, found)
            }
        };
        if holds { Ok(()) } else { Err(format!("expected {wanted:?}, but got {found:?}")) }
    }
}

/// The lines of a log about an attacker's code that another role ran, without the first `skipped` lines.
pub(super) fn foreign_code(log: &str, skipped: usize) -> Vec<&str> {
    let own = [MONITOR, OWNER].map(|name| format!("evil as {name}"));
    log.lines()
        .skip(skipped)
        .filter(|line| {
            line.contains("evil as ") && !own.iter().any(|own| line.ends_with(own.as_str()))
        })
        // The log also contains the statements that create these functions, if they fail.
        .filter(|line| !line.contains("evil as %"))
        .collect()
}

/// Columns joined by `|`, rows by a line break.
fn shown(answer: &Answer) -> String {
    let row = |row: &Vec<Option<String>>| {
        let values = row.iter().map(|value| value.as_deref().unwrap_or("NULL"));
        values.collect::<Vec<_>>().join("|")
    };
    answer.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// A refusal counts only for the last step: an attack that fails before was not tried. An attack that must fail at
/// connecting has no steps.
fn judge_refusal(expected: Expected, is_last: bool, refusal: &Refusal) -> Result<End, String> {
    match expected {
        Expected::Refused(code) if is_last && refusal.sqlstate == code => Ok(End::Refused),
        other => Err(format!("expected {other:?}, but got {refusal:?}")),
    }
}
