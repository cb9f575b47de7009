//! Addresses of pages, from names that others chose.

use std::fmt::Write;

use crate::history::change::FAILURE;

/// A path with parameters.
pub(super) fn address<N: AsRef<str>, V: AsRef<str>>(
    path: &str,
    parameters: impl IntoIterator<Item = (N, V)>,
) -> String {
    let mut address = path.to_owned();
    for (name, value) in parameters {
        address.push(if address.contains('?') { '&' } else { '?' });
        let _ = write!(address, "{}={}", name.as_ref(), encoded(value.as_ref()));
    }
    address
}

/// The page of a check on a target.
pub(super) fn check_address(target: &str, check: &str, database: Option<&str>) -> String {
    let path = format!("/targets/{}/checks/{}", encoded(target), encoded(check));
    address(&path, database.iter().map(|name| ("database", *name)))
}

/// The page of a finding of a change or a past problem; the failure of a check and an outage have none.
pub(super) fn finding_address(check: &str, finding: &str) -> Option<String> {
    let has_page = !check.is_empty() && finding != FAILURE;
    has_page.then(|| format!("/findings/{}", encoded(finding)))
}

/// A text as a part of a path or a parameter: only letters, digits and `-._~` remain.
pub(super) fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    // A path with these parts would lead elsewhere.
    match encoded.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => encoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_elsewhere() {
        for (name, expected) in [
            ("..", "%2E%2E"),
            ("a/../b", "a%2F..%2Fb"),
            ("a?b#c", "a%3Fb%23c"),
            ("db-1.example", "db-1.example"),
        ] {
            assert_eq!(encoded(name), expected);
        }
        assert_eq!(address("/x?y=z", [("a", "b c")]), "/x?y=z&a=b%20c");
    }
}
