//! `posemo list`: lists the checks.

use super::options::GlobalOptions;
use super::reporting::{PageFormat, write_json};
use super::screen::Screen;
use super::selection::Selection;
use crate::explain::{self, CheckList};

// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListCommand {
    #[command(flatten)]
    selection: Selection,
    /// Print the list in this format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = PageFormat::Text)]
    output: PageFormat,
}

/// The width of a list that is not printed on a terminal.
const COLUMNS: usize = 80;

pub(super) fn list(
    command: &ListCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let catalog = global.sources().catalog()?;
    let checks = command.selection.checks(&catalog)?;
    if command.output == PageFormat::Json {
        write_json(&CheckList::new(&checks, &catalog), screen.out)?;
        return Ok(0);
    }
    let columns = if screen.terminal { screen.width } else { COLUMNS };
    explain::list(&checks, columns, global.verbose > 0, screen.out)?;
    Ok(0)
}
