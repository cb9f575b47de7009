//! Dumps, restores and upgrades with the real programs: posemo must not be in the way of any of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use posemo::tempserver::ServerOptions;

use super::text;
use crate::matrix::{MAJORS, bindir};
use crate::programs::skip;
use crate::server::{FEW, POSEMO, Server};

/// A role that makes backups, as an administrator creates it.
const BACKUP_ROLE: &str = "CREATE ROLE backup LOGIN";

/// The directory with the client programs of a major version, from `bin/pg-tools`.
fn tools(major: u32) -> PathBuf {
    let all = std::env::var("POSEMO_PG_TOOLS")
        .expect("POSEMO_PG_TOOLS names the client programs: make matrix");
    let part = format!("/tools/{major}/");
    let found = all.split(':').find(|path| path.contains(&part));
    found.unwrap_or_else(|| panic!("{all} has no PostgreSQL {major}")).into()
}

/// Runs a client program of the newest version, which knows all servers.
fn client(server: &Server, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(tools(18).join(program));
    command.env("PGHOST", server.0.socket()).env("PGPORT", server.0.port().to_string());
    command.env("LC_ALL", "C").args(arguments).output().unwrap()
}

/// A dump of one major version is restored in each later one. For 15 and 16 there are programs for `pg_upgrade`.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let dump = dump(bindir, major);
    // A dump by the newer programs uses options of CREATE DATABASE that servers before 15 do not know.
    for later in MAJORS.into_iter().filter(|later| *later >= major.max(15)) {
        restored(dump.path(), later);
    }
    let debian = Path::new("/usr/lib/postgresql/15/bin");
    match major {
        15 if !debian.join("pg_controldata").exists() => {
            skip("pg_upgrade from 15 is not tested: run apt-get install postgresql-15");
        }
        // The 16.2 of bin/pg-tools is too old a target: functions of 15.8 and later set a parameter that it does not know.
        15 => upgraded(debian, 18),
        16 => upgraded(&tools(16), 18),
        _ => {}
    }
}

/// A dump of a server with an installation, made by a role that is not a superuser.
fn dump(bindir: &Path, major: u32) -> tempfile::NamedTempFile {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let server = Server::start(&options);
    server.superuser("postgres", "CREATE DATABASE app");
    // It sorts behind the home database, so a dump that fails there lacks it.
    server.superuser("postgres", "CREATE DATABASE shop");
    server.superuser("shop", "CREATE SEQUENCE filling MAXVALUE 100");
    server.superuser("shop", "SELECT setval('filling', 97)");
    server.superuser("postgres", BACKUP_ROLE);
    if major >= 14 {
        server.superuser("postgres", "GRANT pg_read_all_data TO backup");
        server.install_few(&["--all-databases"]);
    } else {
        server.install_few(&["--all-databases", "--backup-role", "backup"]);
        for database in ["postgres", "app", "shop", "posemo", "template1"] {
            let grants = "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO backup";
            server.superuser(database, grants);
        }
    }
    let dump = tempfile::NamedTempFile::new().unwrap();
    let file = dump.path().display().to_string();
    let arguments = ["-U", "backup", "--no-role-passwords", "-f", &file];
    let output = client(&server, "pg_dumpall", &arguments);
    assert!(output.status.success(), "pg_dumpall from {major}: {}", text(&output));
    let verified = server.posemo(&["verify", "-U", "postgres", "--quiet", "--check", FEW]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));
    dump
}

/// The dump is restored without an error; an installation makes the functions those of the version.
fn restored(dump: &Path, later: u32) {
    let programs = bindir(later);
    let options = ServerOptions { bindir: Some(programs), ..ServerOptions::default() };
    let server = Server::start(&options);
    let file = dump.display().to_string();
    let output =
        client(&server, "psql", &["-X", "-q", "-U", "postgres", "-d", "postgres", "-f", &file]);
    let errors = text(&output);
    let unexpected = |line: &&str| {
        // A dump by the programs of 18 sets the parameter, whatever the server.
        let known = ["role \"postgres\" already exists", "parameter \"transaction_timeout\""];
        line.contains("ERROR") && !known.iter().any(|part| line.contains(part))
    };
    assert_eq!(errors.lines().find(unexpected), None, "restored in {later}");
    server.install_few(&["--all-databases", "--backup-role", "backup"]);
    let report = server.posemo(&["run", "--check", "sequence_usage", "--output", "nagios"]);
    assert!(text(&report).contains("filling used 97 %"), "in {later}: {}", text(&report));
    let verified = server.posemo(&["verify", "-U", "postgres", "--quiet", "--check", FEW]);
    assert_eq!(verified.status.code(), Some(0), "in {later}: {}", text(&verified));
}

/// `pg_upgrade` with an installation, as the user that runs the server.
fn upgraded(old: &Path, new: u32) {
    let directory = tempfile::Builder::new().prefix("posemo-it-").tempdir_in("/tmp").unwrap();
    let script = directory.path().join("pg_upgrade.sh");
    fs::write(&script, include_str!("pg_upgrade.sh")).unwrap();
    let program = directory.path().join("posemo");
    fs::copy(POSEMO, &program).unwrap();
    let access = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(directory.path(), access).unwrap();
    let mut command = if rustix::process::getuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "bash"]);
        command
    } else {
        Command::new("bash")
    };
    let output =
        command.arg(&script).arg(old).arg(tools(new)).env("POSEMO", &program).env("CHECKS", FEW);
    let output = output.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{} to {new}: {}", old.display(), text(&output));
}
