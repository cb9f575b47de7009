//! Lists of revoked certificates (`sslcrl`, `sslcrldir`, `root.crl`): posemo must answer as psql does, and refuse
//! where psql silently ignores a file.

use std::fs;
use std::path::Path;

use posemo::tempserver::{ServerOptions, TemporaryServer};

use super::authority::Authority;
use super::client::Surroundings;
use crate::programs::need;
use crate::server::psql;

const HBA: &str = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
const SERVER: &str = "basicConstraints=CA:FALSE\n";
const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
const ROOT: [&str; 2] = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];

fn make_certificates(authority: &Authority) {
    let host = "db.example";
    let signers_only = ["-addext", "keyUsage=critical,keyCertSign"];
    authority.self_signed("root", "Root", &ROOT);
    authority.self_signed("namesake", "Root", &ROOT);
    authority.self_signed("other", "Other", &ROOT);
    authority.self_signed("lists-nothing", "Lists Nothing", &signers_only);
    authority.self_signed("self-signed", host, &[]);
    authority.signed("good", host, "root", SERVER, &[]);
    authority.signed("revoked", host, "root", SERVER, &[]);
    authority.signed("version-1", host, "root", "", &[]);
    authority.signed("between", "Between", "root", CA, &[]);
    authority.signed("through", host, "between", SERVER, &[]);
    authority.signed("through-revoked", host, "between", SERVER, &[]);
    authority.signed("revoked-ca", "Revoked CA", "root", CA, &[]);
    authority.signed("under-revoked-ca", host, "revoked-ca", SERVER, &[]);
    authority.signed("by-lists-nothing", host, "lists-nothing", SERVER, &[]);
    authority.append("through", "between");
    authority.append("through-revoked", "between");
    authority.append("under-revoked-ca", "revoked-ca");
}

fn make_lists(authority: &Authority) {
    let list = |name: &str, issuer: &str, revoked: &[&str], more: &[&str]| {
        let version_2 = format!("crlnumber = {name}.number\ncrl_extensions = extensions");
        authority.list(name, issuer, revoked, &version_2, more);
    };
    for issuer in ["revoked-ca", "other", "namesake", "lists-nothing", "self-signed"] {
        list(issuer, issuer, &[], &[]);
    }
    list("root", "root", &["revoked", "revoked-ca"], &[]);
    list("between", "between", &["through-revoked"], &[]);
    list("revokes-root", "root", &["root"], &[]);
    let past = ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"];
    list("expired", "root", &[], &past);
    let future = ["-crl_lastupdate", "20900101000000Z", "-crl_nextupdate", "20900201000000Z"];
    list("future", "root", &[], &future);
    authority.list("of-version-1", "root", &["revoked", "revoked-ca"], "", &[]);
    authority.join("all", &["between", "revoked-ca", "other", "root"]);
    authority.join("old-and-new", &["expired", "future", "root"]);
    authority.join("both-versions", &["of-version-1", "root"]);
    fs::write(authority.crl("garbage"), "garbage\n").expect("a file");
    fs::write(authority.crl("empty"), "").expect("a file");
    authority.crl_directory("lists", &["between", "revoked-ca", "other", "root"]);
    authority.crl_directory("root-lists", &["expired", "root"]);
    authority.crl_directory("no-lists", &[]);
}

/// The servers' certificates, each with its root file.
const SERVERS: [(&str, &str); 8] = [
    ("good", "root"),
    ("revoked", "root"),
    ("version-1", "root"),
    ("through", "root"),
    ("through-revoked", "root"),
    ("under-revoked-ca", "root"),
    ("by-lists-nothing", "lists-nothing"),
    ("self-signed", "self-signed"),
];

const LISTS: [&str; 21] = [
    "sslcrl=root.crl",
    "sslcrl=between.crl",
    "sslcrl=all.crl",
    "sslcrl=other.crl",
    "sslcrl=namesake.crl",
    "sslcrl=expired.crl",
    "sslcrl=future.crl",
    "sslcrl=old-and-new.crl",
    "sslcrl=of-version-1.crl",
    "sslcrl=both-versions.crl",
    "sslcrl=revokes-root.crl",
    "sslcrl=lists-nothing.crl",
    "sslcrl=self-signed.crl",
    "sslcrl=garbage.crl",
    "sslcrl=empty.crl",
    "sslcrl=missing.crl",
    "sslcrldir=lists",
    "sslcrldir=root-lists",
    "sslcrldir=no-lists",
    "sslcrldir=missing",
    "sslcrl=root.crl sslcrldir=lists",
];

/// Where psql accepts a server and posemo does not: a certificate, and the setting.
const STRICTER: [(&str, &str); 3] = [
    // A list of version 1 cannot be read.
    ("good", "sslcrl=of-version-1.crl"),
    ("version-1", "sslcrl=of-version-1.crl"),
    // A certificate that the TLS library does not follow cannot be checked with lists.
    ("self-signed", "sslcrl=self-signed.crl"),
];

/// psql ignores a file that is named and cannot be read, whatever the certificate.
const UNREADABLE: [&str; 3] = ["sslcrl=garbage.crl", "sslcrl=empty.crl", "sslcrl=missing.crl"];

