//! Values in a real file: what a result costs, how long it is kept, and how it is read.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::*;
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::history::block::TimedValue;
use crate::history::collector::{Collector, MeasuredValues};
use crate::history::limit::Kept;
use crate::history::rollup::read_hours;
use crate::history::store::{Store, values_of};
use crate::history::wanted::MOST_TOGETHER;

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
            let blocks = collector.waiting();
            store.write_values(blocks).expect("it is written");
            let count = blocks.len();
            collector.written(count);
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

/// Writes a block for each of some minutes, with a value that is the number of the minute.
fn write_minutes(store: &mut Store, minutes: &[i64]) {
    for minute in minutes {
        let mut collector = Collector::default();
        #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
        let metrics = vec![Metric::count("total", *minute as f64)];
        let check = CheckReport { metrics, ..CheckReport::new("tables", None) };
        collector.take_in(MeasuredValues::new("target0", at(minute * 60), &[check]));
        collector.complete(true);
        store.write_values(collector.waiting()).expect("it is written");
    }
}

/// Reads part by part, each as small as possible.
fn read_in_parts(file: &TestFile, hours: bool) -> Vec<TimedValue> {
    let mut request = ValuesWanted { most: 1, ..wanted("tables", hours) };
    let mut all = Vec::new();
    for _ in 0..1000 {
        let part = values_of(&file.0, &request).expect("it is read");
        all.extend(part.block.series.into_values().flatten());
        let Some(next) = part.next else { return all };
        assert!(next > request.from, "it goes on");
        request.from = next;
    }
    panic!("it does not end");
}

/// Values of an hour that was joined before are a second block of the same hour, which begins at the same time.
#[test]
fn values_that_come_late_are_read_once() {
    let file = TestFile::new("late");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut join = |minutes: &[i64], now| {
        write_minutes(&mut store, minutes);
        while store.keep_up(&kept(now, 2, 1 << 30), &[]).expect("it is kept") {}
    };
    join(&[0, 2, 4, 60, 61, 120, 125, 600], 4 * 3600);
    join(&[0, 1, 3, 9, 63], 4 * 3600);
    let minutes = |file: &TestFile| {
        let all = read_in_parts(file, false).into_iter();
        all.map(|(time, _)| (time / 1000 - BEGIN) / 60).collect::<Vec<_>>()
    };
    assert_eq!(minutes(&file), [0, 0, 1, 2, 3, 4, 9, 60, 61, 63, 120, 125, 600]);
    // The averages of the first hour are 2 and 3.25, those of the second one 60.5 and 63.
    let first = [(0, 0.0), (0, 2.625), (0, 9.0), (1, 60.0), (1, 61.75), (1, 63.0)];
    let third = [(2, 120.0), (2, 122.5), (2, 125.0)];
    let hours = |file: &TestFile| {
        let all = read_in_parts(file, true).into_iter();
        all.map(|(time, value)| ((time / 1000 - BEGIN) / 3600, value)).collect::<Vec<_>>()
    };
    assert_eq!(hours(&file), [&first[..], &third].concat());
    // The day is one block, then one more value of its third hour comes: its block begins within another one.
    join(&[], 25 * 3600);
    join(&[122], 25 * 3600);
    assert_eq!(minutes(&file), [0, 0, 1, 2, 3, 4, 9, 60, 61, 63, 120, 122, 125, 600]);
    let last = [(2, 120.0), (2, 122.25), (2, 125.0), (10, 600.0), (10, 600.0), (10, 600.0)];
    assert_eq!(hours(&file), [first, last].concat());
}

/// posemo writes at most a few blocks that begin at the same time. Another program may write any number.
#[test]
fn blocks_that_begin_at_the_same_time_have_a_limit() {
    let file = TestFile::new("crowded");
    let mut store = Store::open(&file.0).expect("it is created");
    write_minutes(&mut store, &[[5; 230].as_slice(), &[6]].concat());
    let all = read_in_parts(&file, false);
    assert_eq!(all.len(), usize::try_from(MOST_TOGETHER).expect("it is small") + 1);
    assert_eq!(all.last().map(|(_, value)| *value), Some(6.0), "what comes later is read");
}

#[test]
fn hours_have_rollups_even_if_values_are_kept_for_minutes() {
    let file = TestFile::new("minutes");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut keep_up = |minute: i64, measured: &[i64]| {
        write_minutes(&mut store, measured);
        let values = at(minute * 60 - 600);
        let kept = Kept { values, ..kept(minute * 60, 2, 1 << 30) };
        while store.keep_up(&kept, &[]).expect("it is kept") {}
    };
    for tenth in 1..=20 {
        let minutes: Vec<i64> = (tenth * 10 - 10..tenth * 10).collect();
        keep_up(tenth * 10, &minutes);
    }
    let found = |hours| values_of(&file.0, &wanted("tables", hours)).expect("it is read").block;
    let rollups = || {
        let block = found(true);
        let values = block.series.values().next().expect("a series");
        read_hours(values).map(|hour| [hour.min, hour.avg, hour.max]).collect::<Vec<_>>()
    };
    let expected =
        [[0.0, 29.5, 59.0], [60.0, 89.5, 119.0], [120.0, 149.5, 179.0], [180.0, 189.5, 199.0]];
    assert_eq!(rollups(), expected[..3]);
    assert_eq!(found(false).len(), 20, "those of hours that are over are too old");
    // posemo was stopped for a long time.
    keep_up(30 * 1440, &[]);
    assert_eq!(rollups(), expected);
    assert!(found(false).is_empty());
}

/// Users choose the names of objects: they neither hide the numbers of the server nor make a block too large to be read.
#[test]
fn an_hour_with_very_many_objects_can_be_read() {
    let file = TestFile::new("objects");
    let mut store = Store::open(&file.0).expect("it is created");
    let mut collector = Collector::default();
    for part in 0..4 {
        let object = |number| Some(format!("{}", part * 1000 + number));
        let metrics =
            (0..1000).map(|number| Metric { object: object(number), ..Metric::count("size", 1.0) });
        let metrics = metrics.chain([Metric::count("total", 5.0)]).collect();
        let check = CheckReport { metrics, ..CheckReport::new("tables", None) };
        collector.take_in(MeasuredValues::new("target0", at(part * 600), &[check]));
    }
    collector.complete(true);
    store.write_values(collector.waiting()).expect("it is written");
    while store.keep_up(&kept(2 * 3600, 2, 1 << 30), &[]).expect("it is kept") {}
    for (hours, count) in [(false, 4), (true, 3)] {
        let block = values_of(&file.0, &wanted("tables", hours)).expect("it is read").block;
        let total = block.series.iter().find(|(name, _)| name.metric == "total");
        assert_eq!(total.map(|(_, values)| values.len()), Some(count));
        assert_eq!(block.series.len(), 2001, "each hour has a limit");
    }
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
