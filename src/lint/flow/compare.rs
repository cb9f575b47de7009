//! What may meet a secret: constants in expressions and comparisons, and the columns of the same row in a comparison of
//! whole values.
//!
//! The number of comparisons in the query is limited. Each reveals at most whether one form is true for one secret, as
//! nothing else can choose a second form: no other row, no argument, no time. So all calls together reveal no more than
//! that number of bits of a secret.

use super::FlowReader;
use super::value::{Flow, Source};
use crate::lint::node::TreeNode;

/// The number of comparisons of secrets in one query.
const MOST_COMPARISONS: usize = 16;

/// The forms that are allowed, as a remedy.
const ALLOWED: &str = "compare the secret, or left(), substr(), length() or the like of it, with constants; or compare the whole secret with = or <> with columns of the same row";

impl FlowReader<'_> {
    /// A value computed from several: besides one secret, all must be constants.
    pub(super) fn computed(&mut self, given: &[Flow], by: &str) -> Flow {
        let flow = Flow::all(given).computed();
        let secrets = given.iter().filter(|flow| flow.secret.is_some()).count();
        let others = given.iter().filter(|flow| flow.secret.is_none());
        let constant = others.into_iter().all(|flow| flow.source == Source::Constant);
        if secrets > 1 || secrets == 1 && !constant {
            self.refuse_meeting(&flow, by);
        }
        flow
    }

    /// A comparison, whose result is a boolean or null and may be returned. `equality` is true for `=` and `<>`.
    pub(super) fn comparison(
        &mut self,
        node: &TreeNode<'_>,
        given: &[Flow],
        by: &str,
        equality: bool,
    ) {
        let (secrets, others): (Vec<&Flow>, Vec<&Flow>) =
            given.iter().partition(|flow| flow.secret.is_some());
        let Some(secret) = secrets.first() else { return };
        self.comparisons.insert(std::ptr::from_ref(node).addr());
        let allowed = |other: &&Flow| {
            other.source == Source::Constant
                || equality && secret.whole && other.source == secret.source
        };
        let only = secrets.len() == 1 && matches!(secret.source, Source::Row(_));
        if !only || !others.iter().all(allowed) {
            self.refuse_meeting(&Flow::all(given), by);
        }
    }

    /// Refuses a secret that meets something which can choose between many values.
    pub(super) fn refuse_meeting(&mut self, flow: &Flow, by: &str) {
        self.refuse_argument(flow, by);
        if let (Some(secret), None) = (&flow.secret, &flow.argument) {
            self.refusals.add(
                "secret_spelled",
                by,
                format!("uses {secret} together with values of several rows or calls; the matches could reveal it piece by piece"),
                ALLOWED,
            );
        }
    }

    /// Refuses a secret together with an argument: the caller could determine it by many calls.
    pub(super) fn refuse_argument(&mut self, flow: &Flow, by: &str) {
        if let (Some(secret), Some(argument)) = (&flow.secret, &flow.argument) {
            self.refusals.add(
                "secret_guessed",
                by,
                format!(
                    "uses {secret} together with the argument {argument}; a role that can call the function could guess it piece by piece"
                ),
                ALLOWED,
            );
        }
    }

    /// Refuses a secret by which rows are ordered, grouped or made distinct.
    pub(super) fn refuse_order(&mut self, flow: &Flow) {
        if let Some(secret) = &flow.secret {
            self.refusals.add(
                "secret_ordered",
                "ORDER BY, GROUP BY, DISTINCT or PARTITION BY",
                format!("uses {secret}; the order or the number of the rows could reveal it"),
                "use other columns; count secrets with count(*) FILTER (WHERE ...)",
            );
        }
    }

    /// Refuses more comparisons than a check needs.
    pub(super) fn refuse_many_comparisons(&mut self) {
        let number = self.comparisons.len();
        if number > MOST_COMPARISONS {
            self.refusals.add(
                "secret_spelled",
                "query",
                format!("compares secrets in {number} places; together they could reveal one piece by piece"),
                format!("use at most {MOST_COMPARISONS} comparisons of secrets"),
            );
        }
    }
}
