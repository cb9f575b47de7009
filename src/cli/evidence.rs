//! `posemo evidence`: verifies the acts and changes in the history of `posemo serve`.

use anyhow::Context;

use super::options::GlobalOptions;
use super::screen::Screen;
use crate::history::chain::ChainHash;
use crate::history::place::HistoryPlace;
use crate::serve::store::history_place;

// Arguments of `evidence`.
#[derive(Debug, clap::Args)]
pub(super) struct EvidenceCommand {
    #[command(subcommand)]
    action: EvidenceAction,
}

#[derive(Debug, clap::Subcommand)]
enum EvidenceAction {
    /// Recompute the hashes of all acts and changes, and print what was altered, added or removed
    Verify {
        /// Read this file, or "postgres:" and a connection [default: the history of the settings]
        #[arg(long, value_name = "STORE")]
        store: Option<String>,
        /// Require that an act has this hash, which was noted earlier
        #[arg(long, value_name = "HASH")]
        head: Option<ChainHash>,
    },
}

pub(super) fn evidence(
    command: &EvidenceCommand,
    global: &GlobalOptions,
    screen: &mut Screen<'_>,
) -> anyhow::Result<u8> {
    let EvidenceAction::Verify { store, head } = &command.action;
    let place = if let Some(name) = store {
        HistoryPlace::named(name)?
    } else {
        let settings = global.sources().all()?.1;
        let place = history_place(settings.history()).map_err(anyhow::Error::msg)?;
        place.context("no history is kept: store in [history] is \"none\"")?
    };
    let found = place.verify(*head)?;
    found.write(screen.out)?;
    Ok(u8::from(!found.is_right()))
}
