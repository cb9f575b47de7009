//! Hosts in a row, what they must be, and keywords that are younger than the psql of some distributions.
//!
//! Strings, services and files are tried elsewhere.

use std::collections::BTreeSet;

use posemo::database::connect::Startup;
use posemo::finding::report::ServerRole;
use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::client::{Surroundings, ask, chain, open, run};
use super::world::{HBA, world};
use crate::programs::need;
use crate::server::psql;

/// What the psql of some distributions is too old for, so that there is nothing to compare with.
#[test]
fn what_came_after_15_works_too() {
    let home = tempfile::tempdir().expect("a directory");
    let (cluster, here) = world(home.path());
    // Servers before 17 do not expect TLS in the first byte.
    let direct = if cluster.major() >= 17 { "postgres|postgres|PORT|t" } else { "TLS handshake" };
    for (more, expected) in [
        ("user=scram dbname=other require_auth=scram-sha-256", "scram|other|PORT"),
        (
            "user=scram dbname=other require_auth=md5,password",
            "method scram-sha-256, which require_auth forbids",
        ),
        ("user=clear dbname=postgres require_auth=!md5,!none", "clear|postgres|PORT"),
        ("user=md5 dbname=postgres require_auth=!md5", "method md5, which require_auth forbids"),
        ("user=postgres require_auth=none", "postgres|postgres|PORT"),
        ("user=postgres require_auth=scram-sha-256,none", "postgres|postgres|PORT"),
        ("user=postgres require_auth=scram-sha-256", "accepts the login without authentication"),
        ("user=postgres require_auth=md5,!none", "either all with"),
        ("user=postgres require_auth=md5,md5", "a list without duplicates"),
        ("user=postgres require_auth=rot13", "a list of password, md5"),
        ("user=postgres sslmode=require sslnegotiation=direct", direct),
        (
            "user=postgres sslmode=prefer sslnegotiation=direct",
            "does not allow a connection without TLS",
        ),
        (
            "user=postgres sslrootcert=system",
            "not signed by a certificate in the system's trusted certificates",
        ),
        ("user=postgres sslrootcert=system sslmode=verify-ca", "needs sslmode=verify-full"),
        (
            "user=postgres sslcertmode=disable load_balance_hosts=disable",
            "postgres|postgres|PORT|t",
        ),
        (
            "user=postgres sslrootcert=system sslcrl=/nowhere",
            "cannot use the list of revoked certificates /nowhere",
        ),
        ("user=postgres allow_legacy_certificate=yes", "one of 0, off, 1, on"),
    ] {
        let port = cluster.port().to_string();
        let ours = here.posemo(&format!("host=127.0.0.1 port={port} {more}"));
        let said = ours.as_ref().unwrap_or_else(|error| error);
        assert!(said.contains(&expected.replace("PORT", &port)), "{more}: {said}");
    }
}

#[test]
fn load_is_spread_over_the_hosts() {
    let home = tempfile::tempdir().expect("a directory");
    let (cluster, here) = world(home.path());
    let (port, socket) = (cluster.port(), cluster.socket().display());
    let conninfo = format!("host=127.0.0.1,{socket} port={port} user=postgres load_balance_hosts=");
    let hosts = |how: &str| {
        let parameters = here.resolve(&format!("{conninfo}{how}")).expect("parameters");
        let host = |_| run(open(&parameters, &Startup::default())).expect("a session").host;
        (0..40).map(host).collect::<BTreeSet<String>>().len()
    };
    assert_eq!((hosts("random"), hosts("disable")), (2, 1));
}

#[test]
fn hosts_are_chosen_by_what_they_are() {
    need!("psql");
    let home = tempfile::tempdir().expect("a directory");
    let options =
        ServerOptions { tcp: true, hba: Some(HBA.to_owned()), ..ServerOptions::default() };
    let primary = TemporaryServer::start(&options).expect("a primary");
    let standby = primary
        .standby(&ServerOptions { tcp: true, ..ServerOptions::default() })
        .expect("a standby");
    let here = Surroundings::new(home.path(), &[]);
    let psql = psql(primary.bindir());
    let (p, s) = (primary.port().to_string(), standby.port().to_string());
    for (ports, target, expected) in [
        (format!("1,{s},{p}"), "any", Some(&s)),
        (format!("{s},1,{p}"), "read-write", Some(&p)),
        (format!("{s},{p}"), "primary", Some(&p)),
        (format!("{p},{s}"), "standby", Some(&s)),
        (format!("{p},{s}"), "read-only", Some(&s)),
        (format!("{p},1,{s}"), "prefer-standby", Some(&s)),
        (format!("1,{p}"), "prefer-standby", Some(&p)),
        (format!("1,{p}"), "standby", None),
        (format!("{s},1"), "read-write", None),
    ] {
        let hosts = ["127.0.0.1"].repeat(ports.split(',').count()).join(",");
        let conninfo =
            format!("host={hosts} port={ports} user=postgres target_session_attrs={target}");
        let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
        let expected = expected.map(|port| format!("postgres|postgres|{port}|f|psql|off"));
        assert_eq!(ours.as_ref().ok(), expected.as_ref(), "{conninfo}: {ours:?}");
        assert_eq!(ours.ok(), theirs.clone().ok(), "{conninfo}: {theirs:?}");
    }
    // Our own wish to read only must not make a primary look like a standby, and must hold afterwards.
    let conninfo = format!(
        "host=127.0.0.1,127.0.0.1 port={s},{p} user=postgres target_session_attrs=read-write"
    );
    let parameters = here.resolve(&conninfo).expect("parameters");
    let options = Some(
        "-c statement_timeout=7s -c default_transaction_read_only=on -c work_mem=1MB".to_owned(),
    );
    let startup = Startup { options, ..Startup::default() };
    let question = "select concat_ws('|', inet_server_port(), current_setting('default_transaction_read_only'), \
        current_setting('statement_timeout'), current_setting('work_mem'))";
    let answer = run(async {
        let connection =
            open(&parameters, &startup).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert_ne!(connection.role, Some(ServerRole::Standby));
        ask(connection, question).await
    });
    assert_eq!(answer, format!("{p}|on|7s|1MB"));
}
