//! The results that other nodes found. They are read from the tables, in which a program with the password of the role can write
//! anything: what one node reads and keeps of them has a limit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;

use super::evidence::{LARGEST_DAY, day_runs};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection};
use crate::history::runs::{DayRuns, day_of};
use crate::history::saved::RestoredTarget;
use crate::history::store::restored_within;

/// The bytes of a compressed result that is read, and of all results in one answer.
const LARGEST: i64 = 16 << 20;
const TOGETHER: i64 = 32 << 20;

/// The bytes of the texts of all results that are kept.
pub(super) const MOST_KEPT: u64 = 256 << 20;

/// The results that are read in one turn.
const MOST_READ: usize = 500;

/// Results of targets.
#[derive(Debug, Default)]
pub(super) struct FoundResults {
    /// The results, and the bytes of their texts.
    pub(super) targets: BTreeMap<String, (RestoredTarget, u64)>,
    /// The targets whose results are too large or cannot be read.
    pub(super) left_out: BTreeSet<String>,
}

/// Reads the latest results of targets, as far as their texts have room together.
pub(super) fn results(
    connection: &mut KeptConnection,
    targets: &BTreeSet<String>,
    mut room: u64,
) -> Result<FoundResults, DatabaseError> {
    let mut found = FoundResults::default();
    let mut rest: Vec<&str> = targets.iter().map(String::as_str).collect();
    while !rest.is_empty() {
        let values = [
            BoundValue::texts(rest.iter().copied()),
            BoundValue::number(LARGEST),
            BoundValue::number(TOGETHER),
        ];
        // In the order of the names, so that the next answer begins after the last one.
        let rows = connection.rows(
            "SELECT target, state FROM (
                 SELECT l.target, l.state, sum(pg_catalog.octet_length(l.state)) OVER (ORDER BY l.target COLLATE \"C\") AS bytes
                 FROM (
                     SELECT r.target, CASE WHEN pg_catalog.octet_length(r.state) <= $2 THEN r.state END AS state
                     FROM posemo_history.latest AS r WHERE r.target = ANY ($1)
                 ) AS l
             ) AS s WHERE bytes IS NULL OR bytes <= $3 ORDER BY target COLLATE \"C\"",
            &values,
        )?;
        let mut last = None;
        for row in rows {
            let Some(name) = row.text(0)? else { continue };
            match row.bytes(1)?.and_then(|state| restored_within(&state, room)) {
                Some((target, bytes)) => {
                    room -= bytes;
                    found.targets.insert(name.clone(), (target, bytes));
                }
                None => drop(found.left_out.insert(name.clone())),
            }
            last = Some(name);
        }
        let Some(last) = last else { break };
        rest.retain(|name| *name > last.as_str());
    }
    Ok(found)
}

/// The runs of targets on their latest day; empty for a target without a day. The number is that of targets for which there was no
/// room: theirs are empty, too.
pub(super) fn latest_runs(
    connection: &mut KeptConnection,
    targets: &BTreeSet<String>,
) -> Result<(BTreeMap<String, DayRuns>, usize), DatabaseError> {
    let mut found: BTreeMap<String, DayRuns> =
        targets.iter().map(|target| (target.clone(), DayRuns::default())).collect();
    let (mut room, mut left_out) = (MOST_KEPT, 0);
    let all: Vec<&str> = targets.iter().map(String::as_str).collect();
    for some in all.chunks(100) {
        let values = [
            BoundValue::texts(some.iter().copied()),
            BoundValue::number(day_of(Timestamp::now())),
            BoundValue::number(LARGEST_DAY),
        ];
        let rows = connection.rows(
            "SELECT DISTINCT ON (target) target, day, data FROM posemo_history.watched
             WHERE target = ANY ($1) AND day <= $2 AND pg_catalog.octet_length(data) <= $3
             ORDER BY target, day DESC",
            &values,
        )?;
        for row in &rows {
            let (name, runs) = day_runs(row)?;
            match room.checked_sub(runs.size()) {
                Some(rest) => {
                    room = rest;
                    found.insert(name, runs);
                }
                None => left_out += 1,
            }
        }
    }
    Ok((found, left_out))
}

