//! Writes the settings: what is equal on all targets once, what several targets share in groups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use indexmap::IndexMap;

use super::place::DefinitionPlace;
use super::plan::{MigratedOutcome, SettingsPlan, connection};
use super::sections::SectionUnit;
use crate::text::number::counted;
use crate::text::toml_text::{key, list};
use crate::text::visible::visible;

/// The most calls that a comment names.
const MOST_SHOWN: usize = 3;

const HEAD: &str =
    "# Settings of posemo, made by \"posemo migrate\" from the definitions of another program.
#
#   posemo config check      reports all mistakes, with file, line and key
#   posemo doctor            examines each step from here to the functions of the servers
#   posemo run               runs all checks of posemo on all targets
";

const DEFAULTS: &str = "
# posemo connects as its own role, not as that of the old calls. Passwords do not belong into this file: posemo reads them
# from ~/.pgpass, as psql does. On a network, use TLS and verify the certificates.
[defaults]
user = \"posemo\"
#sslmode = \"verify-full\"
";

/// A section that is written: the comment and the lines.
#[derive(Debug, Default)]
struct WrittenSection {
    sources: BTreeSet<String>,
    /// The number of further calls.
    more: usize,
    lines: Vec<String>,
}

/// The sections of checks by the table that they are in: `checks`, `groups.NAME.checks` or `targets.NAME.checks`.
#[derive(Debug, Default)]
struct WrittenSections {
    all: BTreeMap<String, WrittenSection>,
    groups: BTreeMap<usize, BTreeMap<String, WrittenSection>>,
    targets: BTreeMap<usize, BTreeMap<String, WrittenSection>>,
    /// The name of each group by its targets.
    names: IndexMap<Vec<usize>, String>,
}

/// The groups of the monitoring system, each with its hosts among those of the settings.
type OldGroups<'p> = Vec<(&'p str, BTreeSet<&'p str>)>;

/// The text of the settings.
pub(super) fn settings(plan: &SettingsPlan) -> String {
    let mut text = HEAD.to_owned();
    let names = plan.check_names();
    if !names.is_empty() {
        let _ = writeln!(
            text,
            "#\n# Only the checks of the old definitions:\n#   posemo run --check {}",
            names.join(",")
        );
    }
    text += DEFAULTS;
    let written = WrittenSections::of(plan);
    for (name, section) in &written.all {
        section.write(&format!("checks.{}", key(name)), &mut text);
    }
    for (group, sections) in &written.groups {
        for (name, section) in sections {
            let group = key(&written.names[*group]);
            section.write(&format!("groups.{group}.checks.{}", key(name)), &mut text);
        }
    }
    // The first call of each target, and the number of those in the settings.
    let mut calls: HashMap<&str, (&DefinitionPlace, usize)> = HashMap::new();
    for call in &plan.calls {
        for name in &call.targets {
            let (_, set) = calls.entry(name).or_insert((&call.old.place, 0));
            *set += usize::from(call.outcome == MigratedOutcome::Settings);
        }
    }
    let mut groups: Vec<Vec<String>> = vec![Vec::new(); plan.targets.len()];
    for (members, name) in &written.names {
        for at in members {
            groups[*at].push(name.clone());
        }
    }
    for (at, target) in plan.targets.iter().enumerate() {
        let of_target = calls.get(target.name.as_str());
        let (first, set) = of_target
            .map_or((String::new(), 0), |(place, set)| (format!(", the first in {place}"), *set));
        let _ = writeln!(text, "\n# {}{}", counted(set, "call"), visible(&first));
        if target.host.is_empty() && target.server.service.is_empty() {
            text += "# The calls name no host: this is the server on the machine of posemo.\n";
        }
        let _ = writeln!(text, "[targets.{}]", key(&target.name));
        for line in connection(target) {
            let _ = writeln!(text, "{line}");
        }
        if !groups[at].is_empty() {
            let _ = writeln!(text, "groups = {}", list(&groups[at]));
        }
        for (name, section) in written.targets.get(&at).into_iter().flatten() {
            section
                .write(&format!("targets.{}.checks.{}", key(&target.name), key(name)), &mut text);
        }
    }
    text
}

