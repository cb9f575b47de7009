//! The hosts and groups that the lists of Nagios name: plainly, with patterns, and with `!` before those left out.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{NagiosObjects, ObjectValues};
use crate::compat::of_regex;
use crate::migrate::found::FoundServices;
use crate::text::pattern::NamePattern;

/// The names of the hosts of each group.
pub(super) type HostGroups = BTreeMap<String, BTreeSet<String>>;

/// A name in a list.
#[derive(Debug)]
struct ListedName {
    /// As it is written, without `!`.
    text: String,
    /// Whether it is left out.
    is_left_out: bool,
    /// Whether it is a name, and no pattern.
    is_plain: bool,
    /// What matches; absent for a regular expression that patterns cannot express.
    patterns: Option<Vec<NamePattern>>,
}

/// The hosts of a service.
#[derive(Debug)]
pub(super) struct HostNames {
    hosts: Vec<ListedName>,
    groups: Vec<ListedName>,
}

/// The hosts of a service, with the members of its groups.
#[derive(Debug, Default)]
pub(super) struct HostSelection<'n> {
    /// The hosts that the service names.
    named: NameSet<'n>,
    /// The members of its groups.
    of_groups: NameSet<'n>,
    left_out: NameSet<'n>,
}

/// Names and patterns. Most lists have only names.
#[derive(Debug, Default)]
struct NameSet<'n> {
    all: bool,
    names: BTreeSet<&'n str>,
    patterns: Vec<&'n ListedName>,
}

impl<'n> NameSet<'n> {
    fn add(&mut self, one: &'n ListedName) {
        if one.is_plain {
            self.names.insert(&one.text);
        } else {
            self.patterns.push(one);
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.all || self.names.contains(name) || self.patterns.iter().any(|one| one.is(name))
    }
}

impl HostSelection<'_> {
    /// Whether a host belongs to the service.
    pub(super) fn contains(&self, host: &str) -> bool {
        (self.names(host) || self.of_groups.contains(host)) && !self.left_out.contains(host)
    }

    /// Whether the service names a host, and not only its group.
    pub(super) fn names(&self, host: &str) -> bool {
        self.named.contains(host)
    }
}

/// The parts of a list.
pub(super) fn list(values: &ObjectValues, key: &str) -> Vec<String> {
    let text = values.get(key).map_or("", |value| value.text.as_str());
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

impl ListedName {
    fn of(text: &str, true_regexp: bool) -> ListedName {
        let (text, is_left_out) = match text.strip_prefix('!') {
            Some(rest) => (rest.trim(), true),
            None => (text, false),
        };
        // Nagios compares a name with these signs as a regular expression, if it is set so; otherwise it is a mistake.
        let is_regexp = true_regexp || text.contains(['*', '?', '+']) || text.contains("\\.");
        let patterns = match text {
            "*" => Some(vec![NamePattern::new("*")]),
            _ if is_regexp => {
                of_regex(text).map(|all| all.iter().map(|one| NamePattern::new(one)).collect())
            }
            _ => Some(vec![NamePattern::new(&text.replace('\\', "\\\\"))]),
        };
        ListedName {
            text: text.to_owned(),
            is_left_out,
            is_plain: text != "*" && !is_regexp,
            patterns,
        }
    }

    /// The groups that it names.
    fn in_groups<'g>(
        &'g self,
        groups: &'g HostGroups,
    ) -> impl Iterator<Item = (&'g String, &'g BTreeSet<String>)> {
        let plain = groups.get_key_value(&self.text).filter(|_| self.is_plain);
        let patterns = groups.iter().filter(|(group, _)| !self.is_plain && self.is(group));
        plain.into_iter().chain(patterns)
    }

    fn is(&self, name: &str) -> bool {
        self.patterns.iter().flatten().any(|pattern| pattern.matches(name))
    }
}

