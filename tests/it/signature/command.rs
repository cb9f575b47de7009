//! What the program says of signatures, with every command that takes `--checks`, and what the settings may say.
//!
//! No server is asked: an untrusted catalogue is refused before.

use std::fs;

use posemo::catalog::Catalog;
use posemo::settings::Settings;

use super::signer::{Signer, at, catalogue};
use crate::catalog::Folder;
use crate::programs::need;
use crate::server::posemo;

/// The page's table: what is done with which signature under which settings.
#[test]
fn settings_decide_what_is_taken() {
    need!("minisign");
    let (signer, stranger) = (Signer::new(), Signer::new());
    let folder = catalogue();
    let config = at(&folder, ".posemo.toml");
    let (checks, config) = (folder.path().display().to_string(), config.display().to_string());
    let (none, keys) = (String::new(), format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    let required = format!("{keys}require_signature = true\n");
    let unsigned = format!(
        "posemo: {checks} is not signed: {checks}/SHA256SUMS.minisig does not exist, and catalog.require_signature in {config} requires it; docs/signing.md describes how to sign\n"
    );
    let foreign = format!(
        "posemo: {checks}/SHA256SUMS is refused: {checks}/SHA256SUMS.minisig was made with the key {}, and the trusted keys are {}\n",
        stranger.id(),
        signer.id()
    );
    for (who, settings, said) in [
        (None, &none, ""),
        (None, &keys, ""),
        (None, &required, unsigned.as_str()),
        (Some(&signer), &none, ""),
        (Some(&signer), &keys, ""),
        (Some(&signer), &required, ""),
        (Some(&stranger), &none, ""),
        (Some(&stranger), &keys, &foreign),
        (Some(&stranger), &required, &foreign),
    ] {
        fs::write(&config, settings).unwrap();
        let _ = fs::remove_file(at(&folder, "SHA256SUMS.minisig"));
        if let Some(signer) = who {
            signer.seal(folder.path());
        }
        let output = posemo(&["list", "--checks", &checks, "--config", &config]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), said);
        assert_eq!(output.status.code(), Some(i32::from(!said.is_empty())));
        assert_eq!(String::from_utf8_lossy(&output.stdout).contains("\nfirst "), said.is_empty());
    }
}

/// Checks of one's own, and everything else that settings may have: the keys are looked for among all of it.
#[test]
fn every_section_may_stand_beside_the_keys() {
    need!("minisign");
    let folder = catalogue();
    let (checks, config) = (folder.path().display().to_string(), at(&folder, ".posemo.toml"));
    let all = "[defaults]\nsslmode = 'prefer'\n[targets.db1]\nhost = '/nonexistent'\ngroups = ['g']\n\
               [groups.g.checks.first]\nenabled = true\n[checks.first]\ninterval = '5m'\n\
               [receivers.z]\nkind = 'zabbix'\nservers = ['127.0.0.1:1']\n";
    let keys = format!("[catalog]\nkeys = [\"{}\"]\n", Signer::new().key());
    for text in [all.to_owned(), keys + all] {
        fs::write(&config, text).unwrap();
        let config = config.display().to_string();
        let output = posemo(&["run", "--checks", &checks, "--config", &config, "--send", "z"]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("cannot connect to /nonexistent"), "{output:?}");
        let lost = String::from_utf8_lossy(&output.stderr);
        assert!(lost.contains("receiver z: 127.0.0.1:1: cannot connect"), "{lost}");
    }
}

