//! Maintenance windows: times in which new problems of targets do not alarm.
//!
//! A window is a rule. The times follow from it when they are needed, and no list of them is made.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde::Deserialize;

use crate::finding::{State, Suppressed};
use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::pattern::NamePattern;
use crate::text::suggestion::suggestion;
use crate::text::time::second;
use crate::text::toml::TomlDocument;

/// The longest window.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// The number of days that are searched for the next window.
const SEARCHED: i64 = 70;

const EVERY: &str = "write the days and a time, as in \"sun 02:00\", \"mon-fri 22:30\", \"daily 03:00\" or \"last sun 02:00\"";

/// A section `[maintenance.NAME]`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceEntry {
    targets: Option<Vec<String>>,
    every: Option<String>,
    from: Option<toml::value::Datetime>,
    r#for: String,
    zone: Option<String>,
    reason: Option<String>,
}

/// When which targets are maintained.
#[derive(Debug, Clone)]
pub struct MaintenanceWindow {
    /// The name of the section.
    pub name: String,
    targets: Option<Vec<NamePattern>>,
    rule: WindowRule,
    lasts: Duration,
    zone: TimeZone,
    reason: String,
}

#[derive(Debug, Clone)]
enum WindowRule {
    /// At one time.
    Once(Timestamp),
    /// On these days of the week, at a time; only in some weeks of the month.
    Days { days: Vec<Weekday>, week: Option<i8>, time: Time },
}

impl MaintenanceWindow {
    /// Whether it is for a target with this name and these groups.
    pub fn is_for(&self, target: &str, groups: &[String]) -> bool {
        let fits = |pattern: &NamePattern| {
            pattern.matches(target) || groups.iter().any(|group| pattern.matches(group))
        };
        self.targets.as_ref().is_none_or(|all| all.iter().any(fits))
    }

    /// When the window that is open at a time ends.
    pub fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let days = i64::try_from(self.lasts.as_secs() / 86_400).unwrap_or(0) + 1;
        let mut ends = self.starts(now, -days, 0).filter_map(|start| {
            let end = start.checked_add(self.lasts).ok()?;
            (start <= now && now < end).then_some(end)
        });
        ends.next()
    }

    /// When the next window begins.
    pub fn next_start(&self, now: Timestamp) -> Option<Timestamp> {
        self.starts(now, 0, SEARCHED).find(|start| *start > now)
    }

    /// The note of a problem that the open window suppresses. The state is set with the problem.
    pub fn note(&self, until: Timestamp) -> Suppressed {
        Suppressed {
            name: format!("maintenance.{}", self.name),
            state: State::Ok,
            reason: self.reason.clone(),
            author: format!("maintenance {}", self.name),
            until: second(until),
        }
    }

    /// The starts on the days from `first` to `last` days after a time.
    fn starts(&self, now: Timestamp, first: i64, last: i64) -> impl Iterator<Item = Timestamp> {
        let today = now.to_zoned(self.zone.clone()).date();
        (first..=last).filter_map(move |offset| match &self.rule {
            WindowRule::Once(start) => (offset == first).then_some(*start),
            WindowRule::Days { days, week, time } => {
                let date = today.checked_add(Span::new().days(offset)).ok()?;
                let is_day = days.contains(&date.weekday()) && is_week(date, *week);
                // A time that does not exist, because clocks are set forward, is the one an hour later.
                is_day
                    .then(|| self.zone.to_ambiguous_zoned(date.to_datetime(*time)).compatible())?
                    .ok()
                    .map(|start| start.timestamp())
            }
        })
    }
}

/// Whether a day is the nth of its weekday in the month; -1 for the last.
fn is_week(date: Date, week: Option<i8>) -> bool {
    match week {
        None => true,
        Some(-1) => date.checked_add(7.days()).is_ok_and(|next| next.month() != date.month()),
        Some(week) => (date.day() - 1) / 7 + 1 == week,
    }
}

