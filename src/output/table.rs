//! Says a report as a table for people, one group a target and one line a service.
//!
//! Does not ask whether there is a terminal, nor how wide it is: both are told to it.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::{Report, TargetReport};

use self::paint::Paint;
use self::service::Service;
use self::totals::words;
use super::remark::{name, said};
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

mod metric;
pub mod paint;
mod service;
mod totals;

/// How a table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// How many columns a line may take; less than 60 count as 60.
    pub width: usize,
    /// How much is shown.
    pub verbosity: Verbosity,
    /// Whether descriptions of what is not OK are shown even where not all is.
    pub explains: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, verbosity: Verbosity::default(), explains: false }
    }
}

/// How much of a report is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// What is not OK; nothing at all where everything is.
    Quiet,
    /// Every service, and what is not OK about it.
    #[default]
    Normal,
    /// Findings that are OK, descriptions and metrics as well.
    Verbose,
}

/// Columns before the name of a check: two blanks, the longest state, two blanks.
const MARGIN: usize = 12;

/// Says the report as a table.
pub fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let quiet = style.verbosity == Verbosity::Quiet;
    let style = Style { width: style.width.max(60), ..*style };
    let shown = |state: State| !quiet || state != State::Ok;
    let targets = report.targets.iter().filter(|target| shown(target.state())).collect::<Vec<_>>();
    let services = targets.iter().map(|target| services(target, shown)).collect::<Vec<_>>();
    let labels = services.iter().flatten().map(Service::label_width).max().unwrap_or(0);
    let layout = Layout { style, label_width: labels.min(style.width / 3) };
    for (target, services) in targets.iter().zip(&services) {
        layout.write_target(target, services, out)?;
    }
    if quiet && targets.is_empty() { Ok(()) } else { layout.write_totals(report, out) }
}

/// A target's services, the worst first and those that were not asked last.
fn services(target: &TargetReport, shown: impl Fn(State) -> bool) -> Vec<Service<'_>> {
    let checks = target.checks.iter().filter(|check| shown(check.state()));
    let mut services = checks.map(Service::new).collect::<Vec<_>>();
    services.sort_by_key(Service::rank);
    services
}

/// A style, and the width of the column that it leads to.
struct Layout {
    style: Style,
    label_width: usize,
}

impl Layout {
    fn write_target(
        &self,
        target: &TargetReport,
        services: &[Service],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let name = visible(name(target));
        let heading = wrap(&format!("{name}  {}", visible(&whereabouts(target))), self.style.width);
        for line in heading {
            match line.strip_prefix(&name) {
                Some(rest) => writeln!(
                    out,
                    "{}{}",
                    self.paint(Paint::Bold, &name),
                    self.paint(Paint::Dim, rest.trim_end())
                )?,
                None => writeln!(out, "{}", self.paint(Paint::Dim, &line))?,
            }
        }
        if let Some(error) = &target.error {
            self.write_error(said(error), out)?;
        }
        for service in services {
            service.write(self, out)?;
        }
        writeln!(out)
    }

    /// Writes why a target was not asked: there is no service to say it beside.
    fn write_error(&self, error: &str, out: &mut dyn Write) -> io::Result<()> {
        let lines = error.lines().flat_map(|line| wrap(&visible(line), self.style.width - MARGIN));
        for (position, line) in lines.filter(|line| !line.is_empty()).enumerate() {
            let state = if position == 0 { State::Unknown.label() } else { "" };
            writeln!(out, "  {}  {line}", self.padded(Paint::State(State::Unknown), state, 8))?;
        }
        Ok(())
    }

    fn write_totals(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut used = 0;
        for (paint, text, after) in words(report) {
            let columns = width(&text) + after.len();
            let gap = match used {
                0 => "",
                _ if used + 1 + columns <= self.style.width => " ",
                _ => "\n  ",
            };
            used = columns + if gap == "\n  " { 2 } else { used + gap.len() };
            write!(out, "{gap}{}{after}", self.paint(paint, &text))?;
        }
        writeln!(out)
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.style.color { paint.on(text) } else { text.to_owned() }
    }

    /// The text with blanks behind it, which are not painted.
    fn padded(&self, paint: Paint, text: &str, columns: usize) -> String {
        format!("{}{}", self.paint(paint, text), " ".repeat(columns.saturating_sub(width(text))))
    }
}

/// What is known of a target: version, role, address.
fn whereabouts(target: &TargetReport) -> String {
    let version = target.server_version.as_ref().map(|version| format!("PostgreSQL {version}"));
    let role = target.role.map(|role| role.name().to_owned());
    let address = target.host.as_ref().map(|host| match target.port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host.clone(),
    });
    [version, role, address].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
