//! A signed folder is accepted only if it is exactly as it was signed.
//!
//! minisign makes all signatures.

mod archives;
mod command;
pub(crate) mod signer;

use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use posemo::catalog::Catalog;
use posemo::catalog::source;
use posemo::signature::key::TrustedKey;
use posemo::signature::policy::SignaturePolicy;

use crate::catalog::Folder;
use crate::programs::need;
use signer::{Signer, at, checks_folder};

/// The names of the checks of a folder or archive, or why it is refused.
fn names(path: &Path, trust: &SignaturePolicy) -> Result<Vec<String>, String> {
    let mut catalog = Catalog::empty();
    let reading = source::read(path, trust).map_err(|error| error.to_string())?;
    catalog.add_folders(reading).map_err(|error| error.to_string())?;
    Ok(catalog.names().map(str::to_owned).collect())
}

/// The error, with `C` for the path of the folder or archive.
fn refused(path: &Path, trust: &SignaturePolicy) -> String {
    let error = names(path, trust).expect_err("it must be refused");
    error.replace(&path.display().to_string(), "C")
}

#[test]
fn both_kinds_of_signatures_and_lists_are_accepted() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    let both = ["first", "second"].map(str::to_owned);
    signer.sign_folder(folder.path());
    assert_eq!(names(folder.path(), &signer.trust()).unwrap(), both);
    let reading = source::read(folder.path(), &signer.trust()).unwrap();
    assert_eq!(reading.signed_by.unwrap().id(), signer.id());
    let sums = at(&folder, "SHA256SUMS");
    signer.sign(&sums, "-l");
    assert_eq!(names(folder.path(), &signer.trust()).unwrap(), both);
    let binary = fs::read_to_string(&sums).unwrap().replace("  ./", " *");
    fs::write(&sums, binary).unwrap();
    signer.sign(&sums, "");
    assert_eq!(names(folder.path(), &signer.trust()).unwrap(), both);
    // One of the keys is enough, and without keys nothing is verified.
    let keys = [Signer::new(), signer].iter().flat_map(|signer| signer.trust().keys).collect();
    assert_eq!(names(folder.path(), &SignaturePolicy { keys, required_by: None }).unwrap(), both);
    fs::write(at(&folder, "SHA256SUMS.minisig"), "nonsense").unwrap();
    assert_eq!(names(folder.path(), &SignaturePolicy::default()).unwrap(), both);
}

#[test]
fn a_folder_that_is_one_check_is_signed_in_the_same_way() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    let check = at(&folder, "first");
    signer.sign_folder(&check);
    assert_eq!(names(&check, &signer.trust()).unwrap(), ["first"]);
    assert_eq!(names(&check, &SignaturePolicy::default()).unwrap(), ["first"]);
    fs::write(check.join("query.sql"), "SELECT 2::bigint AS n").unwrap();
    assert!(names(&check, &signer.trust()).is_err());
}

/// The signature of a folder covers the owner sets in it; that of a check covers none.
#[test]
fn owner_sets_are_signed_with_the_checks() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    let manifest = fs::read_to_string(at(&folder, "first/check.toml")).unwrap();
    folder.write("first/check.toml", &format!("owner = \"ops\"\n{manifest}"));
    let without = refused(folder.path(), &SignaturePolicy::default());
    assert!(without.contains("is the file owners/ops.toml beside the folder"), "{without}");
    folder.write("owners/ops.toml", "[schemas.ops]\nqueue = [\"state\"]\n");
    signer.sign_folder(folder.path());
    assert_eq!(names(folder.path(), &signer.trust()).unwrap(), ["first", "second"]);
    folder.write("owners/ops.toml", "[schemas.ops]\nqueue = \"*\"\n");
    let altered = refused(folder.path(), &signer.trust());
    assert!(altered.contains("owners/ops.toml was altered after it was signed"), "{altered}");
    signer.sign_folder(folder.path());
    folder.write("owners/more.toml", "[schemas.ops]\nqueue = \"*\"\n");
    let added = refused(folder.path(), &signer.trust());
    assert!(added.contains("owners/more.toml did not exist when the folder was signed"), "{added}");
    fs::remove_file(at(&folder, "owners/more.toml")).unwrap();
    fs::remove_file(at(&folder, "SHA256SUMS.minisig")).unwrap();
    let check = at(&folder, "first");
    assert_eq!(names(&check, &SignaturePolicy::default()).unwrap(), ["first"]);
    signer.sign_folder(&check);
    let alone = refused(&check, &signer.trust());
    assert!(alone.contains("unknown owner \"ops\""), "{alone}");
    // A file with another ending, and a set that exists twice.
    folder.write("owners/notes.txt", "ours");
    let other = refused(folder.path(), &SignaturePolicy::default());
    assert!(other.contains("owners/notes.txt: is not an owner set"), "{other}");
}

