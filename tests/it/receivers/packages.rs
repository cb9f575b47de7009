//! Installs the packages of `bin/packages` in minimal systems of Debian, uses them, and removes them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Instant;

use posemo::tempserver::ServerOptions;
use tempfile::TempDir;

use super::print_line;
use super::work_directory::{is_root, program, run};
use crate::programs::skip;
use crate::server::{POSEMO, Server};

pub(super) const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// The user of Nagios and Icinga in the minimal systems; their packages create it.
const MONITORING: &str = "120:120";

/// The units of the package, and those that an administrator can enable.
const UNITS: [&str; 4] =
    ["posemo.service", "posemo.socket", "posemo-run.timer", "posemo-run.service"];

/// Both packages, built from the program under test.
struct Packages {
    folder: TempDir,
    deb: PathBuf,
    rpm: PathBuf,
}

impl Packages {
    fn build() -> Packages {
        let folder = tempfile::tempdir().unwrap();
        run(packages(folder.path()).args(["--binary", POSEMO, "--compression", "0"]));
        let file = |end: &str| {
            let mut files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
            files.find(|file| file.to_str().unwrap().ends_with(end)).unwrap()
        };
        let (deb, rpm) = (file(".deb"), file(".rpm"));
        Packages { folder, deb, rpm }
    }

    fn hashes(&self) -> String {
        fs::read_to_string(self.folder.path().join("SHA256SUMS")).unwrap()
    }
}

fn packages(into: &Path) -> Command {
    let mut command = Command::new(Path::new(REPOSITORY).join("bin/packages"));
    command.arg("--into").arg(into);
    command
}

/// A minimal system of Debian, in which programs run as in a container.
struct Debian {
    root: TempDir,
    release: &'static str,
}

impl Debian {
    fn unpack(release: &'static str) -> Debian {
        let roots = std::env::var_os("POSEMO_DEBIAN_ROOTS").map(PathBuf::from);
        let roots = roots.unwrap_or_else(|| Path::new(REPOSITORY).join(".cache/debian"));
        let file = roots.join(format!("{release}.tar"));
        assert!(file.exists(), "{} is missing: run bin/debian-root", file.display());
        let root = tempfile::tempdir().unwrap();
        run(Command::new("tar").args(["--numeric-owner", "-xpf"]).arg(file).current_dir(&root));
        // Other users must reach the programs.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Not each machine that runs tests may mount /proc. The program needs only its own path from there.
        fs::create_dir(root.path().join("proc/self")).unwrap();
        symlink("/usr/bin/posemo", root.path().join("proc/self/exe")).unwrap();
        let debian = Debian { root, release };
        debian.add_user("nagios", MONITORING);
        debian
    }

    /// Adds what the packages of the monitoring system and of the server add: a user.
    fn add_user(&self, name: &str, ids: &str) {
        let (_, group) = ids.split_once(':').unwrap();
        for (file, line) in [
            ("etc/passwd", format!("{name}:x:{ids}::/nonexistent:/bin/sh\n")),
            ("etc/group", format!("{name}:x:{group}:\n")),
        ] {
            let mut file = fs::OpenOptions::new().append(true).open(self.path(file)).unwrap();
            file.write_all(line.as_bytes()).unwrap();
        }
    }

