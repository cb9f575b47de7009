//! How commands with `--checks` report signatures, and the settings for signatures.
//!
//! No command connects to a server: it refuses an untrusted catalog before.

use std::fs;

use posemo::catalog::Catalog;
use posemo::settings::Settings;

use super::signer::{Signer, at, checks_folder};
use crate::catalog::Folder;
use crate::programs::need;
use crate::server::posemo;

/// The table in docs/signing.md: the result for each kind of signature and settings.
#[test]
fn settings_decide_what_is_accepted() {
    need!("minisign");
    let (signer, untrusted) = (Signer::new(), Signer::new());
    let folder = checks_folder();
    let config = at(&folder, ".posemo.toml");
    let (checks, config) = (folder.path().display().to_string(), config.display().to_string());
    let (none, keys) = (String::new(), format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    let required = format!("{keys}require_signature = true\n");
    let unsigned = format!(
        "posemo: {checks} is not signed: {checks}/SHA256SUMS.minisig does not exist, and catalog.require_signature in {config} requires it; docs/signing.md describes how to sign\n"
    );
    let foreign = format!(
        "posemo: {checks}/SHA256SUMS is refused: {checks}/SHA256SUMS.minisig was made with the key {}, and the trusted keys are {}\n",
        untrusted.id(),
        signer.id()
    );
    for (who, settings, error) in [
        (None, &none, ""),
        (None, &keys, ""),
        (None, &required, unsigned.as_str()),
        (Some(&signer), &none, ""),
        (Some(&signer), &keys, ""),
        (Some(&signer), &required, ""),
        (Some(&untrusted), &none, ""),
        (Some(&untrusted), &keys, &foreign),
        (Some(&untrusted), &required, &foreign),
    ] {
        fs::write(&config, settings).unwrap();
        let _ = fs::remove_file(at(&folder, "SHA256SUMS.minisig"));
        if let Some(signer) = who {
            signer.sign_folder(folder.path());
        }
        let output = posemo(&["list", "--checks", &checks, "--config", &config]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), error);
        assert_eq!(output.status.code(), Some(i32::from(!error.is_empty())));
        assert_eq!(String::from_utf8_lossy(&output.stdout).contains("\nfirst "), error.is_empty());
    }
}

/// The keys are found in settings with all other sections.
#[test]
fn the_keys_are_read_beside_every_section() {
    need!("minisign");
    let folder = checks_folder();
    let (checks, config) = (folder.path().display().to_string(), at(&folder, ".posemo.toml"));
    let all = "[defaults]\nsslmode = 'prefer'\n[targets.db1]\nhost = '/nonexistent'\ngroups = ['g']\n\
               [groups.g.checks.first]\nenabled = true\n[checks.first]\ninterval = '5m'\n\
               [receivers.z]\nkind = 'zabbix'\nservers = ['127.0.0.1:1']\n";
    let keys = format!("[catalog]\nkeys = [\"{}\"]\n", Signer::new().key());
    for text in [all.to_owned(), keys + all] {
        fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let output = posemo(&["run", "--checks", &checks, "--config", &config, "--send", "z"]);
        let report = String::from_utf8_lossy(&output.stdout);
        assert!(report.contains("cannot connect to /nonexistent"), "{output:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("receiver z: 127.0.0.1:1: cannot connect"), "{errors}");
    }
}

/// `explain` prints the key that signed a check. For a check of posemo the settings are not read for keys.
#[test]
fn explain_prints_the_signing_key() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    folder.write(".posemo.toml", &format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    signer.sign_folder(folder.path());
    let (checks, config) =
        (folder.path().display().to_string(), at(&folder, ".posemo.toml").display().to_string());
    let run = |arguments: &[&str]| {
        let output = posemo(arguments);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let page = run(&["explain", "first", "--checks", &checks, "--config", &config]);
    assert!(page.contains(&format!("(signed with the key {})", signer.id())), "{page}");
    fs::write(&config, "").unwrap();
    let page = run(&["explain", "first", "--checks", &checks, "--config", &config]);
    assert!(page.contains("(no signature was verified)"), "{page}");
    run(&["explain", "alive", "--config", "/nonexistent", "--section", "sql"]);
}

#[test]
fn every_command_refuses_unsigned_checks() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), checks_folder());
    folder.write(
        ".posemo.toml",
        &format!("[catalog]\nrequire_signature = true\nkeys = [\"{}\"]\n", signer.key()),
    );
    let (checks, config) =
        (folder.path().display().to_string(), at(&folder, ".posemo.toml").display().to_string());
    // Nothing listens there: a command that connects first reports another error.
    let nowhere = "/nonexistent";
    for (command, code) in [
        (&["list"][..], 1),
        (&["explain", "first"], 1),
        (&["install", "--print", "--server-version", "17.4"], 1),
        (&["install", "-H", nowhere], 1),
        (&["verify", "-H", nowhere], 3),
        (&["run", "-H", nowhere], 3),
        (&["test", "--offline"], 1),
        (&["test", "--offline", &checks], 1),
        (&["test", "--docs", "/dev/null", &checks], 1),
        (&["check", "alive", "-H", nowhere], 3),
        (&["check", "first", "-H", nowhere], 3),
    ] {
        let output = posemo(&[command, &["--checks", &checks, "--config", &config]].concat());
        let text = [output.stdout.clone(), output.stderr.clone()].concat();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(&format!(
                "{checks} is not signed: {checks}/SHA256SUMS.minisig does not exist"
            )),
            "{command:?}: {text}"
        );
        assert_eq!(output.status.code(), Some(code), "{command:?}: {text}");
    }
}

