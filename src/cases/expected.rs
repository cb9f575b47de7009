//! The findings that a case expects, and their comparison with those that were found.
//!
//! Only the keys of an entry are compared. A finding with state Ok needs no entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::notation::{keyed, quoted};
use super::result::Difference;
use crate::finding::{Finding, Severity, State};

/// One entry of `expect`: a finding that must exist.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
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

/// The differences between the entries of a case and the findings.
///
/// Each entry is paired with another finding. A finding with a state other than Ok must be paired.
pub fn compare(expected: &[ExpectedFinding], found: &[Finding]) -> Vec<Difference> {
    // The comparison of states is cheap and usually sufficient.
    let matches = |entry: usize, finding: usize| {
        let (entry, finding): (&ExpectedFinding, &Finding) = (&expected[entry], &found[finding]);
        entry.state == finding.state && entry.objections(finding).is_empty()
    };
    let pairs = pairs(expected.len(), found.len(), matches);
    let is_unpaired = |(number, _): &(usize, &Finding)| !pairs.contains(&Some(*number));
    let mut unpaired: Vec<&Finding> =
        found.iter().enumerate().filter(is_unpaired).map(|(_, finding)| finding).collect();
    let mut differences = Vec::new();
    for (entry, _) in expected.iter().zip(&pairs).filter(|(_, pair)| pair.is_none()) {
        let similar = unpaired.iter().enumerate().filter(|(_, finding)| entry.is_similar(finding));
        let nearest = similar.min_by_key(|(_, finding)| entry.distance(finding));
        let nearest = nearest.map(|(number, _)| number).map(|number| unpaired.remove(number));
        let nearest = nearest.map(|finding| (finding.clone(), entry.objections(finding)));
        let taken = found.iter().any(|finding| entry.objections(finding).is_empty());
        differences.push(Difference::Missing { expected: entry.notation(), nearest, taken });
    }
    let unexpected = unpaired.into_iter().filter(|finding| finding.state != State::Ok);
    differences.extend(unexpected.map(|finding| Difference::Unexpected(finding.clone())));
    differences
}

impl ExpectedFinding {
    /// Whether the state is not Ok.
    pub(super) fn is_problem(&self) -> bool {
        self.state != State::Ok
    }

    /// Whether the entry states that the finding is for information only.
    pub(super) fn informs(&self) -> bool {
        matches!(self.severity, Some(Severity::Info | Severity::Debug))
    }

    /// How a finding differs from the entry, one line for each difference.
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

    /// The entry as in the file, in one line.
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

    /// Whether a finding has the same object or the same state.
    fn is_similar(&self, finding: &Finding) -> bool {
        self.object.is_none() || finding.object == self.object || finding.state == self.state
    }

    /// The distance of a finding: the same object is nearest, then the fewest differences.
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

/// The finding of each entry: as many pairs as possible.
///
/// An entry that matches two findings must not take the only one that another entry matches. An entry whose
/// findings are all taken therefore makes another entry change to another finding.
fn pairs(
    entries: usize,
    findings: usize,
    matches: impl Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    let mut taken_by: Vec<Option<usize>> = vec![None; findings];
    for entry in 0..entries {
        pair(entry, &mut taken_by, &matches);
    }
    let mut pairs = vec![None; entries];
    for (finding, entry) in taken_by.into_iter().enumerate() {
        if let Some(entry) = entry {
            pairs[entry] = Some(finding);
        }
    }
    pairs
}

/// Pairs an entry, if that is possible. It is not recursive, as the chain of changes can be long.
fn pair(entry: usize, taken_by: &mut [Option<usize>], matches: &impl Fn(usize, usize) -> bool) {
    let mut visited = vec![false; taken_by.len()];
    // Each entry that needs a finding, and the finding that it tries.
    let mut chain: Vec<(usize, usize)> = vec![(entry, 0)];
    while let Some((entry, first)) = chain.last().copied() {
        let next =
            (first..taken_by.len()).find(|&number| !visited[number] && matches(entry, number));
        let Some(finding) = next else {
            chain.pop();
            if let Some(last) = chain.last_mut() {
                last.1 += 1;
            }
            continue;
        };
        visited[finding] = true;
        if let Some(last) = chain.last_mut() {
            last.1 = finding;
        }
        if let Some(other) = taken_by[finding] {
            chain.push((other, 0));
            continue;
        }
        for (entry, finding) in chain {
            taken_by[finding] = Some(entry);
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_entries_as_possible_are_paired() {
        for (matching, expected) in [
            (vec![vec![0, 1], vec![0]], vec![Some(1), Some(0)]),
            (vec![vec![0], vec![0]], vec![Some(0), None]),
            (vec![vec![0, 1], vec![0, 2], vec![0]], vec![Some(1), Some(2), Some(0)]),
            (vec![vec![0, 1], vec![1, 2], vec![0], vec![1]], vec![None; 0]),
            (vec![vec![], vec![2]], vec![None, Some(2)]),
        ] {
            let found =
                pairs(matching.len(), 3, |entry, finding| matching[entry].contains(&finding));
            if expected.is_empty() {
                assert_eq!(found.iter().flatten().count(), 3, "{found:?}");
            } else {
                assert_eq!(found, expected);
            }
        }
        assert_eq!(pairs(0, 3, |_, _| true), []);
    }
}