impl WrittenSections {
    fn of(plan: &SettingsPlan) -> WrittenSections {
        let mut written = WrittenSections::default();
        let all: BTreeSet<&str> = plan.targets.iter().map(|one| one.server.host.as_str()).collect();
        let old = plan.groups.iter().map(|(name, members)| {
            let members = members.iter().map(String::as_str).filter(|host| all.contains(host));
            (name.as_str(), members.collect())
        });
        let old: OldGroups<'_> = old.collect();
        for name in plan.check_names() {
            written.check(plan, name, &old);
        }
        written
    }

    /// Distributes the settings of a check.
    fn check(&mut self, plan: &SettingsPlan, name: &str, old: &OldGroups<'_>) {
        let Some(check) = plan.checks.get(name) else { return };
        let mut rest: BTreeMap<usize, Vec<SectionUnit>> = BTreeMap::new();
        for (at, sections) in plan.sections.iter().enumerate() {
            if let Some(values) = sections.get(name) {
                rest.insert(at, values.units(check));
            }
        }
        let note = |section: &mut WrittenSection, places: &mut dyn Iterator<Item = usize>| {
            for values in places.filter_map(|at| plan.sections[at].get(name)) {
                section.sources.extend(values.sources.iter().cloned());
                section.more += values.more;
            }
        };
        // What is equal on all targets.
        if rest.len() == plan.targets.len()
            && let Some(first) = rest.values().next().cloned()
        {
            let common: Vec<SectionUnit> = first
                .into_iter()
                .filter(|unit| rest.values().all(|units| units.contains(unit)))
                .collect();
            for units in rest.values_mut() {
                units.retain(|unit| !common.contains(unit));
            }
            if !common.is_empty() {
                let section = self.all.entry(name.to_owned()).or_default();
                note(section, &mut rest.keys().copied());
                section.add(common);
            }
        }
        // What is equal on several.
        let mut places: IndexMap<Vec<SectionUnit>, Vec<usize>> = IndexMap::new();
        for (at, units) in rest.into_iter().filter(|(_, units)| !units.is_empty()) {
            places.entry(units).or_default().push(at);
        }
        for (units, same) in places {
            let sections = if let [only] = same.as_slice() {
                self.targets.entry(*only).or_default()
            } else {
                let group = self.group(plan, &same, old);
                self.groups.entry(group).or_default()
            };
            let section = sections.entry(name.to_owned()).or_default();
            note(section, &mut same.iter().copied());
            section.add(units);
        }
    }

    /// The group of these targets. It has the name of a group of the monitoring system with the same hosts.
    fn group(&mut self, plan: &SettingsPlan, targets: &[usize], old: &OldGroups<'_>) -> usize {
        if let Some(known) = self.names.get_index_of(targets) {
            return known;
        }
        let own: BTreeSet<&str> =
            targets.iter().map(|at| plan.targets[*at].server.host.as_str()).collect();
        let is_taken = |name: &str| {
            self.names.values().any(|taken| taken == name)
                || plan.targets.iter().any(|target| target.name == name)
        };
        let named = old.iter().find(|(name, members)| *members == own && !is_taken(name));
        let name = named.map(|(name, _)| (*name).to_owned());
        let name = name.unwrap_or_else(|| format!("migrated-{}", self.names.len() + 1));
        self.names.insert_full(targets.to_vec(), name).0
    }
}

impl WrittenSection {
    fn add(&mut self, units: Vec<SectionUnit>) {
        self.lines.extend(units.into_iter().flat_map(|unit| unit.lines));
    }

    fn write(&self, table: &str, text: &mut String) {
        let shown: Vec<String> =
            self.sources.iter().take(MOST_SHOWN).map(|source| visible(source)).collect();
        let more = self.sources.len().saturating_sub(MOST_SHOWN) + self.more;
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let _ = writeln!(text, "\n# {}{more}\n[{table}]", shown.join(", "));
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
    }
}
