//! Which node watches the target, and what follows when that changes.

use super::{Watched, WatchedState};
use crate::board::{TargetBoard, TargetHolder};
use crate::history::saved::RestoredTarget;

impl Watched {
    /// Which node watches the target.
    pub(in crate::serve) fn holder(&self) -> &TargetHolder {
        &self.state.board.holder
    }

    /// Whether this process watches it.
    pub(in crate::serve) fn is_held(&self) -> bool {
        *self.holder() == TargetHolder::Own
    }

    /// A number that rises when another node may have watched the target. The result of an earlier sweep does not count then.
    pub(in crate::serve) fn tenure(&self) -> u64 {
        self.state.tenure
    }

    /// Another node watches the target, or none.
    pub(in crate::serve) fn hand_over(&mut self, holder: TargetHolder) {
        if self.is_held() {
            self.state.tenure += 1;
        }
        self.state.board.holder = holder;
    }

    /// Takes over what another node knew, in place of what this one knows.
    pub(in crate::serve) fn adopt(&mut self, saved: Option<RestoredTarget>, holder: TargetHolder) {
        let tenure = self.state.tenure + 1;
        let board = TargetBoard { holder, ..TargetBoard::default() };
        self.state = WatchedState { board, tenure, ..WatchedState::default() };
        if let Some(saved) = saved {
            self.restore(saved);
        }
        if !self.is_held() {
            let checks = self.state.board.report.checks.iter();
            self.state.board.swept = checks.filter_map(|check| check.at).max();
        }
    }
}