/// The windows of a file. Mistakes are added, and their sections are left out.
///
/// `targets` has the name and the groups of each target.
pub(super) fn windows<'e>(
    entries: impl Iterator<Item = (&'e String, &'e MaintenanceEntry)>,
    targets: &[(&str, &[String])],
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> Vec<MaintenanceWindow> {
    let mut windows = Vec::new();
    for (name, entry) in entries {
        let mut wrong = |(key, message): Wrong| {
            mistakes.push(document.mistake(&["maintenance", name, key], message));
        };
        if let Some(message) = entry.targets.as_deref().and_then(|all| without_target(all, targets))
        {
            wrong(("targets", message));
        }
        windows.extend(window(name, entry, &mut wrong));
    }
    windows
}

/// The message for names of which one is neither that of a target nor of a group.
fn without_target(names: &[String], targets: &[(&str, &[String])]) -> Option<String> {
    if names.is_empty() {
        return Some("is empty, so the window is for no target; leave it out for all".to_owned());
    }
    let groups = targets.iter().flat_map(|(_, groups)| groups.iter().map(String::as_str));
    let mut known: Vec<&str> = targets.iter().map(|(name, _)| *name).chain(groups).collect();
    known.sort_unstable();
    known.dedup();
    let wrong = names.iter().find(|name| {
        let pattern = NamePattern::new(name);
        !known.iter().any(|known| pattern.matches(known))
    })?;
    let near = suggestion(wrong, known);
    Some(format!("\"{wrong}\" matches no target and no group of the settings{near}"))
}

