//! Definitions for Icinga 2: a command with all its arguments, groups, templates and apply rules.
//!
//! It relies on Icinga's own template library (`include <itl>`), and defines hosts only where asked to.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::{DefinitionsError, Host, Plan, SILENT, Service, TIMEOUT};
use crate::output::host_name::FORBIDDEN_BY_ICINGA;
use crate::settings::receiver::lifetime;

/// The options of a call: the option, the variable, whether there may be several, and what it says.
const ARGUMENTS: [(&str, &str, &str); 10] = [
    ("--target", "posemo_target", "A target of the settings, in place of a connection"),
    ("--host", "posemo_host", "Host name, address or socket directory"),
    ("--port", "posemo_port", "Port"),
    ("--username", "posemo_username", "User; posemo if not said"),
    ("--dbname", "posemo_dbname", "Database: a name, a string of key=value, or a URI"),
    ("--warning", "posemo_warning", "Warning range, or METRIC=RANGE; an array for several"),
    ("--critical", "posemo_critical", "Critical range, or METRIC=RANGE; an array for several"),
    (
        "--argument",
        "posemo_argument",
        "NAME=VALUE for an argument of the check; an array for several",
    ),
    ("--config", "posemo_config", "The settings file"),
    ("--checks", "posemo_checks", "Folders with more checks; an array for several"),
];

/// Writes the definitions, or nothing where a name would break them.
pub fn write(plan: &Plan, out: &mut dyn Write) -> Result<io::Result<()>, DefinitionsError> {
    plan.examine("Icinga", [FORBIDDEN_BY_ICINGA, ""])?;
    Ok(text(plan, out))
}

fn text(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "// Written by posemo {}. Run the same command again rather than edit this.",
        env!("CARGO_PKG_VERSION")
    )?;
    match plan.passive {
        None => command(plan, out)?,
        Some(interval) => silent(interval, out)?,
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
    // Hosts that are asked equally often share a rule.
    let mut rules = BTreeMap::<(String, Duration), (Service, Vec<&Host>)>::new();
    for (host, service) in plan.all() {
        let key = (service.name.clone(), service.interval);
        rules.entry(key).or_insert_with(|| (service, Vec::new())).1.extend(host);
    }
    rules.values().try_for_each(|(service, hosts)| rule(plan, service, hosts, out))
}

/// The command, and a template for the services that call it.
fn command(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nobject CheckCommand \"posemo\" {{")?;
    writeln!(out, "  command = [ {}, \"check\" ]", quoted(&plan.program))?;
    writeln!(out, "  // posemo gives up by itself, and says why, before Icinga ends it.")?;
    writeln!(out, "  timeout = {}s", TIMEOUT + 10)?;
    writeln!(out, "  arguments = {{")?;
    writeln!(
        out,
        "    \"(check)\" = {{\n      value = \"$posemo_check$\"\n      skip_key = true\n      order = -1\n      required = true"
    )?;
    writeln!(out, "      description = \"The check; posemo list names them\"\n    }}")?;
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
        "      description = \"Seconds after which posemo gives up; less than the command's timeout\"\n    }}"
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

/// A template for services that are told: what is run is only the answer to silence.
fn silent(interval: Duration, out: &mut dyn Write) -> io::Result<()> {
    let silence = lifetime(interval).as_secs();
    writeln!(out, "\ntemplate Service \"posemo-service\" {{\n  check_command = \"dummy\"")?;
    writeln!(out, "  // Run only where no result came for so long; each result puts it off.")?;
    writeln!(out, "  enable_active_checks = true\n  enable_passive_checks = true")?;
    writeln!(
        out,
        "  check_interval = {silence}s\n  retry_interval = {silence}s\n  max_check_attempts = 1"
    )?;
    writeln!(out, "  vars.dummy_state = 3")?;
    writeln!(out, "  vars.dummy_text = \"{SILENT}\"\n}}")
}

/// One check, on the hosts that it is asked of equally often, or on any.
fn rule(plan: &Plan, service: &Service, hosts: &[&Host], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\napply Service {} {{\n  import \"posemo-service\"", quoted(&service.name))?;
    let notes = [Some(service.summary.clone()), service.advice()];
    let notes = notes.into_iter().flatten().collect::<Vec<_>>().join("; ");
    writeln!(out, "  notes = {}", quoted(&literal(&notes)))?;
    writeln!(out, "  groups += [ {} ]", quoted(&group(&service.topic)))?;
    if plan.passive.is_none() {
        writeln!(out, "  check_interval = {}s", service.interval.as_secs())?;
        writeln!(out, "  retry_interval = {}s", (service.interval / 2).as_secs().max(1))?;
        writeln!(out, "  vars.posemo_check = {}", quoted(&service.name))?;
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

fn group(topic: &str) -> String {
    format!("posemo-{topic}")
}

/// A text in which Icinga looks for no macro.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// A string of Icinga's language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
