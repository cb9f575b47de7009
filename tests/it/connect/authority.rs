//! Keys and certificates, made with the openssl program as PostgreSQL's manual makes them.
//!
//! It judges none of them.

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

    /// Signs itself, by the first recipe of the manual.
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

    /// Signs itself, and was over yesterday.
    pub(super) fn self_signed_over(&self, name: &str, common_name: &str) {
        let (subject, file) = (format!("/CN={common_name}"), format!("{name}.ext"));
        let (request, key, out) =
            (format!("{name}.csr"), format!("{name}.key"), format!("{name}.crt"));
        fs::write(self.directory.join(&file), "basicConstraints=CA:TRUE\n")
            .expect("extensions are written");
        self.openssl(&[
            "req", "-new", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request,
        ]);
        self.openssl(&[
            "x509", "-req", "-in", &request, "-signkey", &key, "-days", "-1", "-extfile", &file,
            "-out", &out,
        ]);
        self.close(name);
    }

    /// Signed by another; without extensions it is the manual's recipe, which gives version 1.
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

    /// Puts the certificate of another behind a certificate, as a server must that has one between.
    pub(super) fn append(&self, name: &str, other: &str) {
        let text = |name| fs::read_to_string(self.certificate(name)).expect("a certificate");
        fs::write(self.certificate(name), text(name) + &text(other)).expect("a chain is written");
    }

    /// Has a server take a certificate into use, and another as the issuer of its clients'.
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
        .expect("the data directory is there");
    fs::copy(from, to).expect("a file is copied");
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).expect("a file is closed");
    chown(to, Some(owner.uid()), Some(owner.gid())).expect("a file is given away");
}
