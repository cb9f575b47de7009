//! Builds the image of `bin/container`, and runs the program from its files as its user.
//!
//! A container engine is not needed: the test unpacks the layers, and changes into their directory.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use posemo::tempserver::ServerOptions;
use serde_json::Value;
use tempfile::TempDir;

use super::packages::REPOSITORY;
use super::work_directory::{is_root, program, run};
use crate::programs::skip;
use crate::server::{POSEMO, Server};

/// An image in OCI's format, unpacked.
struct Image {
    folder: TempDir,
    config: Value,
    layers: Vec<PathBuf>,
}

impl Image {
    fn build() -> Image {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(Path::new(REPOSITORY).join("bin/container"));
        run(command.args(["--binary", POSEMO, "--into"]).arg(folder.path()));
        let archive = concat!("posemo-", env!("CARGO_PKG_VERSION"), ".oci.tar");
        fs::create_dir(folder.path().join("oci")).unwrap();
        run(Command::new("tar").args(["-C", "oci", "-xf", archive]).current_dir(&folder));
        let blob = |descriptor: &Value| {
            let hash = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
            folder.path().join("oci/blobs/sha256").join(hash)
        };
        let read = |path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
        let index = read(folder.path().join("oci/index.json"));
        let manifest = read(blob(&index["manifests"][0]));
        let config = read(blob(&manifest["config"]))["config"].clone();
        let layers = manifest["layers"].as_array().unwrap().iter().map(blob).collect();
        Image { folder, config, layers }
    }

    /// Every path of the layers that is not a directory, with its owner, and every directory of another user than root.
    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for layer in &self.layers {
            let list = run(Command::new("tar").args(["--numeric-owner", "-tvf"]).arg(layer));
            for line in list.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                if !words[0].starts_with('d') || words[1] != "0/0" {
                    files.insert(words[5].trim_end_matches('/').to_owned(), words[1].to_owned());
                }
            }
        }
        files
    }

    /// Unpacks the layers, and adds what a container engine adds: the names of the machine, /dev and /proc.
    fn unpack(&self) -> PathBuf {
        let root = self.folder.path().join("unpacked");
        fs::create_dir(&root).unwrap();
        for layer in &self.layers {
            run(Command::new("tar")
                .args(["--numeric-owner", "-xpf"])
                .arg(layer)
                .current_dir(&root));
        }
        fs::write(root.join("etc/hosts"), "127.0.0.1 database.example\n").unwrap();
        for folder in ["dev", "proc/self"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        run(Command::new("cp").args(["-a", "/dev/null"]).arg(root.join("dev")));
        symlink("/usr/bin/posemo", root.join("proc/self/exe")).unwrap();
        run(Command::new("chmod").arg("755").arg(self.folder.path()));
        root
    }
}

#[test]
#[ignore = "needs buildah: make receivers"]
fn the_image_contains_the_program_and_runs_it() {
    if !is_root() {
        skip("only root can change into the directory of an image");
        return;
    }
    program("buildah", "buildah");
    let image = Image::build();
    let text = |key: &str| image.config[key].to_string();
    assert_eq!(text("User"), r#""9847:9847""#);
    assert_eq!(text("Entrypoint"), r#"["/usr/bin/posemo"]"#);
    assert_eq!(text("Cmd"), r#"["serve","--config","/etc/posemo/posemo.toml"]"#);
    let files = image.files();
    // The only path that the program may write to is the directory of the history.
    let own: Vec<&String> =
        files.iter().filter(|(_, owner)| *owner != "0/0").map(|(path, _)| path).collect();
    assert_eq!(own, ["var/lib/posemo"], "{files:#?}");
    let programs: Vec<&String> = files
        .keys()
        .filter(|path| !path.contains("/doc/") && !path.starts_with("etc/"))
        .filter(|path| !path.rsplit('/').next().unwrap().contains(".so."))
        .collect();
    assert_eq!(programs, ["usr/bin/posemo", "var/lib/posemo"], "{files:#?}");
    for path in ["etc/ssl/certs/ca-certificates.crt", "usr/share/doc/libc6/copyright"] {
        assert!(files.contains_key(path), "{path}: {files:#?}");
    }
    let root = image.unpack();
    let posemo = |arguments: &[&str]| -> Output {
        let mut chroot = Command::new(program("chroot", "coreutils"));
        chroot.arg("--userspec=9847:9847").arg(&root).arg("/usr/bin/posemo").args(arguments);
        chroot.env_clear();
        for variable in image.config["Env"].as_array().unwrap() {
            let (name, value) = variable.as_str().unwrap().split_once('=').unwrap();
            chroot.env(name, value);
        }
        chroot.output().unwrap()
    };
    let server = Server::start(&ServerOptions {
        tcp: true,
        hba: Some("host all all 127.0.0.1/32 trust\nlocal all all trust\n".to_owned()),
        ..ServerOptions::default()
    });
    server.install(&["--check", "alive,superusers"]);
    let port = server.0.port().to_string();
    // The C library of the image resolves the name; `superusers` runs a script in another process.
    for check in ["alive", "superusers"] {
        let output = posemo(&["check", check, "-H", "database.example", "-p", &port]);
        let line = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(0) && line.contains(" OK - "), "{line}");
    }
    let output = posemo(&["check", "alive", "-H", "absent.example", "-p", &port]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    // Without settings, the command of the image names the missing file.
    let output = posemo(&["serve", "--config", "/etc/posemo/posemo.toml"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("/etc/posemo/posemo.toml"), "{error}");
}
