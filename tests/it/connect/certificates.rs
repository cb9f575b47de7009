//! Certificates of all kinds, with every sslmode, root file and name: posemo must answer as psql does.
//!
//! Lists of revoked certificates are tested elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::authority::Authority;
use super::client::{Surroundings, open, run};
use crate::programs::need;
use crate::server::psql;
use posemo::database::connect::Startup;

const HBA: &str = "\
local all all trust
host all scram 127.0.0.1/32 scram-sha-256
hostssl all certified 127.0.0.1/32 cert
host all all 127.0.0.1/32 trust
";
const SERVER: &str = "basicConstraints=CA:FALSE\n";
const CA: [&str; 2] = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];

/// Server certificates, and the root files that clients may have for them.
fn make_certificates(authority: &Authority) {
    let host = "db.example";
    let with = |more: &str| format!("{SERVER}{more}\n");
    authority.self_signed("root", "Test Root", &CA);
    authority.self_signed("stranger", "Test Root", &CA);
    authority.self_signed_request("old-root", "Old Root", "basicConstraints=CA:TRUE\n", "-1");
    authority.self_signed_request("version-1-root", "Version 1 Root", "", "365");
    authority.self_signed_request("leaf-root", "Leaf Root", SERVER, "365");
    let short = "basicConstraints=critical,CA:TRUE,pathlen:0\n";
    authority.self_signed_request("short-root", "Short Root", short, "365");
    let for_clients = "basicConstraints=CA:TRUE\nextendedKeyUsage=clientAuth\n";
    authority.self_signed_request("client-root", "Client Root", for_clients, "365");
    authority.self_signed_request("usage-root", "Usage Root", "keyUsage=keyCertSign\n", "365");
    authority.self_signed("manual", host, &[]);
    authority.self_signed_request("manual-old", host, "basicConstraints=CA:TRUE\n", "-1");
    authority.self_signed_request("self-version-1", host, "", "365");
    authority.self_signed("signer-only", host, &CA);
    authority.signed("version-1", host, "root", "", &[]);
    authority.signed("by-old", host, "old-root", SERVER, &[]);
    authority.signed("by-version-1", host, "version-1-root", SERVER, &[]);
    authority.signed("by-leaf", host, "leaf-root", SERVER, &[]);
    authority.signed("version-1-by-leaf", host, "leaf-root", "", &[]);
    authority.signed("by-client", host, "client-root", SERVER, &[]);
    authority.signed("by-usage", host, "usage-root", SERVER, &[]);
    authority.signed("common-name", host, "root", SERVER, &[]);
    let names = with("subjectAltName=DNS:*.example,IP:127.0.0.1");
    authority.signed("names", "nobody", "root", &names, &[]);
    authority.signed("other-name", host, "root", &with("subjectAltName=DNS:other"), &[]);
    authority.signed("address-only", host, "root", &with("subjectAltName=IP:127.0.0.1"), &[]);
    authority.signed("expired", host, "root", SERVER, &["-days", "-1"]);
    authority.signed("for-clients", host, "root", &with("extendedKeyUsage=clientAuth"), &[]);
    authority.signed("for-documents", host, "root", &with("keyUsage=nonRepudiation"), &[]);
    authority.signed("a-ca", host, "root", "basicConstraints=CA:TRUE\n", &[]);
    authority.signed("between", "Between", "root", "basicConstraints=critical,CA:TRUE\n", &[]);
    authority.signed("through", host, "between", SERVER, &[]);
    authority.signed("version-1-through", host, "between", "", &[]);
    authority.signed("short", "Short", "short-root", "basicConstraints=CA:TRUE\n", &[]);
    authority.signed("through-short", host, "short", SERVER, &[]);
    authority.signed("version-1-short", host, "short", "", &[]);
    authority.signed("no-ca", "Not a CA", "root", SERVER, &[]);
    authority.signed("through-no-ca", host, "no-ca", SERVER, &[]);
    authority.signed("version-1-no-ca", host, "no-ca", "", &[]);
    for (leaf, issuer) in [
        ("through", "between"),
        ("version-1-through", "between"),
        ("through-short", "short"),
        ("version-1-short", "short"),
        ("through-no-ca", "no-ca"),
        ("version-1-no-ca", "no-ca"),
    ] {
        authority.append(leaf, issuer);
    }
    let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    authority.signed("elliptic", host, "root", SERVER, &elliptic);
}

/// The servers' certificates, each with the root that signed it directly or through others.
const SERVERS: [(&str, &str); 29] = [
    ("manual", "root"),
    ("manual-old", "root"),
    ("self-version-1", "root"),
    ("leaf-root", "root"),
    ("signer-only", "root"),
    ("version-1", "root"),
    ("by-old", "old-root"),
    ("by-version-1", "version-1-root"),
    ("by-leaf", "leaf-root"),
    ("version-1-by-leaf", "leaf-root"),
    ("by-client", "client-root"),
    ("by-usage", "usage-root"),
    ("common-name", "root"),
    ("names", "root"),
    ("other-name", "root"),
    ("address-only", "root"),
    ("expired", "root"),
    ("for-clients", "root"),
    ("for-documents", "root"),
    ("a-ca", "root"),
    ("through", "root"),
    ("version-1-through", "root"),
    ("through-short", "short-root"),
    ("version-1-short", "short-root"),
    ("through-no-ca", "root"),
    ("version-1-no-ca", "root"),
    ("elliptic", "root"),
    ("common-name", "leaf-root"),
    ("elliptic", "stranger"),
];

