//! Runs scenarios one after another on a shared temporary server, each in a new database.
//!
//! A scenario that leaves something behind on the server, or that fails, does not affect the next one: a new server is
//! started. A scenario that fails on a shared server runs again on its own server, as earlier ones changed the statistics.
//!
//! With checks that are installed before, the servers are copies of one, and the database of a scenario is a copy of one with
//! their functions.

use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::result::DifferenceLine;
use super::scenario::Scenario;
use super::stage::{self, DATABASE, ScenarioEnd, ScenarioFailure};
use crate::admin::error::AdminError;
use crate::catalog::check::Check;
use crate::database::{self, Purpose, Session};
use crate::tempserver::{self, ServerOptions, ServerTemplate, TemporaryServer};

/// The database of a scenario.
const SCENE: &str = "scene";

/// The database with the functions of all checks. The monitor cannot connect to it.
const INSTALLED: &str = "installed";

/// What a scenario can leave behind outside of its database. Home database and roles of posemo remain.
const STATE: &str = "SELECT pg_catalog.concat_ws('|',
    (SELECT pg_catalog.string_agg(a::pg_catalog.text, ',' ORDER BY a.oid) FROM pg_catalog.pg_authid AS a WHERE a.rolname NOT LIKE 'posemo%'),
    (SELECT pg_catalog.string_agg(m::pg_catalog.text, ',' ORDER BY m::pg_catalog.text) FROM pg_catalog.pg_auth_members AS m
      WHERE pg_catalog.pg_get_userbyid(m.member) NOT LIKE 'posemo%'),
    (SELECT pg_catalog.string_agg(pg_catalog.concat(d.datname, d.datconnlimit, d.datallowconn, d.datacl, d.dattablespace), ',' ORDER BY d.datname)
      FROM pg_catalog.pg_database AS d WHERE d.datname NOT IN ('posemo', 'scene')),
    (SELECT pg_catalog.string_agg(s.setconfig::pg_catalog.text, ',' ORDER BY s.setconfig) FROM pg_catalog.pg_db_role_setting AS s),
    (SELECT pg_catalog.string_agg(r.slot_name, ',' ORDER BY r.slot_name) FROM pg_catalog.pg_replication_slots AS r),
    (SELECT pg_catalog.string_agg(x.gid, ',' ORDER BY x.gid) FROM pg_catalog.pg_prepared_xacts AS x),
    (SELECT pg_catalog.string_agg(u.subname, ',' ORDER BY u.subname) FROM pg_catalog.pg_subscription AS u),
    (SELECT pg_catalog.string_agg(t.spcname, ',' ORDER BY t.spcname) FROM pg_catalog.pg_tablespace AS t),
    (SELECT pg_catalog.string_agg(g.name || g.setting, ',' ORDER BY g.name) FROM pg_catalog.pg_settings AS g
      WHERE g.sourcefile LIKE '%postgresql.auto.conf'))";

/// A server for many scenarios.
#[derive(Debug)]
pub struct SharedStage {
    bindir: PathBuf,
    program: PathBuf,
    installed: Vec<Check>,
    template: Option<ServerTemplate>,
    server: Option<(TemporaryServer, String)>,
    /// The number of servers that were started.
    pub servers: usize,
}

impl SharedStage {
    /// Starts no server yet.
    pub fn new(bindir: &Path, program: &Path) -> SharedStage {
        SharedStage {
            bindir: bindir.to_owned(),
            program: program.to_owned(),
            installed: Vec::new(),
            template: None,
            server: None,
            servers: 0,
        }
    }

    /// The same, with these checks installed once for all servers, instead of each before its scenario.
    pub fn with_installed(bindir: &Path, program: &Path, checks: Vec<Check>) -> SharedStage {
        SharedStage { installed: checks, ..SharedStage::new(bindir, program) }
    }

    /// Runs a scenario. One with settings of the server, or whose first block runs before the installation, has its own
    /// server.
    pub fn run(
        &mut self,
        check: &Check,
        scenario: &Scenario,
    ) -> Result<ScenarioEnd, ScenarioFailure> {
        // The extension of a check is created by its scenario, before the installation.
        let is_installed = !scenario.before
            && check.requires.is_none()
            && self.installed.iter().any(|one| one.name == check.name);
        let is_alone = !scenario.settings.is_empty() || scenario.before;
        let ended = match (is_alone, is_installed) {
            (false, _) => self.try_shared(check, scenario, is_installed).ok(),
            (true, true) => self.try_copy(check, scenario).ok(),
            (true, false) => None,
        };
        if let Some(ended) = ended {
            return Ok(ended);
        }
        self.servers += 1;
        stage::run(check, scenario, &self.bindir, &self.program)
    }

