//! The sections that only `posemo serve` reads.

use super::file::SettingsFile;
use super::history::{self, HistorySettings};
use super::maintenance::{self, MaintenanceWindow};
use super::receiver::Receiver;
use super::serve::{self, ServeSettings};
use super::target::Target;
use crate::text::mistake::Mistakes;
use crate::text::toml::TomlDocument;

/// `[serve]`, `[history]` and all `[maintenance.NAME]`.
#[derive(Debug, Default)]
pub(super) struct ServerSections {
    pub(super) serve: ServeSettings,
    pub(super) history: HistorySettings,
    pub(super) maintenance: Vec<MaintenanceWindow>,
}

impl ServerSections {
    /// The sections of a file. Mistakes are added, and their values are left out.
    pub(super) fn new(
        file: &SettingsFile,
        receivers: &[Receiver],
        targets: &[Target],
        document: TomlDocument<'_>,
        mistakes: &mut Mistakes,
    ) -> ServerSections {
        let names: Vec<&str> = receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        let targets: Vec<(&str, &[String])> =
            targets.iter().map(|target| (target.name.as_str(), target.groups.as_slice())).collect();
        let windows = file.maintenance.iter();
        ServerSections {
            serve: serve::serve(&file.serve, &names, document, mistakes),
            history: history::history(&file.history, document, mistakes),
            maintenance: maintenance::windows(windows, &targets, document, mistakes),
        }
    }
}
