//! Opens the sessions of a sweep, or takes kept ones, and asks the first questions in them.

use std::cell::OnceCell;

use tokio::time::{Instant, timeout_at};

use super::calls::Calls;
use super::job::Job;
use super::sessions::{KeptSession, Sessions};
use super::{Limits, messages};
use crate::catalog::check::Scope;
use crate::database::probe::Probe;
use crate::database::{Purpose, ServerAccess, Session};

/// Connects to the databases of one target until the deadline.
pub(super) struct Connector<'a> {
    pub(super) job: &'a Job,
    pub(super) limits: Limits,
    pub(super) deadline: Instant,
    pub(super) access: ServerAccess,
    /// The server of the home database: the other databases are queried there, and not on another host of the list.
    pub(super) server: OnceCell<ServerAccess>,
    pub(super) sessions: &'a Sessions,
}

/// The home database, and what the first questions found there.
pub(super) struct Home {
    pub(super) session: KeptSession,
    pub(super) probe: Probe,
    /// Every other database where the monitor may connect and use posemo's schema, with the owner of the schema
    /// at home, or why they are not known.
    pub(super) others: Result<Vec<(String, Option<u32>)>, String>,
}

impl Connector<'_> {
    /// Connects to the home database and asks the first questions, all of them in one round trip. A kept session
    /// may have ended with its server since; then a new one is opened.
    pub(super) async fn home(&self) -> Result<Home, String> {
        let database = self.access.parameters().database();
        if let Some(session) = self.sessions.take(&self.job.name, database)
            && let Ok(home) = self.look_around(session).await
        {
            return Ok(home);
        }
        self.look_around(self.open(&self.access, database).await?).await
    }

    async fn look_around(&self, session: KeptSession) -> Result<Home, String> {
        let asks_others =
            self.job.checks.iter().any(|planned| planned.check.is_asked(Scope::Database));
        let others = async {
            if !asks_others {
                return Ok(Vec::new());
            }
            match timeout_at(self.deadline, session.databases(&self.job.schema)).await {
                Ok(answer) => {
                    answer.map_err(|error| messages::failed_call(&error, self.limits.statement))
                }
                Err(_) => Err(messages::late("listing the databases", self.limits.sweep)),
            }
        };
        let _ = self.server.set(session.same_server());
        let probe = self.probe(&session, &[Scope::Cluster, Scope::Database]);
        let (probe, others) = tokio::join!(probe, others);
        Ok(Home { probe: probe?, others, session })
    }

    async fn open(&self, access: &ServerAccess, database: &str) -> Result<KeptSession, String> {
        let purpose = Purpose::Monitor { statement: self.limits.statement };
        // connect_timeout limits each address; without it they share the time for connecting.
        let deadline = match access.parameters().connect_timeout() {
            Some(_) => self.deadline,
            None => self.deadline.min(Instant::now() + self.limits.connect),
        };
        let began = Instant::now();
        let opened = timeout_at(deadline, Session::open_until(access, purpose, Some(deadline)));
        let Ok(opened) = opened.await else {
            let hosts = access.parameters().hosts().iter();
            let hosts = hosts.map(|host| format!("{}:{}", host.label, host.port));
            let hosts = hosts.collect::<Vec<_>>().join(", ");
            return Err(messages::late(&format!("connecting to {hosts}"), deadline - began));
        };
        let session = opened.map_err(|error| error.to_string())?;
        Ok(KeptSession::new(&self.job.name, database, session))
    }

    /// What the server is, and which functions it has for queries of some scopes.
    async fn probe(&self, session: &Session, scopes: &[Scope]) -> Result<Probe, String> {
        let queries = self.job.checks.iter().flat_map(|planned| &planned.check.queries);
        let queries = queries.filter(|query| scopes.contains(&query.scope));
        let functions: Vec<&str> = queries.map(|query| query.signature.function.as_str()).collect();
        let probed = timeout_at(self.deadline, session.probe(&self.job.schema, &functions)).await;
        probed
            .map_err(|_| messages::late("the first query", self.limits.sweep))?
            .map_err(|error| messages::failed_call(&error, self.limits.statement))
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

    /// A session in another database whose schema is owned by a trusted role.
    pub(super) async fn trusted_session(
        &self,
        name: &str,
        installer: u32,
    ) -> Result<(KeptSession, Probe), String> {
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
    async fn probe_trusted(&self, session: &Session, installer: u32) -> Result<Probe, String> {
        let trusts = timeout_at(self.deadline, session.trusts(&self.job.schema, installer));
        // Both questions are sent together.
        let (probe, trusts) = tokio::join!(self.probe(session, &[Scope::Database]), trusts);
        let probe = probe?;
        match trusts {
            Ok(Ok(true)) => Ok(probe),
            Ok(Ok(false)) => Err(messages::untrusted_schema(&self.job.schema)),
            Ok(Err(error)) => Err(messages::failed_call(&error, self.limits.statement)),
            Err(_) => Err(messages::late("reading the owner of the schema", self.limits.sweep)),
        }
    }

    /// Keeps a session for the next sweep, unless something in it may still be running.
    pub(super) fn keep(&self, session: KeptSession) {
        if Instant::now() < self.deadline {
            self.sessions.put(session);
        }
    }
}