fn is_stricter(server: &str, lists: &str) -> bool {
    // For the same reason as the self-signed one.
    let legacy_needs_lists = server == "version-1" && !lists.is_empty();
    STRICTER.contains(&(server, lists)) || UNREADABLE.contains(&lists) || legacy_needs_lists
}

fn server() -> TemporaryServer {
    let options =
        ServerOptions { tcp: true, hba: Some(HBA.to_owned()), ..ServerOptions::default() };
    TemporaryServer::start(&options).expect("a server")
}

/// The setting with the names of files as paths.
fn with_paths(setting: &str, directory: &Path) -> String {
    setting.replace('=', &format!("={}/", directory.display()))
}

#[test]
fn revocation_is_checked_as_by_psql() {
    need!("openssl", "psql");
    let directory = tempfile::tempdir().expect("a directory");
    let authority = Authority::new(directory.path());
    make_certificates(&authority);
    make_lists(&authority);
    let mut cluster = server();
    let psql = psql(cluster.bindir());
    let here = Surroundings::new(directory.path(), &[]);
    let mut results = Vec::new();
    for (server, root) in SERVERS {
        authority.present(&mut cluster, server, "root");
        for lists in LISTS.into_iter().chain([""]) {
            let conninfo = format!(
                "host=db.example hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode=verify-full sslrootcert={} {}",
                cluster.port(),
                authority.certificate(root).display(),
                with_paths(lists, directory.path()),
            );
            let ours = here.posemo(&format!("{conninfo} allow_legacy_certificate=on"));
            results.push(((server, lists), ours, here.psql(&psql, &conninfo)));
        }
    }
    let expected = |(server, lists): (&str, &str), theirs: &Result<String, String>| {
        theirs.is_ok() && !is_stricter(server, lists)
    };
    let wrong: Vec<_> = results
        .iter()
        .filter(|(case, ours, theirs)| ours.is_ok() != expected(*case, theirs))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{wrong:#?}", wrong.len(), results.len());
    // Each difference that is listed exists.
    for case in STRICTER {
        let (_, _, theirs) = results.iter().find(|(found, ..)| *found == case).expect("a case");
        assert!(theirs.is_ok(), "{case:?}: {theirs:?}");
    }
    for (case, message) in [
        (("good", "sslcrl=all.crl"), "postgres|postgres|"),
        (("through", "sslcrldir=lists"), "postgres|postgres|"),
        (("revoked", "sslcrl=root.crl"), "the certificate CN=db.example is revoked by a list in"),
        (("under-revoked-ca", "sslcrldir=lists"), "the certificate CN=Revoked CA is revoked by"),
        (("through", "sslcrl=root.crl"), "the issuer CN=Between has no valid list of revoked"),
        (("good", "sslcrl=future.crl"), "the issuer CN=Root has no valid list of revoked"),
        (("good", "sslcrl=of-version-1.crl"), "of-version-1.crl is not of version 2"),
        (("good", "sslcrl=expired.crl"), "has expired; get the current one"),
        (("good", "sslcrl=namesake.crl"), "is not signed by the issuer that it names"),
        (("good", "sslcrl=revokes-root.crl"), "the certificate CN=Root is revoked by a list in"),
        (("good", "sslcrl=missing.crl"), "No such file or directory"),
        (("good", "sslcrl=empty.crl"), "it contains no list in PEM form"),
        (("self-signed", "sslcrl=self-signed.crl"), "cannot be checked with the lists"),
        (("version-1", "sslcrl=all.crl"), "as allow_legacy_certificate accepted it"),
    ] {
        let (_, ours, _) = results.iter().find(|(found, ..)| *found == case).expect("a case");
        let text = ours.as_ref().unwrap_or_else(|error| error);
        assert!(text.contains(message), "{case:?}: {text}");
    }
}

#[test]
fn the_default_list_is_that_of_the_home_directory() {
    need!("openssl", "psql");
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join(".postgresql");
    let authority = Authority::new(&directory);
    make_certificates(&authority);
    make_lists(&authority);
    let mut cluster = server();
    let psql = psql(cluster.bindir());
    let here = Surroundings::new(home.path(), &[]);
    // root.crt and root.crl are there already.
    for (server, more, accepted) in [
        ("good", String::new(), true),
        ("revoked", String::new(), false),
        // A named list replaces the default one.
        ("revoked", with_paths("sslcrl=expired.crl", &directory), false),
        ("through", with_paths("sslcrldir=lists", &directory), true),
        // Without a root file nothing is checked.
        ("revoked", "sslmode=require sslrootcert=/nowhere".to_owned(), true),
    ] {
        authority.present(&mut cluster, server, "root");
        let conninfo = format!(
            "host=db.example hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode=verify-ca {more}",
            cluster.port()
        );
        let (ours, theirs) = (here.posemo(&conninfo), here.psql(&psql, &conninfo));
        assert_eq!(ours.is_ok(), accepted, "{server} {more}: {ours:?}");
        assert_eq!(theirs.is_ok(), accepted, "{server} {more}: {theirs:?}");
    }
}
