//! Archives are signed as files, unpacked in memory, and refused if they contain other entries than checks.
//!
//! Hostile entries are written byte by byte, because archive programs do not write them.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use posemo::catalog::Catalog;
use posemo::catalog::source;
use posemo::signature::policy::SignaturePolicy;
use tar::{Builder, EntryType, Header};

use super::signer::{Signer, files};
use super::{names, refused};
use crate::catalog::Folder;
use crate::programs::need;

/// An archive that is being written.
struct Archive(Builder<Vec<u8>>);

impl Archive {
    /// An archive of the two checks, below a folder.
    fn good(prefix: &str) -> Archive {
        let mut archive = Archive(Builder::new(Vec::new()));
        for (name, text) in files() {
            archive.add(format!("{prefix}{name}").as_bytes(), EntryType::Regular, text.as_bytes());
        }
        archive
    }

    /// Adds an entry without validating its name.
    fn add(&mut self, name: &[u8], kind: EntryType, bytes: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file that is removed with its folder.
fn file(folder: &Folder, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn archives_of_every_format_are_accepted() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), Folder::new("archives"));
    for prefix in ["", "./", "my_checks/", "./my_checks/"] {
        let bytes = Archive::good(prefix).bytes();
        for (name, bytes) in
            [("a.tar", bytes.clone()), ("a.tar.gz", gzip(&bytes)), ("a.tgz", gzip(&bytes))]
        {
            let path = file(&folder, name, &bytes);
            for options in ["", "-l"] {
                signer.sign(&path, options);
                let trust = SignaturePolicy { required_by: Some("x".to_owned()), ..signer.trust() };
                assert_eq!(names(&path, &trust).unwrap(), ["first", "second"], "{prefix}{name}");
            }
        }
    }
    let mut catalog = Catalog::empty();
    let path = folder.path().join("a.tgz");
    catalog.add_folders(source::read(&path, &signer.trust()).unwrap()).unwrap();
    let check = catalog.get("first").unwrap();
    assert_eq!(check.place, format!("{}/my_checks/first", path.display()));
}

/// Archives of tar and git, with folders, long names and a global header.
#[test]
fn archives_of_other_programs_are_accepted() {
    let folder = super::checks_folder();
    let long = format!("first/cases/{}.toml", "long".repeat(40));
    folder.write(&long, "");
    for options in [
        "--format=gnu",
        "--format=pax",
        "--format=ustar --exclude=long*",
        "--format=v7 --exclude=long*",
    ] {
        let script = format!("tar {options} -czf ../$$.tgz . && mv ../$$.tgz packed.tgz");
        let packed = std::process::Command::new("sh")
            .args(["-e", "-c", &script])
            .current_dir(folder.path())
            .status();
        assert!(packed.unwrap().success());
        let path = folder.path().join("packed.tgz");
        assert_eq!(
            names(&path, &SignaturePolicy::default()).unwrap(),
            ["first", "second"],
            "{options}"
        );
    }
    let mut archive = Archive(Builder::new(Vec::new()));
    archive.add(b"pax_global_header", EntryType::XGlobalHeader, b"19 comment=0123abc\n");
    let bytes = [&archive.bytes()[..1024], &Archive::good("x/").bytes()].concat();
    let path = file(&folder, "git.tar", &bytes);
    assert_eq!(names(&path, &SignaturePolicy::default()).unwrap(), ["first", "second"]);
}

#[test]
fn hostile_entries_are_refused_by_name() {
    let folder = Folder::new("hostile");
    let path = folder.path().join("a.tar");
    let (regular, other) = (EntryType::Regular, "is neither a regular file nor a folder");
    let link = "is a link; an archive of checks contains only regular files and folders";
    let control = "has a control character or a backslash in its name";
    let cases: [(&[u8], EntryType, &str, &str); 20] = [
        (b"../evil", regular, "../evil", "has a name that leaves the folder"),
        (b"first/../../evil", regular, "first/../../evil", "has a name that leaves the folder"),
        (b"..", EntryType::Directory, "..", "has a name that leaves the folder"),
        (b"/etc/evil", regular, "/etc/evil", "has an absolute name"),
        (b".//etc/evil", regular, ".//etc/evil", "has an absolute name"),
        (b"first//evil", regular, "first//evil", "has a name with an empty part"),
        (b"first/./evil", regular, "first/./evil", "has a name with an empty part"),
        (b"", regular, "", "has a name with an empty part"),
        (b"evil\xff", regular, "evil\u{fffd}", "has a name that is not UTF-8"),
        (b"evil\x1b[2J", regular, "evil\\x1b[2J", control),
        (b"..\\evil", regular, "..\\evil", control),
        (b"first/query.sql", regular, "first/query.sql", "exists twice"),
        (b"./first/query.sql", regular, "first/query.sql", "exists twice"),
        (b"first/query.sql/x", regular, "first/query.sql", "is both a file and a folder"),
        (b"evil", EntryType::Symlink, "evil", link),
        (b"evil", EntryType::Link, "evil", link),
        (b"evil", EntryType::Char, "evil", other),
        (b"evil", EntryType::Block, "evil", other),
        (b"evil", EntryType::Fifo, "evil", other),
        (b"evil", EntryType::Continuous, "evil", other),
    ];
    for (name, kind, shown, problem) in cases {
        let mut archive = Archive::good("");
        archive.add(name, kind, b"");
        fs::write(&path, archive.bytes()).unwrap();
        let error = refused(&path, &SignaturePolicy::default());
        assert_eq!(error, format!("C is refused: {shown} {problem}"));
    }
}

