//! Reads the output for Checkmk's agent as Checkmk's server does.
//!
//! Debian has no package of Checkmk, so the reader is written from its documented grammar.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use posemo::finding::report::Report;
use posemo::output::services::services;
use posemo::output::{Format, OutputOptions};

use super::work_directory::WorkDirectory;
use crate::output::reports::report;
use crate::server::posemo;

/// A service, as Checkmk reads it.
#[derive(Debug, PartialEq)]
struct LocalService {
    state: u8,
    metrics: Vec<(String, f64, Vec<String>)>,
    summary: String,
    details: Vec<String>,
}

/// Hosts and their services. The host of the agent has an empty name.
type Hosts = BTreeMap<String, BTreeMap<String, LocalService>>;

/// Reads the output of an agent. Lines that the server ignores are errors here.
fn read(text: &str) -> Result<Hosts, String> {
    let mut hosts = Hosts::new();
    let (mut host, mut local) = (String::new(), false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("<<<<").and_then(|rest| rest.strip_suffix(">>>>")) {
            let valid = name
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
            if !valid || !name.is_empty() && hosts.contains_key(name) {
                return Err(format!("bad host {name:?}"));
            }
            name.clone_into(&mut host);
            local = false;
        } else if let Some(name) =
            line.strip_prefix("<<<").and_then(|rest| rest.strip_suffix(">>>"))
        {
            local = name == "local:sep(0)";
            if !local {
                return Err(format!("unknown section {name:?}"));
            }
            hosts.entry(host.clone()).or_default();
        } else if local {
            let (name, service) = service(line)?;
            if hosts.entry(host.clone()).or_default().insert(name.clone(), service).is_some() {
                return Err(format!("{name} occurs twice"));
            }
        } else {
            return Err(format!("no section for {line:?}"));
        }
    }
    if host.is_empty() { Ok(hosts) } else { Err("the last host has no end".to_owned()) }
}

/// The services of each host, with their states.
pub(super) fn names(text: &str) -> BTreeMap<String, Vec<String>> {
    let hosts = read(text).unwrap_or_else(|error| panic!("{error}: {text}")).into_iter();
    let states = |services: BTreeMap<String, LocalService>| {
        services.iter().map(|(name, local)| format!("{name} {}", local.state)).collect()
    };
    hosts.map(|(host, services)| (host, states(services))).collect()
}

/// `STATE NAME METRICS TEXT`
fn service(line: &str) -> Result<(String, LocalService), String> {
    let mut words = line.splitn(4, ' ');
    let mut word = || {
        words.next().filter(|word| !word.is_empty()).ok_or(format!("a word is missing in {line:?}"))
    };
    let (state, name, metrics, text) = (word()?, word()?, word()?, word()?);
    let state = ["0", "1", "2", "3"].iter().position(|known| *known == state).ok_or("bad state")?;
    if name.contains(['"', '\'', ';', '|', '\\']) || text.trim() != text {
        return Err(format!("bad name or text in {line:?}"));
    }
    let mut texts = text.split("\\n");
    let summary = texts.next().unwrap_or_default().to_owned();
    let details = texts.map(str::to_owned).collect::<Vec<_>>();
    if summary.is_empty() || text.replace("\\n", "").contains('\\') {
        return Err(format!("bad text in {line:?}"));
    }
    let metrics = match metrics {
        "-" => Vec::new(),
        several => several.split('|').map(metric).collect::<Result<_, _>>()?,
    };
    let mut names = BTreeSet::new();
    if !metrics.iter().all(|(name, _, _)| names.insert(name.clone())) {
        return Err(format!("a metric occurs twice in {line:?}"));
    }
    let state = u8::try_from(state).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), LocalService { state, metrics, summary, details }))
}

