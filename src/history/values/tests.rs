//! Values in a real file: what a result costs, how long it is kept, and how it is read.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::*;
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::history::collector::{Collector, MeasuredValues};
use crate::history::limit::Kept;
use crate::history::rollup::read_hours;
use crate::history::store::{Store, values_of};

/// The time at which the tests begin, which is the beginning of a day.
const BEGIN: i64 = 1_800_057_600;

/// A file that is removed at the end of the test.
struct TestFile(PathBuf);

impl TestFile {
    fn new(name: &str) -> TestFile {
        let name = format!("posemo-values-{}-{name}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let file = TestFile(path);
        file.remove();
        file
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.0).expect("it exists").len()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        self.remove();
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + seconds).expect("it is a time")
}

fn kept(now: i64, days: i64, most: u64) -> Kept {
    let values = at(now - days * 86_400);
    Kept { now: at(now), changes: at(0), values, hours: at(now - 400 * 86_400), most }
}

/// What a fleet measures: targets with series that are constant, wander, are percents, count, and are any number.
struct SampleFleet {
    targets: usize,
    series: usize,
    random: u64,
    latest: Vec<f64>,
}

impl SampleFleet {
    fn new(targets: usize, series: usize) -> SampleFleet {
        SampleFleet {
            targets,
            series,
            random: 88_172_645_463_325_252,
            latest: vec![50.0; targets * series],
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "random numbers need no precision")]
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn sweep(&mut self, target: usize, now: Timestamp) -> MeasuredValues {
        let mut checks = Vec::new();
        for series in 0..self.series {
            let position = target * self.series + series;
            let random = self.random();
            let before = self.latest[position];
            self.latest[position] = match series % 20 {
                0..8 => before,
                8..13 => (before + (random * 7.0).floor() - 3.0).max(0.0),
                13..17 => ((before + random - 0.5).clamp(0.0, 100.0) * 100.0).round() / 100.0,
                17..19 => before + (random * 1000.0).floor(),
                _ => random * 1e6,
            };
            let name = format!("metric_{}", series % 7);
            let object = (series % 3 == 0).then(|| format!("public.orders_{series}"));
            let metric = Metric { object, ..Metric::count(name, self.latest[position]) };
            let check = format!("check_number_{}", series / 7);
            checks.push(CheckReport { metrics: vec![metric], ..CheckReport::new(check, None) });
        }
        MeasuredValues::new(&format!("target{target}"), now, &checks)
    }

    /// Measures each minute for some hours, as the thread of the history does. Returns the longest step of the upkeep.
    fn run(&mut self, store: &mut Store, from: i64, hours: i64, most: u64) -> Duration {
        let mut collector = Collector::default();
        let targets: Vec<String> =
            (0..self.targets).map(|target| format!("target{target}")).collect();
        let mut longest = Duration::ZERO;
        for minute in 0..hours * 60 {
            let now = from + minute * 60;
            for target in 0..self.targets {
                collector.take_in(self.sweep(target, at(now)));
            }
            if minute == hours * 60 - 1 {
                collector.complete(true);
            }
            store.write_values(collector.waiting()).expect("it is written");
            collector.written();
            if minute % 10 != 9 {
                continue;
            }
            loop {
                let began = Instant::now();
                let more = store.keep_up(&kept(now, 2, most), &targets).expect("it is kept");
                longest = longest.max(began.elapsed());
                if !more {
                    break;
                }
            }
        }
        longest
    }
}

fn wanted(check: &str, hours: bool) -> ValuesWanted {
    ValuesWanted {
        target: "target0".to_owned(),
        check: check.to_owned(),
        metric: None,
        object: None,
        from: at(0).as_millisecond(),
        until: at(10 * 86_400).as_millisecond(),
        hours,
        most: 100_000,
    }
}

/// The number of values by series.
fn counts(found: &ValuesFound) -> Vec<usize> {
    found.block.series.values().map(Vec::len).collect()
}

