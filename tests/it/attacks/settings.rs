//! Every setting that the monitor role can set, with extreme values, before every call.
//!
//! A session can change how values are printed, but not which rows are returned.

use std::fmt::Write;

use super::attacker::{Answer, Attacker};
use super::field::Field;
use super::table::{HOME, MONITOR};

/// The settings that a session can set, with type, range and enum values.
const SETTINGS: &str =
    "SELECT name, vartype, min_val, max_val, array_to_string(enumvals, ' '), setting
    FROM pg_settings WHERE context = 'user' ORDER BY name";

/// Values for text settings: names, lists, times, encodings, and other texts.
const WORDS: &[&str] = &[
    "",
    "public",
    "pg_temp, public",
    "SQL, DMY",
    "iso_8601",
    "C",
    "UTC",
    "LATIN1",
    "nowhere",
    "$user",
];

/// Settings that can end the session or the statement: then no result exists, so it cannot be wrong. They are tried alone.
/// With extreme values of two planner settings the server runs out of memory.
const ALONE: &[&str] = &[
    "geqo_generations",
    "geqo_pool_size",
    "statement_timeout",
    "transaction_timeout",
    "idle_session_timeout",
    "idle_in_transaction_session_timeout",
];
const ENDS: &[&str] = &["57014", "25P03", "25P04", "57P05", "08000"];

/// The number of settings per group, because calling every function takes time.
const TOGETHER: usize = 8;

/// Sets each group, calls every function, and compares the results. Returns the line for the page.
pub(super) fn every_value_of_every_setting(field: &Field) -> String {
    let open = || Attacker::connect(&field.server, MONITOR, HOME, "").unwrap();
    let mut session = open();
    let settings = session.ask(SETTINGS).unwrap();
    let (mut taken, mut wrong) = (0, String::new());
    for group in groups(&session, &settings) {
        for (name, value) in &group {
            session.ask(&set(name, value)).unwrap();
        }
        taken += group.len();
        let before = field.witness.answers(&[HOME]);
        if let Err(reason) = field.witness.same(HOME, &session, &before)
            && !(group.len() == 1 && ENDS.iter().any(|code| reason.contains(code)))
        {
            writeln!(wrong, "{group:?}: {reason}").expect("writing to a string succeeds");
        }
        if session.ask("RESET ALL").is_err() {
            session = open();
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{wrong}", field.major);
    assert!(taken > 200, "only {taken} values were accepted");
    format!(
        "settings on PostgreSQL {}: {taken} values of {} settings changed no result",
        field.major,
        settings.len()
    )
}

/// The settings and values that the server accepts, in groups without a duplicate setting.
fn groups(session: &Attacker, settings: &Answer) -> Vec<Vec<(String, String)>> {
    let mut groups: Vec<Vec<(String, String)>> = Vec::new();
    for row in settings {
        let [name, kind, minimum, maximum, choices, now] =
            [0, 1, 2, 3, 4, 5].map(|index| row[index].as_deref().unwrap_or_default());
        for value in values(kind, minimum, maximum, choices, now) {
            // In one message, because some values would end the session before the next.
            if session.ask(&format!("{}; RESET ALL", set(name, &value))).is_err() {
                continue;
            }
            let one = (name.to_owned(), value);
            let has_room = |group: &&mut Vec<(String, String)>| {
                group.len() < TOGETHER
                    && !group
                        .iter()
                        .any(|(other, _)| other == name || ALONE.contains(&other.as_str()))
            };
            match groups.iter_mut().rev().find(has_room) {
                Some(group) if !ALONE.contains(&name) => group.push(one),
                _ => groups.push(vec![one]),
            }
        }
    }
    groups
}

fn set(name: &str, value: &str) -> String {
    format!("SET \"{name}\" = '{value}'")
}

/// The extreme values of a setting.
fn values(kind: &str, minimum: &str, maximum: &str, choices: &str, now: &str) -> Vec<String> {
    match kind {
        "bool" => vec![if now == "on" { "off" } else { "on" }.to_owned()],
        "enum" => choices.split(' ').filter(|word| *word != now).map(str::to_owned).collect(),
        "integer" | "real" => vec![minimum.to_owned(), maximum.to_owned()],
        _ => WORDS.iter().map(|word| (*word).to_owned()).collect(),
    }
}
