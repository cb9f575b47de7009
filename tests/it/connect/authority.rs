//! Keys, certificates and lists of revoked ones, made with the openssl program as in PostgreSQL's manual.
//!
//! It checks none of them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use posemo::tempserver::TemporaryServer;

/// A directory of keys and certificates: `<name>.crt` and `<name>.key`.
pub(super) struct Authority {
    pub(super) directory: PathBuf,
}

impl Authority {
    pub(super) fn new(directory: &Path) -> Authority {
        fs::create_dir_all(directory).expect("a directory for certificates");
        Authority { directory: directory.to_owned() }
    }

    pub(super) fn certificate(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.crt"))
    }

    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.key"))
    }

    /// Signs itself, as by the first commands of the manual.
    pub(super) fn self_signed(&self, name: &str, common_name: &str, more: &[&str]) {
        let subject = format!("/CN={common_name}");
        let fixed =
            ["req", "-new", "-x509", "-nodes", "-subj", &subject, "-out", &format!("{name}.crt")];
        let key = format!("{name}.key");
        let newkey =
            if more.contains(&"-newkey") { [].as_slice() } else { &["-newkey", "rsa:2048"] };
        self.openssl(
            &[&fixed, ["-keyout", &key, "-days", "365"].as_slice(), newkey, more].concat(),
        );
        self.close(name);
    }

    /// Signs itself through a request; without extensions the certificate is of version 1.
    pub(super) fn self_signed_request(
        &self,
        name: &str,
        common_name: &str,
        extensions: &str,
        days: &str,
    ) {
        let (subject, file) = (format!("/CN={common_name}"), format!("{name}.ext"));
        let (request, key, out) =
            (format!("{name}.csr"), format!("{name}.key"), format!("{name}.crt"));
        self.openssl(&[
            "req", "-new", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request,
        ]);
        let mut arguments =
            vec!["x509", "-req", "-in", &request, "-signkey", &key, "-days", days, "-out", &out];
        if !extensions.is_empty() {
            fs::write(self.directory.join(&file), extensions).expect("extensions are written");
            arguments.extend(["-extfile", &file]);
        }
        self.openssl(&arguments);
        self.close(name);
    }

    /// Signed by another; without extensions it is made as by the manual, which gives version 1 with OpenSSL before 3.2.
    pub(super) fn signed(
        &self,
        name: &str,
        common_name: &str,
        by: &str,
        extensions: &str,
        more: &[&str],
    ) {
        let subject = format!("/CN={common_name}");
        let (request, key, out) =
            (format!("{name}.csr"), format!("{name}.key"), format!("{name}.crt"));
        let newkey = if more.contains(&"-newkey") { more } else { &["-newkey", "rsa:2048"] };
        self.openssl(
            &[
                ["req", "-new", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request]
                    .as_slice(),
                newkey,
            ]
            .concat(),
        );
        let (ca, ca_key, file) = (format!("{by}.crt"), format!("{by}.key"), format!("{name}.ext"));
        let mut arguments = vec![
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-out",
            &out,
        ];
        if !extensions.is_empty() {
            fs::write(self.directory.join(&file), extensions).expect("extensions are written");
            arguments.extend(["-extfile", &file]);
        }
        let days = if more.contains(&"-days") { more } else { &["-days", "365"] };
        self.openssl(&[&arguments, days].concat());
        self.close(name);
    }

    /// Writes `<name>.crl`, the list of the certificates that an issuer revokes, with further lines of openssl's
    /// configuration and further options.
    pub(super) fn list(
        &self,
        name: &str,
        issuer: &str,
        revoked: &[&str],
        settings: &str,
        more: &[&str],
    ) {
        let write = |kind: &str, text: &str| {
            fs::write(self.directory.join(format!("{name}.{kind}")), text).expect("a file");
        };
        write("index", "");
        write("number", "01\n");
        let configuration = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = {name}.index\ndefault_md = sha256\n\
             default_crl_days = 30\n{settings}\n[extensions]\nauthorityKeyIdentifier = keyid\n"
        );
        write("cnf", &configuration);
        let (cnf, crt, key) =
            (format!("{name}.cnf"), format!("{issuer}.crt"), format!("{issuer}.key"));
        let ca = ["ca", "-config", &cnf, "-cert", &crt, "-keyfile", &key];
        for revoked in revoked {
            let revoked = format!("{revoked}.crt");
            self.openssl(&[&ca, ["-revoke", &revoked].as_slice()].concat());
        }
        let out = format!("{name}.crl");
        self.openssl(&[&ca, ["-gencrl", "-out", &out].as_slice(), more].concat());
    }

    /// The path of a list of revoked certificates.
    pub(super) fn crl(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.crl"))
    }

    /// Joins lists into one file.
    pub(super) fn join(&self, name: &str, parts: &[&str]) {
        let text = |part: &&str| fs::read_to_string(self.crl(part)).expect("a list");
        fs::write(self.crl(name), parts.iter().map(text).collect::<String>()).expect("a file");
    }

    /// A directory with lists, named as OpenSSL looks for them.
    pub(super) fn crl_directory(&self, name: &str, lists: &[&str]) -> PathBuf {
        let directory = self.directory.join(name);
        fs::create_dir_all(&directory).expect("a directory for lists");
        for list in lists {
            let copy = directory.join(format!("{list}.crl"));
            fs::copy(self.crl(list), &copy).expect("a list is copied");
        }
        self.openssl(&["rehash", &directory.display().to_string()]);
        directory
    }

    /// Appends the certificate of another, as a server with an intermediate CA must.
    pub(super) fn append(&self, name: &str, other: &str) {
        let text = |name| fs::read_to_string(self.certificate(name)).expect("a certificate");
        fs::write(self.certificate(name), text(name) + &text(other)).expect("a chain is written");
    }

    /// Restarts a server with a certificate, and with the CA for its clients' certificates.
    pub(super) fn present(&self, cluster: &mut TemporaryServer, name: &str, issuer: &str) {
        let data = cluster.data().to_owned();
        install(&self.certificate(name), &data.join("server.crt"));
        install(&self.key(name), &data.join("server.key"));
        install(&self.certificate(issuer), &data.join("root.crt"));
        cluster
            .restart(&[("ssl", "on"), ("ssl_ca_file", "root.crt")])
            .expect("the server takes the certificate");
    }

    fn close(&self, name: &str) {
        fs::set_permissions(self.key(name), fs::Permissions::from_mode(0o600))
            .expect("a key is closed");
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl").args(arguments).current_dir(&self.directory).output();
        let output = output.expect("these tests need the openssl program");
        assert!(
            output.status.success(),
            "openssl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Copies a file for the account that runs the server.
fn install(from: &Path, to: &Path) {
    let owner = fs::metadata(to.parent().expect("a file in a directory"))
        .expect("the data directory exists");
    fs::copy(from, to).expect("a file is copied");
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).expect("a file is closed");
    chown(to, Some(owner.uid()), Some(owner.gid())).expect("a file gets its owner");
}
