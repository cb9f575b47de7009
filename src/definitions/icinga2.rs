//! Writes definitions for Icinga 2: a command with its arguments, groups, templates and apply rules.
//!
//! They require Icinga's template library (`include <itl>`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::Duration;

use super::{
    DefinitionPlan, DefinitionsError, HostDefinition, NO_RESULT, ServiceDefinition, TIMEOUT, group,
};
use crate::output::host_name::FORBIDDEN_BY_ICINGA;
use crate::settings::receiver::lifetime;

/// The options of a call: the option, its variable, and its description.
const ARGUMENTS: [(&str, &str, &str); 11] = [
    ("--topic", "posemo_topic", "Topic: all its checks as one service; an array for several"),
    ("--target", "posemo_target", "Target of the settings, instead of a connection"),
    ("--host", "posemo_host", "Host name, address or socket directory"),
    ("--port", "posemo_port", "Port"),
    ("--username", "posemo_username", "User; posemo by default"),
    ("--dbname", "posemo_dbname", "Database: a name, a string of key=value, or a URI"),
    ("--warning", "posemo_warning", "Warning range, or METRIC=RANGE; an array for several"),
    ("--critical", "posemo_critical", "Critical range, or METRIC=RANGE; an array for several"),
    (
        "--argument",
        "posemo_argument",
        "NAME=VALUE for an argument of the check; an array for several",
    ),
    ("--config", "posemo_config", "Settings file"),
    ("--checks", "posemo_checks", "Folder with more checks; an array for several"),
];

/// Writes the definitions. Writes nothing where a name would break them.
pub fn write(
    plan: &DefinitionPlan,
    out: &mut dyn Write,
) -> Result<io::Result<()>, DefinitionsError> {
    plan.validate("Icinga", [FORBIDDEN_BY_ICINGA, ""])?;
    Ok(text(plan, out))
}

fn text(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "// Written by posemo {}. To change it, run the same command again.",
        env!("CARGO_PKG_VERSION")
    )?;
    match plan.passive {
        None => command(plan, out)?,
        Some(interval) => passive_template(interval, out)?,
    }
    for topic in plan.topics() {
        writeln!(out, "\nobject ServiceGroup {} {{", quoted(&group(&topic)))?;
        writeln!(out, "  display_name = {}\n}}", quoted(&format!("PostgreSQL: {topic}")))?;
    }
    for host in plan.hosts.iter().filter(|_| plan.with_hosts) {
        writeln!(out, "\nobject Host {} {{", quoted(&host.name))?;
        writeln!(
            out,
            "  check_command = \"hostalive\"\n  address = {}\n}}",
            quoted(&host.address)
        )?;
    }
    if plan.hosts.is_empty() {
        writeln!(out, "\n// Every host with vars.posemo = true has these services.")?;
    }
    // Hosts with the same interval and the same hold time share a rule.
    let mut rules = BTreeMap::<
        (String, Duration, Option<Duration>),
        (ServiceDefinition, Vec<&HostDefinition>),
    >::new();
    for (host, service) in plan.all() {
        let key = (service.name.clone(), service.interval, service.hold);
        rules.entry(key).or_insert_with(|| (service, Vec::new())).1.extend(host);
    }
    rules.values().try_for_each(|(service, hosts)| rule(plan, service, hosts, out))?;
    if plan.hosts.is_empty() {
        return plan.parent(&plan.services).map_or(Ok(()), |parent| {
            dependency(parent, "host.vars.posemo", &BTreeMap::new(), out)
        });
    }
    // Hosts without such a service must not depend on it.
    let mut parents = BTreeMap::<&str, Vec<String>>::new();
    for host in &plan.hosts {
        if let Some(parent) = plan.parent(&host.services) {
            parents.entry(parent).or_default().push(quoted(&host.name));
        }
    }
    // A service can judge documents on one host, and call the server on another: the topic of some checks.
    let mut independent = BTreeMap::<Vec<String>, Vec<String>>::new();
    let names: BTreeSet<&str> = services(plan).map(|(_, one)| one.name.as_str()).collect();
    for name in names {
        let named = || services(plan).filter(|(_, one)| one.name == name);
        let without = || named().filter(|(_, one)| !one.needs_server);
        let is_same = named().count() == without().count();
        let hosts = without().map(|(host, _)| quoted(&host.name));
        let hosts = if is_same { Vec::new() } else { hosts.collect() };
        if without().next().is_some() {
            independent.entry(hosts).or_default().push(quoted(name));
        }
    }
    parents.iter().try_for_each(|(parent, hosts)| {
        let hosts = format!("host.name in [ {} ]", hosts.join(", "));
        dependency(parent, &hosts, &independent, out)
    })
}

/// All services with their hosts.
fn services(plan: &DefinitionPlan) -> impl Iterator<Item = (&HostDefinition, &ServiceDefinition)> {
    plan.hosts.iter().flat_map(|host| host.services.iter().map(move |service| (host, service)))
}