/// One bit of each byte, in the signature, the list and the files. The signature does not cover the untrusted comment.
#[test]
fn every_altered_byte_is_refused() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    signer.sign_folder(folder.path());
    let trust = signer.trust();
    let mut tried = 0;
    for (kind, file) in [
        ("", "SHA256SUMS.minisig"),
        ("-l", "SHA256SUMS.minisig"),
        ("", "SHA256SUMS"),
        ("", "first/check.toml"),
        ("", "second/README.md"),
        ("", "second/cases/quiet.toml"),
        ("", "NOTES"),
    ] {
        signer.sign(&at(&folder, "SHA256SUMS"), kind);
        let path = at(&folder, file);
        let good = fs::read(&path).unwrap();
        let protected = if file.ends_with("minisig") {
            good.iter().position(|byte| *byte == b'\n').unwrap()
        } else {
            0
        };
        for (index, bit) in (protected..good.len()).zip((0..8).cycle()) {
            let mut bad = good.clone();
            bad[index] ^= 1 << bit;
            fs::write(&path, bad).unwrap();
            let result = names(folder.path(), &trust);
            assert!(result.is_err(), "{file}: bit {bit} of byte {index}");
            tried += 1;
        }
        for length in (0..good.len() - 1).step_by(7) {
            fs::write(&path, &good[..length]).unwrap();
            assert!(names(folder.path(), &trust).is_err(), "{file} cut off at {length}");
            tried += 1;
        }
        fs::write(&path, &good).unwrap();
        assert!(names(folder.path(), &trust).is_ok(), "{file} unchanged");
    }
    writeln!(std::io::stdout(), "signed folder: {tried} alterations refused").unwrap();
}

/// Changes of a signed folder, and how they are reported.
#[test]
fn changes_of_a_signed_folder_are_reported() {
    type Change = fn(&Folder);
    need!("minisign");
    let changes: [(&str, Change); 16] = [
        ("first/query.sql was altered after it was signed", |folder| {
            folder.write("first/query.sql", "SELECT 2::bigint AS n");
        }),
        // Altered files are not parsed.
        ("first/check.toml was altered after it was signed", |folder| {
            folder.write("first/check.toml", "this is [no TOML");
        }),
        ("third/check.toml did not exist when the folder was signed", |folder| {
            folder.write("third/check.toml", "this is [no TOML");
        }),
        (".git/config did not exist when the folder was signed", |folder| {
            folder.write(".git/config", "");
        }),
        ("first/SHA256SUMS did not exist when the folder was signed", |folder| {
            folder.write("first/SHA256SUMS", "");
        }),
        ("second/README.md is missing, and existed when the folder was signed", |folder| {
            fs::remove_file(at(folder, "second/README.md")).unwrap();
        }),
        ("third/README.md did not exist when the folder was signed", |folder| {
            fs::rename(at(folder, "second"), at(folder, "third")).unwrap();
        }),
        ("second is a symbolic link", |folder| {
            fs::rename(at(folder, "second"), at(folder, "first/second")).unwrap();
            symlink("first/second", at(folder, "second")).unwrap();
        }),
        ("NOTES is a symbolic link", |folder| {
            fs::rename(at(folder, "NOTES"), at(folder, "first/NOTES")).unwrap();
            symlink("first/NOTES", at(folder, "NOTES")).unwrap();
        }),
        ("broken is a symbolic link", |folder| {
            symlink("/nonexistent", at(folder, "broken")).unwrap();
        }),
        ("first/pipe is not a regular file", |folder| {
            let made = std::process::Command::new("mkfifo").arg(at(folder, "first/pipe")).status();
            assert!(made.unwrap().success());
        }),
        ("a\u{fffd} has a name that is not UTF-8", |folder| {
            let name = std::ffi::OsString::from_vec(b"a\xff".to_vec());
            fs::write(folder.path().join(name), "").unwrap();
        }),
        ("a\\nb has a control character or a backslash in its name", |folder| {
            folder.write("a\nb", "");
        }),
        ("cannot read C/SHA256SUMS", |folder| {
            fs::remove_file(at(folder, "SHA256SUMS")).unwrap();
        }),
        ("cannot read C/SHA256SUMS", |folder| {
            fs::rename(at(folder, "SHA256SUMS"), at(folder, ".kept")).unwrap();
            symlink(".kept", at(folder, "SHA256SUMS")).unwrap();
        }),
        ("cannot read C/SHA256SUMS.minisig", |folder| {
            fs::remove_file(at(folder, "SHA256SUMS.minisig")).unwrap();
            symlink("/nonexistent", at(folder, "SHA256SUMS.minisig")).unwrap();
        }),
    ];
    let signer = Signer::new();
    for (text, change) in changes {
        let folder = checks_folder();
        signer.sign_folder(folder.path());
        assert!(names(folder.path(), &signer.trust()).is_ok());
        change(&folder);
        let error = refused(folder.path(), &signer.trust());
        let begin = if text.starts_with("cannot") { "" } else { "C is refused: " };
        assert!(error.starts_with(&format!("{begin}{text}")), "{error}\n  expected {text}");
    }
}