#[test]
fn bombs_and_broken_archives_are_refused() {
    let folder = Folder::new("bombs");
    let good = Archive::good("").bytes();
    let zeros = gzip(&vec![0; 13 * 1024 * 1024]);
    let mut large = Archive::good("");
    large.add(b"large", EntryType::Regular, &vec![b'x'; 1024 * 1024 + 1]);
    let mut many = Archive::good("");
    (0..10_000)
        .for_each(|number| many.add(format!("f{number}").as_bytes(), EntryType::Regular, b""));
    let huge = {
        let mut header = Header::new_gnu();
        header.set_path("huge").unwrap();
        header.set_size(u64::MAX - 5);
        header.set_cksum();
        [header.as_bytes().as_slice(), &[0; 2048]].concat()
    };
    let with = |tail: &[u8]| [good.as_slice(), tail].concat();
    for (name, bytes, expected) in [
        ("a.tgz", zeros.repeat(5), "C is larger than 64 MiB when uncompressed"),
        ("a.tar", large.bytes(), "C is refused: large is larger than 1024 KiB"),
        ("a.tar", many.bytes(), "C has more than 10000 entries"),
        ("a.tar", huge, "C is not a valid archive: size overflow"),
        ("a.tar", with(&good), "C has data after its end"),
        ("a.tar", Vec::new(), "C is truncated"),
        ("a.tar", vec![0; 1024], "C: contains no check"),
        ("a.tar", b"nonsense".repeat(200), "C is not a valid archive: "),
        ("a.tgz", good.clone(), "C cannot be uncompressed: "),
        ("a.tgz", [gzip(&good), b"more".to_vec()].concat(), "C cannot be uncompressed: "),
        ("a.tgz", gzip(&with(&good)), "C has data after its end"),
        (
            "a.zip",
            good.clone(),
            "C is a file; give the folder of the check, its parent folder, or an archive (.tar, .tar.gz or .tgz)",
        ),
    ] {
        let path = file(&folder, name, &bytes);
        let error = refused(&path, &SignaturePolicy::default());
        assert!(error.starts_with(expected), "{error}\n  expected {expected}");
    }
}

/// Unsigned archives, so that only their format is tested.
#[test]
fn truncated_archives_are_refused() {
    let folder = Folder::new("truncated");
    let good = Archive::good("").bytes();
    let small = gzip(&good);
    let mut tried = 0;
    for (name, bytes, step) in [("a.tar", &good, 256), ("a.tgz", &small, 3)] {
        for length in (0..bytes.len()).step_by(step) {
            let path = file(&folder, name, &bytes[..length]);
            assert!(
                names(&path, &SignaturePolicy::default()).is_err(),
                "{name} cut off at {length}"
            );
            tried += 1;
        }
    }
    writeln!(std::io::stdout(), "archives: {tried} truncated ones refused").unwrap();
}

#[test]
fn every_altered_byte_of_a_signed_archive_is_refused() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), Folder::new("altered"));
    let good = gzip(&Archive::good("").bytes());
    let path = file(&folder, "a.tgz", &good);
    signer.sign(&path, "");
    let altered = format!(
        "C is refused: C.minisig does not match: the file or the signature was altered after the key {} signed it",
        signer.id()
    );
    for index in (0..good.len()).step_by(5) {
        let mut bad = good.clone();
        bad[index] ^= 1;
        fs::write(&path, bad).unwrap();
        assert_eq!(refused(&path, &signer.trust()), altered);
    }
    fs::write(&path, &good).unwrap();
    assert!(names(&path, &signer.trust()).is_ok());
}