    fn try_shared(
        &mut self,
        check: &Check,
        scenario: &Scenario,
        is_installed: bool,
    ) -> Result<ScenarioEnd, Vec<DifferenceLine>> {
        let (server, state) = if let Some(shared) = self.server.take() {
            shared
        } else {
            let server = self.start(&[])?;
            let state = ask(&server)?;
            (server, state)
        };
        if let Some(reason) = stage::reason_to_skip(check, scenario, server.major()) {
            let major = server.major();
            self.server = Some((server, state));
            return Ok(ScenarioEnd::Skipped { major, reason });
        }
        let template = if is_installed { INSTALLED } else { "template0" };
        apply(&server, &format!("CREATE DATABASE {SCENE} TEMPLATE {template}"))?;
        if is_installed {
            apply(&server, &format!("GRANT CONNECT ON DATABASE {SCENE} TO posemo"))?;
        }
        stage::run_on(&server, SCENE, check, scenario, &self.program, is_installed)?;
        let version = server.version().to_owned();
        // A session that just ended can still use the database.
        let end = "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid)) FROM pg_catalog.pg_stat_activity AS a WHERE a.datname = ";
        let dropped = (0..20).any(|_| {
            let _ = apply(&server, &format!("{end}'{SCENE}'"));
            sleep(Duration::from_millis(20));
            apply(&server, &format!("DROP DATABASE {SCENE}")).is_ok()
        });
        if dropped && ask(&server).is_ok_and(|now| now == state) {
            self.server = Some((server, state));
        }
        Ok(ScenarioEnd::Passed { version })
    }

    /// Runs a scenario on its own server, in which its check is installed.
    fn try_copy(
        &mut self,
        check: &Check,
        scenario: &Scenario,
    ) -> Result<ScenarioEnd, Vec<DifferenceLine>> {
        let major = tempserver::major_of(&self.bindir).map_err(|error| stage::causes(&error))?;
        if let Some(reason) = stage::reason_to_skip(check, scenario, major) {
            return Ok(ScenarioEnd::Skipped { major, reason });
        }
        let server = self.start(&scenario.settings)?;
        apply(&server, &format!("GRANT CONNECT ON DATABASE {DATABASE} TO posemo"))?;
        stage::run_on(&server, DATABASE, check, scenario, &self.program, true)?;
        Ok(ScenarioEnd::Passed { version: server.version().to_owned() })
    }

    /// Starts a server, in which the checks are installed if there are some.
    fn start(
        &mut self,
        settings: &[(String, String)],
    ) -> Result<TemporaryServer, Vec<DifferenceLine>> {
        let options = ServerOptions {
            bindir: Some(self.bindir.clone()),
            settings: settings.to_vec(),
            short_lived: true,
            ..ServerOptions::default()
        };
        self.servers += 1;
        if self.template.is_none() && !self.installed.is_empty() {
            self.template = Some(self.prepare()?);
        }
        let started = match &self.template {
            Some(template) => template.start(&options),
            None => TemporaryServer::start(&options),
        };
        started.map_err(|error| stage::causes(&error))
    }

    /// A server in which the checks are installed, but whose monitor can connect to the home database only.
    fn prepare(&self) -> Result<ServerTemplate, Vec<DifferenceLine>> {
        let options = ServerOptions {
            bindir: Some(self.bindir.clone()),
            short_lived: true,
            ..ServerOptions::default()
        };
        let server = TemporaryServer::start(&options).map_err(|error| stage::causes(&error))?;
        apply(&server, &format!("CREATE DATABASE {INSTALLED} TEMPLATE template0"))?;
        stage::install(&server, &[INSTALLED, DATABASE], &self.installed)?;
        for database in [INSTALLED, DATABASE] {
            apply(&server, &format!("REVOKE CONNECT ON DATABASE {database} FROM posemo"))?;
        }
        apply(&server, &format!("ALTER DATABASE {INSTALLED} ALLOW_CONNECTIONS false"))?;
        server.into_template().map_err(|error| stage::causes(&error))
    }
}

/// Runs a statement as superuser.
fn apply(server: &TemporaryServer, sql: &str) -> Result<(), Vec<DifferenceLine>> {
    let applied: io::Result<Result<(), AdminError>> = database::block_on(async {
        let parameters = stage::parameters(server, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        Ok(session.apply(sql).await?)
    });
    let applied = applied.map_err(|error| stage::causes(&error))?;
    applied.map_err(|error| stage::causes(&error))
}

/// Reads the state of the server outside of databases.
fn ask(server: &TemporaryServer) -> Result<String, Vec<DifferenceLine>> {
    let asked: io::Result<Result<Vec<Option<String>>, AdminError>> = database::block_on(async {
        let parameters = stage::parameters(server, "postgres", DATABASE)?;
        let session = Session::open(&parameters, Purpose::Install).await?;
        Ok(session.ask(STATE).await?)
    });
    let asked = asked.map_err(|error| stage::causes(&error))?;
    let rows = asked.map_err(|error| stage::causes(&error))?;
    Ok(rows.into_iter().flatten().next().unwrap_or_default())
}
