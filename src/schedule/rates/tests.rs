//! Rates of counters that grow, begin anew, belong to another server, or are measured by a clock that is set.

use super::*;

const WINDOW: Duration = Duration::from_secs(600);

fn name(object: &str) -> CounterName {
    CounterName {
        check: "deadlocks".to_owned(),
        rate: "deadlocks per hour".to_owned(),
        database: None,
        object: Some(object.to_owned()),
    }
}

fn value(value: f64, server: i64) -> CounterValue {
    CounterValue { value, rows: 1, server: Some(server) }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
}

/// The growth after each value, as `by/seconds`, with `?` while the window is not whole.
fn growths(values: &[(i64, f64, i64)]) -> Vec<String> {
    let mut memory = RateMemory::default();
    let written = values.iter().map(|(seconds, counted, server)| {
        let value = value(*counted, *server);
        let growth = memory.take_in(&name("app"), value, WINDOW, at(*seconds));
        growth.expect("there is room").map_or("-".to_owned(), |growth| {
            let unsure = if growth.within >= WINDOW { "" } else { "?" };
            format!("{}/{}{unsure}", growth.by, growth.within.as_secs())
        })
    });
    written.collect()
}

#[test]
fn one_value_is_no_rate_and_a_smaller_one_begins_anew() {
    let steady = [(0, 100.0, 1), (300, 101.0, 1), (600, 103.0, 1), (900, 103.0, 1)];
    assert_eq!(growths(&steady), ["-", "1/300?", "3/600", "2/600"]);
    // A large first value and a value after a reset do not count as growth.
    let reset = [(0, 1e9, 1), (300, 1e9 + 2.0, 1), (600, 7.0, 1), (900, 9.0, 1)];
    assert_eq!(growths(&reset), ["-", "2/300?", "2/600", "2/600"]);
}

#[test]
fn another_server_and_a_restart_continue_nothing() {
    let values = [(0, 10.0, 1), (300, 12.0, 1), (600, 900.0, 2), (900, 901.0, 2), (1200, 13.0, 1)];
    assert_eq!(growths(&values), ["-", "2/300?", "2/600", "1/600", "1/600"]);
}

#[test]
fn rows_about_the_same_object_are_added_only_while_their_number_is_the_same() {
    let mut memory = RateMemory::default();
    let mut by = |seconds, value, rows, server| {
        let value = CounterValue { value, rows, server };
        let growth = memory.take_in(&name("app"), value, WINDOW, at(seconds));
        growth.expect("there is room").map(|growth| growth.by)
    };
    assert_eq!(by(0, 5.0, 1, None), None);
    assert_eq!(by(100, 900.0, 2, Some(7)), Some(0.0));
    assert_eq!(by(200, 903.0, 2, Some(7)), Some(3.0));
    // Without an answer to when it started, it is the same server.
    assert_eq!(by(300, 904.0, 2, None), Some(4.0));
    assert_eq!(by(400, 999.0, 2, Some(8)), Some(4.0));
}

#[test]
fn a_gap_of_two_windows_and_a_clock_that_is_set_back_begin_anew() {
    let gap = [(0, 1.0, 1), (1200, 5.0, 1), (2401, 9.0, 1), (2700, 9.0, 1)];
    assert_eq!(growths(&gap), ["-", "4/1200", "-", "0/299?"]);
    let back = [(0, 1.0, 1), (300, 5.0, 1), (100, 9.0, 1), (100, 9.0, 1), (400, 10.0, 1)];
    assert_eq!(growths(&back), ["-", "4/300?", "-", "-", "1/300?"]);
}

#[test]
fn counters_without_a_value_are_forgotten_and_their_number_has_a_limit() {
    let mut memory = RateMemory::default();
    for number in 0..MOST_COUNTERS {
        let object = name(&format!("table {number}"));
        assert_eq!(memory.take_in(&object, value(1.0, 1), WINDOW, at(0)), Ok(None));
    }
    let more = name("one more");
    assert_eq!(memory.take_in(&more, value(1.0, 1), WINDOW, at(1)), Err(TooManyCounters));
    let known = name("table 0");
    let growth = memory.take_in(&known, value(2.0, 1), WINDOW, at(300)).expect("it is known");
    assert_eq!(growth.map(|growth| growth.by), Some(1.0));
    memory.limit_to(at(1300), |_| true);
    assert_eq!(memory.take_in(&more, value(1.0, 1), WINDOW, at(1300)), Ok(None));
    memory.limit_to(at(1300), |counter| counter.object.as_deref() == Some("table 0"));
    assert_eq!(memory.counters.len(), 1);
    // Another window begins anew.
    assert_eq!(memory.take_in(&known, value(9.0, 1), WINDOW * 2, at(1300)), Ok(None));
}

