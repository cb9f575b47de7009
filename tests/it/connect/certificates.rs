//! Certificates of all kinds, with every sslmode, root file and name: posemo must answer as psql does.
//!
//! Nothing but trust in a server is judged here.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::authority::Authority;
use super::client::{Surroundings, run};
use crate::programs::need;
use crate::server::psql;
use posemo::database::link::{self, Startup};

const HBA: &str = "\
local all all trust
host all scram 127.0.0.1/32 scram-sha-256
hostssl all certified 127.0.0.1/32 cert
host all all 127.0.0.1/32 trust
";
const SERVER: &str = "basicConstraints=CA:FALSE\n";
const CA: [&str; 2] = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];

/// Server certificates, and the root files that people may hold against them.
fn make_certificates(authority: &Authority) {
    authority.self_signed("root", "Test Root", &CA);
    authority.self_signed("stranger", "Test Root", &CA);
    authority.self_signed_over("old-root", "Old Root");
    authority.self_signed("manual", "db.example", &[]);
    authority.self_signed_over("manual-old", "db.example");
    authority.self_signed("signer-only", "db.example", &CA);
    authority.signed("version-1", "db.example", "root", "", &[]);
    authority.signed("by-old", "db.example", "old-root", "", &[]);
    authority.signed("common-name", "db.example", "root", SERVER, &[]);
    authority.signed(
        "names",
        "nobody",
        "root",
        &format!("{SERVER}subjectAltName=DNS:*.example,IP:127.0.0.1\n"),
        &[],
    );
    authority.signed(
        "other-name",
        "db.example",
        "root",
        &format!("{SERVER}subjectAltName=DNS:other\n"),
        &[],
    );
    authority.signed(
        "address-only",
        "db.example",
        "root",
        &format!("{SERVER}subjectAltName=IP:127.0.0.1\n"),
        &[],
    );
    authority.signed("expired", "db.example", "root", SERVER, &["-days", "-1"]);
    authority.signed(
        "for-clients",
        "db.example",
        "root",
        &format!("{SERVER}extendedKeyUsage=clientAuth\n"),
        &[],
    );
    authority.signed("a-ca", "db.example", "root", "basicConstraints=CA:TRUE\n", &[]);
    authority.signed("between", "Between", "root", "basicConstraints=critical,CA:TRUE\n", &[]);
    authority.signed("through", "db.example", "between", "", &[]);
    authority.append("through", "between");
    authority.signed("no-ca", "Not a CA", "root", SERVER, &[]);
    authority.signed("through-no-ca", "db.example", "no-ca", "", &[]);
    authority.append("through-no-ca", "no-ca");
    authority.signed(
        "elliptic",
        "db.example",
        "root",
        SERVER,
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    );
}

const SERVERS: [&str; 15] = [
    "manual",
    "manual-old",
    "signer-only",
    "version-1",
    "by-old",
    "common-name",
    "names",
    "other-name",
    "address-only",
    "expired",
    "for-clients",
    "a-ca",
    "through",
    "through-no-ca",
    "elliptic",
];

fn server() -> TemporaryServer {
    let options =
        ServerOptions { tcp: true, hba: Some(HBA.to_owned()), ..ServerOptions::default() };
    TemporaryServer::start(&options).expect("a server")
}

