//! The objects of SARIF that posemo writes, with the names of the specification.

use std::collections::BTreeMap;

use serde::Serialize;

use super::location::{Location, LogicalLocation};
use crate::text::visible::visible;

#[derive(Serialize)]
pub(super) struct SarifDocument<'a> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [SarifRun<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifRun<'a> {
    pub(super) tool: Tool,
    pub(super) invocations: [Invocation<'a>; 1],
    pub(super) logical_locations: Vec<LogicalLocation>,
    pub(super) results: Vec<ResultObject<'a>>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'static str,
    pub(super) rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) short_description: Message,
    pub(super) full_description: Message,
    pub(super) help: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    pub(super) execution_successful: bool,
    pub(super) exit_code: u8,
    pub(super) exit_code_description: &'static str,
    pub(super) start_time_utc: &'a str,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) associated_rule: Option<RuleReference>,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
}

#[derive(Serialize)]
pub(super) struct RuleReference {
    pub(super) id: String,
    pub(super) index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultObject<'a> {
    pub(super) rule_id: &'a str,
    pub(super) rule_index: usize,
    pub(super) kind: &'static str,
    pub(super) level: &'static str,
    pub(super) message: Message,
    pub(super) locations: [Location; 1],
    pub(super) partial_fingerprints: Fingerprint,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suppressions: Option<[SuppressionObject<'a>; 1]>,
    pub(super) properties: Properties<'a>,
}

/// Why a result is suppressed (section 3.35 of the specification).
#[derive(Serialize)]
pub(super) struct SuppressionObject<'a> {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) justification: &'a str,
}

#[derive(Serialize)]
pub(super) struct Fingerprint {
    #[serde(rename = "posemoFinding/v1")]
    pub(super) finding: String,
}

/// The finding without escapes, for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Properties<'a> {
    pub(super) target: &'a str,
    pub(super) database: Option<&'a str>,
    pub(super) object: Option<&'a str>,
    pub(super) state: &'static str,
    pub(super) severity: &'static str,
    pub(super) summary: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) read_more_url: Option<&'a str>,
    pub(super) labels: &'a BTreeMap<String, String>,
    /// References to rules of assessments.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) tags: &'a [String],
}

/// A text for people.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    text: String,
}

/// The message that shows a text unchanged.
///
/// Braces are escaped, because they mark placeholders (section 3.11.5 of the specification), and so are brackets, which
/// make links (3.11.6). Both may be part of a name in the text.
pub(super) fn message(text: &str) -> Message {
    let visible = visible(text);
    let mut text = String::with_capacity(visible.len());
    for character in visible.chars() {
        match character {
            '{' => text.push_str("{{"),
            '}' => text.push_str("}}"),
            '[' | ']' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    Message { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_no_link_and_no_placeholder() {
        let text = |text| message(text).text;
        assert_eq!(text("[here](https://example.org) {0}"), r"\[here\](https://example.org) {{0}}");
        assert_eq!(text("96 % of a\nb"), "96 % of a\\nb");
    }
}
