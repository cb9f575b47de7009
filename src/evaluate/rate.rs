//! Judges rates: the growth of a counter over a window, in a unit of time.

use std::time::Duration;

use super::check_row::readable;
use super::threshold::violated;
use crate::catalog::rate::RateName;
use crate::catalog::thresholds::Levels;
use crate::finding::metric::{Metric, MetricKind};
use crate::finding::range::Range;
use crate::finding::{Finding, State};
use crate::text::interval;

/// A rate that was measured.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredRate<'a> {
    /// The rate.
    pub rate: &'a RateName,
    /// The window.
    pub window: Duration,
    /// How much the counter grew.
    pub growth: f64,
    /// In which time. It is less than the window if the counter is not known for so long.
    pub within: Duration,
}

impl MeasuredRate<'_> {
    /// The rate as a metric, with the ranges. It is a lower bound as long as the counter is not
    /// known for the whole window.
    pub fn metric(&self, counter: &Metric, levels: &Levels) -> Metric {
        let time = self.within.max(self.window).as_secs_f64();
        Metric {
            name: self.rate.metric_name(),
            object: counter.object.clone(),
            value: self.growth / time * self.rate.per.seconds(),
            unit: counter.unit,
            kind: MetricKind::Rate,
            warning: levels.warning.clone(),
            critical: levels.critical.clone(),
        }
    }

    /// The problem, if the rate violates a range.
    ///
    /// Before the counter is known for the whole window, only a rate above a range is a problem: what is missing can only
    /// make it larger.
    pub fn finding(&self, metric: &Metric) -> Option<Finding> {
        let is_sure = |range: &Range| {
            self.within >= self.window || !range.inside() && metric.value > range.end()
        };
        let sure = |range: &Option<Range>| range.clone().filter(is_sure);
        let levels = Levels { warning: sure(&metric.warning), critical: sure(&metric.critical) };
        let (state, reason) = violated(&levels, metric.value, metric.unit)?;
        let (name, per) = (readable(&self.rate.metric), self.rate.per.name());
        let amount = metric.unit.amount(metric.value);
        let window = interval::write(Duration::from_secs(self.within.max(self.window).as_secs()));
        let object = metric.object.as_deref();
        let about = object.map(|object| format!("{object} ")).unwrap_or_default();
        let summary = format!("{about}{name} {amount} per {per} in {window} ({reason})");
        let mut finding = Finding::new(state, summary).about(metric.object.clone());
        // A finding about the value of the counter is another one.
        finding.labels.insert("rate".to_owned(), self.rate.to_string());
        Some(finding)
    }
}

/// What is reported if a target has more counters than are measured.
pub fn too_many(rate: &RateName, most: usize) -> Finding {
    let problem = format!("{rate}: not every rate is judged, as only {most} counters are measured");
    let mut finding = Finding::new(State::Unknown, problem);
    finding.labels.insert("rate".to_owned(), rate.to_string());
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::rate::RatePer;
    use crate::finding::metric::Unit;

    fn judged(ranges: [&str; 2], growth: f64, within: u64, unit: Unit) -> Option<String> {
        let rate = RateName { metric: "temp_bytes".to_owned(), per: RatePer::Hour };
        let window = Duration::from_secs(600);
        let within = Duration::from_secs(within);
        let one = MeasuredRate { rate: &rate, window, growth, within };
        let [warning, critical] = ranges.map(|range| range.parse().ok());
        let counter = Metric { object: Some("app".to_owned()), unit, ..Metric::count("x", 0.0) };
        let metric = one.metric(&counter, &Levels { warning, critical });
        one.finding(&metric).map(|finding| finding.summary)
    }

    #[test]
    fn a_rate_has_its_unit_of_time_and_its_window() {
        for (ranges, growth, within, expected) in [
            (["5", "50"], 1.0, 600, Some("app temp bytes 6 per hour in 10m (warning above 5)")),
            (["5", "50"], 2.0, 1200, Some("app temp bytes 6 per hour in 20m (warning above 5)")),
            (["5", "50"], 9.0, 600, Some("app temp bytes 54 per hour in 10m (critical above 50)")),
            (["6", "50"], 1.0, 600, None),
            // Half of the window is known: 12 per hour, or 6 if nothing else happened.
            (["6", "50"], 1.0, 300, None),
            (["5", "50"], 1.0, 300, Some("app temp bytes 6 per hour in 10m (warning above 5)")),
            // A rate that is too low is known only after the whole window.
            (["10:", "5:"], 0.0, 300, None),
            (["10:", "5:"], 0.0, 600, Some("app temp bytes 0 per hour in 10m (critical below 5)")),
            (["@5:10", ""], 1.0, 300, None),
            (
                ["@5:10", ""],
                1.0,
                600,
                Some("app temp bytes 6 per hour in 10m (warning within 5 to 10)"),
            ),
        ] {
            assert_eq!(judged(ranges, growth, within, Unit::Count).as_deref(), expected);
        }
        let bytes = judged(["1048576", ""], 1_048_576.0, 600, Unit::Bytes);
        let expected = "app temp bytes 6 MiB per hour in 10m (warning above 1 MiB)";
        assert_eq!(bytes.as_deref(), Some(expected));
    }
}
