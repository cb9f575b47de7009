//! The servers of the comparison: a primary with two databases and a standby that lost it.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::Outcome;
use super::tools::Tools;

/// Where a tool connects to.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// The servers.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) primary: TemporaryServer,
    pub(crate) standby: TemporaryServer,
}

/// The logins from the fewest rights to the most; posemo creates its own.
const ROLES: &str = "CREATE ROLE clerk LOGIN; CREATE ROLE plain LOGIN;
CREATE ROLE watch LOGIN IN ROLE pg_monitor;
CREATE ROLE reader LOGIN IN ROLE pg_monitor, pg_read_all_data;
CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'secret'";

impl Fleet {
    pub(crate) fn start(tools: &Tools) -> Outcome<Fleet> {
        let settings = [
            ("wal_level", "logical"),
            ("max_connections", "100"),
            ("max_prepared_transactions", "5"),
            ("autovacuum", "off"),
            // Smaller than the largest table, so that blocks are read.
            ("shared_buffers", "16MB"),
            ("archive_mode", "on"),
            // Hangs while a file exists.
            ("archive_command", "while test -e hang; do sleep 0.2; done"),
            ("log_connections", "on"),
            ("track_activity_query_size", "1024"),
            ("client_connection_check_interval", "1s"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options = ServerOptions { settings, short_lived: true, ..ServerOptions::default() };
        let primary = TemporaryServer::start(&options)?;
        ask(&primary, "postgres", "postgres", "CREATE DATABASE shop")?;
        ask(&primary, "postgres", "postgres", "CREATE DATABASE app")?;
        for role in ROLES.split(';') {
            ask(&primary, "postgres", "postgres", role)?;
        }
        let slot = "SELECT pg_create_physical_replication_slot('lost_standby')";
        ask(&primary, "postgres", "postgres", slot)?;
        install(tools, &primary)?;
        let follows = [("hot_standby_feedback", "on"), ("primary_slot_name", "lost_standby")];
        let follows = follows.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let options = ServerOptions { settings: follows, short_lived: true, ..options };
        let standby = primary.standby(&options)?;
        Ok(Fleet { primary, standby })
    }

    /// The standby never reaches its primary again, and the primary writes.
    pub(crate) fn detach_the_standby(&mut self) -> Outcome<()> {
        let held = "SELECT count(*) FROM pg_replication_slots WHERE xmin IS NOT NULL";
        for _ in 0..150 {
            if self.superuser("postgres", held)? == "1" {
                self.standby.restart(&[("primary_conninfo", "host=/nonexistent")])?;
                self.superuser(
                    "shop",
                    "CREATE TABLE written AS SELECT generate_series(1, 100000)",
                )?;
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        Err("the slot of the standby holds no transaction id".into())
    }

    pub(crate) fn address(&self) -> Address {
        address_of(&self.primary)
    }

    pub(crate) fn superuser(&self, database: &str, sql: &str) -> Outcome<String> {
        ask(&self.primary, "postgres", database, sql)
    }

    pub(crate) fn ask(&self, user: &str, database: &str, sql: &str) -> Outcome<String> {
        ask(&self.primary, user, database, sql)
    }

    /// Sessions of the role clerk, which stay open until the result is dropped.
    pub(crate) fn sessions(&self, statements: &[String], copies: usize) -> Outcome<Sessions<'_>> {
        let mut open = Sessions { fleet: self, children: Vec::new() };
        for statement in statements {
            for _ in 0..copies {
                let mut psql = psql(&self.primary, "clerk", "shop");
                psql.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
                let mut child = psql.spawn()?;
                writeln!(child.stdin.as_mut().ok_or("psql has no input")?, "{statement};")?;
                open.children.push(child);
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        Ok(open)
    }

    /// Connections that the server accepted since it started.
    pub(crate) fn connections(&self) -> Outcome<usize> {
        Ok(fs::read_to_string(self.primary.log())?.matches("connection authorized: ").count())
    }

    /// The CPU time of the server's processes, with those that ended, in ticks of 10 ms.
    pub(crate) fn ticks(&self) -> Outcome<u64> {
        let pid = self.primary.pid().ok_or("the server has no process")?;
        Ok(ticks_of(pid) + children_of(pid).into_iter().map(ticks_of).sum::<u64>())
    }
}

/// Open sessions.
pub(crate) struct Sessions<'a> {
    fleet: &'a Fleet,
    children: Vec<Child>,
}

impl Drop for Sessions<'_> {
    /// Also ends statements that run.
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let end =
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'clerk'";
        let _ = self.fleet.superuser("postgres", end);
    }
}

/// Installs posemo in all databases.
pub(crate) fn install(tools: &Tools, server: &TemporaryServer) -> Outcome<()> {
    let mut install = tools.posemo();
    install.arg("install").arg("-H").arg(server.socket());
    let output = install.args(["-U", "postgres", "--all-databases"]).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

pub(crate) fn address_of(server: &TemporaryServer) -> Address {
    Address { host: server.socket().display().to_string(), port: server.port() }
}

pub(crate) fn psql(server: &TemporaryServer, user: &str, database: &str) -> Command {
    let address = address_of(server);
    let mut command = Command::new(server.bindir().join("psql"));
    command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", &address.host, "-U", user]);
    command.arg("-p").arg(address.port.to_string()).args(["-d", database]);
    command.env("PGCONNECT_TIMEOUT", "20");
    command
}

/// Runs a statement in a session of its own.
fn ask(server: &TemporaryServer, user: &str, database: &str, sql: &str) -> Outcome<String> {
    let output = psql(server, user, database).arg("-c").arg(sql).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("{sql}\n{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The CPU time of a process and its ended children.
pub(crate) fn ticks_of(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let fields = after.split(' ').skip(11).take(4);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// The processes that a process started and that still run.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}
