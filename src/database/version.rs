//! The version of a server.

use super::error::DatabaseError;
use super::session::Session;
use crate::catalog::server_version::ServerVersion;

/// Returns the version as text, as [`parse`] reads it.
pub(super) const VERSION_NUM: &str = "pg_catalog.current_setting('server_version_num')";

impl Session {
    /// The version of the server.
    pub async fn version(&self) -> Result<ServerVersion, DatabaseError> {
        let answer = self.ask(&format!("SELECT {VERSION_NUM}")).await?;
        parse(answer.into_iter().flatten().next().as_deref())
    }

    /// The version of the server, which must not be older than posemo supports.
    pub async fn supported_version(&self) -> Result<ServerVersion, DatabaseError> {
        Ok(self.version().await?.supported()?)
    }
}

/// Reads `server_version_num`.
pub(super) fn parse(text: Option<&str>) -> Result<ServerVersion, DatabaseError> {
    let number = text.and_then(|text| text.parse().ok()).filter(|number| *number >= 10_000);
    number.map(ServerVersion::from_num).ok_or_else(|| DatabaseError::Answer {
        reason: format!("server_version_num is \"{}\"", text.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_garbled_version_is_an_error() {
        assert_eq!(parse(Some("150018")).unwrap(), ServerVersion::from_num(150_018));
        for garbled in [None, Some(""), Some("0"), Some("-150018"), Some("15.18"), Some("1e5")] {
            let error = parse(garbled).unwrap_err().to_string();
            assert!(error.starts_with("the server's answer cannot be read: "), "{error}");
        }
    }
}