/// A mistake: the key, and the message.
type Wrong = (&'static str, String);

/// Reads a window, and reports each mistake.
fn window(
    name: &str,
    entry: &MaintenanceEntry,
    wrong: &mut impl FnMut(Wrong),
) -> Option<MaintenanceWindow> {
    let mut keep = |mistake: Wrong| wrong(mistake);
    let zone = zone(entry).map_err(&mut keep).ok();
    let lasts = lasts(entry).map_err(&mut keep).ok();
    let rule = rule(entry, zone.as_ref()).map_err(&mut keep).ok();
    let targets = entry.targets.as_deref();
    Some(MaintenanceWindow {
        name: name.to_owned(),
        targets: targets.map(|names| names.iter().map(|one| NamePattern::new(one)).collect()),
        rule: rule?,
        lasts: lasts?,
        zone: zone?,
        reason: entry.reason.clone().unwrap_or_else(|| "maintenance".to_owned()),
    })
}

fn zone(entry: &MaintenanceEntry) -> Result<TimeZone, Wrong> {
    let zone = entry.zone.as_deref().unwrap_or("UTC");
    TimeZone::get(zone).map_err(|_| {
        ("zone", format!("\"{zone}\" is not a time zone; write a name as Europe/Vienna"))
    })
}

fn lasts(entry: &MaintenanceEntry) -> Result<Duration, Wrong> {
    let lasts = interval::parse(&entry.r#for).map_err(|message| ("for", message))?;
    let is_too_long = || ("for", "a window lasts at most 7d".to_owned());
    Some(lasts).filter(|lasts| *lasts <= LONGEST).ok_or_else(is_too_long)
}

/// The rule. Without a zone, whose mistake is reported already, times are in UTC.
fn rule(entry: &MaintenanceEntry, zone: Option<&TimeZone>) -> Result<WindowRule, Wrong> {
    match (&entry.every, &entry.from) {
        (Some(every), None) => {
            days(every).ok_or_else(|| ("every", format!("\"{every}\" is not a rule; {EVERY}")))
        }
        (None, Some(from)) => {
            let start = start(&from.to_string(), zone.unwrap_or(&TimeZone::UTC));
            start.map(WindowRule::Once).ok_or_else(|| {
                ("from", "must be a date and a time, as in 2027-03-31T22:00:00".to_owned())
            })
        }
        (Some(_), Some(_)) => {
            Err(("from", "a window has either every or from; remove one of them".to_owned()))
        }
        (None, None) => Err(("every", format!("is missing; {EVERY}, or set from"))),
    }
}

/// A time with an offset, or a local time in the zone.
fn start(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let local = text.parse::<jiff::civil::DateTime>().ok().filter(|_| text.contains(':'))?;
    Some(zone.to_ambiguous_zoned(local).compatible().ok()?.timestamp())
}

/// The rule of a text: an optional week of the month, days, and a time.
fn days(text: &str) -> Option<WindowRule> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let time = words.pop()?.parse::<Time>().ok()?;
    let names = words.pop()?;
    let week = match words[..] {
        [] => None,
        [word] => Some(*[1, 2, 3, 4, -1].get(
            ["first", "second", "third", "fourth", "last"].iter().position(|one| *one == word)?,
        )?),
        _ => return None,
    };
    let days = match names {
        "daily" => Weekday::Monday.cycle_forward().take(7).collect(),
        names => {
            let mut all = Vec::new();
            for part in names.split(',') {
                match part.split_once('-') {
                    None => all.push(weekday(part)?),
                    Some((first, last)) => {
                        let (first, last) = (weekday(first)?, weekday(last)?);
                        let distance = usize::try_from(last.since(first)).ok()?;
                        all.extend(first.cycle_forward().take(distance + 1));
                    }
                }
            }
            all
        }
    };
    Some(WindowRule::Days { days, week, time })
}

fn weekday(name: &str) -> Option<Weekday> {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let position = names.iter().position(|one| *one == name)?;
    Weekday::Monday.cycle_forward().nth(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MaintenanceWindow, Vec<Wrong>> {
        let mut all = Vec::new();
        let mut wrong = |mistake| all.push(mistake);
        let read = window("patching", &toml::from_str(text).expect("it is TOML"), &mut wrong);
        read.ok_or(all)
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("it is a time")
    }

    /// The minutes of a day, in UTC, in which the window is open.
    fn open(window: &MaintenanceWindow, day: &str) -> Vec<String> {
        let midnight = time(&format!("{day}T00:00:00Z"));
        let minutes =
            (0..1440).map(|minute| midnight.checked_add(minute.minutes()).expect("small"));
        let mut open = Vec::new();
        let mut was = false;
        for minute in minutes {
            let is = window.open_until(minute).is_some();
            if is != was {
                open.push(minute.strftime("%H:%M").to_string());
            }
            was = is;
        }
        open
    }

    #[test]
    fn a_window_is_open_at_its_local_time() {
        let window =
            read("every = 'sun 02:30'\nfor = '2h'\nzone = 'Europe/Vienna'").expect("it is valid");
        assert_eq!(open(&window, "2026-11-29"), ["01:30", "03:30"]);
        assert_eq!(open(&window, "2026-06-07"), ["00:30", "02:30"]);
        assert_eq!(open(&window, "2026-11-30"), [""; 0]);
        // Clocks are set forward from 02:00 to 03:00, and back from 03:00 to 02:00.
        assert_eq!(open(&window, "2026-03-29"), ["01:30", "03:30"]);
        assert_eq!(open(&window, "2026-10-25"), ["00:30", "02:30"]);
        let end = window.open_until(time("2026-11-29T01:30:00Z"));
        assert_eq!(end, Some(time("2026-11-29T03:30:00Z")));
        let next = window.next_start(time("2026-11-29T01:30:00Z"));
        assert_eq!(next, Some(time("2026-12-06T01:30:00Z")));
    }

    #[test]
    fn a_window_can_contain_midnight_and_several_days() {
        let window = read("every = 'mon-wed,fri 23:00'\nfor = '2h'").expect("it is valid");
        assert_eq!(open(&window, "2026-11-30"), ["23:00"]);
        assert_eq!(open(&window, "2026-12-01"), ["00:00", "01:00", "23:00"]);
        assert_eq!(open(&window, "2026-12-03"), ["00:00", "01:00"]);
        let window = read("every = 'daily 00:00'\nfor = '1d'").expect("it is valid");
        assert_eq!(open(&window, "2026-12-03"), ["00:00"]);
        let window = read("every = 'sat 00:00'\nfor = '2d'").expect("it is valid");
        assert_eq!(open(&window, "2026-12-06"), ["00:00"]);
    }

    #[test]
    fn a_window_can_be_in_one_week_of_the_month_or_at_one_time() {
        let second = read("every = 'second tue 20:00'\nfor = '1h'").expect("it is valid");
        let next = second.next_start(time("2026-11-29T00:00:00Z"));
        assert_eq!(next, Some(time("2026-12-08T20:00:00Z")));
        let last = read("every = 'last sun 02:00'\nfor = '1h'").expect("it is valid");
        let next = last.next_start(time("2026-11-30T00:00:00Z"));
        assert_eq!(next, Some(time("2026-12-27T02:00:00Z")));
        for from in ["2026-12-24T22:00:00", "2026-12-24T21:00:00Z"] {
            let text = format!("from = {from}\nfor = '3h'\nzone = 'Europe/Vienna'");
            let once = read(&text).expect("it is valid");
            assert_eq!(open(&once, "2026-12-24"), ["21:00"], "{from}");
            assert_eq!(open(&once, "2026-12-25"), [""; 0]);
            let start = time("2026-12-24T21:00:00Z");
            assert_eq!(once.next_start(time("2026-11-29T00:00:00Z")), Some(start));
            assert_eq!(once.next_start(start), None);
        }
    }

    #[test]
    fn a_window_is_for_targets_and_groups() {
        let window = read("targets = ['db*', 'production']\nevery = 'daily 02:00'\nfor = '1h'")
            .expect("valid");
        assert!(window.is_for("db1", &[]) && window.is_for("x", &["production".to_owned()]));
        assert!(!window.is_for("x", &["test".to_owned()]));
    }

    #[test]
    fn a_wrong_rule_is_a_mistake_of_its_key() {
        for (text, key) in [
            ("for = '1h'", "every"),
            ("every = 'sun'\nfor = '1h'", "every"),
            ("every = '02:00'\nfor = '1h'", "every"),
            ("every = 'sonntag 02:00'\nfor = '1h'", "every"),
            ("every = 'sun 25:00'\nfor = '1h'", "every"),
            ("every = 'fifth sun 02:00'\nfor = '1h'", "every"),
            ("every = 'a first sun 02:00'\nfor = '1h'", "every"),
            ("every = 'sun 02:00'\nfrom = 2026-12-24T22:00:00\nfor = '1h'", "from"),
            ("from = 2026-12-24\nfor = '1h'", "from"),
            ("every = 'sun 02:00'\nfor = '8d'", "for"),
            ("every = 'sun 02:00'\nfor = '2'", "for"),
            ("every = 'sun 02:00'\nfor = '1h'\nzone = 'Wien'", "zone"),
        ] {
            assert_eq!(read(text).expect_err(text)[0].0, key, "{text}");
        }
        let all = read("every = 'sun'\nfor = '8d'\nzone = 'Wien'").expect_err("all are wrong");
        let keys: Vec<&str> = all.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["zone", "for", "every"]);
    }

    #[test]
    fn each_name_belongs_to_a_target_or_a_group() {
        let groups = ["production".to_owned()];
        let known: [(&str, &[String]); 2] = [("db1", &groups), ("db2", &[])];
        let message = |names: &[&str]| {
            without_target(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &known)
        };
        assert_eq!(message(&["db1", "prod*", "*"]), None);
        let wrong = message(&["db1", "produktion"]).expect("it is wrong");
        assert_eq!(
            wrong,
            "\"produktion\" matches no target and no group of the settings; did you mean \"production\"?"
        );
        assert!(message(&["x*"]).is_some() && message(&[]).is_some());
    }
}
