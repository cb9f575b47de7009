//! The silences that are in force, and those that ended in the last days.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::history::act::KEPT;
use crate::history::silence::{OwnSilence, SilenceScope};

/// The number of silences that ended and are still listed.
const MOST_ENDED: usize = 500;

/// The number of silences in force. The history of several nodes may contain more, which silence nothing.
const MOST_ACTIVE: usize = 1000;

/// The silences in force, and those that ended in the last days.
#[derive(Debug, Default)]
pub(super) struct HeldSilences {
    all: Vec<OwnSilence>,
    /// The ids of those that were in force at the last tick.
    active: BTreeSet<String>,
    /// Whether the history contains more silences in force than are taken in.
    is_full: bool,
}

impl HeldSilences {
    /// Adds silences of the history that are not known, and ends those that another node has ended.
    pub(super) fn restore(&mut self, found: Vec<OwnSilence>, now: Timestamp) {
        if found.is_empty() {
            return;
        }
        let mut active = self.all.iter().filter(|silence| silence.is_active(now)).count();
        let mut more = 0;
        for silence in found {
            let is_active = silence.is_active(now);
            match self.all.iter_mut().find(|known| known.id == silence.id) {
                Some(known) if known.ended.is_none() => known.ended = silence.ended,
                Some(_) => {}
                None if is_active && active >= MOST_ACTIVE => more += 1,
                None => {
                    active += usize::from(is_active);
                    self.all.push(silence);
                }
            }
        }
        if more > 0 && !self.is_full {
            tracing::error!(
                "the history contains {more} silences in force beyond {MOST_ACTIVE}: they silence nothing; end some of the others"
            );
        }
        self.is_full = more > 0;
    }

    /// All of them, to end one.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut OwnSilence> {
        self.all.iter_mut()
    }

    /// All of them.
    pub(super) fn all(&self) -> &[OwnSilence] {
        &self.all
    }

    /// Compares with the last tick. Returns the scopes of those that began or ended since, and forgets old ones.
    pub(super) fn turn(&mut self, now: Timestamp) -> Vec<SilenceScope> {
        let active = self.all.iter().filter(|silence| silence.is_active(now));
        let active: BTreeSet<String> = active.map(|silence| silence.id.clone()).collect();
        let differs = |silence: &&OwnSilence| {
            active.contains(&silence.id) != self.active.contains(&silence.id)
        };
        let changed = self.all.iter().filter(differs).map(|one| one.scope.clone()).collect();
        self.active = active;
        let since = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut surplus = self.all.len().saturating_sub(self.active.len() + MOST_ENDED);
        self.all.retain(|silence| {
            let over = !self.active.contains(&silence.id);
            let is_surplus = over && surplus > 0;
            surplus -= usize::from(is_surplus);
            !is_surplus && (!over || silence.end() >= since)
        });
        changed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::history::silence::SilenceEnd;

    fn at(hours: u64) -> Timestamp {
        Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs(hours * 3600)).expect("it is a time")
    }

    fn silence(id: usize, from: u64, until: u64) -> OwnSilence {
        OwnSilence {
            id: id.to_string(),
            scope: SilenceScope { target: Some(id.to_string()), ..SilenceScope::default() },
            at: at(from),
            until: at(until),
            by: "anna".to_owned(),
            why: "it is known".to_owned(),
            ended: None,
        }
    }

    #[test]
    fn each_begin_and_end_is_seen_once() {
        let mut held = HeldSilences::default();
        held.restore(vec![silence(1, 0, 1), silence(2, 0, 9)], at(0));
        held.restore(vec![silence(2, 0, 5)], at(0));
        assert_eq!(held.all().len(), 2);
        let changed = |held: &mut HeldSilences, now| {
            let targets = held.turn(at(now)).into_iter().filter_map(|scope| scope.target);
            targets.collect::<Vec<_>>().join(" ")
        };
        for (now, expected) in [(0, "1 2"), (0, ""), (1, "1"), (5, ""), (9, "2"), (9, "")] {
            assert_eq!(changed(&mut held, now), expected, "{now}");
        }
        // The clock is set back.
        assert_eq!(changed(&mut held, 8), "2");
        // Seven days after its end it is forgotten.
        changed(&mut held, 7 * 24 + 2);
        assert_eq!(held.all(), [silence(2, 0, 9)]);
    }

    #[test]
    fn the_number_of_ended_silences_has_a_limit() {
        let mut held = HeldSilences::default();
        held.restore((0..MOST_ENDED + 10).map(|id| silence(id, 0, 1)).collect(), at(2));
        held.restore(vec![silence(9999, 0, 9)], at(2));
        held.turn(at(2));
        assert_eq!(held.all().len(), MOST_ENDED + 1);
        assert_eq!(held.all()[0].id, "10");
    }

    #[test]
    fn the_number_of_silences_in_force_has_a_limit() {
        let mut held = HeldSilences::default();
        let many = || (0..MOST_ACTIVE + 10).map(|id| silence(id, 0, 9)).collect();
        held.restore(many(), at(1));
        held.restore(many(), at(2));
        assert_eq!((held.all().len(), held.is_full), (MOST_ACTIVE, true));
        // Each of those that were taken in can be ended by another node.
        let ended = Some(SilenceEnd { at: at(2), by: "bert".to_owned() });
        held.restore(vec![OwnSilence { ended, ..silence(7, 0, 9) }], at(3));
        held.restore(vec![silence(9999, 0, 9)], at(3));
        assert_eq!((held.all().len(), held.is_full), (MOST_ACTIVE + 1, false));
    }
}