#[test]
fn what_was_saved_continues() {
    let mut memory = RateMemory::default();
    for (seconds, counted) in [(0, 1.0), (300, 4.0)] {
        let _ = memory.take_in(&name("'\"\u{1f600}"), value(counted, 7), WINDOW, at(seconds));
    }
    let text = serde_json::to_string(&SavedRates::from(&memory)).expect("it is written");
    let saved: SavedRates = serde_json::from_str(&text).expect("it is read");
    let mut restored = RateMemory::from(saved);
    assert_eq!(restored, memory);
    assert_eq!(restored.shortest_window(), Some(WINDOW));
    let growth = restored.take_in(&name("'\"\u{1f600}"), value(5.0, 7), WINDOW, at(900));
    let growth = growth.expect("there is room").expect("it is known");
    assert_eq!((growth.by, growth.within.as_secs()), (1.0, 600));
}

/// What was saved may be damaged: an impossible counter begins anew, and no length of a window ends the program.
#[test]
fn what_was_saved_is_not_trusted() {
    let mut memory = RateMemory::default();
    let _ = memory.take_in(&name("app"), value(1.0, 7), WINDOW, at(0));
    let _ = memory.take_in(&name("app"), value(4.0, 7), WINDOW, at(300));
    let saved = serde_json::to_value(SavedRates::from(&memory)).expect("it is written");
    let restored = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut saved = saved.clone();
        change(&mut saved[0][1]);
        RateMemory::from(serde_json::from_value::<SavedRates>(saved).expect("it is read"))
    };
    assert_eq!(restored(&|_| {}), memory);
    let point = |seconds: i64, growth: f64| serde_json::json!([at(seconds), growth]);
    let many: Vec<_> = (0..1000).map(|_| point(0, 0.0)).collect();
    let impossible = [
        serde_json::json!([]),
        many.into(),
        serde_json::json!([point(300, 3.0), point(0, 3.0)]),
        serde_json::json!([point(301, 3.0)]),
    ];
    for points in impossible {
        assert!(restored(&|known| known["points"] = points.clone()).is_empty(), "{points}");
    }
    let huge = serde_json::to_value(Duration::MAX).expect("it is written");
    let mut restored = restored(&|known| known["window"] = huge.clone());
    restored.limit_to(at(400), |_| true);
    let growth = restored.take_in(&name("app"), value(5.0, 7), Duration::MAX, at(400));
    assert_eq!(growth.expect("there is room").map(|growth| growth.by), Some(4.0));
}

/// Values near the end of the range of numbers: what is remembered remains a number, which JSON can contain.
#[test]
fn growth_is_always_a_number() {
    let mut memory = RateMemory::default();
    for (seconds, counted) in [(0, -1e308), (60, 1e308), (120, -1e308), (180, 1.7e308)] {
        let _ = memory.take_in(&name("app"), value(counted, 1), WINDOW, at(seconds));
    }
    let text = serde_json::to_string(&SavedRates::from(&memory)).expect("it is written");
    let saved: SavedRates = serde_json::from_str(&text).expect("it is read");
    assert_eq!(RateMemory::from(saved), memory);
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Whatever happens, the growth is not negative, not more than what was counted in its time, and exact as long as the counter
/// did not begin anew. The memory stays small.
#[test]
#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn a_rate_is_never_more_than_what_was_counted() {
    for seed in 1_u64..400 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut memory = RateMemory::default();
        let (mut now, mut total, mut server) = (1_000_000_i64, 0_u64, 1_i64);
        // What was counted, with its time, and the times at which a counter began anew.
        let mut events: Vec<(i64, u64)> = Vec::new();
        let mut resets: Vec<i64> = Vec::new();
        for _ in 0..200 {
            let step = match random.below(20) {
                0 => 1500 + i64::try_from(random.below(9000)).unwrap(),
                1 => {
                    // The clock is set back: what was counted has no time anymore.
                    events.clear();
                    -1 - i64::try_from(random.below(900)).unwrap()
                }
                _ => i64::try_from(random.below(400)).unwrap(),
            };
            now += step;
            match random.below(12) {
                0 => {
                    total = 0;
                    resets.push(now);
                }
                1 => {
                    // Another server, whose counter is anything.
                    (total, server) = (random.below(1_000_000), server + 1);
                    resets.push(now);
                }
                _ => {}
            }
            let counted = random.below(50);
            total += counted;
            events.push((now, counted));
            let value = value(total as f64, server);
            let taken = memory.take_in(&name("app"), value, WINDOW, at(now));
            let Some(growth) = taken.expect("there is room") else { continue };
            let within = i64::try_from(growth.within.as_secs()).unwrap();
            let begin = now - within;
            let counted = events.iter().filter(|(time, _)| *time > begin && *time <= now);
            let counted: u64 = counted.map(|(_, counted)| counted).sum();
            let same_time = events.iter().filter(|(time, _)| *time == begin);
            let at_begin: u64 = same_time.map(|(_, counted)| counted).sum();
            assert!(growth.by >= 0.0, "{seed}: {growth:?}");
            assert!(growth.by <= (counted + at_begin) as f64, "{seed}: {growth:?} of {counted}");
            if !resets.iter().any(|time| *time >= begin) {
                assert!(growth.by >= counted as f64, "{seed}: {growth:?} of {counted}");
            }
            assert!(growth.within <= WINDOW * 3, "{seed}: {growth:?}");
            let points = memory.counters.values().map(|known| known.points.len()).max();
            assert!(points <= Some(usize::try_from(PARTS).unwrap() + 2), "{seed}: {points:?}");
        }
    }
}
