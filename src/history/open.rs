//! Problems that were open in a span of the past, from the changes.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::chain::CHANGES;
use super::change::{ProblemPart, StateChange};
use super::connection::open_to_read;
use super::store::{HistoryError, change};
use crate::finding::State;

/// The number of changes that one answer is made of.
const MOST_CHANGES: i64 = 500_000;

/// The changes that are read at a time.
pub(super) const TOGETHER: i64 = 5000;

/// What identifies a problem: target, check, database and id.
type ProblemName = (String, String, Option<String>, String);

/// A problem that is open now, with its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenNow {
    /// The target.
    pub target: String,
    /// The problem.
    pub part: ProblemPart,
    /// Since when it is open.
    pub since: Option<Timestamp>,
}

/// A problem that was open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastProblem {
    /// The target.
    pub target: String,
    /// What it was. The state is the one at the beginning of the span, or the first one in it.
    pub part: ProblemPart,
    /// When it began; absent if the history does not contain it anymore.
    pub began: Option<Timestamp>,
    /// When it ended; absent if it is open.
    pub ended: Option<Timestamp>,
    /// The worst state in the span.
    pub worst: State,
}

/// Problems that were open, and whether these are all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastProblems {
    /// The problems, in the order of their beginning.
    pub problems: Vec<PastProblem>,
    /// Whether there were more changes than can be read.
    pub is_cut: bool,
}

