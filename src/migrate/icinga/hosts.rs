//! The hosts of Icinga 2 with their groups, and the services that functions ask for.

use std::rc::Rc;

use super::command::names;
use super::definitions::DefinitionKind;
use super::objects::{EvaluatedBody, FiledDefinition, IcingaObjects};
use super::value::IcingaValue;
use super::world::NamedValues;
use crate::migrate::found::{FoundHost, FoundServices, MOST_SERVICES};

/// A host with its values.
#[derive(Debug)]
pub(super) struct IcingaHost {
    pub(super) host: FoundHost,
    /// The name `host` with the values of the host, for expressions.
    pub(super) base: NamedValues,
}

impl IcingaHost {
    pub(super) fn value(&self) -> &IcingaValue {
        &self.base["host"]
    }
}

/// What is not clear in hosts and groups, by their names.
pub(super) type UnclearHosts = Vec<(String, EvaluatedBody)>;

impl IcingaObjects {
    /// All hosts, and what is not clear in them.
    pub(super) fn hosts(&self, found: &mut FoundServices) -> (Vec<Rc<IcingaHost>>, UnclearHosts) {
        let is_host = |filed: &&FiledDefinition| {
            filed.definition.of == "Host" && filed.definition.kind == DefinitionKind::Object
        };
        let (mut hosts, mut of_hosts) = (Vec::new(), Vec::new());
        for filed in self.definitions.iter().filter(is_host).take(MOST_SERVICES) {
            let Some(name) = self.name_of(filed) else { continue };
            let local = names([("name".to_owned(), IcingaValue::Text(name.clone()))]);
            let mut body = self.evaluate(filed, &local);
            let mut value = std::mem::take(&mut body.values);
            of_hosts.push((name.clone(), body));
            let list = IcingaValue::List(vec![IcingaValue::Text(name.clone())]);
            value.set(&["templates".to_owned()], true, list);
            let map = value.map_mut();
            map.insert("name".to_owned(), IcingaValue::Text(name.clone()));
            map.entry("display_name".to_owned()).or_insert(IcingaValue::Text(name.clone()));
            let address = [value.get("address"), value.get("address6")];
            let address = address.iter().find_map(IcingaValue::text).unwrap_or_default();
            let host = FoundHost { name, address };
            found.hosts.push(host.clone());
            let base = names([("host".to_owned(), value)]);
            hosts.push(IcingaHost { host, base });
        }
        self.groups(&mut hosts, &mut of_hosts);
        for one in &hosts {
            if let IcingaValue::List(groups) = one.value().get("groups") {
                for group in groups.iter().filter_map(IcingaValue::text) {
                    let members = found.groups.entry(group).or_default();
                    members.insert(one.host.name.clone());
                }
            }
            let value = Rc::new(one.value().clone());
            self.world.hosts.borrow_mut().insert(one.host.name.clone(), value);
        }
        (hosts.into_iter().map(Rc::new).collect(), of_hosts)
    }

    /// Adds hosts to the groups whose `assign where` holds for them.
    fn groups(&self, hosts: &mut [IcingaHost], of_hosts: &mut UnclearHosts) {
        let is_group = |filed: &&FiledDefinition| {
            filed.definition.of == "HostGroup" && filed.definition.kind == DefinitionKind::Object
        };
        for filed in self.definitions.iter().filter(is_group) {
            let Some(name) = self.name_of(filed) else { continue };
            let mut unclear = Vec::new();
            for host in &mut *hosts {
                match self.applies(filed, &host.base, false) {
                    Ok(true) => {
                        let list = IcingaValue::List(vec![IcingaValue::Text(name.clone())]);
                        let groups = ["host".to_owned(), "groups".to_owned()];
                        IcingaValue::set_in(&mut host.base, &groups, true, list);
                    }
                    Ok(false) => {}
                    Err(what) => unclear = vec![what],
                }
            }
            let mut body = EvaluatedBody::default();
            body.unclear = unclear;
            of_hosts.push((name, body));
        }
    }

    /// Evaluates all services, as functions ask for them by their names.
    pub(super) fn known_services(&self, hosts: &[Rc<IcingaHost>]) {
        // A part of the work; the rest is for the services that call a plugin.
        let left = &self.world.left;
        let rest = left.get() / 2;
        left.set(left.get() - rest);
        for filed in self.definitions.iter().filter(|one| one.definition.of == "Service") {
            for host in hosts {
                for (name, local) in self.instances(filed, host) {
                    let mut values = self.evaluate(filed, &local).values;
                    values.map_mut().insert("name".to_owned(), IcingaValue::Text(name.clone()));
                    let key = (host.host.name.clone(), name);
                    let mut services = self.world.services.borrow_mut();
                    if services.len() < MOST_SERVICES {
                        services.insert(key, Rc::new(values));
                    }
                }
            }
        }
        left.set(left.get() + rest);
    }

    /// The services of a definition on a host: the names of each, and those for its expressions.
    fn instances(&self, filed: &FiledDefinition, host: &IcingaHost) -> Vec<(String, NamedValues)> {
        let base = &host.base;
        match filed.definition.kind {
            DefinitionKind::Template => Vec::new(),
            DefinitionKind::Object => {
                let Some(name) = self.name_of(filed) else { return Vec::new() };
                let values = self.evaluate(filed, base).values;
                let is_of_host = values.get("host_name").text().as_ref() == Some(&host.host.name);
                is_of_host.then_some((name, base.clone())).into_iter().collect()
            }
            DefinitionKind::Apply => {
                let header = filed.definition.each.as_ref();
                let turns = header.map_or_else(
                    || vec![base.clone()],
                    |header| self.turns(header, base).unwrap_or_default(),
                );
                let is_assigned =
                    |local: &NamedValues| self.applies(filed, local, header.is_some()) == Ok(true);
                let turns = turns.into_iter().filter(is_assigned);
                turns.map(|local| (self.name_of_turn(filed, &local), local)).collect()
            }
        }
    }

    /// The name of a service of a rule, with the key of its loop.
    pub(super) fn name_of_turn(&self, filed: &FiledDefinition, local: &NamedValues) -> String {
        let own = filed.definition.name.as_ref();
        let own = own.and_then(|name| self.scope(local, &IcingaValue::Null).value(name).text());
        let each = filed.definition.each.as_ref();
        let key = each.and_then(|(names, _)| local.get(names.first()?)?.text());
        format!("{}{}", own.unwrap_or_default(), key.unwrap_or_default())
    }
}
