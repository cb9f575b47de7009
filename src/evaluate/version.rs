//! Percona's two version functions, odd corners included.
//!
//! It does not understand PostgreSQL's two-part versions; scripts for those do their own arithmetic.

/// The text does not begin with three numbers.
#[derive(Debug, thiserror::Error)]
#[error("parse_version: {0:?} does not begin with three numbers joined by dots, such as 8.0.20")]
pub(super) struct NoVersion(String);

/// `8.0.20-11` in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Version<'t> {
    pub(super) major: i64,
    pub(super) minor: i64,
    pub(super) patch: i64,
    /// Whatever follows the third number.
    pub(super) rest: &'t str,
    /// The number directly after a dash that begins the rest; else 0.
    pub(super) rest_number: i64,
}

impl Version<'_> {
    /// Reads a version.
    pub(super) fn parse(text: &str) -> Result<Version<'_>, NoVersion> {
        Self::parts(text).ok_or_else(|| NoVersion(text.chars().take(100).collect()))
    }

    /// Two decimal digits a part.
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

/// `80020` is `8.0.20`, and above ten millions the last three digits are the build: `8.0.20-11`.
pub(super) fn format(number: i64) -> String {
    let (version, build) = match number {
        10_000_001.. => (number / 1000, format!("-{}", number % 1000)),
        _ => (number, String::new()),
    };
    format!("{}.{}.{}{build}", version / 10_000, version / 100 % 100, version % 100)
}

/// The digits at the beginning as a number, and what follows.
fn leading(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}
