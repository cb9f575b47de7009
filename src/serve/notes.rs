//! What pages show of checks and windows, from the catalog and the settings.

use jiff::Timestamp;

use super::fleet::Fleet;
use crate::board::notes::{CheckNotes, PlannedWindow};
use crate::board::order::OrderError;
use crate::catalog::server_version::{NEWEST, ServerVersion};
use crate::explain::{Explanation, Part, in_force};
use crate::settings::Settings;
use crate::settings::target::Target;
use crate::text::suggestion::suggestion;

/// The columns of a line of a text.
const WIDTH: usize = 100;

impl Fleet {
    /// What is known about a check, with the values for a target.
    pub(super) fn notes(
        &self,
        check: &str,
        target: Option<&str>,
    ) -> Result<CheckNotes, OrderError> {
        let unknown = || {
            let near = suggestion(check, self.catalog.names());
            OrderError::NoSuchCheckAnywhere(check.to_owned(), near)
        };
        let check = self.catalog.get(check).map_err(|_| unknown())?;
        let (settings, default) = (Settings::default(), Target::default());
        let named = target.and_then(|name| self.all_settings.target(name).ok());
        let (settings, target) = match named {
            Some(target) => (&self.all_settings, target),
            None => (&settings, &default),
        };
        let version = named.and_then(|target| self.version(&target.name));
        let part = |part: Part| {
            let mut text = Vec::new();
            let explanation = Explanation {
                check: &check,
                catalog: &self.catalog,
                settings,
                targets: &[],
                version: version.unwrap_or_else(|| ServerVersion::newest_of(NEWEST)),
                parts: &[part],
            };
            // A message of the catalog is as good as the text.
            match explanation.write(&mut text, WIDTH) {
                Ok(()) => String::from_utf8_lossy(&text).into_owned(),
                Err(error) => error.to_string(),
            }
        };
        let is_document = check.document.is_some();
        let of_server = |one| if is_document { String::new() } else { part(one) };
        Ok(CheckNotes {
            in_force: in_force(&check, &self.catalog, settings, target).unwrap_or_default(),
            owner: of_server(Part::Owner),
            sql: of_server(Part::Sql),
            summary: check.summary.clone(),
            topic: check.topic.clone(),
            place: if check.shipped { "posemo".to_owned() } else { check.place.clone() },
            readme: check.readme.clone(),
            interval: check.interval,
            references: check.references.to_vec(),
        })
    }

    /// The version of the server of a target, as far as it is known.
    fn version(&self, target: &str) -> Option<ServerVersion> {
        let watched = &self.targets[self.position(target)?];
        watched.report().server_version.as_deref()?.parse().ok()
    }

    /// The maintenance windows with their targets.
    pub(super) fn planned_windows(&self, now: Timestamp) -> Vec<PlannedWindow> {
        let mut planned: Vec<PlannedWindow> = Vec::new();
        for watched in &self.targets {
            for window in &watched.windows {
                let target = watched.job.name.clone();
                if let Some(known) = planned.iter_mut().find(|known| known.name == window.name) {
                    known.targets.push(target);
                    continue;
                }
                let open_until = window.open_until(now);
                planned.push(PlannedWindow {
                    name: window.name.clone(),
                    reason: window.note(now).reason,
                    targets: vec![target],
                    open_until,
                    next: window.next_start(now),
                });
            }
        }
        planned
    }
}
