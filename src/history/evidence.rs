//! Acts for an auditor: what users did and which rules were in force in a span of time.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::act::{UserAct, act};
use super::act_kind::ActKind;
use super::chain::ACTS;
use super::connection::open_to_read;
use super::store::HistoryError;

/// The acts of one kind in one answer.
const MOST: usize = 5000;

/// The text of a reload among the orders: its rules are among the rules.
const READ: &str = "see the rules in force";

/// No silence lasts longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Acts of a span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActsOfSpan {
    /// Starts and reloads with the rules in force; the first is the last one before the span.
    pub rules: Vec<UserAct>,
    /// Checks and targets that were switched off or on.
    pub switched: Vec<UserAct>,
    /// Maintenance windows that opened.
    pub windows: Vec<UserAct>,
    /// Silences that were in force.
    pub silences: Vec<SilenceOfSpan>,
    /// What users ordered, and wrong logins.
    pub orders: Vec<UserAct>,
    /// Whether there were more acts than can be shown.
    pub is_cut: bool,
}

/// A silence that was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceOfSpan {
    /// Its id.
    pub id: String,
    /// When it was added.
    pub at: Timestamp,
    /// Who added it.
    pub by: String,
    /// Until when it was to last.
    pub until: Timestamp,
    /// When and by whom it was ended before.
    pub ended: Option<(Timestamp, String)>,
    /// What it matches, and why.
    pub what: String,
}

impl SilenceOfSpan {
    /// When it ended, or ends.
    pub fn end(&self) -> Timestamp {
        self.ended.as_ref().map_or(self.until, |(at, _)| self.until.min(*at))
    }

    /// Reads the act with which it was added.
    fn read(act: &UserAct) -> Option<SilenceOfSpan> {
        let (id, rest) = act.detail.split_once(" until ")?;
        let (until, what) = rest.split_once(' ')?;
        let author = format!("by {:?} for ", act.who);
        let what = what.strip_prefix(&author).unwrap_or(what);
        Some(SilenceOfSpan {
            id: id.to_owned(),
            at: act.at,
            by: act.who.clone(),
            until: until.parse().ok()?,
            ended: None,
            what: what.to_owned(),
        })
    }
}

