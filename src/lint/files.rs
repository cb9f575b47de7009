//! Functions that read any file of the data directory: only queries that posemo includes can call them.
//!
//! Their owner set exists for these queries, which compute the path themselves and return numbers. The form of another
//! query does not show whether it reads a log file or a key.

use super::functions::is_granted;
use super::mentions::MentionedObjects;
use super::refusal::RefusalList;
use super::statements::LintStatements;

/// Refuses them in any other query.
pub(super) fn refuse(
    objects: &MentionedObjects,
    statements: &LintStatements,
    refusals: &mut RefusalList,
) {
    let reader = objects.functions.values().map(|function| &function.object).find(|function| {
        function.name.starts_with("pg_read_") && is_granted(&function.name, &statements.owner)
    });
    if let Some(reader) = reader.filter(|_| !statements.included) {
        refusals.add(
            "function",
            format!("function {}()", reader.full_name()),
            "reads any file in the data directory, such as private keys, so only the checks that posemo includes can call it",
            "use the check server_log or failed_logins, or list files with pg_ls_logdir()",
        );
    }
}
