//! Attacks by a user with the monitor role's password, with another login, or with a monitored database.
//!
//! All attacks run on one server. At the end the functions return what they returned at the beginning, and the system
//! catalogs are unchanged.

use std::path::Path;

use crate::install::footprint;
use crate::server::Server;
use field::{Field, foreign_code};
use table::Attack;

mod answers;
mod attacker;
mod callers;
mod field;
mod functions;
mod machine;
mod owner;
mod residual;
mod rights;
mod scenes;
mod settings;
mod shadows;
mod table;
mod values;
mod wire;
mod witness;

/// The attacks that need one session.
const TABLES: &[&[Attack]] = &[
    functions::ATTACKS,
    rights::ATTACKS,
    machine::ATTACKS,
    answers::ATTACKS,
    residual::ATTACKS,
    shadows::ATTACKS,
    owner::ATTACKS,
];

/// How an attack ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Refused,
    NoEffect,
    Allowed,
}

/// Every attack, on one server.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let field = Field::new(bindir);
    assert_eq!(field.major, major);
    scenes::shadows_are_effective(&field);
    let trapped = field.log();
    assert!(!foreign_code(&trapped, 0).is_empty(), "the log contains the shadows' warnings");
    let installed = footprint(&field.server);
    let ends = attacks(&field);
    let count = |end| ends.iter().filter(|one| **one == end).count();
    let lines = [
        format!(
            "attacks on PostgreSQL {major}: {} tried, {} refused, {} without effect, {} allowed by PostgreSQL itself",
            ends.len(),
            count(End::Refused),
            count(End::NoEffect),
            count(End::Allowed)
        ),
        settings::every_value_of_every_setting(&field),
        callers::every_function(&field),
    ];
    let changes = field.witness.changes(&field.server);
    assert_eq!(changes, Ok(()), "PostgreSQL {major}");
    assert_eq!(footprint(&field.server), installed, "PostgreSQL {major}");
    let log = field.log();
    let foreign = foreign_code(&log, trapped.lines().count());
    assert!(foreign.is_empty(), "PostgreSQL {major}, from the log: {foreign:#?}");
    for line in &lines {
        crate::documents::print_count(line);
    }
}

/// Runs every attack, and returns how each ended. All unexpected results are reported together.
fn attacks(field: &Field) -> Vec<End> {
    let (mut ends, mut wrong) = (Vec::new(), Vec::new());
    for attack in TABLES.iter().copied().flatten() {
        match field.attack(attack) {
            Ok(end) => ends.push(end),
            Err(reason) => {
                // A result with a thousand rows would hide the next reason.
                let reason: String = reason.chars().take(1000).collect();
                wrong.push(format!("{} in {}: {reason}", attack.id, attack.database));
            }
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{}", field.major, wrong.join("\n"));
    ends.extend(scenes::run(field));
    ends
}

/// The first ninety attacks are numbered without gaps.
#[test]
fn the_numbers_have_no_gaps() {
    for number in 1..=90 {
        let id = format!("A{number:02}");
        let found = TABLES.iter().copied().flatten().any(|attack| attack.id == id);
        assert!(found, "{id} is not tried");
    }
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
