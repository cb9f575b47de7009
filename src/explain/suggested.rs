//! The thresholds on rates that a check suggests, as settings contain them.

use std::io;

use serde::Serialize;

use super::page::TerminalPage;
use crate::catalog::check::Check;
use crate::catalog::thresholds::SuggestedRate;
use crate::finding::range::Range;
use crate::text::interval;

/// A suggestion, for programs.
#[derive(Debug, Serialize)]
pub(super) struct SuggestedFacts {
    rate: String,
    warning: Option<String>,
    critical: Option<String>,
    window: String,
}

impl From<&SuggestedRate> for SuggestedFacts {
    fn from(one: &SuggestedRate) -> SuggestedFacts {
        let range = |range: &Option<Range>| range.as_ref().map(|range| range.written().to_owned());
        SuggestedFacts {
            rate: one.rate.to_string(),
            warning: range(&one.levels.warning),
            critical: range(&one.levels.critical),
            window: interval::write(one.window.unwrap_or_else(|| one.rate.per.window())),
        }
    }
}

/// The suggestions, to be copied into the settings.
pub(super) fn write(check: &Check, page: &mut TerminalPage<'_>) -> io::Result<()> {
    if check.suggested.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.prose("Suggested for posemo.toml. Only posemo serve judges rates:")?;
    for one in check.suggested.iter().map(SuggestedFacts::from) {
        page.line("")?;
        page.line(&format!("[checks.{}.thresholds.\"{}\"]", check.name, one.rate))?;
        let window = Some(one.window);
        for (key, value) in
            [("warning", one.warning), ("critical", one.critical), ("window", window)]
        {
            if let Some(value) = value {
                page.line(&format!("{key:8} = \"{value}\""))?;
            }
        }
    }
    Ok(())
}