/// The text around the two signatures in a file must have minisign's format.
#[test]
fn signatures_that_minisign_does_not_write_are_refused() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    signer.sign_folder(folder.path());
    let path = at(&folder, "SHA256SUMS.minisig");
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let form =
        "is not a minisign signature, which has four lines and begins with \"untrusted comment: \"";
    let altered = format!(
        "does not match: the file or the signature was altered after the key {} signed it",
        signer.id()
    );
    for (text, fault) in [
        (String::new(), form),
        ("nonsense\n".repeat(4), form),
        (lines[1..].join("\n"), form),
        (lines[..3].join("\n"), form),
        (format!("{good}one line more\n"), form),
        (good.replacen("untrusted comment: ", "# ", 1), form),
        (good.replacen("\ntrusted comment: ", "\ncomment: ", 1), form),
        (good.replacen("\ntrusted comment: ", "\ntrusted comment: x", 1), altered.as_str()),
    ] {
        fs::write(&path, &text).unwrap();
        let error = refused(folder.path(), &signer.trust());
        let begin = "C/SHA256SUMS is refused: C/SHA256SUMS.minisig";
        assert_eq!(error, format!("{begin} {fault}"), "{text}");
    }
    // The first line is for people and can have any text.
    fs::write(&path, good.replacen("comment: ", "comment: ours, ", 1)).unwrap();
    assert!(names(folder.path(), &signer.trust()).is_ok());
}

/// A signed list can have a wrong format.
#[test]
fn lists_that_sha256sum_does_not_write_are_refused() {
    need!("minisign");
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let (signer, folder) = (Signer::new(), checks_folder());
    let form = "a line must have 64 lower-case hexadecimal digits, two spaces and a name";
    for (list, line, problem) in [
        (String::new(), 1, "the list is empty"),
        ("\n".to_owned(), 1, form),
        (format!("{hash}  a\n\n"), 2, form),
        (format!("{hash}  a\n{hash}  ./a\n"), 2, "a is listed twice"),
        (
            format!("\\{hash}  a\\nb\n"),
            1,
            "the name is escaped, so it contains a line break or a backslash",
        ),
        (format!("{hash}  ../a\n"), 1, "../a has a name that leaves the folder"),
        (format!("{hash}  a/../b\n"), 1, "a/../b has a name that leaves the folder"),
        (format!("{hash}  /etc/passwd\n"), 1, "/etc/passwd has an absolute name"),
        (format!("{hash}  \n"), 1, " has a name with an empty part"),
        (format!("{hash}  a//b\n"), 1, "a//b has a name with an empty part"),
        (format!("{hash}  a\r \n"), 1, "a\\r  has a control character or a backslash in its name"),
        (format!("{}  a\n", hash.to_uppercase()), 1, form),
        (format!("{}  a\n", &hash[1..]), 1, form),
        (format!("SHA256 (a) = {hash}\n"), 1, form),
        (format!("{hash} a\n"), 1, form),
    ] {
        folder.write("SHA256SUMS", &list);
        signer.sign(&at(&folder, "SHA256SUMS"), "");
        let error = refused(folder.path(), &signer.trust());
        assert_eq!(
            error,
            format!("C/SHA256SUMS:{line}: {problem}; write it with sha256sum"),
            "{list:?}"
        );
    }
    folder.write("SHA256SUMS", &"x".repeat(4 * 1024 * 1024 + 1));
    signer.sign(&at(&folder, "SHA256SUMS"), "");
    assert_eq!(refused(folder.path(), &signer.trust()), "cannot read C/SHA256SUMS");
}