/// The cases of a signed folder and of an archive run as they were read; nothing is written into either.
#[test]
fn signed_cases_are_tested() {
    need!("minisign");
    let (signer, folder, packed) = (Signer::new(), checks_folder(), Folder::new("packed"));
    let case = |expected: &str| format!("server = 17\nrows = []\nexpect = [{expected}]\n");
    folder.write("first/cases/empty.toml", &case("{ state = \"critical\" }"));
    folder.write("first/cases/notes.txt", "for people");
    folder.write(".posemo.toml", &format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    signer.sign_folder(folder.path());
    let archive = packed.path().join("checks.tar.gz").display().to_string();
    let tar = std::process::Command::new("tar")
        .args(["-C", &folder.path().display().to_string(), "-czf", &archive, "."])
        .status();
    assert!(tar.unwrap().success());
    let (checks, config) =
        (folder.path().display().to_string(), at(&folder, ".posemo.toml").display().to_string());
    let test = |path: &str, options: &[&str]| {
        let output = posemo(&[&["test", "--offline", path, "--config", &config], options].concat());
        (String::from_utf8_lossy(&output.stdout).into_owned(), output)
    };
    for path in [&checks, &archive] {
        let (text, output) = test(path, &[]);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("FAIL  first::empty"), "{text}");
        assert!(text.contains("ignores cases/notes.txt"), "{text}");
        let (text, _) = test(path, &["--bless"]);
        assert!(
            text.contains("the case is part of posemo, of an archive or of a signed folder"),
            "{text}"
        );
    }
    folder.write("first/cases/empty.toml", &case(""));
    let (text, output) = test(&checks, &[]);
    assert_eq!(text, "");
    let refusal = String::from_utf8_lossy(&output.stderr);
    assert!(refusal.contains("first/cases/empty.toml"), "{refusal}");
    signer.sign_folder(folder.path());
    let (text, output) = test(&checks, &[]);
    assert!(output.status.success() && text.contains("ok    first::empty"), "{text}");
}

#[test]
fn mistakes_in_the_section_are_reported_with_their_line() {
    need!("minisign");
    let folder = checks_folder();
    let config = at(&folder, ".posemo.toml").display().to_string();
    let (checks, key) = (folder.path().display().to_string(), Signer::new().key());
    let no_key = "is not a minisign public key: write the second line of the .pub file, 56 characters that begin with RW";
    for (text, error) in [
        (
            "[catalog]\nrequire_signature = true\n".to_owned(),
            ":2: catalog.require_signature: signatures cannot be verified without a trusted key; write keys = [\"RW…\"]".to_owned(),
        ),
        (
            format!("[catalog]\nkeys = [\n  \"{key}\",\n  \"RWnonsense\",\n]\n"),
            format!(":4: catalog.keys: \"RWnons…\" {no_key}"),
        ),
        (
            format!("[catalog]\nkeys = [\"{}\"]\n", key.replacen("RW", "RU", 1)),
            format!(":2: catalog.keys: \"{}…\" {no_key}", &key.replacen("RW", "RU", 1)[..6]),
        ),
        (
            "[catalog]\nkey = []\n".to_owned(),
            ":2: catalog.key: unknown key \"key\"; did you mean \"keys\"?".to_owned(),
        ),
        // A misspelled section must be an error, not a catalog without protection.
        (
            "[catalogue]\nrequire_signature = true\n".to_owned(),
            ":1: catalogue: unknown key \"catalogue\"; did you mean \"catalog\"?".to_owned(),
        ),
        (
            "[catalog]\nrequire_signature = \"yes\"\n".to_owned(),
            ":2: catalog.require_signature: is the text \"yes\", and must be true or false".to_owned(),
        ),
    ] {
        // The same message with and without checks of the user.
        let parsed = Settings::parse("posemo.toml", text.clone(), &Catalog::embedded());
        assert_eq!(parsed.unwrap_err().to_string(), format!("posemo.toml{error}"));
        fs::write(&config, text).unwrap();
        let output = posemo(&["list", "--checks", &checks, "--config", &config]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("posemo: {config}{error}\n"));
    }
}
