//! Writes the checks of a target that are OK or not for it as one line for each topic, where they are many.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::layout::{Layout, MARGIN, Paint, Verbosity};
use super::service::TableService;
use crate::finding::State;
use crate::text::number::counted;
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

/// A target with more checks that need no person is folded.
const MOST: usize = 20;

/// Whether the checks of a target that need no person are folded.
pub(super) fn is_folded(services: &[TableService<'_>], verbosity: Verbosity) -> bool {
    let quiet = services.iter().filter(|service| service.is_quiet()).count();
    verbosity == Verbosity::Normal && quiet > MOST
}

/// The width of the longest name that is written for a target.
pub(super) fn label_width(services: &[TableService<'_>], verbosity: Verbosity) -> usize {
    let folded = is_folded(services, verbosity);
    let width = |service: &TableService<'_>| match folded && service.is_quiet() {
        true if service.is_skipped() => 0,
        true => width(&service.group()),
        false => service.label_width(),
    };
    services.iter().map(width).max().unwrap_or(0)
}

/// Writes one line for each topic, then one for each reason for which checks did not run.
pub(super) fn write(
    services: &[&TableService<'_>],
    layout: &Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    for skipped in [false, true] {
        let here = || services.iter().filter(move |service| service.is_skipped() == skipped);
        let groups: BTreeSet<String> = here().map(|service| service.group()).collect();
        for group in groups {
            let names: BTreeSet<&str> = here()
                .filter(|service| service.group() == group)
                .map(|service| service.name())
                .collect();
            let (checks, label) = (counted(names.len(), "check"), visible(&group));
            if skipped {
                line((Paint::Dim, "-"), "", &format!("{checks}: {label}"), layout, out)?;
            } else {
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                let paint = Paint::State(State::Ok);
                line((paint, State::Ok.label()), &label, &visible(&names), layout, out)?;
            }
        }
    }
    Ok(())
}

fn line(
    (paint, state): (Paint, &str),
    label: &str,
    text: &str,
    layout: &Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = layout.style.width.saturating_sub(MARGIN + layout.label_width + 2);
    for (row, text) in wrap(text, columns).iter().enumerate() {
        let (state, label) = if row == 0 { (state, label) } else { ("", "") };
        let (state, label) = (
            layout.padded(paint, state, 8),
            layout.padded(Paint::Plain, label, layout.label_width),
        );
        let text = layout.paint(Paint::Dim, text);
        writeln!(out, "  {state}  {label}  {text}")?;
    }
    Ok(())
}
