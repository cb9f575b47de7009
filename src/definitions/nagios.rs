//! Definitions for Nagios Core: commands, groups, templates and services.
//!
//! It relies on `generic-service` and `linux-server`, which come with Nagios, and on nothing else.

use std::io::{self, Write};
use std::time::Duration;

use super::{DefinitionsError, Host, Plan, SILENT, Service, TIMEOUT};
use crate::output::host_name::FORBIDDEN_BY_NAGIOS;
use crate::settings::receiver::lifetime;

/// Besides the marks that no name has: what a command's words may not have either, as Nagios takes them
/// for macros, for the end of a word or for a comment.
const FORBIDDEN_IN_WORDS: &str = "`~!$%^&*|'\"<>?;\\#";

/// Writes the definitions, or nothing where a name would break them.
pub fn write(plan: &Plan, out: &mut dyn Write) -> Result<io::Result<()>, DefinitionsError> {
    plan.examine("Nagios", [FORBIDDEN_BY_NAGIOS, FORBIDDEN_IN_WORDS])?;
    Ok(text(plan, out))
}

fn text(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "# Written by posemo {}. Run the same command again rather than edit this.",
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
            "\n# Every host in the hostgroup \"posemo\", which you define, has these services."
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
    services.iter().try_for_each(|(host, service)| attach(plan, *host, service, out))
}

/// How posemo is called, or what is called where nothing was heard of a service.
fn commands(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    if plan.passive.is_some() {
        let line = format!("/bin/sh -c 'echo \"{SILENT}\" && exit 3'");
        return object(
            out,
            "command",
            &[("command_name", "posemo-silent"), ("command_line", &line)],
        );
    }
    let options = plan.options.iter().map(|(name, value)| format!(" {name} '{value}'"));
    let options = options.collect::<Vec<_>>().concat();
    let whom = if plan.hosts.is_empty() { "-H '$HOSTADDRESS$'" } else { "--target '$ARG2$'" };
    let line = format!("'{}' check $ARG1$ {whom}{options} -t {TIMEOUT}", plan.program);
    object(out, "command", &[("command_name", "posemo"), ("command_line", &line)])
}

/// What all services have in common.
fn template(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = vec![("name", "posemo-service"), ("use", "generic-service"), ("register", "0")];
    let silence = plan.passive.map(|interval| lifetime(interval).as_secs().to_string());
    if let Some(silence) = &silence {
        lines.extend([
            ("active_checks_enabled", "0"),
            ("passive_checks_enabled", "1"),
            ("check_freshness", "1"),
            ("freshness_threshold", silence),
            ("max_check_attempts", "1"),
            ("check_command", "posemo-silent"),
        ]);
    }
    object(out, "service", &lines)
}

/// What a check's services have in common on all hosts.
fn check(service: &Service, out: &mut dyn Write) -> io::Result<()> {
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

/// A check on a host.
fn attach(
    plan: &Plan,
    host: Option<&Host>,
    service: &Service,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = template_name(service);
    let (interval, retry) = (minutes(service.interval), minutes(service.interval / 2));
    let command = match host {
        Some(host) => format!("posemo!{}!{}", service.name, host.target),
        None => format!("posemo!{}", service.name),
    };
    let place = host.map_or(("hostgroup_name", "posemo"), |host| ("host_name", host.name.as_str()));
    let mut lines = vec![("use", name.as_str()), place];
    if plan.passive.is_none() {
        lines.extend([
            ("check_command", command.as_str()),
            ("check_interval", &interval),
            ("retry_interval", &retry),
        ]);
    }
    object(out, "service", &lines)
}

fn object(out: &mut dyn Write, kind: &str, lines: &[(&str, &str)]) -> io::Result<()> {
    writeln!(out, "\ndefine {kind} {{")?;
    lines.iter().try_for_each(|(key, value)| writeln!(out, "  {key:<22} {value}"))?;
    writeln!(out, "}}")
}

fn template_name(service: &Service) -> String {
    format!("posemo-check-{}", service.name)
}

fn group(topic: &str) -> String {
    format!("posemo-{topic}")
}

/// In Nagios' unit of time, which is a minute where `interval_length` is as it came.
fn minutes(span: Duration) -> String {
    let minutes = span.as_secs_f64() / 60.0;
    format!("{minutes:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
