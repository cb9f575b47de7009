//! Collects samples into families and writes them: a family has one name, and its samples have different labels.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};

use super::names::MetricName;
use crate::finding::metric::MetricKind;
use crate::text::short_hash::{ADDED, seems_hashed, with_hash};
use crate::text::visible::is_plain;

/// The maximum number of series of one metric and target: a database with a million tables must not overload Prometheus.
const MOST_SERIES: usize = 1000;

/// The maximum length of a label's value, in characters.
const LONGEST_VALUE: usize = 200;

/// The two formats of the same metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// A number with its labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    /// The labels as they are written, without braces.
    labels: String,
    value: f64,
}

impl Sample {
    /// A sample without labels.
    pub(super) fn new(value: f64) -> Sample {
        Sample { labels: String::new(), value }
    }

    /// Adds a label. An empty value adds none: for Prometheus both mean the same.
    pub(super) fn label(mut self, name: &'static str, value: &str) -> Sample {
        if !value.is_empty() {
            add_label(&mut self.labels, name, &escaped(value));
        }
        self
    }
}

fn add_label(labels: &mut String, name: &str, value: &str) {
    for part in [if labels.is_empty() { "" } else { "," }, name, "=\"", value, "\""] {
        labels.push_str(part);
    }
}

/// All families, in the order of their first sample.
#[derive(Debug, Default)]
pub(super) struct MetricFamilies {
    all: Vec<MetricFamily>,
    positions: HashMap<(String, &'static str), usize>,
    left_out: HashMap<String, f64>,
    /// Its keys are random, so that names in a database cannot be chosen to have the same hash.
    hashes: RandomState,
}

/// The samples with one name.
///
/// A large fleet has hundreds of thousands, so that they are kept as the lines that are written, and of their labels the hashes.
#[derive(Debug)]
struct MetricFamily {
    name: MetricName,
    /// A line for each sample, without the name.
    lines: String,
    /// The hashes of the labels.
    given: HashSet<u64>,
    /// The target of the latest sample, and the number of its samples.
    of_target: (String, usize),
}

impl MetricFamilies {
    /// Adds a sample of a gauge with a name and a help text.
    pub(super) fn gauge(&mut self, (name, help): (&'static str, &'static str), sample: Sample) {
        let unit = if name.ends_with("_seconds") { "seconds" } else { "" };
        let name = MetricName {
            base: name.to_owned(),
            kind: MetricKind::Gauge,
            unit,
            help: help.to_owned(),
        };
        let position = self.position(&name);
        self.all[position].push(sample, &self.hashes);
    }

    /// Adds a sample of a check's metric; those of a target follow one another. It is omitted if the target has too many series of it, or if the value is not
    /// allowed.
    pub(super) fn metric(&mut self, name: &MetricName, target: &str, sample: Sample) {
        let position = self.position(name);
        let family = &mut self.all[position];
        if family.of_target.0 != target {
            family.of_target = (target.to_owned(), 0);
        }
        family.of_target.1 += 1;
        // OpenMetrics refuses a counter that is negative or not a number.
        let countable = name.kind == MetricKind::Gauge || sample.value >= 0.0;
        if family.of_target.1 > MOST_SERIES || !countable {
            *self.left_out.entry(target.to_owned()).or_default() += 1.0;
        } else {
            family.push(sample, &self.hashes);
        }
    }

    /// The number of omitted samples of a target.
    pub(super) fn left_out(&self, target: &str) -> f64 {
        self.left_out.get(target).copied().unwrap_or_default()
    }

    /// Writes all families, sorted by name. Each is freed after it was written: `out` may keep as many bytes as all of them.
    pub(super) fn write(self, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
        let mut sorted: BTreeMap<String, MetricFamily> = BTreeMap::new();
        let taken: HashSet<String> = self.names(MetricKind::Counter).map(str::to_owned).collect();
        for mut family in self.all.into_iter().filter(|family| !family.lines.is_empty()) {
            family.given = HashSet::new();
            // In OpenMetrics the name of a counter has no `_total`, so that it may equal the name of a gauge.
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
        let families = self.all.iter().filter(move |family| family.name.kind == kind);
        families.map(|family| family.name.base.as_str())
    }

    fn position(&mut self, name: &MetricName) -> usize {
        let next = self.all.len();
        let position = *self.positions.entry((name.base.clone(), name.kind.name())).or_insert(next);
        if position == next {
            let name = name.clone();
            let (lines, given, of_target) = Default::default();
            self.all.push(MetricFamily { name, lines, given, of_target });
        }
        position
    }
}

impl MetricFamily {
    /// Adds a sample, with a label `number` if another sample has the same labels.
    fn push(&mut self, sample: Sample, hashes: &RandomState) {
        let Sample { mut labels, value } = sample;
        let plain = labels.len();
        let mut number = 1;
        while !self.given.insert(hashes.hash_one(&labels)) {
            number += 1;
            labels.truncate(plain);
            add_label(&mut labels, "number", &number.to_string());
        }
        let [open, close] = if labels.is_empty() { ["", ""] } else { ["{", "}"] };
        for part in [open, &labels, close, " ", &text(value), "\n"] {
            self.lines.push_str(part);
        }
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
        for line in self.lines.split_terminator('\n') {
            writeln!(out, "{base}{total}{line}")?;
        }
        Ok(())
    }
}

/// A number as Go reads it: the shortest text that reads back as the same number.
fn text(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ if value == 0.0 => "0".to_owned(),
        _ if (1e-5..1e17).contains(&value.abs()) => value.to_string(),
        _ => format!("{value:e}"),
    }
}

/// A label's value between quotes. The end of a line is escaped; other characters that are not plain are spelled
/// out, and a long value is cut. A value that is changed gets a hash, so that two values never become the same.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let changed = value.chars().count() > LONGEST_VALUE
        || value.chars().any(|character| character != '\n' && !is_plain(character))
        || seems_hashed(value, '#');
    let most = if changed { LONGEST_VALUE - ADDED } else { LONGEST_VALUE };
    for character in value.chars().take(most) {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            _ if is_plain(character) => escaped.push(character),
            _ => write!(escaped, "\\\\u{{{:x}}}", u32::from(character))
                .expect("writing to a string cannot fail"),
        }
    }
    if changed { with_hash(&escaped, '#', value) } else { escaped }
}
