//! Tests of charts: the sentence, the line with its gaps, and what is in the drawing.

use super::*;
use crate::finding::metric::MetricKind;
use crate::finding::quantity::range_in;

const HOUR: i64 = 3_600_000;

fn chart(
    unit: Unit,
    values: Vec<TimedValue>,
    warning: Option<&str>,
    critical: Option<&str>,
) -> Chart {
    let range = |text: &str| range_in(unit, text).expect("it is a range");
    let value = values.last().map_or(7.0, |(_, value)| *value);
    Chart {
        metric: Metric {
            name: "used".to_owned(),
            object: Some("public.<b>".to_owned()),
            value,
            unit,
            kind: MetricKind::Gauge,
            warning: warning.map(range),
            critical: critical.map(range),
        },
        values,
        span: (0, 24 * HOUR),
        lasts: "24 h".to_owned(),
        gap: HOUR,
        is_cut: false,
    }
}

#[test]
fn the_sentence_is_what_the_chart_shows() {
    let rising = vec![(0, 10.0), (HOUR, 40.0), (2 * HOUR, 97.0)];
    for (chart, expected) in [
        (
            chart(Unit::Percent, rising, Some("80"), Some("95")),
            "used of public.<b> is 97 %; in the last 24 h it began at 10 % and was between 10 % and 97 %, warning above 80 %, critical above 95 %.",
        ),
        (
            chart(Unit::Bytes, vec![(0, 2048.0), (HOUR, 2048.0)], Some("1GB:"), None),
            "used of public.<b> is 2 KiB; in the last 24 h it did not change, warning below 1 GiB.",
        ),
        (
            chart(Unit::Count, Vec::new(), Some("5:10"), Some("@1:2")),
            "used of public.<b> is 7; the history has no value of the last 24 h yet, warning below 5 or above 10, critical between 1 and 2.",
        ),
    ] {
        assert_eq!(chart.sentence(), expected);
        let figure = chart.figure().into_string();
        assert!(!figure.contains("<b>") && figure.contains("public.&lt;b&gt;"), "{figure}");
        assert_eq!(figure.contains("<svg"), !chart.values.is_empty(), "{figure}");
    }
}

#[test]
fn a_gap_interrupts_the_line() {
    let values =
        vec![(0, 1.0), (HOUR, 2.0), (5 * HOUR, 3.0), (6 * HOUR, f64::INFINITY), (7 * HOUR, 1.0)];
    let chart = chart(Unit::Count, values, None, None);
    let path = chart.path(&Scale::of(&chart));
    assert_eq!(path.matches('M').count(), 2, "{path}");
    assert!(!path.contains("inf") && !path.contains("NaN"), "{path}");
}

#[test]
fn many_values_become_few_points() {
    let values = (0..86_400)
        .map(|second| (second * 1000, f64::from(u32::try_from(second % 100).unwrap_or(0))));
    let chart = chart(Unit::Count, values.collect(), None, None);
    let path = chart.path(&Scale::of(&chart));
    assert!(path.len() < 10_000 && path.matches('M').count() == 1, "{} bytes", path.len());
}

#[test]
fn thresholds_are_in_the_drawing_unless_they_are_far_away() {
    let of = |unit, values: &[f64], warning, critical| {
        let values = values.iter().enumerate();
        let values = values.map(|(hour, value)| (i64::try_from(hour).unwrap_or(0) * HOUR, *value));
        let scale = Scale::of(&chart(unit, values.collect(), warning, critical));
        (scale.low, scale.high)
    };
    assert_eq!(of(Unit::Percent, &[97.0, 97.0], Some("80"), Some("95")), (0.0, 100.0));
    let (low, high) = of(Unit::Count, &[10.0, 12.0], Some("50"), Some("1000000"));
    assert!(low == 0.0 && (50.0..100.0).contains(&high), "{low} {high}");
    // Small changes of a large number remain visible.
    let (low, high) = of(Unit::Bytes, &[1e9, 1.001e9], None, None);
    assert!(low > 9e8 && high < 1.1e9, "{low} {high}");
    let (low, high) = of(Unit::Count, &[-5.0, -3.0], None, None);
    assert!(low < -5.0 && high >= -3.0, "{low} {high}");
    let (low, high) = of(Unit::Count, &[0.0, 0.0], None, None);
    assert!(low < high, "{low} {high}");
}