/// Who signed a check is said where it is explained; without such a check the settings are not read for keys.
#[test]
fn explain_says_who_signed() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), catalogue());
    folder.write(".posemo.toml", &format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    signer.seal(folder.path());
    let (checks, config) =
        (folder.path().display().to_string(), at(&folder, ".posemo.toml").display().to_string());
    let said = |arguments: &[&str]| {
        let output = posemo(arguments);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let page = said(&["explain", "first", "--checks", &checks, "--config", &config]);
    assert!(page.contains(&format!("(signed with the key {})", signer.id())), "{page}");
    fs::write(&config, "").unwrap();
    let page = said(&["explain", "first", "--checks", &checks, "--config", &config]);
    assert!(page.contains("(no signature was verified)"), "{page}");
    said(&["list", "--config", "/nonexistent"]);
    said(&["explain", "alive", "--config", "/nonexistent", "--section", "sql"]);
}

#[test]
fn every_command_refuses_what_is_not_signed() {
    need!("minisign");
    let (signer, folder) = (Signer::new(), catalogue());
    folder.write(
        ".posemo.toml",
        &format!("[catalog]\nrequire_signature = true\nkeys = [\"{}\"]\n", signer.key()),
    );
    let (checks, config) =
        (folder.path().display().to_string(), at(&folder, ".posemo.toml").display().to_string());
    // Nothing listens there: a command that connects first says something else.
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
        let said = [output.stdout.clone(), output.stderr.clone()].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains(&format!(
                "{checks} is not signed: {checks}/SHA256SUMS.minisig does not exist"
            )),
            "{command:?}: {said}"
        );
        assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
    }
}

/// The cases of a signed folder and of an archive are told as they were read; nothing is written into either.
#[test]
fn cases_are_tested_as_they_were_signed() {
    need!("minisign");
    let (signer, folder, packed) = (Signer::new(), catalogue(), Folder::new("packed"));
    let case = |expected: &str| format!("server = 17\nrows = []\nexpect = [{expected}]\n");
    folder.write("first/cases/empty.toml", &case("{ state = \"critical\" }"));
    folder.write("first/cases/notes.txt", "for people");
    folder.write(".posemo.toml", &format!("[catalog]\nkeys = [\"{}\"]\n", signer.key()));
    signer.seal(folder.path());
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
        let (said, output) = test(path, &[]);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("FAIL  first::empty"), "{said}");
        assert!(said.contains("leaves out cases/notes.txt"), "{said}");
        let (said, _) = test(path, &["--bless"]);
        assert!(said.contains("in an archive or in a signed folder"), "{said}");
    }
    folder.write("first/cases/empty.toml", &case(""));
    let (said, output) = test(&checks, &[]);
    assert_eq!(said, "");
    let refusal = String::from_utf8_lossy(&output.stderr);
    assert!(refusal.contains("first/cases/empty.toml"), "{refusal}");
    signer.seal(folder.path());
    let (said, output) = test(&checks, &[]);
    assert!(output.status.success() && said.contains("ok    first::empty"), "{said}");
}

#[test]
fn mistakes_in_the_section_are_said_with_their_line() {
    need!("minisign");
    let folder = catalogue();
    let config = at(&folder, ".posemo.toml").display().to_string();
    let (checks, key) = (folder.path().display().to_string(), Signer::new().key());
    let no_key = "is not a minisign public key: write the second line of the .pub file, 56 characters that begin with RW";
    for (text, said) in [
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
        // A slip of the pen must not leave a catalogue unguarded.
        (
            "[catalogue]\nrequire_signature = true\n".to_owned(),
            ":1: catalogue: unknown key \"catalogue\"; did you mean \"catalog\"?".to_owned(),
        ),
        (
            "[catalog]\nrequire_signature = \"yes\"\n".to_owned(),
            ":2: catalog.require_signature: is string \"yes\", and must be true or false".to_owned(),
        ),
    ] {
        // The same words with and without a catalogue of one's own.
        let error = Settings::parse("posemo.toml", text.clone(), &Catalog::embedded()).unwrap_err();
        assert_eq!(error.to_string(), format!("posemo.toml{said}"));
        fs::write(&config, text).unwrap();
        let output = posemo(&["list", "--checks", &checks, "--config", &config]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("posemo: {config}{said}\n"));
    }
}