#[test]
fn verified_files_are_not_read_again() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    signer.sign_folder(folder.path());
    let reading = source::read(folder.path(), &signer.trust()).unwrap();
    folder.write("first/query.sql", "SELECT 2::bigint AS n");
    fs::remove_dir_all(at(&folder, "second")).unwrap();
    let mut catalog = Catalog::empty();
    catalog.add_folders(reading).unwrap();
    assert_eq!(catalog.get("first").unwrap().queries[0].text, "SELECT 1::bigint AS n");
    assert_eq!(catalog.get("second").unwrap().queries[0].text, "SELECT 1::bigint AS n");
}

/// A file can have several signatures; one of a trusted key is enough.
#[test]
fn one_trusted_signature_of_several_is_enough() {
    need!("minisign");
    let folder = Folder::new("file");
    folder.write("checks.yml", "checks: []\n");
    let path = at(&folder, "checks.yml");
    let signers = [Signer::new(), Signer::new(), Signer::new()];
    let signatures: Vec<_> = signers
        .iter()
        .map(|signer| {
            signer.sign(&path, "");
            let kept = at(&folder, &format!("{}.minisig", signer.id()));
            fs::rename(at(&folder, "checks.yml.minisig"), &kept).unwrap();
            kept
        })
        .collect();
    let keys = |chosen: &[usize]| -> Vec<_> {
        chosen.iter().flat_map(|index| signers[*index].trust().keys).collect()
    };
    let bytes = fs::read(&path).unwrap();
    let id = |index: usize| signers[index].id();
    let verify = |bytes: &[u8], signatures: &[PathBuf], keys: &[TrustedKey]| {
        let key = posemo::signature::verify_file(&path, bytes, signatures, keys);
        key.map(|key| key.id().to_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(verify(&bytes, &signatures, &keys(&[2])), Ok(id(2)));
    assert_eq!(verify(&bytes, &signatures[1..], &keys(&[0, 1])), Ok(id(1)));
    let name = path.display();
    let untrusted = format!(
        "{name} is refused: {} was made with the key {}, and the trusted keys are {}, {}",
        signatures[0].display(),
        id(0),
        id(1),
        id(2)
    );
    assert_eq!(verify(&bytes, &signatures[..1], &keys(&[1, 2])), Err(untrusted));
    let altered = format!(
        "{} does not match: the file or the signature was altered after the key {}",
        signatures[1].display(),
        id(1)
    );
    let error = verify(b"checks: [x]", &signatures, &keys(&[1])).unwrap_err();
    assert!(error.contains(&altered), "{error}");
    let error = verify(&bytes, &[], &keys(&[1])).unwrap_err();
    assert!(
        error.contains("is not signed") && error.contains("the command requires it"),
        "{error}"
    );
}

#[test]
fn limits_hold_for_signed_folders() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    folder.write("large", &"x".repeat(1024 * 1024));
    signer.sign_folder(folder.path());
    assert!(names(folder.path(), &signer.trust()).is_ok());
    folder.write("large", &"x".repeat(1024 * 1024 + 1));
    signer.sign_folder(folder.path());
    assert_eq!(refused(folder.path(), &signer.trust()), "cannot read C/large");
    fs::remove_file(at(&folder, "large")).unwrap();
    for number in 0..10_000 {
        folder.write(&format!("many/{number}"), "");
    }
    signer.sign_folder(folder.path());
    assert_eq!(refused(folder.path(), &signer.trust()), "C has more than 10000 entries");
}
