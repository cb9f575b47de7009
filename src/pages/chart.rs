//! A chart of a metric against its thresholds, as SVG, with the sentence that it shows.

use std::fmt::Write;

use maud::{Markup, html};

use super::parts::{line, text};
use crate::finding::metric::{Metric, Unit};
use crate::finding::range::Range;
use crate::history::block::TimedValue;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 150.0;
/// The room for the numbers of the axis.
const LEFT: f64 = 76.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 20.0;

/// The number of columns of a line. In each, the lowest and the highest value are drawn.
const COLUMNS: usize = 280;

/// A metric with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The metric, with its latest value and its ranges.
    pub metric: Metric,
    /// The values in the order of time. Of an hour, the lowest and the highest.
    pub values: Vec<TimedValue>,
    /// The first and the last time of the chart, in milliseconds since 1970.
    pub span: (i64, i64),
    /// How long the span is: `24 h`.
    pub lasts: String,
    /// Values that are further apart are not connected, in milliseconds.
    pub gap: i64,
    /// Whether the history has more values than were read: the latest ones are missing.
    pub is_cut: bool,
}

impl Chart {
    /// The figure. Nothing is drawn where no value is known.
    pub(super) fn figure(&self) -> Markup {
        let sentence = self.sentence();
        html! {
            figure.chart {
                @if self.values.len() > 1 { (self.drawing(&sentence)) }
                figcaption {
                    (sentence)
                    @if self.is_cut { " The history has more values than a page reads: choose a shorter span for the latest ones." }
                }
            }
        }
    }

    fn name(&self) -> String {
        let name = text(&self.metric.name);
        match &self.metric.object {
            Some(object) => format!("{name} of {}", line(object)),
            None => name,
        }
    }

    /// What the chart shows.
    fn sentence(&self) -> String {
        let amount = |value| self.metric.unit.amount(value);
        let now = amount(self.metric.value);
        let mut sentence = format!("{} is {now}", self.name());
        let lowest = self.values.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let highest = self.values.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
        let past = match self.values.first() {
            None => format!("; the history has no value of the last {} yet", self.lasts),
            Some((_, first)) if lowest < highest => format!(
                "; in the last {} it began at {} and was between {} and {}",
                self.lasts,
                amount(*first),
                amount(lowest),
                amount(highest)
            ),
            Some(_) => format!("; in the last {} it did not change", self.lasts),
        };
        sentence.push_str(&past);
        for (level, range) in
            [("warning", &self.metric.warning), ("critical", &self.metric.critical)]
        {
            if let Some(range) = range {
                let _ = write!(sentence, ", {level} {}", alarms(range, amount));
            }
        }
        sentence + "."
    }

    fn drawing(&self, sentence: &str) -> Markup {
        let scale = Scale::of(self);
        let levels = [("warning", &self.metric.warning), ("critical", &self.metric.critical)];
        let lines = levels.into_iter().filter_map(|(class, range)| Some((class, range.as_ref()?)));
        let lines = lines.flat_map(|(class, range)| ends(range).map(move |end| (class, end)));
        let lines: Vec<(&str, f64)> = lines.filter(|(_, end)| scale.contains(*end)).collect();
        let ticks = [scale.low, f64::midpoint(scale.low, scale.high), scale.high];
        html! {
            svg.plot viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(sentence) {
                @for tick in ticks {
                    line.grid x1=(LEFT) x2=(WIDTH) y1=(at(scale.y(tick))) y2=(at(scale.y(tick))) {}
                    text.axis x=(LEFT - 6.0) y=(at(scale.y(tick) + 4.0)) text-anchor="end" { (self.metric.unit.amount(tick)) }
                }
                @for (class, end) in &lines {
                    line class={ "level " (class) } x1=(LEFT) x2=(WIDTH) y1=(at(scale.y(*end))) y2=(at(scale.y(*end))) {}
                    text class={ "level " (class) } x=(WIDTH - 4.0) y=(at(label_at(scale.y(*end)))) text-anchor="end" { (class) " " (self.metric.unit.amount(*end)) }
                }
                path.line d=(self.path(&scale)) {}
                text.axis x=(LEFT) y=(HEIGHT - 4.0) { (self.lasts) " ago" }
                text.axis x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { "now" }
            }
        }
    }

