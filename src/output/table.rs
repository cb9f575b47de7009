//! Writes a report as a table for people: one group for each target, one line for each check.
//!
//! The caller determines the width and whether to use colors.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::{Report, TargetReport};

use self::layout::{Layout, MARGIN};
use self::service::TableService;
use super::remark::{count_states, failed_targets, nonzero, or_no_text, other_counts, target_name};
use crate::text::number::counted;
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

pub use self::layout::{Paint, Style, Verbosity};

mod folded;
mod layout;
mod service;

/// Writes the report as a table.
pub fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let quiet = style.verbosity.is_quiet();
    let style = Style { width: style.width.max(60), ..*style };
    let shown = |state: State| !quiet || state != State::Ok;
    let targets = report.targets.iter().filter(|target| shown(target.state())).collect::<Vec<_>>();
    let services = targets.iter().map(|target| services(target, shown)).collect::<Vec<_>>();
    let labels = services.iter().map(|services| folded::label_width(services, style.verbosity));
    let labels = labels.max().unwrap_or(0);
    let layout = Layout { style, label_width: labels.min(style.width / 3) };
    for (target, services) in targets.iter().zip(&services) {
        write_target(target, services, &layout, out)?;
    }
    if quiet && targets.is_empty() { Ok(()) } else { write_totals(report, &layout, out) }
}

/// A target's checks, the worst first and the skipped ones last.
fn services(target: &TargetReport, shown: impl Fn(State) -> bool) -> Vec<TableService<'_>> {
    let checks = target.checks.iter().filter(|check| !target.repeats_failure(check));
    let checks = checks.filter(|check| shown(check.state()));
    let mut services = checks.map(TableService::new).collect::<Vec<_>>();
    services.sort_by_key(TableService::rank);
    services
}

fn write_target(
    target: &TargetReport,
    services: &[TableService],
    layout: &Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = visible(target_name(target));
    let heading = format!("{name}  {}", visible(&server_facts(target)));
    for line in wrap(&heading, layout.style.width) {
        match line.strip_prefix(&name) {
            Some(facts) => writeln!(
                out,
                "{}{}",
                layout.paint(Paint::Bold, &name),
                layout.paint(Paint::Dim, facts.trim_end())
            )?,
            None => writeln!(out, "{}", layout.paint(Paint::Dim, &line))?,
        }
    }
    if let Some((state, error)) = target.failure() {
        write_error(state, or_no_text(error), layout, out)?;
    }
    let is_folded = folded::is_folded(services, layout.style.verbosity);
    let (folded, shown): (Vec<&TableService>, Vec<&TableService>) =
        services.iter().partition(|service| is_folded && service.is_quiet());
    let (above, below): (Vec<&TableService>, Vec<&TableService>) =
        shown.into_iter().partition(|service| !service.is_skipped());
    above.iter().try_for_each(|service| service.write(layout, out))?;
    folded::write(&folded, layout, out)?;
    below.iter().try_for_each(|service| service.write(layout, out))?;
    writeln!(out)
}

/// Writes why a target could not be queried.
fn write_error(state: State, error: &str, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let lines = error.lines().flat_map(|line| wrap(&visible(line), layout.style.width - MARGIN));
    for (position, line) in lines.filter(|line| !line.is_empty()).enumerate() {
        let label = if position == 0 { state.label() } else { "" };
        writeln!(out, "  {}  {line}", layout.padded(Paint::State(state), label, 8))?;
    }
    Ok(())
}

/// Writes the last line: the number of checks in each state, the start of the run and its duration.
fn write_totals(report: &Report, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut used = 0;
    for (paint, text, mark) in totals(report) {
        let columns = width(&text) + mark.len();
        let gap = match used {
            0 => "",
            _ if used + 1 + columns <= layout.style.width => " ",
            _ => "\n  ",
        };
        used = columns + if gap == "\n  " { 2 } else { used + gap.len() };
        write!(out, "{gap}{}{mark}", layout.paint(paint, &text))?;
    }
    writeln!(out)
}

/// The parts of the last line, which is broken only between them: look, text, and the punctuation mark after it.
fn totals(report: &Report) -> Vec<(Paint, String, &'static str)> {
    let checks = || report.targets.iter().flat_map(|target| &target.checks);
    let states = nonzero(count_states(State::ALL, checks()));
    let states = states.map(|(state, count)| (Paint::State(state), count));
    let skipped = other_counts(&report.targets).into_iter().map(|count| (Paint::Dim, count));
    let failed = failed_targets(report).map(|count| (Paint::State(State::Unknown), count));
    let counts = states.chain(skipped).chain(failed).collect::<Vec<_>>();

    let colon = if counts.is_empty() { "" } else { ":" };
    let mut parts = vec![(Paint::Plain, counted(checks().count(), "service"), colon)];
    let last = counts.len().saturating_sub(1);
    for (position, (paint, count)) in counts.into_iter().enumerate() {
        let comma = if position == last { "" } else { "," };
        parts.push((paint, count, comma));
    }
    let seconds = report.duration.as_secs_f64();
    parts.push((Paint::Dim, format!("({}, {seconds:.2} s)", report.second()), ""));
    parts
}

/// The version, role and address of a target, as far as they are known.
fn server_facts(target: &TargetReport) -> String {
    let version = target.server_version.as_ref().map(|version| format!("PostgreSQL {version}"));
    let role = target.role.map(|role| role.name().to_owned());
    let profile = target.profile.as_ref().map(|profile| format!("profile {profile}"));
    let address = target.host.as_ref().map(|host| match target.port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host.clone(),
    });
    [version, role, address, profile].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