/// `NAME=VALUE;WARNING;CRITICAL;MINIMUM;MAXIMUM`, where levels are `UPPER` or `LOWER:UPPER`.
fn metric(text: &str) -> Result<(String, f64, Vec<String>), String> {
    let (name, rest) = text.split_once('=').ok_or(format!("no value in {text:?}"))?;
    if name.is_empty()
        || !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
    {
        return Err(format!("bad name of a metric in {text:?}"));
    }
    let fields = rest.split(';').collect::<Vec<_>>();
    let number = |text: &str| -> Result<f64, String> {
        let plain =
            text.chars().all(|character| character.is_ascii_digit() || "-.".contains(character));
        text.parse::<f64>().ok().filter(|_| plain).ok_or(format!("bad number {text:?}"))
    };
    for level in fields.iter().skip(1).take(2).filter(|level| !level.is_empty()) {
        let (lower, upper) = level.split_once(':').unwrap_or(("0", level));
        if number(lower)? > number(upper)? {
            return Err(format!("the lower level is larger than the upper one in {text:?}"));
        }
    }
    for end in fields.iter().skip(3).filter(|end| !end.is_empty()) {
        number(end)?;
    }
    // Checkmk uses a critical level without a warning level also as the warning level.
    let alone = fields.get(1).is_some_and(|level| level.is_empty())
        && fields.get(2).is_some_and(|level| !level.is_empty());
    if fields.len() > 5 || alone {
        return Err(format!("bad fields in {text:?}"));
    }
    Ok((
        name.to_owned(),
        number(fields[0])?,
        fields[1..].iter().map(|field| (*field).to_owned()).collect(),
    ))
}

