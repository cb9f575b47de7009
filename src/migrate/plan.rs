//! Plans the settings: which call becomes a section of which target, and which cannot.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;

use super::calls::OldCall;
use super::found::FoundServices;
use super::sections::SectionValues;
use super::servers::{NewTarget, OldServer, ServerBook};
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::text::toml_text::{key, text};
use crate::text::visible::{truncated, visible};

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigratedOutcome {
    /// The settings express it.
    Settings,
    /// The settings cannot express it, for this reason: the call of posemo takes the place of the old one.
    Command(String),
    /// Nothing answers it, for this reason.
    Nothing(String),
}

/// A call and what became of it.
#[derive(Debug, Clone)]
pub struct MigratedCall {
    /// The call.
    pub old: OldCall,
    /// The names of its targets.
    pub targets: Vec<String>,
    /// What became of it.
    pub outcome: MigratedOutcome,
}

/// The sections of the settings.
#[derive(Debug, Default)]
pub(super) struct SettingsPlan {
    pub(super) targets: Vec<NewTarget>,
    /// The sections of each target, by its place in `targets`.
    pub(super) sections: Vec<IndexMap<String, SectionValues>>,
    pub(super) checks: BTreeMap<String, Check>,
    pub(super) calls: Vec<MigratedCall>,
    /// The names of the hosts of each group of the monitoring system.
    pub(super) groups: BTreeMap<String, BTreeSet<String>>,
}

/// Plans the settings for calls.
pub(super) fn plan(calls: Vec<OldCall>, found: &FoundServices, catalog: &Catalog) -> SettingsPlan {
    let mut book = ServerBook::new(&found.hosts);
    let servers: Vec<_> = calls.iter().map(|call| book.add(call)).collect();
    let mut planner = SettingsPlanner {
        catalog,
        plan: SettingsPlan {
            targets: book.targets(),
            groups: found.groups.clone(),
            ..SettingsPlan::default()
        },
        valid: BTreeMap::new(),
        places: HashMap::new(),
    };
    let servers_of = planner.plan.targets.iter().map(|target| target.server.clone());
    planner.places = servers_of.enumerate().map(|(at, server)| (server, at)).collect();
    planner.plan.sections = planner.plan.targets.iter().map(|_| IndexMap::new()).collect();
    for (old, servers) in calls.into_iter().zip(servers) {
        let (outcome, places) = planner.call(&old, servers);
        let names = places.iter().map(|at| planner.plan.targets[*at].name.clone()).collect();
        planner.plan.calls.push(MigratedCall { old, targets: names, outcome });
    }
    planner.plan.without_unused();
    planner.plan
}

struct SettingsPlanner<'c> {
    catalog: &'c Catalog,
    plan: SettingsPlan,
    /// Whether a section is valid, by its text: many targets have the same.
    valid: BTreeMap<String, Result<(), String>>,
    /// The place of the target of each server.
    places: HashMap<OldServer, usize>,
}

impl SettingsPlanner<'_> {
    /// What becomes of a call, and the places of its targets.
    fn call(
        &mut self,
        old: &OldCall,
        servers: Result<Vec<OldServer>, String>,
    ) -> (MigratedOutcome, Vec<usize>) {
        let (call, servers) = match (&old.translated, servers) {
            (Ok(call), Ok(servers)) => (call, servers),
            (Err(reason), _) => return (MigratedOutcome::Nothing(reason.clone()), Vec::new()),
            (_, Err(reason)) => return (MigratedOutcome::Nothing(reason), Vec::new()),
        };
        let places = servers.iter().filter_map(|server| self.places.get(server).copied());
        let places: Vec<usize> = places.collect();
        let mut changed = Vec::new();
        for name in &call.checks {
            let check = match self.check(name) {
                Ok(check) => check,
                Err(reason) => return (MigratedOutcome::Command(reason), places),
            };
            if let Some(document) = &check.document {
                let reason = format!(
                    "{name} judges a document, {}: name it with --docs FILE, or in [targets.NAME.documents]",
                    document.name
                );
                // The server of the call is not one of PostgreSQL.
                return (MigratedOutcome::Command(reason), Vec::new());
            }
            for at in &places {
                let mut values = self.plan.sections[*at].get(*name).cloned().unwrap_or_default();
                if let Err(reason) = values.add(&check, call, old.enabled, old.timing) {
                    return (MigratedOutcome::Command(reason), places);
                }
                let service = visible(&truncated(&old.service, 60));
                values.note(format!("{} \"{service}\"", old.place));
                if let Err(reason) = self.validate(&check, &values) {
                    return (MigratedOutcome::Command(reason), places);
                }
                changed.push((*at, (*name).to_owned(), values));
            }
        }
        for (at, name, values) in changed {
            self.plan.sections[at].insert(name, values);
        }
        (MigratedOutcome::Settings, places)
    }

    fn check(&mut self, name: &str) -> Result<Check, String> {
        if let Some(check) = self.plan.checks.get(name) {
            return Ok(check.clone());
        }
        let check = self.catalog.get(name).map_err(|error| error.to_string())?;
        self.plan.checks.insert(name.to_owned(), check.clone());
        Ok(check)
    }

    /// Whether the settings accept a section.
    fn validate(&mut self, check: &Check, values: &SectionValues) -> Result<(), String> {
        let mut section = format!("[targets.t]\n[targets.t.checks.{}]\n", key(&check.name));
        for line in values.units(check).into_iter().flat_map(|unit| unit.lines) {
            section += &line;
            section.push('\n');
        }
        if let Some(known) = self.valid.get(&section) {
            return known.clone();
        }
        let result = match Settings::parse("", section.clone(), self.catalog) {
            Ok(_) => Ok(()),
            Err(SettingsError::Mistakes { first, .. }) => {
                Err(format!("the settings refuse it: {}", first.message))
            }
            Err(error) => Err(format!("the settings refuse it: {error}")),
        };
        self.valid.insert(section, result.clone());
        result
    }
}

impl SettingsPlan {
    /// Leaves out targets that no call of the settings or of a command has.
    fn without_unused(&mut self) {
        let used: BTreeSet<&String> = self.calls.iter().flat_map(|call| &call.targets).collect();
        let keep: Vec<bool> =
            self.targets.iter().map(|target| used.contains(&target.name)).collect();
        let mut keep_targets = keep.iter();
        self.targets.retain(|_| *keep_targets.next().unwrap_or(&true));
        let mut keep_sections = keep.iter();
        self.sections.retain(|_| *keep_sections.next().unwrap_or(&true));
    }

    /// The checks of the sections, sorted by name.
    pub(super) fn check_names(&self) -> Vec<&str> {
        let names = self.sections.iter().flat_map(IndexMap::keys).map(String::as_str);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The lines of the connection of a target.
pub(super) fn connection(target: &NewTarget) -> Vec<String> {
    let mut lines = Vec::new();
    if !target.server.service.is_empty() {
        lines.push(format!("service = {}", text(&target.server.service)));
        // The section of the service file is for the old role and database.
        lines.push("user = \"posemo\"".to_owned());
        lines.push("dbname = \"posemo\"".to_owned());
    }
    if !target.host.is_empty() {
        lines.push(format!("host = {}", text(&target.host)));
    }
    if target.server.port != 5432 {
        lines.push(format!("port = {}", target.server.port));
    }
    lines
}
