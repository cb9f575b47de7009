//! What an Alertmanager gets: the silences, and the alerts that it does not silence itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::board::{Board, TargetBoard};
use crate::deliver::alertmanager::mirror::MirroredSilence;
use crate::finding::report::TargetReport;
use crate::history::silence::{OwnSilence, SilenceScope};

/// The silence as an Alertmanager has it. Alerts have no label for the id of a finding, so such a silence is absent.
pub(super) fn mirrored(silence: &OwnSilence, board: &Board) -> Option<MirroredSilence> {
    let SilenceScope { target, group, check, database, object, finding } = &silence.scope;
    if finding.is_some() {
        return None;
    }
    let targets = match (target, group) {
        (None, None) => None,
        (Some(target), None) => Some(vec![target.clone()]),
        _ => {
            let targets = board.targets();
            let is_for = |one: &&std::sync::Arc<TargetBoard>| {
                silence.scope.is_for(&one.report.target, &one.groups)
            };
            Some(targets.iter().filter(is_for).map(|one| one.report.target.clone()).collect())
        }
    };
    Some(MirroredSilence {
        id: silence.id.clone(),
        // A group may have lost its last target.
        targets: targets
            .filter(|targets: &Vec<String>| !targets.is_empty())
            .or_else(|| (target.is_some() || group.is_some()).then(|| vec![String::new()])),
        check: check.clone(),
        database: database.clone(),
        object: object.clone(),
        until: silence.until,
        by: silence.by.clone(),
        why: silence.why.clone(),
    })
}

/// The report of a target for an Alertmanager that has these silences: their problems remain alerts there.
pub(super) fn report(
    target: &TargetBoard,
    silences: &[OwnSilence],
    present: &BTreeSet<String>,
    now: Timestamp,
) -> TargetReport {
    if target.loud.is_none() {
        return target.report.clone();
    }
    let others = silences.iter().filter(|silence| !present.contains(&silence.id));
    target.quieted(others, now).unwrap_or_else(|| target.loud().clone())
}