fn written(report: &Report, piggyback: bool) -> String {
    let mut out = Vec::new();
    let options = OutputOptions { piggyback, ..OutputOptions::default() };
    Format::Checkmk.write(report, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The output contains each service once, with its state, text and numbers.
#[test]
fn checkmk_reads_each_service() {
    let mut count = 0;
    for name in [
        "quiet",
        "day",
        "dead",
        "lag",
        "skipped",
        "databases",
        "targets",
        "script",
        "hostile",
        "flood",
        "empty",
    ] {
        let report = report(name);
        let hosts = read(&written(&report, true)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hosts.len(), report.targets.len(), "{name}");
        let expected = services(&report);
        assert_eq!(hosts.values().map(BTreeMap::len).sum::<usize>(), expected.len(), "{name}");
        for (target, (host, found)) in report.targets.iter().zip(in_order(&hosts, &report)) {
            for service in expected.iter().filter(|service| service.target == target.target) {
                let local = &found[&service.name];
                assert_eq!(
                    local.state,
                    service.report.state().exit_code(),
                    "{host} {}",
                    service.name
                );
                assert!(!local.summary.trim().is_empty() && local.summary.chars().count() <= 255);
                let metrics =
                    service.report.targets[0].checks.iter().flat_map(|check| &check.metrics);
                let finite = metrics
                    .map(|metric| metric.value + 0.0)
                    .filter(|value| value.is_finite())
                    .collect::<Vec<_>>();
                let read = local.metrics.iter().map(|(_, value, _)| *value).collect::<Vec<_>>();
                let left_out = local
                    .details
                    .iter()
                    .any(|line| line.contains("omitted: the output would be too long"));
                assert!(
                    finite.starts_with(&read) && (left_out || finite.len() == read.len()),
                    "{host} {}",
                    service.name
                );
                count += 1;
            }
        }
    }
    super::print_line(&format!("Checkmk: {count} services read"));
}

/// The hosts in the order of the targets. Names of targets that Checkmk does not allow are changed.
fn in_order<'a>(
    hosts: &'a Hosts,
    report: &Report,
) -> Vec<(&'a String, &'a BTreeMap<String, LocalService>)> {
    let host_of = |target: &str| hosts.get_key_value(target);
    let named: Vec<_> =
        report.targets.iter().filter_map(|target| host_of(&target.target)).collect();
    if named.len() == report.targets.len() {
        return named;
    }
    // In the hostile report the first target has many services, and the target without a name has one.
    let mut all = hosts.iter().collect::<Vec<_>>();
    all.sort_by_key(|(_, services)| std::cmp::Reverse(services.len()));
    all
}

/// The exact text of some lines.
#[test]
fn a_line_has_the_form_of_a_local_check() {
    let lag = written(&report("lag"), false);
    let expected = "<<<local:sep(0)>>>\n\
        0 posemo ok=0;;;0|warning=1;;;0|critical=0;;;0|unknown=0;;;0 1 WARNING\n\
        1 replication_lag standby1=0.25;60;300;0|standby2=62;60;300;0 standby2 62 s behind (warning above 60)\n";
    assert_eq!(lag, expected);
    let targets = written(&report("targets"), true);
    assert!(targets.starts_with("<<<<db1>>>>\n<<<local:sep(0)>>>\n0 posemo "), "{targets}");
    assert!(targets.ends_with("\n<<<<>>>>\n"), "{targets}");
    assert!(
        targets.contains(
            "\n2 sequence_usage app_public_filling=3;80;95|shop_public_filling=96;80;95|"
        ),
        "{targets}"
    );
}

/// The reader must be able to fail.
#[test]
fn the_reader_refuses_what_checkmk_ignores() {
    let good = "<<<local:sep(0)>>>\n0 a - well\n";
    assert!(read(good).is_ok());
    for bad in [
        "0 a - well\n",
        "<<<local:sep(0)>>>\n0 a  - well\n",
        "<<<local:sep(0)>>>\n0 a -\n",
        "<<<local:sep(0)>>>\n0 a - \n",
        "<<<local:sep(0)>>>\nP a - well\n",
        "<<<local:sep(0)>>>\n0 'a - well\n",
        "<<<local:sep(0)>>>\n0 a x=1,5 well\n",
        "<<<local:sep(0)>>>\n0 a x=16MB well\n",
        "<<<local:sep(0)>>>\n0 a x:y=1 well\n",
        "<<<local:sep(0)>>>\n0 a x=1|x=2 well\n",
        "<<<local:sep(0)>>>\n0 a x=1;;5 well\n",
        "<<<local:sep(0)>>>\n0 a x=1;9:5 well\n",
        "<<<local:sep(0)>>>\n0 a - back\\slash\n",
        "<<<local:sep(0)>>>\n0 a - one\n0 a - two\n",
        "<<<<a b>>>>\n<<<local:sep(0)>>>\n<<<<>>>>\n",
        "<<<<a>>>>\n<<<local:sep(0)>>>\n0 a - well\n",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

/// The agent runs each line of `mrpe.cfg` with a shell, and reads the name up to the first blank.
#[test]
fn the_agent_runs_the_lines_for_each_topic() {
    let directory = WorkDirectory::new();
    let settings =
        "[targets.\"db 1; $x\"]\nhost = \"/nowhere\"\n\n[targets.db2]\nhost = \"/nowhere\"\n";
    directory.write("po semo.toml", settings);
    let path = directory.path().join("po semo.toml").display().to_string();
    let printed = posemo(&["print-config", "checkmk", "--by-topic", "--config", &path]);
    let printed = String::from_utf8(printed.stdout).unwrap();
    let lines = printed.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<(&str, &str)> = lines.map(|line| line.split_once(' ').unwrap()).collect();
    let names: BTreeSet<&str> = lines.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), lines.len(), "{printed}");
    for (name, first) in [
        ("db%201%3B%20%24x%20alive", "ALIVE CRITICAL - cannot connect to /nowhere"),
        ("db2%20replication", "REPLICATION UNKNOWN - cannot connect to /nowhere"),
    ] {
        let (_, line) = lines.iter().find(|(found, _)| *found == name).expect(name);
        let (interval, command) = line.split_once(' ').unwrap();
        assert!(interval.starts_with("(interval=") && interval.ends_with(')'), "{line}");
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.starts_with(first), "{command}: {output:?}");
    }
    // The shell's `read`, by which the agent reads the lines, removes backslashes.
    for name in ["it's", "a\\\\b"] {
        directory.write("po semo.toml", &format!("[targets.\"{name}\"]\nhost = \"/nowhere\"\n"));
        let refused = posemo(&["print-config", "checkmk", "--config", &path]);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && error.contains("Checkmk"), "{name}: {error}");
    }
    let refused = posemo(&["print-config", "checkmk", "--passive"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && error.contains("use --output checkmk"), "{error}");
}
