//! The history that the settings name.

use crate::history::place::HistoryPlace;
use crate::history::server::ServerHistory;
use crate::settings::history::{HistorySettings, HistoryStore};

/// The history of some settings; absent if none is kept. The error is the message for the user.
pub fn history_place(settings: &HistorySettings) -> Result<Option<HistoryPlace>, String> {
    if let HistoryStore::Server(text) = &settings.store {
        let server = ServerHistory::of(text);
        let server = server.map_err(|error| format!("store in [history]: {error}"))?;
        return Ok(Some(HistoryPlace::Server(server)));
    }
    Ok(settings.path()?.map(HistoryPlace::File))
}
