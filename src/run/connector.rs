//! Opens the sessions of a sweep, or takes sessions that stayed open, and sends the first queries.

use std::cell::OnceCell;

use tokio::time::Instant;

use super::Limits;
use super::calls::{self, Calls};
use super::error::RunError;
use super::job::Job;
use super::opening::{Opening, connect};
use super::sessions::{KeptSession, Sessions};
use crate::catalog::check::Scope;
use crate::database::databases::MonitoredDatabase;
use crate::database::error::DatabaseError;
use crate::database::probe::Probe;
use crate::database::{Purpose, ServerAccess, Session, patience};

/// Connects to the databases of a target.
pub(super) struct Connector<'a> {
    pub(super) job: &'a Job,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) access: ServerAccess,
    /// The server of the home database. The other databases are queried there, not on another host of the list.
    pub(super) server: OnceCell<ServerAccess>,
    pub(super) sessions: &'a Sessions,
}

/// The session in the home database, and the results of the first queries.
pub(super) struct Home {
    pub(super) session: KeptSession,
    pub(super) probe: Probe,
    /// The other databases where per-database checks are installed or should be.
    pub(super) others: Result<Vec<MonitoredDatabase>, RunError>,
}

impl Connector<'_> {
    /// Connects to the home database and sends the first queries, all in one round trip. If a session that stayed open
    /// has ended, it opens a new one.
    pub(super) async fn home(&self, opening: Option<Opening>) -> Result<Home, RunError> {
        let database = self.access.parameters().database();
        if let Some(opening) = opening {
            let session = opening.session().await?;
            return self.first_queries(KeptSession::new(&self.job.name, database, session)).await;
        }
        if let Some(session) = self.sessions.take(&self.job.name, database)
            && let Ok(home) = self.first_queries(session).await
        {
            return Ok(home);
        }
        self.first_queries(self.open(&self.access, database).await?).await
    }

    async fn first_queries(&self, session: KeptSession) -> Result<Home, RunError> {
        let _ = self.server.set(session.same_server());
        if let Some(probe) = self.job.only_function().and_then(|one| session.reported(one)) {
            return Ok(Home { session, probe, others: Ok(Vec::new()) });
        }
        let others = async {
            if !self.job.has_per_database_checks() {
                return Ok(Vec::new());
            }
            let schema = &self.job.schema;
            let databases = async {
                match (self.job.needs_new_databases(), &self.job.databases) {
                    (true, None) => session.monitored_databases(schema).await,
                    (true, Some(_)) => session.all_databases(schema).await,
                    (false, _) => session.installed_databases(schema).await,
                }
            };
            match patience::until(self.deadline, databases).await {
                Ok(answer) => answer.map_err(|error| self.failed(error)),
                Err(_) => Err(RunError::late("the list of databases", self.limits.sweep)),
            }
        };
        let probe = self.probe(&session, &[Scope::Cluster, Scope::Database]);
        let (probe, others) = tokio::join!(probe, others);
        Ok(Home { probe: probe?, others, session })
    }

    async fn open(&self, access: &ServerAccess, database: &str) -> Result<KeptSession, RunError> {
        let purpose = Purpose::Monitor { statement: self.limits.statement };
        let session = connect(access, purpose, self.limits, self.deadline).await?;
        Ok(KeptSession::new(&self.job.name, database, session))
    }

    /// A session in the home database in which transactions may write, on the server of the other session.
    pub(super) async fn writing_session(&self) -> Result<Session, RunError> {
        let server = self.server.get().unwrap_or(&self.access);
        let purpose = Purpose::Write { statement: self.limits.statement };
        connect(server, purpose, self.limits, self.deadline).await
    }

    /// Queries the version and the role of the server, and which functions exist for queries of some scopes.
    async fn probe(&self, session: &Session, scopes: &[Scope]) -> Result<Probe, RunError> {
        let queries = self.job.checks.iter().flat_map(|planned| &planned.check.queries);
        let queries = queries.filter(|query| scopes.contains(&query.scope));
        calls::probe(session, self.job, self.limits, self.deadline, queries).await
    }

    fn failed(&self, error: DatabaseError) -> RunError {
        RunError::Call { error, statement: self.limits.statement }
    }

    pub(super) fn calls<'a>(
        &'a self,
        session: &'a Session,
        probe: &'a Probe,
        database: &'a str,
    ) -> Calls<'a> {
        Calls {
            job: self.job,
            limits: self.limits,
            deadline: self.deadline,
            session,
            probe,
            database,
        }
    }

    /// A session in another database. Its schema is owned by a trusted role.
    pub(super) async fn trusted_session(
        &self,
        name: &str,
        installer: u32,
    ) -> Result<(KeptSession, Probe), RunError> {
        if let Some(session) = self.sessions.take(&self.job.name, name)
            && let Ok(probe) = self.probe_trusted(&session, installer).await
        {
            return Ok((session, probe));
        }
        let server = self.server.get().unwrap_or(&self.access);
        let session = self.open(&server.with_database(name), name).await?;
        let probe = self.probe_trusted(&session, installer).await?;
        Ok((session, probe))
    }

    /// The probe of another database; an error where its schema is owned by an untrusted role.
    async fn probe_trusted(&self, session: &Session, installer: u32) -> Result<Probe, RunError> {
        let trusts = patience::until(self.deadline, session.trusts(&self.job.schema, installer));
        // Both queries are sent together.
        let (probe, trusts) = tokio::join!(self.probe(session, &[Scope::Database]), trusts);
        let probe = probe?;
        match trusts {
            Ok(Ok(true)) => Ok(probe),
            Ok(Ok(false)) => Err(RunError::UntrustedSchema(self.job.schema.clone())),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => Err(RunError::late("the owner of the schema", self.limits.sweep)),
        }
    }

    /// Keeps a session for the next sweep, unless a statement may still run in it.
    pub(super) fn keep(&self, session: KeptSession) {
        if self.job.keeps_sessions && Instant::now() < self.deadline {
            self.sessions.keep(session);
        }
    }
}