/// The dependency of the services of some hosts on the one that watches for outages. While that one is critical, Icinga
/// neither calls the others nor notifies about them, except for those that do not need the server: their names by their hosts,
/// or by no host if that is so on all.
fn dependency(
    parent: &str,
    hosts: &str,
    independent: &BTreeMap<Vec<String>, Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = quoted(&format!("posemo-{parent}"));
    let parent = quoted(parent);
    writeln!(out, "\napply Dependency {name} to Service {{\n  parent_service_name = {parent}")?;
    writeln!(out, "  states = [ OK, Warning, Unknown ]\n  disable_checks = true")?;
    writeln!(
        out,
        "  assign where \"posemo-service\" in service.templates && service.name != {parent} && {hosts}"
    )?;
    if !independent.is_empty() {
        writeln!(out, "  // They judge documents, and do not call the server.")?;
    }
    for (hosts, services) in independent {
        write!(out, "  ignore where service.name in [ {} ]", services.join(", "))?;
        if !hosts.is_empty() {
            write!(out, " && host.name in [ {} ]", hosts.join(", "))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "}}")
}

/// The command, and a template for the services that call it.
fn command(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nobject CheckCommand \"posemo\" {{")?;
    writeln!(out, "  command = [ {}, \"check\" ]", quoted(&plan.program))?;
    writeln!(out, "  // posemo reports its own timeout before Icinga ends it.")?;
    writeln!(out, "  timeout = {}s", TIMEOUT + 10)?;
    writeln!(out, "  arguments = {{")?;
    writeln!(
        out,
        "    \"(check)\" = {{\n      value = \"$posemo_check$\"\n      skip_key = true\n      order = -1"
    )?;
    writeln!(
        out,
        "      description = \"Name of the check, unless there is a topic; posemo list prints the names\"\n    }}"
    )?;
    for (option, variable, description) in ARGUMENTS {
        writeln!(
            out,
            "    {} = {{\n      value = {}",
            quoted(option),
            quoted(&format!("${variable}$"))
        )?;
        writeln!(out, "      description = {}\n    }}", quoted(description))?;
    }
    writeln!(out, "    \"--timeout\" = {{\n      value = \"$posemo_timeout$\"")?;
    writeln!(
        out,
        "      description = \"Time limit in seconds; less than the timeout of the command\"\n    }}"
    )?;
    writeln!(out, "  }}\n  vars.posemo_timeout = {TIMEOUT}")?;
    for (option, variable, _) in ARGUMENTS {
        let values = plan.options.iter().filter(|(name, _)| name == option);
        let values = values.map(|(_, value)| quoted(&literal(value))).collect::<Vec<_>>();
        if !values.is_empty() {
            writeln!(out, "  vars.{variable} = [ {} ]", values.join(", "))?;
        }
    }
    writeln!(out, "}}\n\ntemplate Service \"posemo-service\" {{\n  check_command = \"posemo\"")?;
    writeln!(out, "  max_check_attempts = 3\n}}")
}

/// A template for passive services. Icinga runs its command only where no result arrives in time.
fn passive_template(interval: Duration, out: &mut dyn Write) -> io::Result<()> {
    let lifetime = lifetime(interval).as_secs();
    writeln!(out, "\ntemplate Service \"posemo-service\" {{\n  check_command = \"dummy\"")?;
    writeln!(out, "  // Icinga runs the command if no result arrives for this time.")?;
    writeln!(out, "  enable_active_checks = true\n  enable_passive_checks = true")?;
    writeln!(
        out,
        "  check_interval = {lifetime}s\n  retry_interval = {lifetime}s\n  max_check_attempts = 1"
    )?;
    writeln!(out, "  vars.dummy_state = 3")?;
    writeln!(out, "  vars.dummy_text = \"{NO_RESULT}\"\n}}")
}

/// The rule for one check, on some hosts or on all hosts of posemo.
fn rule(
    plan: &DefinitionPlan,
    service: &ServiceDefinition,
    hosts: &[&HostDefinition],
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\napply Service {} {{\n  import \"posemo-service\"", quoted(&service.name))?;
    let notes = [Some(service.summary.clone()), service.advice()];
    let notes = notes.into_iter().flatten().collect::<Vec<_>>().join("; ");
    writeln!(out, "  notes = {}", quoted(&literal(&notes)))?;
    writeln!(out, "  groups += [ {} ]", quoted(&group(&service.topic)))?;
    if plan.passive.is_none() {
        writeln!(out, "  check_interval = {}s", service.interval.as_secs())?;
        writeln!(out, "  retry_interval = {}s", service.retry().as_secs().max(1))?;
        let variable = if service.is_topic { "topic" } else { "check" };
        writeln!(out, "  vars.posemo_{variable} = {}", quoted(&service.name))?;
    }
    if let Some(attempts) = service.attempts(plan.passive) {
        writeln!(out, "  max_check_attempts = {attempts}")?;
    }
    if hosts.is_empty() {
        if plan.passive.is_none() {
            writeln!(out, "  if (!host.vars.posemo_target && !host.vars.posemo_host) {{")?;
            writeln!(out, "    vars.posemo_host = host.address\n  }}")?;
        }
        return writeln!(out, "  assign where host.vars.posemo\n}}");
    }
    if plan.passive.is_none() {
        let pairs = hosts
            .iter()
            .map(|host| format!("    {} = {}", quoted(&host.name), quoted(&literal(&host.target))));
        let pairs = pairs.collect::<Vec<_>>().join("\n");
        writeln!(
            out,
            "  var targets = {{\n{pairs}\n  }}\n  vars.posemo_target = targets[host.name]"
        )?;
    }
    let names = hosts.iter().map(|host| quoted(&host.name)).collect::<Vec<_>>().join(", ");
    writeln!(out, "  assign where host.name in [ {names} ]\n}}")
}

/// A text without macros of Icinga.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// A string in Icinga's language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