#[test]
fn values_become_hours_and_days_and_are_read_part_by_part() {
    let file = TestFile::new("hours");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut fleet = SampleFleet::new(1, 15);
    fleet.run(&mut store, 0, 27, 1 << 30);
    let one =
        ValuesWanted { metric: Some("metric_6".to_owned()), ..wanted("check_number_1", false) };
    let all = values_of(&file.0, &one).expect("it is read");
    assert_eq!((counts(&all), all.next), (vec![27 * 60], None));
    let (name, values) = all.block.series.first_key_value().expect("a series");
    assert_eq!((name.metric.as_str(), name.object.as_deref()), ("metric_6", None));
    // A gap would show that a block was lost.
    assert!(values.windows(2).all(|pair| pair[1].0 - pair[0].0 == 60_000));
    let mut parts = Vec::new();
    let mut request = ValuesWanted { most: 50, ..one.clone() };
    loop {
        let part = values_of(&file.0, &request).expect("it is read");
        parts.extend(part.block.series.into_values().flatten());
        let Some(next) = part.next else { break };
        assert!(next > request.from);
        request.from = next;
    }
    assert_eq!(&parts, values);
    let bounds = (at(3600).as_millisecond(), at(7200).as_millisecond());
    let hour = ValuesWanted { from: bounds.0, until: bounds.1, ..one.clone() };
    assert_eq!(counts(&values_of(&file.0, &hour).expect("it is read")), [60]);
    let object = ValuesWanted {
        object: Some("public.orders_9".to_owned()),
        ..wanted("check_number_1", false)
    };
    assert_eq!(counts(&values_of(&file.0, &object).expect("it is read")), [27 * 60]);
    // The last hour has no rollup yet.
    let hours = values_of(&file.0, &ValuesWanted { hours: true, ..one }).expect("it is read");
    let hours: Vec<_> = read_hours(&hours.block.series[name]).collect();
    assert_eq!(hours.len(), 26);
    for (number, hour) in hours.iter().enumerate() {
        let values: Vec<f64> =
            values[number * 60..][..60].iter().map(|(_, value)| *value).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        assert_eq!(hour.hour, values_hour(number));
        assert!((hour.min - least).abs() < 1e-6 * most && (hour.max - most).abs() < 1e-6 * most);
        assert!(hour.min <= hour.avg && hour.avg <= hour.max, "{hour:?}");
    }
    assert!(
        counts(&values_of(&file.0, &wanted("check_number_7", false)).expect("read")).is_empty()
    );
    // Three days later the values are gone, and the rollups remain.
    let later = kept(27 * 3600 + 3 * 86_400, 2, 1 << 30);
    while store.keep_up(&later, &[]).expect("it is kept") {}
    let read = |hours| counts(&values_of(&file.0, &wanted("check_number_2", hours)).expect("read"));
    assert!(read(false).is_empty());
    assert_eq!(read(true).first(), Some(&(27 * 3)));
}

fn values_hour(number: usize) -> i64 {
    at(i64::try_from(number).expect("it is small") * 3600).as_millisecond()
}

#[test]
fn the_oldest_values_are_removed_at_the_limit() {
    let file = TestFile::new("limit");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut fleet = SampleFleet::new(3, 50);
    let most = 128 << 10;
    fleet.run(&mut store, 0, 8, most);
    assert!(file.size() <= most, "{}", file.size());
    let found = values_of(&file.0, &wanted("check_number_0", false)).expect("it is read");
    let (first, last) = found.block.span().expect("there are values");
    assert!(first > at(3600).as_millisecond(), "the oldest are removed");
    assert_eq!(last, at(8 * 3600 - 60).as_millisecond(), "the newest remain");
}

/// `make bench-history` runs it: a day of TARGETS targets with 100 series each minute. 1000 targets have 144 million results.
#[test]
#[ignore = "it takes minutes; make bench-history runs it"]
fn a_day_of_values_stays_within_its_size() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (targets, hours) = (number("TARGETS", 1000), number("HOURS", 24));
    let file = TestFile::new("day");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut fleet = SampleFleet::new(targets, 100);
    let began = Instant::now();
    let longest = fleet.run(&mut store, 0, i64::try_from(hours).expect("few"), 2 << 30);
    let (results, size) = (targets * 100 * hours * 60, file.size());
    #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
    let (each, day) = (size as f64 / results as f64, size as f64 / hours as f64 * 24.0 / 1e6);
    eprintln!(
        "{results} results: {size} bytes, {each:.2} for each result, {day:.0} MB in a day; longest step of the upkeep \
         {longest:.0?}; {:.0?} in all",
        began.elapsed()
    );
    assert!(each < 400e6 / 144e6, "{each}");
}
