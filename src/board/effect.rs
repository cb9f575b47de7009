//! What a silence does now.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Board;
use crate::history::silence::OwnSilence;

/// A silence ends soon within this time.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// What a silence does now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SilenceEffect {
    /// The number of problems that it matches.
    pub matching: usize,
    /// Whether it ends within an hour.
    pub ends_soon: bool,
    /// The receivers that have it, too.
    pub receivers: Vec<String>,
}

/// The silences with their effects. Each silence is compared with each problem of the fleet, which may take long.
pub fn effects(
    board: &Board,
    silences: impl IntoIterator<Item = OwnSilence>,
    now: Timestamp,
) -> Vec<(OwnSilence, SilenceEffect)> {
    let (targets, receivers) = (board.targets(), board.receivers());
    let effect = |silence: OwnSilence| {
        let is_active = silence.is_active(now);
        let matches = targets.iter().filter(|target| {
            is_active && silence.scope.is_for(&target.report.target, &target.groups)
        });
        let has = receivers.iter().filter(|(_, one)| one.silences.contains(&silence.id));
        let effect = SilenceEffect {
            matching: matches.map(|target| target.matching(&silence)).sum(),
            ends_soon: is_active && silence.end().duration_since(now) <= SOON,
            receivers: has.map(|(name, _)| name.clone()).collect(),
        };
        (silence, effect)
    };
    silences.into_iter().map(effect).collect()
}
