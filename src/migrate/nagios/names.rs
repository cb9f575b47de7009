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
    /// What matches; absent for a regular expression that patterns cannot express.
    patterns: Option<Vec<NamePattern>>,
}

/// The hosts of a service.
#[derive(Debug)]
pub(super) struct HostNames {
    hosts: Vec<ListedName>,
    groups: Vec<ListedName>,
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
        ListedName { text: text.to_owned(), is_left_out, patterns }
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

    /// Whether a host belongs to the service.
    pub(super) fn contain(&self, host: &str, groups: &HostGroups) -> bool {
        let is_member = |wanted: &ListedName| {
            groups.iter().any(|(group, members)| wanted.is(group) && members.contains(host))
        };
        let left_out = self.hosts.iter().any(|one| one.is_left_out && one.is(host))
            || self.groups.iter().any(|one| one.is_left_out && is_member(one));
        // All groups are all hosts, also those without one.
        let in_group = |one: &ListedName| one.text == "*" || is_member(one);
        !left_out
            && (self.name(host) || self.groups.iter().any(|one| !one.is_left_out && in_group(one)))
    }

    /// Whether the service names a host, and not only its group.
    pub(super) fn name(&self, host: &str) -> bool {
        self.hosts.iter().any(|one| !one.is_left_out && one.is(host))
    }

    /// The names and groups that are in none of the files.
    pub(super) fn absent(&self, hosts: &[(&str, Vec<String>)], groups: &HostGroups) -> Vec<String> {
        let is_host = |one: &&ListedName| !hosts.iter().any(|(host, _)| one.is(host));
        let is_group = |one: &&ListedName| !groups.keys().any(|group| one.is(group));
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
