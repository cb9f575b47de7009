//! The names that checks, topics, columns and arguments can have.

/// A name that a check must not have: monitoring systems have a service with this name beside those of the checks.
pub const RESERVED: &str = crate::finding::report::OWN;

/// The topics of checks.
pub const TOPICS: [&str; 13] = [
    "availability",
    "connections",
    "activity",
    "locks",
    "replication",
    "wal",
    "backup",
    "vacuum",
    "storage",
    "performance",
    "configuration",
    "security",
    "schema",
];

/// The longest name of a check, a metric or an argument. PostgreSQL's limit of 63 bytes leaves room for the suffix of
/// a function name.
pub const LONGEST_NAME: usize = 49;

/// Whether a text can be the name of a check, a metric or an argument.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What is wrong with the name of a check.
pub fn problem_of(check: &str) -> Option<&'static str> {
    if !is_name(check) {
        Some(
            "the name of a check has lower-case letters, digits and underscores, at most 49, and begins with a letter",
        )
    } else if check.starts_with("check_") {
        Some("the name of a check does not begin with check_; name what is watched")
    } else if check == RESERVED {
        Some(
            "posemo is the service that reports whether the server can be queried; rename the check",
        )
    } else if check.contains("__") {
        Some(
            "two underscores in a row are reserved for the functions of checks with several queries",
        )
    } else {
        None
    }
}