#[test]
fn certificates_are_judged_as_psql_judges_them() {
    need!("openssl", "psql");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    make_certificates(&authority);
    let mut cluster = server();
    let psql = psql(cluster.bindir());
    let here = Surroundings::new(directory.path(), &[]);
    let (mut tried, mut differing) = (Vec::new(), Vec::new());
    for server in SERVERS {
        authority.present(&mut cluster, server, "root");
        for root in
            [server, if server == "by-old" { "old-root" } else { "root" }, "stranger", "missing"]
        {
            for host in ["db.example", "127.0.0.1", "x.db.example"] {
                for mode in ["prefer", "require", "verify-ca", "verify-full"] {
                    let conninfo = format!(
                        "host={host} hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode} sslrootcert={}",
                        cluster.port(),
                        authority.certificate(root).display()
                    );
                    // The name matters to verify-full only.
                    if mode != "verify-full" && host != "db.example" {
                        continue;
                    }
                    let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
                    if ours.as_ref().ok() != theirs.as_ref().ok() {
                        differing.push(format!(
                            "{server} {root} {host} {mode}:\n  {ours:?}\n  {theirs:?}"
                        ));
                    }
                    tried.push(((server, root, host, mode), ours));
                }
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{} of {} differ:\n{}",
        differing.len(),
        tried.len(),
        differing.join("\n")
    );
    let said = |server, root, host, mode| {
        let found = tried.iter().find(|(case, _)| *case == (server, root, host, mode));
        found.map(|(_, said)| said.clone().unwrap_or_else(|error| error)).expect("a case")
    };
    for (server, root, host, mode, expected) in [
        ("manual", "manual", "db.example", "verify-full", "postgres|postgres|"),
        ("version-1", "root", "db.example", "verify-full", "postgres|postgres|"),
        ("manual-old", "manual-old", "db.example", "verify-ca", "expired"),
        ("by-old", "old-root", "db.example", "verify-ca", "expired"),
        ("names", "root", "127.0.0.1", "verify-full", "postgres|postgres|"),
        ("other-name", "root", "db.example", "verify-full", "is for other, not for \"db.example\""),
        ("names", "stranger", "db.example", "require", "not signed by anything in"),
        ("names", "missing", "db.example", "verify-ca", "does not exist; put the certificate"),
        ("for-clients", "root", "db.example", "verify-ca", "must not be used here"),
    ] {
        let said = said(server, root, host, mode);
        assert!(said.contains(expected), "{server} {root} {host} {mode}: {said}");
    }
}

#[test]
fn passwords_are_bound_to_the_certificate() {
    need!("openssl", "psql");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    authority.self_signed("root", "db.example", &[]);
    authority.self_signed("sha512", "db.example", &["-sha512"]);
    authority.self_signed(
        "elliptic",
        "db.example",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-sha384"],
    );
    authority.self_signed(
        "pss",
        "db.example",
        &["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sha384"],
    );
    let mut cluster = server();
    let socket = format!(
        "host={} port={} user=postgres dbname=postgres",
        cluster.socket().display(),
        cluster.port()
    );
    let here = Surroundings::new(directory.path(), &[("PGPASSWORD", "sesame")]);
    let psql = psql(cluster.bindir());
    here.execute(
        &socket,
        "set password_encryption = 'scram-sha-256'; create role scram login password 'sesame'",
    );
    for name in ["root", "sha512", "elliptic", "pss"] {
        authority.present(&mut cluster, name, "root");
        for mode in ["require", "disable"] {
            let conninfo = format!(
                "host=127.0.0.1 port={} user=scram dbname=postgres sslmode={mode} channel_binding=require",
                cluster.port()
            );
            let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
            assert_eq!(ours.is_ok(), mode == "require", "{name} {mode}: {ours:?}");
            assert_eq!(ours.ok(), theirs.ok(), "{name} {mode}");
        }
    }
}

#[test]
fn a_client_shows_its_certificate() {
    need!("openssl", "psql");
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join(".postgresql");
    let authority = Authority::new(&directory);
    authority.self_signed("root", "db.example", &[]);
    authority.signed("certified", "certified", "root", "", &[]);
    let mut cluster = server();
    let here = Surroundings::new(home.path(), &[]);
    let psql = psql(cluster.bindir());
    let socket = format!(
        "host={} port={} user=postgres dbname=postgres",
        cluster.socket().display(),
        cluster.port()
    );
    here.execute(&socket, "create role certified login");
    authority.present(&mut cluster, "root", "root");
    let base = format!(
        "host=127.0.0.1 port={} user=certified dbname=postgres sslmode=require",
        cluster.port()
    );
    let named = format!("{base} sslcert={} sslkey=", authority.certificate("certified").display());
    let with_key = |mode: u32| {
        fs::set_permissions(authority.key("certified"), fs::Permissions::from_mode(mode))
            .expect("a mode is set");
        format!("{named}{}", authority.key("certified").display())
    };
    let mut cases = vec![(base.clone(), "28000"), (with_key(0o604), "others may read it")];
    cases.push((format!("{named}/nowhere"), "the certificate needs it"));
    for (conninfo, complaint) in cases {
        let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
        let complaint = complaint.replace("28000", "pg_hba.conf");
        assert!(
            ours.as_ref().is_err_and(|error| error.contains(&complaint)),
            "{conninfo}: {ours:?}"
        );
        assert!(theirs.is_err(), "{conninfo}: {theirs:?}");
    }
    let conninfo = with_key(0o600);
    assert_eq!(
        here.posemo(&conninfo).expect("a session"),
        here.psql(&psql, &conninfo).expect("a session")
    );
    // The default places, too.
    for kind in ["crt", "key"] {
        let place = |name: &str| directory.join(format!("{name}.{kind}"));
        fs::rename(place("certified"), place("postgresql")).expect("a file is renamed");
    }
    assert_eq!(here.posemo(&base).expect("a session"), here.psql(&psql, &base).expect("a session"));
}

#[test]
fn a_query_is_cancelled_over_tls() {
    need!("openssl");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    authority.self_signed("root", "db.example", &[]);
    let mut cluster = server();
    authority.present(&mut cluster, "root", "root");
    let here = Surroundings::new(directory.path(), &[]);
    for mode in ["disable", "require"] {
        let conninfo = format!(
            "host=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode}",
            cluster.port()
        );
        let parameters = here.resolve(&conninfo).expect("parameters");
        let code = run(async {
            let link = link::open(&parameters, &Startup::default()).await.expect("a session");
            assert_eq!(link.encrypted, mode == "require");
            assert!(link.server_version.is_some());
            tokio::spawn(link.connection);
            // A request that comes before the statement has no effect, so it is repeated.
            let cancel = async {
                loop {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    link.cancel.send().await.expect("a request to cancel");
                }
            };
            tokio::select! {
                answer = link.client.batch_execute("select pg_sleep(600)") => {
                    answer.expect_err("cancelled").code().map(|code| code.code().to_owned())
                }
                () = cancel => unreachable!("it repeats the request"),
            }
        });
        assert_eq!(code.as_deref(), Some("57014"), "{mode}");
    }
}
