//! The call that writes: one transaction, which ends before the answer does.

use super::error::DatabaseError;
use super::session::Session;
use crate::catalog::function::{ArgumentValue, FunctionSignature};
use crate::rows::Rows;

/// A role sees what its own sessions wait for.
const WAITS_FOR_STANDBY: &str = "EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a \
WHERE a.usename = current_user AND a.wait_event = 'SyncRep')";

/// The function returns one row. With a greater limit, the call ends after the message that follows the commit.
const LIMIT: u32 = 2;

impl Session {
    /// Prepares the session: what follows contains no message about the login any more.
    pub async fn settle(&self) -> Result<(), DatabaseError> {
        self.complete_settings().await?;
        // One round trip: a login can be answered with a warning, such as one about the version of a collation.
        self.apply("").await?;
        self.warning();
        Ok(())
    }

    /// Calls the function of a query in its own transaction, and waits for its commit.
    pub async fn write(
        &self,
        schema: &str,
        signature: &FunctionSignature,
        arguments: &[ArgumentValue],
    ) -> Result<Rows, DatabaseError> {
        self.call(schema, signature, arguments, LIMIT).await
    }

    /// Whether a session of this role waits for a synchronous standby.
    pub async fn waits_for_standby(&self) -> Result<bool, DatabaseError> {
        self.holds(WAITS_FOR_STANDBY).await
    }
}
