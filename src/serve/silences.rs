//! Adds and ends silences, and shows their effect at once.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::conductor::Conductor;
use super::fleet::Fleet;
use crate::board::order::OrderError;
use crate::finding::report::{OWN, TargetReport};
use crate::history::act::UserAct;
use crate::history::silence::{OwnSilence, SilenceEnd, SilenceScope};
use crate::text::suggestion::suggestion;
use crate::text::time::second;

/// The number of silences in force.
const MOST: usize = 500;

impl Conductor {
    /// Adds a silence.
    pub(super) fn add_silence(
        &mut self,
        scope: SilenceScope,
        lasts: Duration,
        by: String,
        why: String,
    ) -> Result<OwnSilence, OrderError> {
        exists(&scope, &self.fleet)?;
        let now = Timestamp::now();
        let active = self.silences.all().iter().filter(|silence| silence.is_active(now)).count();
        if active >= MOST {
            return Err(OrderError::TooManySilences(active));
        }
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        let id = id(now, &scope, &by, self.silences.all().len());
        let silence = OwnSilence { id, scope, at: now, until, by, why, ended: None };
        let detail = describe(&silence);
        tracing::info!("silence {detail}");
        self.act("silence", &silence.by, &detail);
        self.silences.restore(vec![silence.clone()]);
        self.save_silence(&silence);
        self.turn_silences(now);
        Ok(silence)
    }

    /// Ends a silence.
    pub(super) fn end_silence(&mut self, id: &str, by: &str) -> Result<OwnSilence, OrderError> {
        let now = Timestamp::now();
        let silence = self
            .silences
            .all_mut()
            .find(|silence| silence.id == id && silence.is_active(now))
            .ok_or_else(|| OrderError::NoSuchSilence(id.to_owned()))?;
        silence.ended = Some(SilenceEnd { at: now, by: by.to_owned() });
        let silence = silence.clone();
        let detail = describe(&silence);
        tracing::info!("{by} ended silence {detail}");
        self.act("end", by, &detail);
        self.save_silence(&silence);
        self.turn_silences(now);
        Ok(silence)
    }

    fn save_silence(&self, silence: &OwnSilence) {
        if let Some(recorder) = &self.recorder {
            recorder.save_silence(silence, self.silences.all());
        }
    }

    /// Records an act of a user.
    pub(super) fn act(&self, what: &str, who: &str, detail: &str) {
        if let Some(recorder) = &self.recorder {
            recorder.record_act(UserAct {
                seq: 0,
                at: Timestamp::now(),
                who: who.to_owned(),
                what: what.to_owned(),
                detail: detail.to_owned(),
            });
        }
    }

    /// Takes in what the history contained, and shows the effect of silences that began or ended.
    pub(super) fn turn_silences(&mut self, now: Timestamp) {
        if let Some(recorder) = &self.recorder {
            self.silences.restore(recorder.found_silences());
        }
        let changed = self.silences.turn(now);
        if changed.is_empty() {
            return;
        }
        self.board.set_silences(self.silences.all().to_vec());
        for position in 0..self.fleet.targets.len() {
            let watched = &self.fleet.targets[position];
            let name = &watched.job.name;
            if changed.iter().any(|scope| scope.is_for(name, &watched.groups)) {
                self.show_again(position, now);
            }
        }
        // Alertmanager gets the silence, and the alerts that are not silenced anymore.
        self.deliveries.changed();
    }

    /// Shows a target with the silences of now. The checks whose problems begin or end to alarm run at once, so that
    /// receivers that get each result once get one.
    fn show_again(&mut self, position: usize, now: Timestamp) {
        let turns = self.agenda.turns(position);
        let mut shown = self.fleet.targets[position].shown(turns.due(), turns.missed());
        shown.quieten(self.silences.all().iter(), now);
        let Some(before) = self.board.target(&shown.report.target) else { return };
        let checks = differing(&before.report, &shown.report);
        if checks.is_empty() {
            return;
        }
        let watched = &self.fleet.targets[position];
        let wanted = checks.iter().filter_map(|check| watched.position(check)).collect::<Vec<_>>();
        let wanted = if before.report.error == shown.report.error {
            wanted
        } else {
            (0..watched.job.names().len()).collect()
        };
        self.board.update(shown);
        if self.not_held(position).is_none() {
            self.agenda.request(position, wanted);
        }
    }
}

/// The checks whose reports differ.
fn differing(before: &TargetReport, after: &TargetReport) -> Vec<String> {
    let of = |report: &TargetReport| -> BTreeSet<String> {
        report.checks.iter().map(|check| check.check.clone()).collect()
    };
    let reports = |report: &TargetReport, name: &str| {
        report.checks.iter().filter(|one| one.check == name).cloned().collect::<Vec<_>>()
    };
    let names: BTreeSet<String> = of(before).union(&of(after)).cloned().collect();
    names.into_iter().filter(|name| reports(before, name) != reports(after, name)).collect()
}

/// Refuses a silence for a target, group or check that does not exist: it would match nothing for ever.
fn exists(scope: &SilenceScope, fleet: &Fleet) -> Result<(), OrderError> {
    let targets = &fleet.targets;
    if let Some(name) = &scope.target
        && fleet.position(name).is_none()
    {
        let near = suggestion(name, targets.iter().map(|one| one.job.name.as_str()));
        return Err(OrderError::NoSuchTarget(name.clone(), near));
    }
    if let Some(name) = &scope.group {
        let groups = targets.iter().flat_map(|one| &one.groups).map(String::as_str);
        let groups: BTreeSet<&str> = groups.collect();
        if !groups.contains(name.as_str()) {
            return Err(OrderError::NoSuchGroup(name.clone(), suggestion(name, groups)));
        }
    }
    if let Some(name) = &scope.check {
        let names: BTreeSet<&str> = targets.iter().flat_map(|one| one.job.names()).collect();
        if !names.contains(name.as_str()) && name != OWN {
            return Err(OrderError::NoSuchCheckAnywhere(name.clone(), suggestion(name, names)));
        }
    }
    Ok(())
}

/// An id that no other silence has, also of another posemo that sends to the same Alertmanager.
fn id(now: Timestamp, scope: &SilenceScope, by: &str, count: usize) -> String {
    let text = format!("{now} {scope} {by} {count} {}", std::process::id());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).fold(String::new(), |id, byte| id + &format!("{byte:02x}"))
}

/// A silence, as text for logs.
fn describe(silence: &OwnSilence) -> String {
    let OwnSilence { id, scope, until, by, why, .. } = silence;
    let until = second(*until);
    format!("{id} until {until} by {by:?} for {scope}: {why:?}")
}
