//! The server, the roles and the files that connecting is tried with.
//!
//! It tries nothing itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::authority::Authority;
use super::client::Surroundings;

pub(super) const HBA: &str = "\
local replication all trust
local all all trust
hostnossl all tls_only 127.0.0.1/32 reject
hostssl all plain_only 127.0.0.1/32 reject
host all scram 127.0.0.1/32 scram-sha-256
host all md5 127.0.0.1/32 md5
host all clear 127.0.0.1/32 password
host all all 127.0.0.1/32 trust
";
const ROLES: &str =
    "create role tls_only login; create role plain_only login; create role root login superuser;
    set password_encryption = 'scram-sha-256'; create role scram login password 'a:b\\c'; create role clear login password 'sesame';
    set password_encryption = md5; create role md5 login password 'sesame'; create database other;
    create database root";

/// A server with TLS, and a home with a password file and a service file.
pub(super) fn world(home: &Path) -> (TemporaryServer, Surroundings) {
    let options =
        ServerOptions { tcp: true, hba: Some(HBA.to_owned()), ..ServerOptions::default() };
    let mut cluster = TemporaryServer::start(&options).expect("a server");
    let certificates = Authority::new(&home.join("certificates"));
    certificates.self_signed("server", "localhost", &[]);
    certificates.present(&mut cluster, "server", "server");
    let port = cluster.port();
    write(
        home,
        ".pgpass",
        0o600,
        &format!("# note\n127.0.0.1:{port}:*:scram:a\\:b\\\\c\n*:*:postgres:*:sesame\n"),
    );
    write(home, "open.pgpass", 0o644, "*:*:*:*:sesame\n");
    let service = format!(
        "[first]\nhost=127.0.0.1\nport={port}\nuser=postgres\ndbname=other\n\n# note\n[second]\nhost={}\nport={port}\n\
         user=root\napplication_name=from service\nuser=nobody\n[wrong]\nhots=x\n[broken]\nnonsense\n",
        cluster.socket().display()
    );
    write(home, ".pg_service.conf", 0o644, &service);
    write(
        home,
        "pg_service.conf",
        0o644,
        &service.replace("[second]", "[system]").replace("[first]", "[no]"),
    );
    let here = Surroundings::new(home, &[]);
    here.execute(
        &format!("host={} port={port} user=postgres dbname=postgres", cluster.socket().display()),
        ROLES,
    );
    (cluster, here)
}

pub(super) fn write(home: &Path, name: &str, mode: u32, text: &str) {
    let file = home.join(name);
    fs::write(&file, text).expect("a file is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode is set");
}
