//! Writes the list of checks for people: name, topic and summary, in at most a number of columns.

use std::io::{self, Write};

use crate::catalog::check::{Check, Scope};
use crate::finding::report::ServerRole;
use crate::text::interval;
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

/// Writes one check for each line; a summary that is too long continues below. With `details`, a line with scope, role,
/// owner and interval follows, and after each check of a user its folder, which is not broken.
pub fn list(
    checks: &[Check],
    columns: usize,
    details: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = ["CHECK", "TOPIC", "SUMMARY"].map(str::to_owned);
    let cells = |check: &Check| [check.name.clone(), check.topic.clone(), summary(check)];
    let rows = || std::iter::once(header.clone()).chain(checks.iter().map(cells));
    let widest = |column: usize| rows().map(|cells| width(&cells[column])).max().unwrap_or(0);
    let (name, topic) = (widest(0), widest(1));
    let start = name + topic + 4;
    let columns = columns.saturating_sub(start).max(20);
    let below = checks.iter().map(|check| more(check, details, columns));
    for ([check, its_topic, text], below) in rows().zip(std::iter::once(Vec::new()).chain(below)) {
        let mut lines = wrap(&text, columns).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(out, "{check:name$}  {its_topic:topic$}  {first}")?;
        for line in lines.chain(below) {
            writeln!(out, "{:start$}{line}", "")?;
        }
    }
    Ok(())
}

fn summary(check: &Check) -> String {
    match &check.deprecated {
        Some(instead) => format!("(deprecated: {instead}) {}", check.summary),
        None => check.summary.clone(),
    }
}

fn more(check: &Check, details: bool, columns: usize) -> Vec<String> {
    let scope = match check.scope {
        Scope::Cluster => "once",
        Scope::Database => "in each database",
    };
    let role = check.role.map_or("primary and standby", ServerRole::name);
    let (owner, interval) = (&check.owner, interval::write(check.interval));
    let hold = check.hold.map(|hold| format!(", alarms after {}", interval::write(hold)));
    let hold = hold.unwrap_or_default();
    let demand = if check.by_default { "" } else { ", only on demand" };
    let needs = check.requires.map(|extension| format!(", requires extension {}", extension.name));
    let needs = needs.unwrap_or_default();
    let facts = match &check.document {
        Some(document) => format!("document {}, every {interval}{hold}{demand}", document.name),
        None => format!("{scope}, {role}, owner {owner}, every {interval}{hold}{demand}{needs}"),
    };
    let mut lines = if details { wrap(&facts, columns) } else { Vec::new() };
    lines.extend((!check.shipped).then(|| visible(&check.place)));
    lines
}