    /// Copies the server programs of this machine, with the libraries that the minimal system lacks, and their user.
    fn add_postgresql(&self) {
        let (bindir, _) = Server::here();
        let programs = ["postgres", "initdb"].map(|name| bindir.join(name).canonicalize().unwrap());
        let [postgres, initdb] = &programs;
        let is_packaged = postgres.starts_with("/usr/lib/postgresql");
        assert!(is_packaged, "{} is not of the package postgresql", postgres.display());
        let major = postgres.ancestors().nth(2).unwrap();
        let share = Path::new("/usr/share/postgresql").join(major.file_name().unwrap());
        let zone = PathBuf::from("/usr/share/zoneinfo/UTC");
        let mut needed = vec![major.join("bin"), major.join("lib"), share, zone];
        // initdb may be a replacement that keeps what it made.
        let initdb = if initdb.starts_with(major) { initdb } else { &major.join("bin/initdb") };
        let list = run(Command::new("ldd").args([postgres, initdb]));
        let libraries = list.lines().filter_map(|line| line.split_once(" => "));
        needed.extend(libraries.map(|(_, path)| path.split(' ').next().unwrap().into()));
        for path in needed {
            let copy = self.path(path.strip_prefix("/").unwrap().to_str().unwrap());
            if !copy.exists() {
                fs::create_dir_all(copy.parent().unwrap()).unwrap();
                run(Command::new("cp").args(["-rL"]).args([&path, &copy]));
            }
        }
        self.add_user("postgres", "110:110");
        // It is in memory, and everyone's.
        fs::set_permissions(self.path("dev/shm"), fs::Permissions::from_mode(0o1777)).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn output(&self, user: &str, command: &str) -> Output {
        let mut chroot = Command::new("chroot");
        chroot.arg(format!("--userspec={user}")).arg(self.root.path()).args(["/bin/sh", "-c"]);
        chroot.arg(command).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        chroot.env("HOME", "/nonexistent").env("DEBIAN_FRONTEND", "noninteractive");
        chroot.output().unwrap()
    }

    /// Runs a command as root. Fails with its output.
    fn shell(&self, command: &str) -> String {
        let output = self.output("0:0", command);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{}: {command}: {text}", self.release);
        text
    }

    /// All files with type, mode, owner and target, except what systemd and dpkg write at every installation.
    fn files(&self) -> Vec<String> {
        let print = r"%P %y %m %U:%G %l\n";
        let list = run(Command::new("find").arg(self.root.path()).args(["-printf", print]));
        let other = ["run/systemd", "var/log/dpkg.log", "var/lib/rpm"];
        let mut files: Vec<String> = list.lines().map(str::to_owned).collect();
        files.retain(|file| !other.iter().any(|other| file.starts_with(other)));
        files.sort();
        files
    }
}

/// The lines of one list that the other does not contain.
fn added(before: &[String], after: &[String]) -> Vec<String> {
    after.iter().filter(|file| before.binary_search(file).is_err()).cloned().collect()
}

/// The program connects to a server from the minimal system, as root and as the user of the monitoring system.
fn monitor(debian: &Debian, server: &Server) {
    let port = server.0.port();
    let version = debian.shell("posemo --version");
    assert_eq!(version.trim(), concat!("posemo ", env!("CARGO_PKG_VERSION")));
    let settings = debian.path("etc/posemo/posemo.toml");
    let example = fs::read_to_string(&settings).unwrap();
    assert!(debian.shell("posemo config check --strict").contains("0 targets"), "{example}");
    // Each line of the example that is a setting is a valid one.
    let uncommented: Vec<&str> = example
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    fs::write(&settings, uncommented.join("\n")).unwrap();
    assert!(debian.shell("posemo config check --strict").contains("1 target,"), "{uncommented:?}");
    let target = format!("{example}[targets.db1]\nhost = \"127.0.0.1\"\nport = {port}\n");
    fs::write(&settings, target).unwrap();
    let plugin = "/usr/lib/nagios/plugins/check_posemo alive --target db1";
    let output = debian.output(MONITORING, plugin);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && text.contains("OK"), "{text}");
    let plugin = "/usr/lib/nagios/plugins/check_posemo alive -H 127.0.0.1 -p 1";
    let output = debian.output(MONITORING, plugin);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The demonstration, as root or as the user of the server. The server refuses root, so that posemo starts it as its user.
fn demonstrate(debian: &Debian, user: &str) {
    let output = debian.output(user, "posemo demo");
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {text}{errors}", debian.release);
    assert!(
        text.contains(" services: ") && text.contains("CRITICAL  sequence_usage (shop)"),
        "{text}"
    );
}

/// Installs, uses, installs again over itself, removes and purges the package.
fn the_deb(debian: &Debian, deb: &Path, server: &Server, user: &str) {
    debian.add_postgresql();
    let before = debian.files();
    let install = || {
        fs::copy(deb, debian.path("tmp/posemo.deb")).unwrap();
        let text = debian.shell("dpkg --install /tmp/posemo.deb");
        fs::remove_file(debian.path("tmp/posemo.deb")).unwrap();
        text
    };
    install();
    let installed = added(&before, &debian.files());
    assert!(!installed.iter().any(|file| file.starts_with("etc/systemd")), "{installed:#?}");
    monitor(debian, server);
    demonstrate(debian, user);
    let units = UNITS.join(" ");
    let verified = debian.shell(&format!("systemd-analyze verify --man=no {units}"));
    assert_eq!(verified, "", "{}", debian.release);
    debian.shell("systemctl --quiet enable posemo posemo.socket posemo-run.timer");
    for name in ["multi-user.target.wants/posemo.service", "timers.target.wants/posemo-run.timer"] {
        let link = debian.path("etc/systemd/system").join(name);
        assert!(link.symlink_metadata().is_ok(), "{}", link.display());
    }
    // What the service writes.
    debian.shell("mkdir -p /var/lib/private/posemo && echo >/var/lib/private/posemo/history.db");
    debian.shell("ln -s private/posemo /var/lib/posemo");
    let settings = fs::read(debian.path("etc/posemo/posemo.toml")).unwrap();
    assert!(install().contains("over"), "no upgrade");
    assert_eq!(fs::read(debian.path("etc/posemo/posemo.toml")).unwrap(), settings);
    assert!(debian.path("etc/systemd/system/sockets.target.wants/posemo.socket").is_symlink());
    // The removal keeps settings and history; the purge keeps nothing.
    debian.shell("dpkg --remove posemo");
    let kept: Vec<String> = added(&before, &debian.files())
        .iter()
        .filter(|file| !file.starts_with("var/lib/dpkg/"))
        .map(|file| file.split(' ').next().unwrap().to_owned())
        .collect();
    let expected = [
        "etc/posemo",
        "etc/posemo/posemo.toml",
        "var/lib/posemo",
        "var/lib/private/posemo",
        "var/lib/private/posemo/history.db",
    ];
    assert_eq!(kept, expected, "{}", debian.release);
    debian.shell("dpkg --purge posemo");
    let after = debian.files();
    assert_eq!(added(&before, &after), [""; 0], "{}: left", debian.release);
    assert_eq!(added(&after, &before), [""; 0], "{}: removed", debian.release);
}

/// Installs and removes the package with RPM, in a system whose libraries RPM does not know.
fn the_rpm(debian: &Debian, rpm: &Path) {
    let list = run(Command::new("rpm").args(["--query", "--list", "--package"]).arg(rpm));
    for file in [
        "/etc/posemo/posemo.toml",
        "/usr/bin/posemo",
        "/usr/lib/systemd/system/posemo.service",
        "/usr/lib64/nagios/plugins/check_posemo",
        "/usr/share/licenses/posemo/LICENSE.txt",
        "/usr/share/licenses/posemo/THIRD-PARTY.txt",
        "/usr/share/man/man1/posemo-check.1.gz",
        "/usr/share/zsh/site-functions/_posemo",
    ] {
        assert!(list.lines().any(|line| line == file), "{file}: {list}");
    }
    let query =
        |option: &str| run(Command::new("rpm").args(["--query", "--package", option]).arg(rpm));
    assert_eq!(query("--configfiles").trim(), "/etc/posemo/posemo.toml");
    assert!(query("--requires").contains("libc.so.6(GLIBC_2."), "{}", query("--requires"));
    // Each system with RPM has this directory.
    fs::create_dir(debian.path("usr/share/licenses")).unwrap();
    let before = debian.files();
    let in_root = || {
        let mut command = Command::new("rpm");
        command.arg("--root").arg(debian.root.path()).args(["--dbpath", "/var/lib/rpm"]);
        command
    };
    run(in_root().args(["--install", "--nodeps"]).arg(rpm));
    assert!(debian.shell("posemo config check").contains("0 targets"));
    let plugin = "/usr/lib64/nagios/plugins/check_posemo alive -H 127.0.0.1 -p 1";
    assert_eq!(debian.output(MONITORING, plugin).status.code(), Some(2));
    let changed = run(in_root().args(["--verify", "--nodeps", "posemo"]));
    assert_eq!(changed, "");
    debian.shell("systemctl --quiet enable posemo");
    run(in_root().args(["--install", "--upgrade", "--force", "--nodeps"]).arg(rpm));
    assert!(debian.path("etc/systemd/system/multi-user.target.wants/posemo.service").is_symlink());
    run(in_root().args(["--erase", "posemo"]));
    assert_eq!(added(&before, &debian.files()), [""; 0]);
}

/// The signature is that of the hashes, and only if the files have these hashes.
fn the_signature(packages_: &Packages) {
    let folder = packages_.folder.path();
    let keys = tempfile::tempdir().unwrap();
    let (secret, public) = (keys.path().join("key"), keys.path().join("key.pub"));
    run(Command::new("minisign").arg("-GW").arg("-s").arg(&secret).arg("-p").arg(&public));
    run(packages(folder).arg("--sign").arg(&secret));
    let verified = run(Command::new("minisign")
        .args(["-V", "-m", "SHA256SUMS", "-p"])
        .arg(&public)
        .current_dir(folder));
    assert!(verified.contains(concat!("posemo ", env!("CARGO_PKG_VERSION"))), "{verified}");
    let hashes = packages_.hashes();
    let wrong = hashes.replacen(|digit: char| digit.is_ascii_digit(), "a", 1);
    fs::write(folder.join("SHA256SUMS"), wrong).unwrap();
    let output = packages(folder).arg("--sign").arg(&secret).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("nothing is signed"), "{text}");
    fs::write(folder.join("SHA256SUMS"), hashes).unwrap();
}

