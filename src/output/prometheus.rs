//! Writes a report as metrics for Prometheus: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! Samples have no timestamp: Prometheus uses the time of reading. The start of the run is a metric.

use std::io::{self, Write};

use self::exposition::{Dialect, Exposition};
use crate::finding::metric::{MetricKind, Unit};
use crate::finding::report::Report;

pub mod exposition;
mod families;
mod names;
mod samples;

/// The name of the series of a metric of a check.
pub fn series(check: &str, metric: &str, unit: Unit, kind: MetricKind) -> String {
    let name = names::named(check, metric, unit, kind);
    let total = if kind == MetricKind::Counter { "_total" } else { "" };
    format!("{}{total}", name.base)
}

/// Writes the report.
pub(super) fn write(report: &Report, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
    Exposition::new(report, dialect).try_for_each(|part| out.write_all(&part))
}