/// The problems that were open at some time from `from` until before `until`. `now` are those that are open now.
pub fn open_between(
    path: &Path,
    (from, until): (Timestamp, Timestamp),
    now: Vec<OpenNow>,
) -> Result<PastProblems, HistoryError> {
    let read = || between(&mut open_to_read(path)?, (from, until), now);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The place of a problem: its target, check, database and id.
pub(super) type OpenedProblem<'k> = (&'k str, &'k str, Option<&'k str>, &'k str);

/// Changes of a history.
pub(super) trait ChangeSource {
    type Error;

    /// Changes since a time in milliseconds and after a number, the oldest first; none if there are no more.
    fn since(&mut self, from: i64, after: i64) -> Result<Vec<StateChange>, Self::Error>;

    /// The summary of the change of a problem before the one with a number.
    fn summary(
        &mut self,
        key: OpenedProblem<'_>,
        before: i64,
    ) -> Result<Option<String>, Self::Error>;

    /// The time in milliseconds at which a problem began that was open before the change with a number; absent if the history does
    /// not contain it anymore.
    fn began(&mut self, key: OpenedProblem<'_>, before: i64) -> Result<Option<i64>, Self::Error>;
}

pub(super) fn between<S: ChangeSource>(
    source: &mut S,
    (from, until): (Timestamp, Timestamp),
    now: Vec<OpenNow>,
) -> Result<PastProblems, S::Error> {
    let mut found = PastProblems::default();
    // Those that are open at the change that is read.
    let mut open: HashMap<ProblemName, PastProblem> = HashMap::new();
    let mut seen: HashSet<ProblemName> = HashSet::new();
    let mut count = 0;
    let mut last = i64::MIN;
    let mut some = Vec::new().into_iter();
    while count < MOST_CHANGES {
        let Some(one) = some.next() else {
            some = source.since(from.as_millisecond(), last)?.into_iter();
            if some.len() == 0 {
                break;
            }
            continue;
        };
        let one: StateChange = one;
        last = one.seq;
        count += 1;
        let name =
            (one.target.clone(), one.check.clone(), one.database.clone(), one.finding.clone());
        // The first change of a problem shows whether it was open before.
        if seen.insert(name.clone()) && one.was != State::Ok {
            open.insert(name.clone(), before(source, &one)?);
        }
        if one.became == State::Ok {
            if let Some(problem) = open.remove(&name) {
                found.problems.push(PastProblem { ended: Some(one.at), ..problem });
            }
            continue;
        }
        let is_within = one.at < until;
        match open.get_mut(&name) {
            Some(problem) if is_within => {
                problem.worst = State::worst([problem.worst, one.became]);
            }
            None if is_within => {
                let worst = one.became;
                let (target, part) = (one.target.clone(), part(&one, one.became));
                let began = Some(one.at);
                open.insert(name, PastProblem { target, part, began, ended: None, worst });
            }
            _ => {}
        }
    }
    found.is_cut = count >= MOST_CHANGES;
    found.problems.extend(open.into_values());
    for OpenNow { target, part, since } in now {
        let name =
            (target.clone(), part.check.clone(), part.database.clone(), part.finding.clone());
        // Without a change since `from`, it was open all the time.
        if !seen.contains(&name) {
            let worst = part.state;
            let key = (name.0.as_str(), name.1.as_str(), name.2.as_deref(), name.3.as_str());
            let kept = || began(source, key, i64::MAX);
            let since = since.map_or_else(kept, |since| Ok(Some(since)))?;
            found.problems.push(PastProblem { target, part, began: since, ended: None, worst });
        }
    }
    found.problems.retain(|one| {
        one.began.is_none_or(|began| began < until) && one.ended.is_none_or(|ended| ended > from)
    });
    found.problems.sort_by(|one, other| {
        (one.began, &one.target, &one.part.check).cmp(&(
            other.began,
            &other.target,
            &other.part.check,
        ))
    });
    Ok(found)
}

fn part(change: &StateChange, state: State) -> ProblemPart {
    ProblemPart {
        check: change.check.clone(),
        database: change.database.clone(),
        finding: change.finding.clone(),
        object: change.object.clone(),
        state,
        summary: change.summary.clone(),
    }
}

/// The problem that was open before a change, with its text of that time and its beginning.
fn before<S: ChangeSource>(source: &mut S, later: &StateChange) -> Result<PastProblem, S::Error> {
    let StateChange { finding, target, check, database, seq, .. } = later;
    let key = (target.as_str(), check.as_str(), database.as_deref(), finding.as_str());
    let mut part = part(later, later.was);
    part.summary = source.summary(key, *seq)?.unwrap_or(part.summary);
    let began = began(source, key, *seq)?;
    Ok(PastProblem { target: target.clone(), part, began, ended: None, worst: later.was })
}

/// When a problem began that was open before a change; absent if the history does not contain it anymore.
fn began<S: ChangeSource>(
    source: &mut S,
    key: OpenedProblem<'_>,
    before: i64,
) -> Result<Option<Timestamp>, S::Error> {
    let began = source.began(key, before)?;
    Ok(began.and_then(|began| Timestamp::from_millisecond(began).ok()))
}

impl ChangeSource for Connection {
    type Error = rusqlite::Error;

    fn since(&mut self, from: i64, after: i64) -> rusqlite::Result<Vec<StateChange>> {
        let columns = CHANGES.list();
        let some = format!(
            "SELECT {columns} FROM change WHERE at >= ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
        );
        self.prepare(&some)?.query_map(params![from, after, TOGETHER], change)?.collect()
    }

    fn summary(&mut self, key: OpenedProblem<'_>, before: i64) -> rusqlite::Result<Option<String>> {
        let summary =
            "SELECT summary FROM change WHERE target = ?1 AND \"check\" = ?2 AND database IS ?3
                 AND finding = ?4 AND seq < ?5 ORDER BY seq DESC LIMIT 1";
        let place = params![key.0, key.1, key.2, key.3, before];
        self.query_row(summary, place, |row| row.get(0)).optional()
    }

    fn began(&mut self, key: OpenedProblem<'_>, before: i64) -> rusqlite::Result<Option<i64>> {
        let began = "SELECT at FROM change WHERE target = ?1 AND \"check\" = ?2 AND database IS ?3
                 AND finding = ?4 AND seq < ?5 AND was = 'ok' ORDER BY seq DESC LIMIT 1";
        let place = params![key.0, key.1, key.2, key.3, before];
        self.query_row(began, place, |row| row.get(0)).optional()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::history::store::{Store, Unwritten};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
    }

    fn one(seconds: i64, finding: &str, was: State, became: State) -> StateChange {
        StateChange {
            seq: 0,
            at: at(seconds),
            target: "db1".to_owned(),
            check: "slots".to_owned(),
            database: None,
            finding: finding.to_owned(),
            object: None,
            was,
            became,
            summary: format!("{finding} at {seconds}"),
        }
    }

    use State::{Critical, Ok, Warning};

    #[test]
    fn problems_of_a_span_have_their_beginning_and_end() {
        let name = format!("posemo-open-{}.db", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut store = Store::open(&path).expect("it is created");
        let changes = vec![
            one(10, "long", Ok, Warning),
            one(20, "short", Ok, Critical),
            one(25, "escalates", Ok, Warning),
            one(30, "short", Critical, Ok),
            one(40, "long", Warning, Critical),
            one(50, "escalates", Warning, Critical),
            one(60, "long", Critical, Ok),
            one(70, "short", Ok, Warning),
        ];
        let waiting = Unwritten { changes, ..Unwritten::default() };
        store.write(&waiting, &BTreeMap::new()).expect("it is written");
        let open = |finding: &str, since| OpenNow {
            target: "db1".to_owned(),
            part: part(&one(0, finding, Ok, Warning), Warning),
            since: Some(at(since)),
        };
        let shown = |from: i64, until: i64| -> Vec<String> {
            let without = OpenNow { since: None, ..open("short", 70) };
            let now = vec![open("escalates", 25), without, open("old", 5)];
            let found = open_between(&path, (at(from), at(until)), now).expect("it is read");
            let problems = found.problems.into_iter().map(|one| {
                let second = |time: Option<Timestamp>| {
                    time.map_or("-".to_owned(), |time| {
                        (time.as_second() - 1_800_000_000).to_string()
                    })
                };
                let (began, ended) = (second(one.began), second(one.ended));
                let (summary, worst) = (one.part.summary, one.worst.name());
                format!("{summary}: {began} {ended} {worst}")
            });
            problems.collect()
        };
        assert_eq!(shown(0, 6), ["old at 0: 5 - warning"]);
        assert_eq!(
            shown(22, 45),
            [
                "old at 0: 5 - warning",
                "long at 10: 10 60 critical",
                "short at 20: 20 30 critical",
                "escalates at 25: 25 - warning"
            ]
        );
        // One moment: what was open then, as it was then.
        assert_eq!(
            shown(45, 46),
            [
                "old at 0: 5 - warning",
                "long at 40: 10 60 critical",
                "escalates at 25: 25 - warning"
            ]
        );
        assert_eq!(shown(80, 90).len(), 3);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}
