//! Hostile callers: every function with arguments, in every database, with unusual values.
//!
//! The functions are read from the system catalogs, so new checks are included.

use std::time::Duration;

use super::attacker::{Answer, Attacker, Refusal};
use super::field::Field;
use super::table::{APP, HOME, MONITOR};
use super::values::{NUMBERS, REFUSED_BY_TYPE, REFUSED_FOR_ALL, TEXTS, for_type};
use crate::waiting::slack;

/// No call takes longer on an idle machine, with any value.
const LONGEST: Duration = Duration::from_secs(2);

/// The functions with arguments: the name, and the names and types of the arguments.
const FUNCTIONS: &str = "
    SELECT p.proname, string_agg(a.name, ' ' ORDER BY a.position),
      string_agg(replace(format_type(a.type, NULL), ' ', '_'), ' ' ORDER BY a.position)
    FROM pg_proc AS p, unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) WITH ORDINALITY AS a(type, name, position)
    WHERE p.pronamespace = 'posemo'::regnamespace AND p.pronargs > 0
    GROUP BY p.oid, p.proname ORDER BY p.proname";

/// A call, and the expected result: rows, or this SQLSTATE.
type Call = (String, Option<&'static str>);

/// Calls every function with every value, and returns the line for the page.
pub(super) fn every_function(field: &Field) -> String {
    the_search_finds_verifiers(field);
    let (mut functions, mut calls, mut rows, mut wrong) = (0, 0, 0, Vec::new());
    for database in [HOME, APP] {
        let caller = Attacker::connect(&field.server, MONITOR, database, "").unwrap();
        // The server sends all messages to the client.
        caller.ask("SET client_min_messages = debug5").unwrap();
        for row in caller.ask(FUNCTIONS).unwrap() {
            let column = |index: usize| row[index].clone().unwrap_or_default();
            let (name, names, types) = (column(0), column(1), column(2));
            let arguments: Vec<(&str, &str)> = names.split(' ').zip(types.split(' ')).collect();
            functions += 1;
            for (call, expected) in calls_of(&name, &arguments) {
                calls += 1;
                let (answer, took) = caller.timed(&call);
                rows += usize::from(answer.is_ok());
                let notices = caller.notices().join("\n");
                if let Some(fault) = fault(&answer, expected, took, &notices) {
                    wrong.push(format!("{}: {fault}", shortened(&call)));
                }
            }
            for (argument, _) in arguments.iter().filter(|(_, kind)| *kind == "text") {
                calls += 1;
                let call = format!("SELECT * FROM posemo.{name}({argument} => $1)");
                let bound = caller.bind(&call, "a\0b").map_err(|refusal| refusal.sqlstate);
                if bound != Err("22021".to_owned()) {
                    wrong.push(format!("{call} with a NUL: {bound:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{}", field.major, wrong.join("\n"));
    assert!(
        functions > 3 && rows > 50 && calls > 100,
        "{functions} functions, {calls} calls, {rows} rows"
    );
    format!(
        "hostile callers on PostgreSQL {}: {calls} calls of {functions} functions, {rows} returned rows, {} refused",
        field.major,
        calls - rows
    )
}

/// Every call of a function: each argument with each value, without the other arguments.
fn calls_of(function: &str, arguments: &[(&str, &str)]) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut add = |arguments: String, expected| {
        calls.push((format!("SELECT * FROM posemo.{function}({arguments})"), expected));
    };
    for (position, (name, kind)) in arguments.iter().enumerate() {
        let fitting = if *kind == "text" { TEXTS } else { for_type(NUMBERS, kind) };
        for (index, value) in fitting.iter().enumerate() {
            add(format!("{name} => {value}"), None);
            // Other notations for the argument.
            if index < 4 {
                add(format!("\"{name}\" := {value}"), None);
            }
            if index < 4 && position == 0 {
                add((*value).to_owned(), None);
                add(format!("VARIADIC {value}"), None);
            }
        }
        for (value, code) in for_type(REFUSED_BY_TYPE, kind).iter().chain(REFUSED_FOR_ALL) {
            // An asterisk cannot be a named argument.
            add(format!("{name} => {value}"), Some(if *value == "*" { "42601" } else { code }));
        }
        add(format!("{name} => NULL, {name} => NULL"), Some("42601"));
        add(format!("{name} => NULL, NULL"), Some("42601"));
    }
    add(String::new(), None);
    add("nobody => 1".to_owned(), Some("42883"));
    add(vec!["NULL"; arguments.len() + 1].join(", "), Some("42883"));
    add(vec!["NULL"; 100].join(", "), Some("42883"));
    add(vec!["NULL"; 101].join(", "), Some("54023"));
    calls
}

/// The fault of a result; nothing if it is as expected.
fn fault(
    answer: &Result<Answer, Refusal>,
    expected: Option<&str>,
    took: Duration,
    notices: &str,
) -> Option<String> {
    if took > LONGEST + slack() {
        return Some(format!("took {took:?}"));
    }
    let text = match answer {
        Ok(rows) => rows.iter().flatten().flatten().cloned().collect::<Vec<_>>().join("\n"),
        Err(refusal) => refusal.text.clone(),
    };
    if has_verifier(&text) || has_verifier(notices) {
        return Some("a verifier was returned".to_owned());
    }
    match (answer, expected) {
        (Ok(_), None) => None,
        (Err(refusal), Some(code)) if refusal.sqlstate == code => {
            refusal.inner_query.as_ref().map(|query| format!("returned a query: {query}"))
        }
        (Ok(rows), Some(code)) => Some(format!("expected {code}, but got {} rows", rows.len())),
        (Err(refusal), _) => Some(format!(
            "expected {expected:?}, but got {} {}",
            refusal.sqlstate,
            shortened(&refusal.text)
        )),
    }
}

/// Whether a text contains a password verifier of either kind.
fn has_verifier(text: &str) -> bool {
    let md5 = |(at, _): (usize, &str)| {
        let digits = text.as_bytes()[at + 3..].iter().take_while(|byte| byte.is_ascii_hexdigit());
        digits.count() >= 32
    };
    // The queries of checks contain this pattern, followed by a percent sign.
    let scram = |(at, word): (usize, &str)| {
        text[at + word.len()..].starts_with(|next: char| next.is_ascii_digit())
    };
    text.match_indices("SCRAM-SHA-256$").any(scram) || text.match_indices("md5").any(md5)
}

/// The search for verifiers must be able to find some.
fn the_search_finds_verifiers(field: &Field) {
    let query = "SELECT rolpassword FROM pg_authid WHERE rolname IN ('po_secret', 'po_old')";
    let verifiers = field.server.superuser("postgres", query);
    assert_eq!(verifiers.len(), 2);
    for verifier in verifiers {
        assert!(has_verifier(&format!("invalid input: \"{verifier}\"")), "{verifier}");
    }
    assert!(!has_verifier("md5 SCRAM-SHA-256$%:%$%:% md5(0123456789abcdef)"));
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}
