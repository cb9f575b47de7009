//! What an Alertmanager gets: the silences, and the alerts that it does not silence itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::board::{Board, TargetBoard};
use crate::deliver::alertmanager::mirror::MirroredSilence;
use crate::finding::report::TargetReport;
use crate::history::silence::{OwnSilence, SilenceScope};

/// The silence as an Alertmanager has it. Alerts have no label for the id of a finding, so such a silence is absent. That
/// of a group that lost its last target has an empty list of targets.
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
        targets,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_of_a_group_has_the_targets_of_the_group() {
        let board = Board::default();
        let of_group = |target: &str, group: &str| TargetBoard {
            report: TargetReport { target: target.to_owned(), ..TargetReport::default() },
            groups: vec![group.to_owned()],
            ..TargetBoard::default()
        };
        board.set_targets(vec![of_group("db1", "production"), of_group("db2", "test")]);
        for (group, targets) in [("production", &["db1"][..]), ("lost", &[])] {
            let silence = OwnSilence {
                id: "1".to_owned(),
                scope: SilenceScope { group: Some(group.to_owned()), ..SilenceScope::default() },
                at: Timestamp::UNIX_EPOCH,
                until: Timestamp::MAX,
                by: "anna".to_owned(),
                why: "patching".to_owned(),
                ended: None,
            };
            let mirrored = mirrored(&silence, &board).expect("it has no finding");
            assert_eq!(mirrored.targets.expect("it is for a group"), targets, "{group}");
        }
    }
}