/// The acts from a time until before another one.
pub fn acts_between(path: &Path, span: (Timestamp, Timestamp)) -> Result<ActsOfSpan, HistoryError> {
    let read = || between(&open_to_read(path)?, span);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The acts with the rules that were in force before a span: those before the time $1 or ?1, the latest first.
pub(super) fn rules_before() -> String {
    format!(
        "at < $1 AND what IN ('{}', '{}') AND detail NOT LIKE 'failed: %' ORDER BY at DESC, seq DESC LIMIT 1",
        ActKind::Start.name(),
        ActKind::Reload.name()
    )
}

/// The acts of a span from $3 until before $2, and those about silences since $1.
pub(super) fn within() -> String {
    format!(
        "at >= $1 AND at < $2 AND (at >= $3 OR what IN ('{}', '{}'))",
        ActKind::Silence.name(),
        ActKind::End.name()
    )
}

/// The times of `within`, in milliseconds.
pub(super) fn times((from, until): (Timestamp, Timestamp)) -> [i64; 3] {
    let first = from.checked_sub(LONGEST).unwrap_or(Timestamp::MIN);
    [first, until, from].map(Timestamp::as_millisecond)
}

fn between(connection: &Connection, span: (Timestamp, Timestamp)) -> rusqlite::Result<ActsOfSpan> {
    let mut found = ActsOfSpan::default();
    let columns = ACTS.list();
    let before = format!("SELECT {columns} FROM act WHERE {}", rules_before());
    let before = connection.prepare(&before)?.query_map([span.0.as_millisecond()], act)?.next();
    found.rules.extend(before.transpose()?);
    let acts = format!("SELECT {columns} FROM act WHERE {} ORDER BY seq", within());
    let mut acts = connection.prepare(&acts)?;
    for one in acts.query_map(times(span), act)? {
        found.add(one?, span.0);
    }
    found.end(span.0);
    Ok(found)
}

impl ActsOfSpan {
    /// Adds an act, in the order of the numbers. The span begins at `from`.
    pub(super) fn add(&mut self, one: UserAct, from: Timestamp) {
        let kind = one.kind();
        match kind {
            Some(ActKind::Silence) if self.silences.len() >= MOST => self.is_cut = true,
            Some(ActKind::Silence) => self.silences.extend(SilenceOfSpan::read(&one)),
            Some(ActKind::End) => {
                let id = one.detail.split(' ').next().unwrap_or_default();
                let silence = self.silences.iter_mut().rev().find(|silence| silence.id == id);
                if let Some(silence) = silence {
                    silence.ended = Some((one.at, one.who.clone()));
                }
            }
            _ => {}
        }
        if one.at < from {
            return;
        }
        let list = match kind {
            Some(ActKind::Start | ActKind::Stop) => &mut self.rules,
            Some(ActKind::Reload) => {
                self.orders.push(UserAct { detail: READ.to_owned(), ..one.clone() });
                &mut self.rules
            }
            Some(ActKind::Off | ActKind::On | ActKind::Removed | ActKind::Added) => {
                &mut self.switched
            }
            Some(ActKind::Window) => &mut self.windows,
            // The chain itself is not for readers.
            Some(ActKind::Chain | ActKind::Seal | ActKind::Remove) => return,
            Some(ActKind::Run | ActKind::Silence | ActKind::End | ActKind::Logins) | None => {
                &mut self.orders
            }
        };
        if list.len() < MOST {
            list.push(one);
        } else {
            self.is_cut = true;
        }
    }

    /// Leaves silences out that ended before the span.
    pub(super) fn end(&mut self, from: Timestamp) {
        self.silences.retain(|silence| silence.end() > from);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::history::store::{Store, Unwritten};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hours * 3600).expect("it is a time")
    }

    #[test]
    fn acts_of_a_span_have_their_kinds() {
        let name = format!("posemo-acts-{}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut store = Store::open(&path).expect("it is created");
        let one = |hours, who: &str, what: &str, detail: &str| UserAct {
            seq: 0,
            at: at(hours),
            who: who.to_owned(),
            what: what.to_owned(),
            detail: detail.to_owned(),
        };
        let long = format!("a1 until {} by \"an \\\"na\" for target \"db1\": \"why for\"", at(90));
        let short = format!("b2 until {} by \"bob\" for check \"c\": \"x\"", at(4));
        let acts = vec![
            one(1, "posemo", "start", "settings 1"),
            one(2, "an \"na", "silence", &long),
            one(3, "bob", "silence", &short),
            one(5, "", "reload", "failed: a mistake"),
            one(10, "eve", "reload", "settings 2"),
            one(11, "eve", "off", "db1 superusers"),
            one(12, "posemo", "window", "patching"),
            one(13, "posemo", "seal", "changes"),
            one(14, "bob", "end", &long),
            one(15, "anna", "run", "db1: all"),
            one(40, "anna", "run", "db2: all"),
        ];
        store
            .write(&Unwritten { acts, ..Unwritten::default() }, &BTreeMap::new())
            .expect("written");
        let found = acts_between(&path, (at(9), at(30))).expect("it is read");
        let names = |acts: &[UserAct]| {
            let names = acts.iter().map(|act| format!("{} {}", act.what, act.detail));
            names.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(names(&found.rules), "start settings 1, reload settings 2");
        assert_eq!(names(&found.switched), "off db1 superusers");
        assert_eq!(names(&found.windows), "window patching");
        assert!(
            names(&found.orders).starts_with("reload see the rules in force, end a1 until"),
            "{:?}",
            found.orders
        );
        let silence = &found.silences[0];
        assert_eq!(found.silences.len(), 1, "the other one was over");
        assert_eq!(silence.what, "target \"db1\": \"why for\"");
        assert_eq!((silence.until, silence.end()), (at(90), at(14)));
        assert_eq!(silence.ended, Some((at(14), "bob".to_owned())));
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}
