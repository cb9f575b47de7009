//! What a case expects, and how it is held against what was found.
//!
//! Only what an expectation names is compared; a finding of state Ok needs none.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::difference::Difference;
use super::matching::pairs;
use super::notation::{keyed, quoted};
use crate::finding::{Finding, Severity, State};

/// One finding that must be there.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    #[serde(deserialize_with = "state")]
    state: State,
    #[serde(default, deserialize_with = "severity")]
    severity: Option<Severity>,
    object: Option<String>,
    summary: Option<String>,
    summary_contains: Option<String>,
    description_contains: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// The differences between what is expected and what was found; none where the case holds.
///
/// Each expectation has a finding of its own, and nothing that is not Ok is left over.
pub fn compare(expected: &[Expected], found: &[Finding]) -> Vec<Difference> {
    // States are compared first, as that is cheap and most often enough.
    let fits = |number: usize, at: usize| {
        let (expected, finding): (&Expected, &Finding) = (&expected[number], &found[at]);
        expected.state == finding.state && expected.objections(finding).is_empty()
    };
    let pairs = pairs(expected.len(), found.len(), fits);
    let mut left: Vec<&Finding> = found
        .iter()
        .enumerate()
        .filter(|(at, _)| !pairs.contains(&Some(*at)))
        .map(|(_, finding)| finding)
        .collect();
    let mut differences = Vec::new();
    for (expected, _) in expected.iter().zip(&pairs).filter(|(_, pair)| pair.is_none()) {
        let distance = |finding: &&Finding| expected.distance(finding);
        let near = left.iter().enumerate().filter(|(_, finding)| expected.is_near(finding));
        let nearest = near.min_by_key(|(_, finding)| distance(finding));
        let nearest = nearest.map(|(at, _)| at).map(|at| left.remove(at));
        let nearest = nearest.map(|finding| (finding.clone(), expected.objections(finding)));
        let taken = found.iter().any(|finding| expected.objections(finding).is_empty());
        differences.push(Difference::Missing { expected: expected.notation(), nearest, taken });
    }
    let unexpected = left.into_iter().filter(|finding| finding.state != State::Ok);
    differences.extend(unexpected.map(|finding| Difference::Unexpected(finding.clone())));
    differences
}

impl Expected {
    /// Whether it is about something that is not well.
    pub(super) fn is_loud(&self) -> bool {
        self.state != State::Ok
    }

    /// What a finding has that is not as expected, each in a line.
    fn objections(&self, finding: &Finding) -> Vec<String> {
        let mut lines = Vec::new();
        if finding.state != self.state {
            lines.push(format!("state is {}, not {}", finding.state.name(), self.state.name()));
        }
        if let Some(wanted) = self.severity.filter(|wanted| *wanted != finding.severity) {
            lines.push(format!("severity is {}, not {}", finding.severity.name(), wanted.name()));
        }
        let object = finding.object.as_deref();
        if let Some(wanted) = self.object.as_deref().filter(|wanted| object != Some(wanted)) {
            let is = object.map_or_else(|| "missing".to_owned(), quoted);
            lines.push(format!("object is {is}, not {}", quoted(wanted)));
        }
        if let Some(wanted) = self.summary.as_deref().filter(|wanted| finding.summary != **wanted) {
            let (is, not) = (quoted(&finding.summary), quoted(wanted));
            lines.push(format!("summary is {is}, not {not}"));
        }
        let description = finding.description.as_deref().unwrap_or_default();
        for (name, text, wanted) in [
            ("summary", finding.summary.as_str(), &self.summary_contains),
            ("description", description, &self.description_contains),
        ] {
            if let Some(wanted) = wanted.as_deref().filter(|wanted| !text.contains(*wanted)) {
                lines.push(format!("{name} {} does not contain {}", quoted(text), quoted(wanted)));
            }
        }
        for (key, wanted) in &self.labels {
            let is = finding.labels.get(key);
            if is != Some(wanted) {
                let is = is.map_or_else(|| "missing".to_owned(), |is| quoted(is));
                lines.push(format!("label {} is {is}, not {}", quoted(key), quoted(wanted)));
            }
        }
        lines
    }

    /// As in the file, in one line.
    fn notation(&self) -> String {
        let text = |key: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{key} = {}", quoted(value)))
        };
        let labels = (!self.labels.is_empty()).then(|| keyed("labels", &self.labels));
        let parts = [
            Some(format!("state = {}", quoted(self.state.name()))),
            self.severity.map(|severity| format!("severity = {}", quoted(severity.name()))),
            text("object", &self.object),
            text("summary", &self.summary),
            text("summary_contains", &self.summary_contains),
            text("description_contains", &self.description_contains),
            labels,
        ];
        format!("{{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }

    /// Whether a finding may be meant: one of another state about another object is not.
    fn is_near(&self, finding: &Finding) -> bool {
        self.object.is_none() || finding.object == self.object || finding.state == self.state
    }

    /// How far a finding is from what is expected: the same object is nearest, then the fewest objections.
    fn distance(&self, finding: &Finding) -> (bool, usize) {
        let other = self.object.is_some() && finding.object != self.object;
        (other, self.objections(finding).len())
    }
}

fn state<'de, D: Deserializer<'de>>(input: D) -> Result<State, D::Error> {
    let text = String::deserialize(input)?;
    let found = State::ALL.into_iter().find(|state| state.name() == text);
    let unknown =
        || serde::de::Error::unknown_variant(&text, &["ok", "warning", "critical", "unknown"]);
    found.ok_or_else(unknown)
}

fn severity<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Severity>, D::Error> {
    const NAMES: &[&str] =
        &["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
    let text = String::deserialize(input)?;
    let found = Severity::ALL.into_iter().find(|severity| severity.name() == text);
    found.map(Some).ok_or_else(|| serde::de::Error::unknown_variant(&text, NAMES))
}