/// What posemo accepts with `allow_legacy_certificate` only.
const LEGACY: [&str; 3] = ["version-1", "a-ca", "version-1-through"];

fn server() -> TemporaryServer {
    let options =
        ServerOptions { tcp: true, hba: Some(HBA.to_owned()), ..ServerOptions::default() };
    TemporaryServer::start(&options).expect("a server")
}

#[test]
fn certificates_are_accepted_as_by_psql() {
    need!("openssl", "psql");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    make_certificates(&authority);
    let mut cluster = server();
    let psql = psql(cluster.bindir());
    let here = Surroundings::new(directory.path(), &[]);
    let mut tried = Vec::new();
    for (server, issuer) in SERVERS {
        authority.present(&mut cluster, server, "root");
        // What these two give does not depend on the certificate.
        let others = if server == "names" { ["stranger", "missing"].as_slice() } else { &[] };
        for root in [server, issuer].iter().chain(others).copied() {
            for host in ["db.example", "127.0.0.1", "x.db.example"] {
                for mode in ["prefer", "require", "verify-ca", "verify-full"] {
                    // The name matters to verify-full only.
                    if mode != "verify-full" && host != "db.example" {
                        continue;
                    }
                    let conninfo = format!(
                        "host={host} hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode} sslrootcert={}",
                        cluster.port(),
                        authority.certificate(root).display()
                    );
                    let legacy = here.posemo(&format!("{conninfo} allow_legacy_certificate=on"));
                    let answers = [here.posemo(&conninfo), legacy, here.psql(&psql, &conninfo)];
                    tried.push(((server, root, host, mode), answers));
                }
            }
        }
    }
    let wrong = tried
        .iter()
        .filter(|(_, [_, legacy, theirs])| legacy.as_ref().ok() != theirs.as_ref().ok());
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{wrong:#?}", wrong.len(), tried.len());
    // Without the option nothing more is accepted, and less only of the certificates that it is for.
    let mut refused = BTreeSet::new();
    for ((server, root, host, mode), [ours, _, theirs]) in &tried {
        if ours.as_ref().ok() == theirs.as_ref().ok() {
            continue;
        }
        // In mode prefer a session without TLS follows the refusal.
        assert!(ours.is_err() || *mode == "prefer", "{server} {root} {host} {mode}: {ours:?}");
        assert!(theirs.is_ok(), "{server} {root} {host} {mode}: {ours:?}");
        refused.insert(*server);
    }
    assert_eq!(refused, LEGACY.into());
    let message = |server, root, host, mode| {
        let found = tried.iter().find(|(case, _)| *case == (server, root, host, mode));
        found.map(|(_, [ours, ..])| ours.clone().unwrap_or_else(|error| error)).expect("a case")
    };
    for (server, root, host, mode, expected) in [
        ("manual", "manual", "db.example", "verify-full", "postgres|postgres|"),
        ("self-version-1", "self-version-1", "db.example", "verify-full", "postgres|postgres|"),
        ("version-1", "root", "db.example", "verify-full", "is of X.509 version 1; make one of"),
        ("version-1", "root", "db.example", "require", "with allow_legacy_certificate=on"),
        ("a-ca", "root", "db.example", "verify-full", "is a CA certificate; make one of"),
        ("manual-old", "manual-old", "db.example", "verify-ca", "expired"),
        ("by-old", "old-root", "db.example", "verify-ca", "expired"),
        ("expired", "root", "db.example", "verify-ca", "expired"),
        ("by-leaf", "leaf-root", "db.example", "verify-ca", "that must not sign others"),
        ("names", "root", "127.0.0.1", "verify-full", "postgres|postgres|"),
        ("other-name", "root", "db.example", "verify-full", "is for other, not for \"db.example\""),
        ("names", "stranger", "db.example", "require", "not signed by a certificate in"),
        ("names", "missing", "db.example", "verify-ca", "does not exist; copy the certificate"),
        ("for-clients", "root", "db.example", "verify-ca", "must not be used here"),
    ] {
        let message = message(server, root, host, mode);
        assert!(message.contains(expected), "{server} {root} {host} {mode}: {message}");
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
            let connection = open(&parameters, &Startup::default()).await.expect("a session");
            assert_eq!(connection.encrypted, mode == "require");
            assert!(connection.server_version.is_some());
            tokio::spawn(connection.task);
            // A request that arrives before the statement has no effect, so it is repeated.
            let cancel = async {
                loop {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    connection.cancel.send().await.expect("a request to cancel");
                }
            };
            tokio::select! {
                answer = connection.client.batch_execute("select pg_sleep(600)") => {
                    answer.expect_err("cancelled").code().map(|code| code.code().to_owned())
                }
                () = cancel => unreachable!("it repeats the request"),
            }
        });
        assert_eq!(code.as_deref(), Some("57014"), "{mode}");
    }
}
