//! Writes definitions for Nagios Core: commands, groups, templates and services.
//!
//! They require the templates `generic-service` and `linux-server`, which Nagios includes.

use std::io::{self, Write};
use std::time::Duration;

use super::{
    DefinitionPlan, DefinitionsError, HostDefinition, NO_RESULT, ServiceDefinition, TIMEOUT, group,
};
use crate::finding::report::OWN;
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::lifetime;

/// Characters that the words of a command must not contain: Nagios reads them as macros, ends of words or comments.
const FORBIDDEN_IN_WORDS: &str = "`~!$%^&*|'\"<>?;\\#";

/// The `notification_interval` of Nagios' template `generic-service`. Nagios warns about each service with a longer
/// `check_interval`.
const NOTIFICATION_INTERVAL: Duration = Duration::from_secs(3600);

/// Writes the definitions. Writes nothing where a name would break them.
pub fn write(
    plan: &DefinitionPlan,
    out: &mut dyn Write,
) -> Result<io::Result<()>, DefinitionsError> {
    plan.validate("Nagios", [FORBIDDEN_BY_NAGIOS, FORBIDDEN_IN_WORDS])?;
    Ok(text(plan, out))
}

fn text(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# Written by posemo {}. To change it, run the same command again.",
        env!("CARGO_PKG_VERSION")
    )?;
    commands(plan, out)?;
    for topic in plan.topics() {
        let alias = format!("PostgreSQL: {topic}");
        object(out, "servicegroup", &[("servicegroup_name", &group(&topic)), ("alias", &alias)])?;
    }
    if plan.hosts.is_empty() {
        writeln!(
            out,
            "\n# Every host in the hostgroup \"posemo\" has these services. Define the hostgroup yourself."
        )?;
    }
    for host in plan.hosts.iter().filter(|_| plan.with_hosts) {
        let lines =
            [("use", "linux-server"), ("host_name", &host.name), ("address", &host.address)];
        object(out, "host", &lines)?;
    }
    template(plan, out)?;
    let services = plan.all();
    let mut written: Vec<&str> = Vec::new();
    for (_, service) in &services {
        if !written.contains(&service.name.as_str()) {
            check(service, out)?;
            written.push(&service.name);
        }
    }
    services.iter().try_for_each(|(host, service)| service_of_host(plan, *host, service, out))?;
    if plan.hosts.is_empty() {
        return dependency(plan, ("hostgroup_name", "posemo"), &plan.services, out);
    }
    plan.hosts
        .iter()
        .try_for_each(|host| dependency(plan, ("host_name", &host.name), &host.services, out))
}

/// The dependency of the services of a host on the one that watches for outages. While that one is critical, Nagios
/// neither calls the others that need the server nor notifies about them.
fn dependency(
    plan: &DefinitionPlan,
    place: (&str, &str),
    services: &[ServiceDefinition],
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(parent) = plan.parent(services) else { return Ok(()) };
    let own = plan.passive.map(|_| OWN);
    let dependent = services.iter().filter(|service| service.needs_server);
    let names = own.into_iter().chain(dependent.map(|service| service.name.as_str()));
    let others = names.filter(|name| *name != parent).collect::<Vec<_>>().join(",");
    if others.is_empty() {
        return Ok(());
    }
    let lines = [
        place,
        ("service_description", parent),
        ("dependent_service_description", &others),
        ("execution_failure_criteria", "c"),
        ("notification_failure_criteria", "c"),
    ];
    object(out, "servicedependency", &lines)
}

/// The command that calls posemo, or for passive services the command that Nagios runs if no result arrives.
fn commands(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    if plan.passive.is_some() {
        let line = format!("/bin/sh -c 'echo \"{NO_RESULT}\" && exit 3'");
        return object(
            out,
            "command",
            &[("command_name", "posemo-silent"), ("command_line", &line)],
        );
    }
    let options = plan.options.iter().map(|(name, value)| format!(" {name} '{value}'"));
    let options = options.collect::<Vec<_>>().concat();
    let target = if plan.hosts.is_empty() { "-H '$HOSTADDRESS$'" } else { "--target '$ARG2$'" };
    let line = format!("'{}' check $ARG1$ {target}{options} -t {TIMEOUT}", plan.program);
    object(out, "command", &[("command_name", "posemo"), ("command_line", &line)])
}

/// The template of all services.
fn template(plan: &DefinitionPlan, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![("name", "posemo-service"), ("use", "generic-service"), ("register", "0")];
    let lifetime = plan.passive.map(|interval| lifetime(interval).as_secs().to_string());
    if let Some(lifetime) = &lifetime {
        lines.extend([
            ("active_checks_enabled", "0"),
            ("passive_checks_enabled", "1"),
            ("check_freshness", "1"),
            ("freshness_threshold", lifetime),
            ("max_check_attempts", "1"),
            ("check_command", "posemo-silent"),
        ]);
    }
    object(out, "service", &lines)
}

/// The template of a check's services.
fn check(service: &ServiceDefinition, out: &mut dyn Write) -> io::Result<()> {
    let name = template_name(service);
    let group = group(&service.topic);
    let advice = service.advice();
    let mut lines = vec![
        ("name", name.as_str()),
        ("use", "posemo-service"),
        ("service_description", &service.name),
        ("servicegroups", &group),
    ];
    lines.extend(advice.as_deref().map(|advice| ("notes", advice)));
    lines.push(("register", "0"));
    writeln!(out, "\n# {}", service.summary)?;
    object(out, "service", &lines)
}

/// The service of a check on a host.
fn service_of_host(
    plan: &DefinitionPlan,
    host: Option<&HostDefinition>,
    service: &ServiceDefinition,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = template_name(service);
    let (interval, retry) = (minutes(service.interval), minutes(service.retry()));
    let attempts = service.attempts(plan.passive).map(|attempts| attempts.to_string());
    let option = if service.is_topic { "--topic " } else { "" };
    let command = match host {
        Some(host) => format!("posemo!{option}{}!{}", service.name, host.target),
        None => format!("posemo!{option}{}", service.name),
    };
    let place = host.map_or(("hostgroup_name", "posemo"), |host| ("host_name", host.name.as_str()));
    let mut lines = vec![("use", name.as_str()), place];
    if plan.passive.is_none() {
        lines.extend([
            ("check_command", command.as_str()),
            ("check_interval", &interval),
            ("retry_interval", &retry),
        ]);
        if service.interval > NOTIFICATION_INTERVAL {
            lines.push(("notification_interval", &interval));
        }
    }
    lines.extend(attempts.as_deref().map(|attempts| ("max_check_attempts", attempts)));
    object(out, "service", &lines)
}

fn object(out: &mut dyn Write, kind: &str, lines: &[(&str, &str)]) -> io::Result<()> {
    writeln!(out, "\ndefine {kind} {{")?;
    lines.iter().try_for_each(|(key, value)| writeln!(out, "  {key:<22} {value}"))?;
    writeln!(out, "}}")
}

fn template_name(service: &ServiceDefinition) -> String {
    format!("posemo-check-{}", service.name)
}

/// A time in minutes, the unit of Nagios with the default `interval_length`.
fn minutes(span: Duration) -> String {
    let minutes = span.as_secs_f64() / 60.0;
    format!("{minutes:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
