//! Families of samples: each stands together, under one name, and no two samples have the same labels.
//!
//! What is measured is not known here.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Dialect;
use super::names::Name;
use crate::finding::metric::MetricKind;
use crate::text::visible::is_plain;

/// Series that one metric may have of one target: a database with a million tables must not fill a
/// Prometheus.
const MOST_SERIES: usize = 1000;

/// Characters of a label's value.
const LONGEST_VALUE: usize = 200;

/// One number with its labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    labels: Vec<(&'static str, String)>,
    value: f64,
}

impl Sample {
    /// A number without labels.
    pub(super) fn of(value: f64) -> Sample {
        Sample { labels: Vec::new(), value }
    }

    /// The same with one more. One without a value is the same to Prometheus as one that is not there.
    pub(super) fn label(mut self, name: &'static str, value: &str) -> Sample {
        if !value.is_empty() {
            self.labels.push((name, escaped(value)));
        }
        self
    }
}

/// All families, in the order in which they are written.
#[derive(Debug, Default)]
pub(super) struct Families {
    all: Vec<Family>,
    positions: HashMap<(String, &'static str), usize>,
    left_out: HashMap<String, f64>,
    per_target: HashMap<(usize, String), usize>,
}

#[derive(Debug)]
struct Family {
    name: Name,
    samples: Vec<Sample>,
    given: HashSet<Vec<(&'static str, String)>>,
}

impl Families {
    /// Adds a sample of a gauge with that name and that help.
    pub(super) fn gauge(&mut self, (name, help): (&'static str, &'static str), sample: Sample) {
        let unit = if name.ends_with("_seconds") { "seconds" } else { "" };
        let name =
            Name { base: name.to_owned(), kind: MetricKind::Gauge, unit, help: help.to_owned() };
        let position = self.position(&name);
        self.all[position].push(sample);
    }

    /// Adds a sample of a check's metric, unless the target has too many of it, or it cannot be one.
    pub(super) fn metric(&mut self, name: &Name, target: &str, sample: Sample) {
        let position = self.position(name);
        let count = self.per_target.entry((position, target.to_owned())).or_default();
        *count += 1;
        // A counter counts something: what is no number, or less than nothing, would be refused.
        let countable = name.kind == MetricKind::Gauge || sample.value >= 0.0;
        if *count > MOST_SERIES || !countable {
            *self.left_out.entry(target.to_owned()).or_default() += 1.0;
        } else {
            self.all[position].push(sample);
        }
    }

    /// How many samples of a target were left out.
    pub(super) fn left_out(&self, target: &str) -> f64 {
        self.left_out.get(target).copied().unwrap_or_default()
    }

    /// Writes all of it.
    pub(super) fn write(&self, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
        let mut sorted: BTreeMap<String, &Family> = BTreeMap::new();
        let taken: HashSet<&str> = self.names(MetricKind::Counter).collect();
        for family in self.all.iter().filter(|family| !family.samples.is_empty()) {
            // OpenMetrics names a counter without its ending, where a gauge may already be.
            let is_taken =
                family.name.kind == MetricKind::Gauge && taken.contains(&*family.name.base);
            let mut base = family.name.base.clone();
            while sorted.contains_key(&base) || is_taken && base == family.name.base {
                base.push_str("_value");
            }
            sorted.insert(base, family);
        }
        for (base, family) in sorted {
            family.write(&base, dialect, out)?;
        }
        if dialect == Dialect::OpenMetrics { out.write_all(b"# EOF\n") } else { Ok(()) }
    }

    fn names(&self, kind: MetricKind) -> impl Iterator<Item = &str> {
        let of_kind = self.all.iter().filter(move |family| family.name.kind == kind);
        of_kind.map(|family| family.name.base.as_str())
    }

    fn position(&mut self, name: &Name) -> usize {
        let next = self.all.len();
        let position = *self.positions.entry((name.base.clone(), name.kind.name())).or_insert(next);
        if position == next {
            let name = name.clone();
            self.all.push(Family { name, samples: Vec::new(), given: HashSet::new() });
        }
        position
    }
}

impl Family {
    /// Adds a sample, with a number where there is one of the same labels.
    fn push(&mut self, mut sample: Sample) {
        let plain = sample.labels.clone();
        let mut number = 1;
        while !self.given.insert(sample.labels.clone()) {
            number += 1;
            sample.labels.clone_from(&plain);
            sample.labels.push(("number", number.to_string()));
        }
        self.samples.push(sample);
    }

    fn write(&self, base: &str, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
        let total = if self.name.kind == MetricKind::Counter { "_total" } else { "" };
        let info = dialect == Dialect::OpenMetrics && base.ends_with("_info");
        let declared = match dialect {
            Dialect::Text => format!("{base}{total}"),
            Dialect::OpenMetrics => base.trim_end_matches("_info").to_owned(),
        };
        let kind = if info { "info" } else { self.name.kind.name() };
        writeln!(out, "# HELP {declared} {}", self.name.help)?;
        writeln!(out, "# TYPE {declared} {kind}")?;
        if dialect == Dialect::OpenMetrics && !self.name.unit.is_empty() {
            writeln!(out, "# UNIT {declared} {}", self.name.unit)?;
        }
        for sample in &self.samples {
            let labels = sample.labels.iter().map(|(name, value)| format!("{name}=\"{value}\""));
            let labels = labels.collect::<Vec<_>>().join(",");
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            writeln!(out, "{base}{total}{labels} {}", number(sample.value))?;
        }
        Ok(())
    }
}

/// A number as Go reads it: it reads back as the same one.
fn number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ if value == 0.0 => "0".to_owned(),
        _ if (1e-5..1e17).contains(&value.abs()) => value.to_string(),
        _ => format!("{value:e}"),
    }
}

/// A value between quotes. A newline stays one; what else cannot be seen is spelled out.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars().take(LONGEST_VALUE) {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            _ if is_plain(character) => escaped.push(character),
            _ => write!(escaped, "\\\\u{{{:x}}}", u32::from(character))
                .expect("writing into a string cannot fail"),
        }
    }
    escaped
}