impl HostNames {
    /// The lists of a service.
    pub(super) fn of(service: &ObjectValues, true_regexp: bool) -> HostNames {
        let read = |key: &str| {
            list(service, key).iter().map(|one| ListedName::of(one, true_regexp)).collect()
        };
        HostNames { hosts: read("host_name"), groups: read("hostgroup_name") }
    }

    /// The hosts of the service, for the members of groups.
    pub(super) fn selection<'n>(&'n self, groups: &'n HostGroups) -> HostSelection<'n> {
        let mut selection = HostSelection::default();
        for one in &self.hosts {
            if one.is_left_out {
                selection.left_out.add(one);
            } else {
                selection.named.add(one);
            }
        }
        for one in &self.groups {
            let set =
                if one.is_left_out { &mut selection.left_out } else { &mut selection.of_groups };
            // All groups are all hosts, also those without one.
            set.all |= one.text == "*" && !one.is_left_out;
            let members = one.in_groups(groups).flat_map(|(_, members)| members);
            set.names.extend(members.map(String::as_str));
        }
        selection
    }

    /// The names and groups that are in none of the files.
    pub(super) fn absent(&self, hosts: &BTreeSet<&str>, groups: &HostGroups) -> Vec<String> {
        let is_host = |one: &&ListedName| {
            let is_known = if one.is_plain {
                hosts.contains(one.text.as_str())
            } else {
                hosts.iter().any(|host| one.is(host))
            };
            !is_known
        };
        let is_group = |one: &&ListedName| one.in_groups(groups).next().is_none();
        let hosts = self.hosts.iter().filter(is_host);
        let absent = hosts.chain(self.groups.iter().filter(is_group));
        let counts = absent.filter(|one| !one.is_left_out && one.text != "*");
        counts.map(|one| one.text.clone()).collect()
    }

    /// A regular expression that patterns cannot express.
    pub(super) fn unread(&self) -> Option<&str> {
        let mut all = self.hosts.iter().chain(&self.groups);
        all.find(|one| one.patterns.is_none()).map(|one| one.text.as_str())
    }
}

/// The names of the hosts of each group. `hosts` are all hosts with the groups that they name.
pub(super) fn groups(
    objects: &NagiosObjects,
    hosts: &[(&str, Vec<String>)],
    found: &mut FoundServices,
) -> HostGroups {
    let mut groups = HostGroups::new();
    let mut parents: Vec<(String, Vec<String>)> = Vec::new();
    for object in objects.of("hostgroup") {
        let values = objects.resolved(object, &mut found.unclear);
        let Some(name) = values.get("hostgroup_name").map(|value| value.text.clone()) else {
            continue;
        };
        let of_group = groups.entry(name.clone()).or_default();
        let members = list(&values, "members");
        let (patterns, plain): (Vec<String>, Vec<String>) =
            members.into_iter().partition(|one| one.contains(['*', '?', '+', '!', '\\']));
        let patterns: Vec<ListedName> =
            patterns.iter().map(|one| ListedName::of(one, objects.true_regexp)).collect();
        let is_member = |host: &str| patterns.iter().any(|one| !one.is_left_out && one.is(host));
        of_group.extend(
            hosts.iter().map(|(host, _)| *host).filter(|host| is_member(host)).map(str::to_owned),
        );
        of_group.extend(plain);
        of_group.retain(|host| !patterns.iter().any(|one| one.is_left_out && one.is(host)));
        parents.push((name, list(&values, "hostgroup_members")));
    }
    for (host, of_host) in hosts {
        for group in of_host {
            groups.entry(group.clone()).or_default().insert((*host).to_owned());
        }
    }
    // Groups contain groups; a chain is not longer than their number.
    for _ in 0..parents.len().min(16) {
        let mut changed = false;
        for (name, members) in &parents {
            let added: Vec<String> =
                members.iter().filter_map(|member| groups.get(member)).flatten().cloned().collect();
            let group = groups.entry(name.clone()).or_default();
            let before = group.len();
            group.extend(added);
            changed |= group.len() > before;
        }
        if !changed {
            break;
        }
    }
    groups
}