#[test]
#[ignore = "needs rpm and systems of Debian: make receivers"]
fn packages_install_run_and_leave_nothing() {
    if !is_root() {
        skip("only root can install packages");
        return;
    }
    for (name, package) in [("rpmbuild", "rpm"), ("lintian", "lintian"), ("rpmlint", "rpmlint")] {
        program(name, package);
    }
    let began = Instant::now();
    let hba = "host all all 127.0.0.1/32 trust\nlocal all all trust\n".to_owned();
    let server = thread::spawn(move || {
        let options = ServerOptions { tcp: true, hba: Some(hba), ..ServerOptions::default() };
        let server = Server::start(&options);
        server.install(&["--check", "alive"]);
        server
    });
    let again = thread::spawn(Packages::build);
    let first = Packages::build();
    let hashes = first.hashes();
    assert_eq!(hashes.lines().count(), 3, "{hashes}");
    assert_eq!(hashes, again.join().unwrap().hashes(), "two builds differ");
    let built = began.elapsed();
    let server = server.join().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            // The address of the maintainer is written at the release, and only this package is not compressed.
            let tags = [
                "bogus-mail-host",
                "bogus-mail-host-in-debian-changelog",
                "uses-no-compression-for-control-tarball",
                "uses-no-compression-for-data-tarball",
            ];
            let mut lintian = Command::new("lintian");
            lintian.args(["--fail-on", "error,warning", "--suppress-tags", &tags.join(",")]);
            // It takes code for words.
            lintian.args(["--dont-check-part", "binaries/spelling"]);
            run(lintian.arg(&first.deb));
        });
        scope.spawn(|| {
            let settings = Path::new(REPOSITORY).join("packaging/rpmlint.toml");
            run(Command::new("rpmlint").arg("--config").arg(settings).arg(&first.rpm));
        });
        scope.spawn(|| the_deb(&Debian::unpack("trixie"), &first.deb, &server, "0:0"));
        let debian = Debian::unpack("bookworm");
        the_deb(&debian, &first.deb, &server, "110:110");
        the_rpm(&debian, &first.rpm);
        the_signature(&first);
    });
    print_line(&format!("packages: built twice in {built:.0?}, all in {:.0?}", began.elapsed()));
}
