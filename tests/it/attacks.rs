//! What somebody tries who has the monitor's password, or another login, or a database that is watched.
//!
//! It starts one server, and no attack may disturb the next: in the end the functions answer as they did in
//! the beginning, and the catalogs hold what they held.

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

/// All that is one session's work.
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
    Vain,
    Allowed,
}

/// Every attack, on one server.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let field = Field::new(bindir);
    assert_eq!(field.major, major);
    scenes::the_trap_works(&field);
    let trapped = field.log();
    assert!(!foreign_code(&trapped, 0).is_empty(), "the trap leaves no trace in the log");
    let installed = footprint(&field.server);
    let ends = attacks(&field);
    let count = |end| ends.iter().filter(|one| **one == end).count();
    let lines = [
        format!(
            "attacks on PostgreSQL {major}: {} tried, {} refused, {} without effect, {} allowed by PostgreSQL itself",
            ends.len(),
            count(End::Refused),
            count(End::Vain),
            count(End::Allowed)
        ),
        settings::every_value_of_every_setting(&field),
        callers::every_function(&field),
    ];
    let unheard = field.witness.unheard(&field.server);
    assert_eq!(unheard, Ok(()), "PostgreSQL {major}");
    assert_eq!(footprint(&field.server), installed, "PostgreSQL {major}");
    let log = field.log();
    let foreign = foreign_code(&log, trapped.lines().count());
    assert!(foreign.is_empty(), "PostgreSQL {major}, from the log: {foreign:#?}");
    for line in &lines {
        crate::documents::print_count(line);
    }
}

/// Every attack, and how it ended. What did not end as expected is told all at once.
fn attacks(field: &Field) -> Vec<End> {
    let (mut ends, mut wrong) = (Vec::new(), Vec::new());
    for attack in TABLES.iter().copied().flatten() {
        match field.attack(attack) {
            Ok(end) => ends.push(end),
            Err(reason) => {
                // An answer with a thousand rows would hide the next reason.
                let reason: String = reason.chars().take(1000).collect();
                wrong.push(format!("{} in {}: {reason}", attack.id, attack.database));
            }
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{}", field.major, wrong.join("\n"));
    ends.extend(scenes::play(field));
    ends
}

/// The numbered list that the first ninety are from has no gaps.
#[test]
fn none_is_left_out() {
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
