//! Converts the value that `check_context` returned into findings.
//!
//! It repairs nothing: one wrong result discards all of them, as in Percona's engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use starlark::values::dict::DictRef;
use starlark::values::list::ListRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{UnpackValue, Value};

use crate::evaluate::error::ScriptError;
use crate::evaluate::url::is_link;
use crate::finding::{Finding, Severity};
use crate::text::visible::truncated;

/// The maximum number of findings of one check.
pub const MOST_FINDINGS: usize = 10_000;

/// The maximum size of their texts together, in bytes.
pub const MOST_TEXT: usize = 1024 * 1024;

/// The maximum number of labels of one finding. Labels distinguish findings of one object; a few are enough.
const MOST_LABELS: usize = 1000;

/// The maximum nesting of values in the answer; a list of dicts with labels needs three levels.
const DEPTH: usize = 16;

/// The maximum number of values in the answer, keys included.
const MOST_VALUES: usize = 1_000_000;

/// The findings in the value that a script returned.
pub(super) fn findings(check: &str, answer: Value<'_>) -> Result<Vec<Finding>, ScriptError> {
    if answer.unpack_str().is_some_and(|text| text.trim().is_empty()) {
        let reason = "an empty text; a text means that the script gives up, and must be the reason"
            .to_owned();
        return Err(ScriptError::Answer { check: check.to_owned(), reason });
    }
    if let Some(text) = answer.unpack_str() {
        return Err(ScriptError::GaveUp { check: check.to_owned(), reason: truncated(text, 2000) });
    }
    read(answer).map_err(|reason| ScriptError::Answer { check: check.to_owned(), reason })
}

fn read(answer: Value<'_>) -> Result<Vec<Finding>, String> {
    let list = sequence(answer)
        .ok_or_else(|| format!("{}; it must return a list of dicts", kind(answer)))?;
    if list.len() > MOST_FINDINGS {
        return Err(format!(
            "{} findings; {MOST_FINDINGS} are allowed: combine them into one",
            list.len()
        ));
    }
    let mut values = MOST_VALUES;
    let mut text = MOST_TEXT;
    let mut findings = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let named =
            |reason| format!("a result that cannot be used (number {}): {reason}", index + 1);
        convertible(*item, DEPTH, &mut values).map_err(named)?;
        let finding = finding(*item).map_err(named)?;
        text = text.checked_sub(length(&finding)).ok_or_else(|| {
            format!("more than {MOST_TEXT} bytes of text: shorten the descriptions")
        })?;
        findings.push(finding);
    }
    Ok(findings)
}

fn finding(item: Value<'_>) -> Result<Finding, String> {
    let dict = DictRef::from_value(item)
        .ok_or_else(|| format!("it is {}; it must be a dict", kind(item)))?;
    let text = |key| dict.get_str(key).map(|value| string(key, value)).transpose();
    let required = |key| text(key)?.ok_or_else(|| format!("the key \"{key}\" is missing"));
    let summary = required("summary")?;
    if summary.is_empty() {
        return Err("\"summary\" is empty".to_owned());
    }
    let severity = required("severity")?;
    let severity = Severity::parse(severity).ok_or_else(|| {
        let known = Severity::ALL.map(Severity::name).join(", ");
        format!("\"severity\" is {:?}; it must be one of {known}", truncated(severity, 50))
    })?;
    let url = text("read_more_url")?.filter(|url| !url.is_empty());
    if let Some(url) = url.filter(|url| !is_link(url)) {
        let url = truncated(url, 100);
        return Err(format!(
            "\"read_more_url\" is {url:?}; it must be an absolute path, or an absolute URL with http or https"
        ));
    }
    let labels = dict.get_str("labels").map(labels).transpose()?.unwrap_or_default();
    Ok(Finding {
        state: severity.state(),
        severity,
        object: labels.get("object").cloned(),
        summary: summary.to_owned(),
        description: text("description")?.filter(|text| !text.is_empty()).map(str::to_owned),
        read_more_url: url.map(str::to_owned),
        labels,
        references: Arc::default(),
        since: None,
        suppressed: None,
    })
}

fn labels(value: Value<'_>) -> Result<BTreeMap<String, String>, String> {
    let dict = DictRef::from_value(value)
        .ok_or_else(|| format!("\"labels\" is {}; it must be a dict of strings", kind(value)))?;
    let count = dict.iter().count();
    if count > MOST_LABELS {
        return Err(format!("{count} labels in one finding; {MOST_LABELS} are allowed"));
    }
    let pair = |(key, value): (Value<'_>, Value<'_>)| {
        let key = string("labels: key", key)?.to_owned();
        let value = string(&format!("labels.{}", truncated(&key, 50)), value)?.to_owned();
        Ok((key, value))
    };
    dict.iter().map(pair).collect()
}

fn string<'v>(key: &str, value: Value<'v>) -> Result<&'v str, String> {
    value.unpack_str().ok_or_else(|| format!("\"{key}\" is {}; it must be a string", kind(value)))
}

/// Checks that Percona's engine can convert a value. It converts the whole answer, also keys that it does not read, and
/// fails if it cannot.
fn convertible(value: Value<'_>, depth: usize, left: &mut usize) -> Result<(), String> {
    *left = left.checked_sub(1).ok_or_else(|| format!("more than {MOST_VALUES} values"))?;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("values nest more than {DEPTH} deep"));
    };
    if let Some(items) = sequence(value) {
        return items.iter().try_for_each(|item| convertible(*item, depth, left));
    }
    if let Some(dict) = DictRef::from_value(value) {
        return dict.iter().try_for_each(|(key, value)| {
            if key.unpack_str().is_none() {
                return Err(format!("a key is {}; keys must be strings", kind(key)));
            }
            convertible(value, depth, left)
        });
    }
    match value.get_type() {
        "NoneType" | "bool" | "float" | "string" => Ok(()),
        "int" if fits(value) => Ok(()),
        "int" => Err("an integer does not fit 64 bits".to_owned()),
        _ => Err(format!("a value is {}, which cannot be part of a finding", kind(value))),
    }
}

fn fits(number: Value<'_>) -> bool {
    matches!(i64::unpack_value(number), Ok(Some(_)))
        || matches!(u64::unpack_value(number), Ok(Some(_)))
}

pub(super) fn sequence(value: Value<'_>) -> Option<&[Value<'_>]> {
    let list = ListRef::from_value(value).map(ListRef::content);
    list.or_else(|| TupleRef::from_value(value).map(TupleRef::content))
}

pub(super) fn kind(value: Value<'_>) -> String {
    match value.get_type() {
        "NoneType" => "None".to_owned(),
        other if other.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {other}"),
        other => format!("a {other}"),
    }
}

fn length(finding: &Finding) -> usize {
    let optional = [&finding.description, &finding.read_more_url];
    let labels = finding.labels.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    finding.summary.len() + optional.into_iter().flatten().map(String::len).sum::<usize>() + labels
}