    /// The line: in each column the lowest and the highest value.
    fn path(&self, scale: &Scale) -> String {
        let mut path = String::new();
        let mut last: Option<i64> = None;
        let (start, end) = self.span;
        let width = ((end - start) / i64::try_from(COLUMNS).unwrap_or(1)).max(1);
        for column in
            self.values.chunk_by(|one, other| (one.0 - start) / width == (other.0 - start) / width)
        {
            let Some((time, _)) = column.first() else { continue };
            let is_new = last.is_none_or(|last| time - last > self.gap);
            let low = column.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
            let high = column.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
            let x = at(scale.x(*time));
            let begin = if is_new { 'M' } else { 'L' };
            let _ = write!(path, "{begin}{x} {}", at(scale.y(low)));
            // A single point is drawn as a short line.
            if low < high {
                let _ = write!(path, "L{x} {}", at(scale.y(high)));
            } else {
                path.push_str("h.5");
            }
            last = column.last().map(|(time, _)| *time);
        }
        path
    }
}

/// Where values are in the drawing.
struct Scale {
    low: f64,
    high: f64,
    span: (i64, i64),
}

impl Scale {
    /// The drawing begins at 0 unless this would hide how values change. Thresholds are in it unless they are far from all
    /// values.
    fn of(chart: &Chart) -> Scale {
        let values = chart.values.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        let (least, most) = if least <= most { (least, most) } else { (0.0, 1.0) };
        let is_percent = chart.metric.unit == Unit::Percent && least >= 0.0 && most <= 100.0;
        if is_percent {
            return Scale { low: 0.0, high: 100.0, span: chart.span };
        }
        let varies = most - least;
        let levels = [&chart.metric.warning, &chart.metric.critical];
        let levels: Vec<f64> = levels.into_iter().flatten().flat_map(ends).collect();
        let is_near = |end: &f64| (0.0..=most * 10.0).contains(end);
        let shows_distance = levels.iter().any(is_near);
        let from_zero = least >= 0.0 && (varies == 0.0 || varies * 5.0 >= most || shows_distance);
        let mut low = if from_zero { 0.0 } else { least - varies * 0.25 };
        let mut high = if most > 0.0 { most + (most - low) * 0.1 } else { most };
        if high <= low {
            (low, high) = (low - 1.0, low.max(0.0) + 1.0);
        }
        let size = high - low;
        for end in levels {
            if end > high && end <= high + size * 9.0 {
                high = end * 1.05;
            }
            if end < low && end >= low - size * 2.0 {
                low = end;
            }
        }
        Scale { low, high, span: chart.span }
    }

    fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        let share = if share.is_nan() { 0.0 } else { share };
        TOP + (1.0 - share) * (HEIGHT - TOP - BOTTOM)
    }

    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    fn x(&self, time: i64) -> f64 {
        let (start, end) = self.span;
        let share = (time - start) as f64 / (end - start).max(1) as f64;
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT)
    }
}

/// Where the label of a line is: above the line, or below it at the top of the drawing.
fn label_at(line: f64) -> f64 {
    if line < TOP + 16.0 { line + 13.0 } else { line - 4.0 }
}

/// A coordinate with one digit after the point.
fn at(value: f64) -> String {
    crate::text::number::rounded(value, 1)
}

/// The ends of a range that are numbers.
fn ends(range: &Range) -> impl Iterator<Item = f64> + use<> {
    // The start of a range without one is 0: a line there would have no meaning.
    let start = Some(range.start()).filter(|start| *start != 0.0);
    start.into_iter().chain([range.end()]).filter(|end| end.is_finite())
}

/// When a range alarms: `above 95 %`.
fn alarms(range: &Range, amount: impl Fn(f64) -> String) -> String {
    let (start, end) = (range.start(), range.end());
    match (range.inside(), start.is_finite(), end.is_finite()) {
        (true, _, _) => format!("between {} and {}", amount(start), amount(end)),
        (false, _, true) if start == 0.0 || !start.is_finite() => format!("above {}", amount(end)),
        (false, true, false) => format!("below {}", amount(start)),
        (false, true, true) => format!("below {} or above {}", amount(start), amount(end)),
        (false, _, _) => format!("outside of {}", range.as_str()),
    }
}

#[cfg(test)]
mod tests;
