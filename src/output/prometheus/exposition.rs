//! Writes the families of a report, in parts.

use std::borrow::Borrow;
use std::collections::{HashSet, btree_map};
use std::hash::{BuildHasher, RandomState};

use super::families::{MetricFamily, Sample, add_label};
use super::samples::families;
use crate::finding::metric::MetricKind;
use crate::finding::report::Report;

/// The size of a part, in bytes. A part ends with the line in which it reaches this size.
const PART: usize = 64 * 1024;

/// The two formats of the same metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// The text of a report, in parts: the one of a large fleet has tens of megabytes.
#[derive(Debug)]
pub struct Exposition<R> {
    report: R,
    dialect: Dialect,
    families: btree_map::IntoIter<String, MetricFamily>,
    /// The family that is being written, and the number of its samples that were.
    current: Option<(CurrentFamily, usize)>,
    /// What follows the families.
    end: String,
}

/// A family, the name of its samples, and the hashes of their labels.
#[derive(Debug)]
struct CurrentFamily {
    family: MetricFamily,
    name: String,
    given: HashSet<u64>,
    /// Its keys are random, so that names in a database cannot be chosen to have the same hash.
    hashes: RandomState,
}

impl<R: Borrow<Report>> Exposition<R> {
    /// The text of a report.
    pub fn new(report: R, dialect: Dialect) -> Exposition<R> {
        Self::followed_by(report, dialect, String::new())
    }

    /// The text of a report, followed by the lines of other families.
    pub fn followed_by(report: R, dialect: Dialect, mut lines: String) -> Exposition<R> {
        if dialect == Dialect::OpenMetrics {
            lines.push_str("# EOF\n");
        }
        let families = families(report.borrow()).sorted().into_iter();
        Exposition { report, dialect, families, current: None, end: lines }
    }

    /// Adds the next sample, or the lines before the samples of a family. Returns false if there is nothing more.
    fn add(&mut self, part: &mut String) -> bool {
        if let Some((current, written)) = &mut self.current
            && let Some(place) = current.family.places.get(*written)
        {
            *written += 1;
            let sample = (current.family.sample)(self.report.borrow(), *place);
            current.add(sample, part);
            return true;
        }
        if let Some((base, family)) = self.families.next() {
            self.current = Some((CurrentFamily::begin(family, &base, self.dialect, part), 0));
            return true;
        }
        self.current = None;
        let end = std::mem::take(&mut self.end);
        part.push_str(&end);
        !end.is_empty()
    }
}

impl<R: Borrow<Report>> Iterator for Exposition<R> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut part = String::with_capacity(PART);
        while part.len() < PART && self.add(&mut part) {}
        (!part.is_empty()).then(|| part.into_bytes())
    }
}

impl CurrentFamily {
    /// Writes what comes before the samples.
    fn begin(family: MetricFamily, base: &str, dialect: Dialect, part: &mut String) -> Self {
        let total = if family.name.kind == MetricKind::Counter { "_total" } else { "" };
        let name = format!("{base}{total}");
        let info = dialect == Dialect::OpenMetrics && base.ends_with("_info");
        let declared = match dialect {
            Dialect::Text => &name,
            Dialect::OpenMetrics => base.trim_end_matches("_info"),
        };
        let kind = if info { "info" } else { family.name.kind.name() };
        let mut line = |keyword: &str, text: &str| {
            for piece in ["# ", keyword, " ", declared, " ", text, "\n"] {
                part.push_str(piece);
            }
        };
        line("HELP", &family.name.help);
        line("TYPE", kind);
        if dialect == Dialect::OpenMetrics && !family.name.unit.is_empty() {
            line("UNIT", family.name.unit);
        }
        CurrentFamily { family, name, given: HashSet::new(), hashes: RandomState::new() }
    }

    /// Writes a sample, with a label `number` if another sample has the same labels.
    fn add(&mut self, sample: Sample, part: &mut String) {
        let Sample { mut labels, value } = sample;
        let plain = labels.len();
        let mut number = 1;
        while !self.given.insert(self.hashes.hash_one(&labels)) {
            number += 1;
            labels.truncate(plain);
            add_label(&mut labels, "number", &number.to_string());
        }
        let [open, close] = if labels.is_empty() { ["", ""] } else { ["{", "}"] };
        for piece in [&self.name, open, &labels, close, " ", &text(value), "\n"] {
            part.push_str(piece);
        }
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
