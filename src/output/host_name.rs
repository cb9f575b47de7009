//! Checks the names of targets that become names of hosts in Nagios or Icinga.

use crate::text::visible::is_plain;

/// The characters that Nagios does not allow in a host name, unless its configuration changes them, and the separator
/// of its external commands.
pub const FORBIDDEN_BY_NAGIOS: &str = "`~!$%^&*|'\"<>?,()=;\\";

/// The separator between a host and a service in Icinga.
pub const FORBIDDEN_BY_ICINGA: &str = "!";

/// Why a name cannot be the name of a host, as the end of a sentence about the host; `None` if it can.
pub fn refusal(host: &str, forbidden: &str) -> Option<String> {
    let bad = host.chars().find(|character| {
        forbidden.contains(*character) || character.is_control() || !is_plain(*character)
    });
    match bad {
        _ if host.trim().is_empty() => Some("has no name".to_owned()),
        _ if host.trim() != host => Some("begins or ends with a blank".to_owned()),
        Some(character) => Some(format!("has {character:?} in its name")),
        None => None,
    }
}
