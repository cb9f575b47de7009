//! Collects the samples of a report into families: a family has one name, and its samples have different labels.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

use super::names::MetricName;
use crate::finding::metric::MetricKind;
use crate::finding::report::Report;
use crate::text::short_hash::{ADDED, seems_hashed, with_hash};
use crate::text::visible::is_plain;

/// The maximum number of series of one metric and target: a database with a million tables must not overload Prometheus.
const MOST_SERIES: usize = 1000;

/// The maximum length of a label's value, in characters.
const LONGEST_VALUE: usize = 200;

/// Where in a report a sample comes from.
///
/// A large fleet has hundreds of thousands of samples: their texts are made when they are written, a few at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SamplePlace {
    /// The position of the target.
    pub(super) target: usize,
    /// The position of the check.
    pub(super) check: usize,
    /// The position of a metric or a state, or a number of omitted samples.
    pub(super) part: usize,
}

/// Makes a sample from what is at a place of a report.
pub(super) type SampleOf = fn(&Report, SamplePlace) -> Sample;

/// A number with its labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    /// The labels as they are written, without braces.
    pub(super) labels: String,
    /// The number.
    pub(super) value: f64,
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

/// Adds a label whose value is escaped.
pub(super) fn add_label(labels: &mut String, name: &str, value: &str) {
    for part in [if labels.is_empty() { "" } else { "," }, name, "=\"", value, "\""] {
        labels.push_str(part);
    }
}

/// All families, in the order of their first sample.
#[derive(Debug, Default)]
pub(super) struct MetricFamilies {
    all: Vec<MetricFamily>,
    positions: HashMap<(String, &'static str), usize>,
}

/// The samples with one name.
#[derive(Debug)]
pub(super) struct MetricFamily {
    /// The name and the meaning.
    pub(super) name: MetricName,
    /// Makes its samples.
    pub(super) sample: SampleOf,
    /// Where its samples come from.
    pub(super) places: Vec<SamplePlace>,
    /// The target of the latest sample, and the number of its samples.
    of_target: (usize, usize),
}

impl MetricFamilies {
    /// Adds a sample of a gauge with a name and a help text.
    pub(super) fn gauge(
        &mut self,
        (name, help): (&'static str, &'static str),
        sample: SampleOf,
        place: SamplePlace,
    ) {
        let unit = if name.ends_with("_seconds") { "seconds" } else { "" };
        let name = MetricName {
            base: name.to_owned(),
            kind: MetricKind::Gauge,
            unit,
            help: help.to_owned(),
        };
        self.family(&name, sample).places.push(place);
    }

    /// Adds a sample of a check's metric with this value; those of a target follow one another. Returns false if it is
    /// omitted: the target has too many series of it, or the value is not allowed.
    pub(super) fn metric(
        &mut self,
        name: &MetricName,
        value: f64,
        sample: SampleOf,
        place: SamplePlace,
    ) -> bool {
        let family = self.family(name, sample);
        if family.of_target.0 != place.target {
            family.of_target = (place.target, 0);
        }
        family.of_target.1 += 1;
        // OpenMetrics refuses a counter that is negative or not a number.
        let countable = name.kind == MetricKind::Gauge || value >= 0.0;
        let added = family.of_target.1 <= MOST_SERIES && countable;
        if added {
            family.places.push(place);
        }
        added
    }

    /// The families that have samples, sorted by the names that they are written with.
    pub(super) fn sorted(self) -> BTreeMap<String, MetricFamily> {
        let mut sorted: BTreeMap<String, MetricFamily> = BTreeMap::new();
        let taken: HashSet<String> = self.names(MetricKind::Counter).map(str::to_owned).collect();
        for family in self.all.into_iter().filter(|family| !family.places.is_empty()) {
            // In OpenMetrics the name of a counter has no `_total`, so that it may equal the name of a gauge.
            let is_taken =
                family.name.kind == MetricKind::Gauge && taken.contains(&*family.name.base);
            let mut base = family.name.base.clone();
            while sorted.contains_key(&base) || is_taken && base == family.name.base {
                base.push_str("_value");
            }
            sorted.insert(base, family);
        }
        sorted
    }

    fn names(&self, kind: MetricKind) -> impl Iterator<Item = &str> {
        let families = self.all.iter().filter(move |family| family.name.kind == kind);
        families.map(|family| family.name.base.as_str())
    }

    fn family(&mut self, name: &MetricName, sample: SampleOf) -> &mut MetricFamily {
        let next = self.all.len();
        let position = *self.positions.entry((name.base.clone(), name.kind.name())).or_insert(next);
        if position == next {
            let name = name.clone();
            self.all.push(MetricFamily { name, sample, places: Vec::new(), of_target: (0, 0) });
        }
        &mut self.all[position]
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
