//! Signs with the program minisign, with the commands in docs/signing.md, so that no code of posemo makes a signature.

use std::path::{Path, PathBuf};
use std::process::Command;

use posemo::signature::key::TrustedKey;
use posemo::signature::policy::SignaturePolicy;

use crate::catalog::{Folder, README};

/// The page about signing.
const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/signing.md"));

const MANIFEST: &str =
    "summary = \"Something\"\n\n[columns.n]\ntype = \"bigint\"\nrole = \"info\"\n";

/// A key pair.
pub(crate) struct Signer {
    home: Folder,
}

impl Signer {
    pub(crate) fn new() -> Signer {
        let signer = Signer { home: Folder::new("signer") };
        signer.shell(signer.home.path(), "minisign -G -W -p minisign.pub -s minisign.key");
        signer
    }

    /// The public key, as in settings.
    pub(crate) fn key(&self) -> String {
        let public = std::fs::read_to_string(self.home.path().join("minisign.pub")).unwrap();
        public.lines().nth(1).unwrap().to_owned()
    }

    pub(crate) fn trust(&self) -> SignaturePolicy {
        SignaturePolicy { keys: vec![self.key().parse::<TrustedKey>().unwrap()], required_by: None }
    }

    /// The id of the key, as minisign prints it.
    pub(crate) fn id(&self) -> String {
        let public = std::fs::read_to_string(self.home.path().join("minisign.pub")).unwrap();
        public.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned()
    }

    /// Signs a file; `-l` makes a signature of the older kind.
    pub(crate) fn sign(&self, file: &Path, options: &str) {
        let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap().to_str().unwrap());
        self.shell(folder, &format!("rm -f {name}.minisig; minisign -S {options} -m {name}"));
    }

    /// Signs a folder, with the commands of the page.
    pub(crate) fn sign_folder(&self, folder: &Path) {
        let lines = PAGE.split("```sh\n").find_map(|block| block.strip_prefix("cd my_checks\n"));
        self.shell(folder, lines.unwrap().split("```").next().unwrap());
    }

    fn shell(&self, folder: &Path, script: &str) {
        let output = Command::new("sh")
            .args(["-e", "-c", script])
            .current_dir(folder)
            .env("MINISIGN_CONFIG_DIR", self.home.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{script}: {error} (`bin/prerequisites test` installs minisign)"
        );
    }
}

/// A folder with two check folders, cases, and a file that is not part of a check.
pub(crate) fn checks_folder() -> Folder {
    let folder = Folder::new("signed");
    for (name, text) in files() {
        folder.write(&name, &text);
    }
    folder
}

/// The files of the folder.
pub(crate) fn files() -> Vec<(String, String)> {
    let check_files = |check: &str| {
        [
            ("check.toml", MANIFEST.to_owned()),
            ("query.sql", "SELECT 1::bigint AS n".to_owned()),
            ("README.md", README.to_owned()),
            ("cases/quiet.toml", "server = 17\nrows = [{ n = 1 }]\nexpect = []\n".to_owned()),
        ]
        .map(|(file, text)| (format!("{check}/{file}"), text))
    };
    let notes = ("NOTES".to_owned(), "ours\n".to_owned());
    check_files("first").into_iter().chain(check_files("second")).chain([notes]).collect()
}

/// A file of a folder.
pub(crate) fn at(folder: &Folder, name: &str) -> PathBuf {
    folder.path().join(name)
}
