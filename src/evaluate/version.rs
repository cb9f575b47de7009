//! The two version functions of Percona's engine, with its results for unusual input too.
//!
//! They do not read PostgreSQL's versions, which have two numbers.

/// A text that does not begin with three numbers.
#[derive(Debug, thiserror::Error)]
#[error("parse_version: {0:?} does not begin with three numbers joined by dots, such as 8.0.20")]
pub(super) struct NoVersion(String);

/// The parts of a version such as `8.0.20-11`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Version<'t> {
    pub(super) major: i64,
    pub(super) minor: i64,
    pub(super) patch: i64,
    /// The text after the third number.
    pub(super) rest: &'t str,
    /// The number after a dash at the start of the rest; else 0.
    pub(super) rest_number: i64,
}

impl Version<'_> {
    /// Reads a version.
    pub(super) fn parse(text: &str) -> Result<Version<'_>, NoVersion> {
        Self::parts(text).ok_or_else(|| NoVersion(text.chars().take(100).collect()))
    }

    /// The version as one number, with two decimal digits for each part.
    pub(super) fn number(&self) -> i64 {
        self.major
            .saturating_mul(10_000)
            .saturating_add(self.minor.saturating_mul(100))
            .saturating_add(self.patch)
    }

    fn parts(text: &str) -> Option<Version<'_>> {
        let (major, rest) = leading(text)?;
        let (minor, rest) = leading(rest.strip_prefix('.')?)?;
        let (patch, rest) = leading(rest.strip_prefix('.')?)?;
        let after_dash = rest.strip_prefix('-').and_then(leading);
        let rest_number = after_dash.map_or(0, |(number, _)| number);
        Some(Version { major, minor, patch, rest, rest_number })
    }
}

/// Writes a number as a version: `80020` is `8.0.20`. Above ten millions the last three digits are the build: `8.0.20-11`.
pub(super) fn format(number: i64) -> String {
    let (version, build) = match number {
        10_000_001.. => (number / 1000, format!("-{}", number % 1000)),
        _ => (number, String::new()),
    };
    format!("{}.{}.{}{build}", version / 10_000, version / 100 % 100, version % 100)
}

/// The number at the beginning of a text, and the rest.
fn leading(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}