/// The results of targets that other nodes hold, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct OtherResults {
    /// The time of the results that were read, and the bytes of the results that are kept.
    seen: BTreeMap<String, (i64, u64)>,
    /// The last target that was read. The next turn goes on after it, so that each has its turn.
    last: String,
    /// The targets that were reported.
    reported: bool,
}

impl OtherResults {
    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.seen.clear();
    }

    /// Reads results that are new. `times` are the times of the results of all targets, `held` are the targets of this node.
    pub(super) fn read(
        &mut self,
        connection: &mut KeptConnection,
        times: &BTreeMap<&str, i64>,
        held: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, RestoredTarget>, DatabaseError> {
        self.seen.retain(|target, _| !held.contains(target) && times.contains_key(target.as_str()));
        let next = self.next(times, held);
        let names: BTreeSet<String> = next.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut found = results(connection, &names, self.room(&names))?;
        if let Some((name, _)) = next.last() {
            (*name).clone_into(&mut self.last);
        }
        for (name, at) in next {
            let kept = self.seen.get(name).map_or(0, |(_, bytes)| *bytes);
            let bytes = found.targets.get(name).map_or(kept, |(_, bytes)| *bytes);
            self.seen.insert(name.to_owned(), (at, bytes));
        }
        if let Some(first) = found.left_out.first().filter(|_| !self.reported) {
            tracing::error!(
                "the results of {} targets of other nodes are not shown, as they are too large or damaged; one is target {first:?}",
                found.left_out.len()
            );
        }
        self.reported = !found.left_out.is_empty();
        let targets = std::mem::take(&mut found.targets);
        Ok(targets.into_iter().map(|(name, (target, _))| (name, target)).collect())
    }

    /// The next targets with new results, and their times.
    fn next<'t>(
        &self,
        times: &BTreeMap<&'t str, i64>,
        held: &BTreeSet<String>,
    ) -> Vec<(&'t str, i64)> {
        let last = self.last.as_str();
        let after = times.range::<str, _>((Bound::Excluded(last), Bound::Unbounded));
        let before = times.range::<str, _>((Bound::Unbounded, Bound::Included(last)));
        let is_new = |(name, at): &(&'t str, i64)| {
            let seen = self.seen.get(*name).map(|(at, _)| at);
            *at > 0 && !held.contains(*name) && seen != Some(at)
        };
        let all = after.chain(before).map(|(name, at)| (*name, *at));
        all.filter(is_new).take(MOST_READ).collect()
    }

    /// The bytes that the results of some targets may have.
    fn room(&self, names: &BTreeSet<String>) -> u64 {
        let others = self.seen.iter().filter(|(name, _)| !names.contains(*name));
        MOST_KEPT.saturating_sub(others.map(|(_, (_, bytes))| bytes).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_of_another_node_has_its_turn_and_all_have_a_limit() {
        let names: Vec<String> = (0..1200).map(|number| format!("db{number:04}")).collect();
        let held = BTreeSet::from(["db0003".to_owned()]);
        let mut others = OtherResults::default();
        let mut read = BTreeSet::new();
        // All results are new in each turn.
        for turn in 1..=3 {
            let times: BTreeMap<&str, i64> =
                names.iter().map(|name| (name.as_str(), turn)).collect();
            let next = others.next(&times, &held);
            assert!(next.len() <= MOST_READ);
            others.last = next.last().expect("there are some").0.to_owned();
            read.extend(next.into_iter().map(|(name, _)| name.to_owned()));
        }
        assert_eq!(read.len(), names.len() - 1);
        others.seen = BTreeMap::from([
            ("db0001".to_owned(), (3, MOST_KEPT - 100)),
            ("db0002".to_owned(), (3, 60)),
        ]);
        assert_eq!(others.room(&BTreeSet::new()), 40);
        assert_eq!(others.room(&BTreeSet::from(["db0002".to_owned()])), 100);
        let times = BTreeMap::from([("db0001", 3), ("db0002", 4), ("db0003", 9), ("db0004", 0)]);
        assert_eq!(others.next(&times, &held), [("db0002", 4)]);
    }
}
