//! Calls of `check_postgres` and `check_pgactivity`: the tables, and calls of manuals and public configurations.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use posemo::catalog::Catalog;
use posemo::compat::{self, Counterpart, ForeignPlugin, Translated};
use posemo::database::parameters::Environment;
use posemo::run::plugin::{PluginCall, PluginNames};
use posemo::settings::Settings;
use posemo::settings::options::{CheckOptions, ObjectOptions};
use serde::Deserialize;

use crate::server::posemo;

/// The calls of tests/it/compat/calls.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallFile {
    pub(crate) calls: Vec<KnownCall>,
}

/// A call of another plugin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownCall {
    /// The plugin and its options.
    pub(crate) call: String,
    /// posemo's call, without the time limit.
    pub(crate) posemo: Option<String>,
    /// A part of the reason, if posemo refuses it.
    pub(crate) refused: Option<String>,
    /// The exit codes of the original on the healthy and on the other server.
    #[serde(default)]
    pub(crate) codes: [i32; 2],
    /// Those of posemo, if they differ.
    pub(crate) ours: Option<[i32; 2]>,
    /// Why they differ.
    pub(crate) reason: Option<String>,
}

impl KnownCall {
    /// The words of the call.
    pub(crate) fn words(&self) -> Vec<OsString> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in self.call.chars() {
            match letter {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                letter => words.last_mut().unwrap().push(letter),
            }
        }
        words.into_iter().map(OsString::from).collect()
    }
}

pub(crate) fn known_calls() -> Vec<KnownCall> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/compat/calls.toml");
    toml::from_str::<CallFile>(&fs::read_to_string(path).unwrap()).unwrap().calls
}

#[test]
fn known_calls_are_translated() {
    let (mut wrong, mut translated) = (Vec::new(), [0, 0]);
    for known in known_calls() {
        match (compat::translate(&known.words()), &known.posemo, &known.refused) {
            (Ok(Translated::Call(call)), Some(expected), None) => {
                let words = call.words().join(" ");
                let words = words.strip_suffix(" --timeout 30").unwrap();
                if words != expected {
                    wrong.push(format!("{}\n  {words}\n  {expected}", known.call));
                }
                translated[usize::from(known.call.starts_with("check_pga"))] += 1;
            }
            (Err(error), None, Some(part)) if error.to_string().contains(part) => {}
            (other, ..) => wrong.push(format!("{}: {other:?}", known.call)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(translated[0] >= 20 && translated[1] >= 20, "{translated:?}");
}

/// Whether the levels are in order. Fails unless the check accepts the ranges, arguments and filters of a call.
fn is_accepted(call: &compat::TranslatedCall, catalog: &Catalog, text: &str) -> bool {
    let texts = |critical: bool| -> Vec<String> {
        let ranges = call.ranges.iter().filter(|one| one.critical == critical);
        ranges.map(|one| format!("{}.{}={}", one.check, one.metric, one.range)).collect()
    };
    let (warning, critical) = (texts(false), texts(true));
    let arguments = call.arguments.iter();
    let arguments: Vec<String> =
        arguments.map(|(check, name, value)| format!("{check}.{name}={value}")).collect();
    let names: Vec<String> = call.checks.iter().map(|name| (*name).to_owned()).collect();
    let settings = Settings::default();
    let plugin = PluginCall {
        settings: &settings,
        target: settings.defaults(),
        checks: PluginNames { checks: &names, topics: &[] }.of_catalog(catalog).unwrap(),
        options: CheckOptions {
            warning: &warning,
            critical: &critical,
            arguments: &arguments,
            objects: ObjectOptions {
                only: &call.objects,
                except: &call.except,
                except_databases: &call.except_databases,
            },
        },
        databases: &call.databases,
        document: call.checks[0].starts_with("pgbouncer").then_some(Path::new("x.json")),
    };
    match plugin.job(&Environment::silent()) {
        Ok(_) => true,
        // The other plugin refuses such levels, too, or reads nonsense.
        Err(error) if error.to_string().contains("in the wrong order") => false,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// What `-w` and `-c` can be, for any check.
const LEVELS: [(&str, &str); 17] = [
    ("90%", "80%"),
    ("", ""),
    ("1", "2"),
    ("80%", "90%"),
    ("10 MB", "20 MB"),
    ("10 min", "20 min"),
    ("+5", "+9"),
    ("5 for 10 min", "9 for 10 min"),
    ("1000 and 10 min", "2000 and 20 min"),
    ("50% and 1 GB", "60% or 2 GB"),
    ("total=5:waiting=1", "total=9"),
    ("exclusive=5", "exclusive=9"),
    ("1MB,2MB", "2MB,3MB"),
    ("idle=1,active=5s,fastpath=9", "waiting=2,aborted_xact=1m"),
    ("wal=1,spilled=2,remaining=3", "size=4"),
    ("15", "15.18"),
    ("", "2 MB"),
];

/// Each name of a check, a metric and an argument in the tables exists, and each filter fits.
#[test]
fn whatever_is_translated_is_accepted() {
    let catalog = Catalog::embedded();
    let mut accepted = BTreeSet::new();
    for (plugin, program, option, filters) in [
        (
            ForeignPlugin::CheckPostgres,
            "check_postgres",
            "--action",
            &[
                "--include=a",
                "--exclude=~^b",
                "--exclude=s.",
                "--excludeuser=u",
                "--dbname=d",
                "--excludedb=e",
            ][..],
        ),
        (
            ForeignPlugin::CheckPgactivity,
            "check_pgactivity",
            "--service",
            &["--dbinclude=^a$", "--dbinclude=b", "--dbexclude=c", "--exclude=d"],
        ),
    ] {
        for check in compat::checks(plugin) {
            let filters = filters.iter().map(|filter| Some(*filter)).chain([None]);
            for filter in filters {
                for (warning, critical) in LEVELS {
                    let mut words = vec![program.to_owned(), format!("{option}={}", check.name)];
                    words.push(format!("--warning={warning}"));
                    words.push(format!("--critical={critical}"));
                    words.extend(filter.map(str::to_owned));
                    let text = words.join(" ");
                    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
                    match (compat::translate(&words), &check.answer) {
                        (Ok(Translated::Call(call)), Counterpart::Checks(_)) => {
                            if is_accepted(&call, &catalog, &text) {
                                accepted.insert((program, check.name));
                            }
                        }
                        (Err(_), _) => {}
                        (other, _) => panic!("{text}: {other:?}"),
                    }
                }
            }
            let is_mapped = matches!(check.answer, Counterpart::Checks(_));
            assert_eq!(is_mapped, accepted.contains(&(program, check.name)), "{}", check.name);
        }
    }
}

/// Nothing that a call contains can become an option of posemo, a second line or performance data.
#[test]
fn hostile_words_stay_words() {
    for (words, expected) in [
        (
            &["check_postgres", "--action=sequence", "--dbname=--config=/etc/passwd"][..],
            "--database=--config=/etc/passwd",
        ),
        (&["check_postgres", "--action=connection", "-H", "-x;rm -rf /"], "'-H-x;rm -rf /'"),
        (
            &["check_postgres", "--action=database_size", "-c", "1", "--exclude=a*'b"],
            "--except 'a\\*'\\''b'",
        ),
        (
            &["check_postgres", "--action=connection", "--dbservice=a' host=b"],
            "-d 'service='\\''a\\'\\'' host=b'\\'''",
        ),
    ] {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let Ok(Translated::Call(call)) = compat::translate(&words) else { panic!("{words:?}") };
        assert!(call.command().contains(expected), "{}", call.command());
    }
    for words in [
        &["compat", "check_postgres", "--action=a|b\nOK - fine"][..],
        &["compat", "check_pgactivity", "-s", "a", "--\u{1b}[31m|x"],
        &["compat", "check_mysql"],
        &["compat", "check_postgres"],
        &["compat", "check_pgactivity", "-s"],
        &["compat"],
    ] {
        let output = posemo(words);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((output.status.code(), text.lines().count()), (Some(3), 1), "{text}");
        assert!(text.starts_with("POSEMO UNKNOWN - ") && !text.contains(['|', '\u{1b}']), "{text}");
        assert!(output.stderr.is_empty());
    }
    let long = vec![OsString::from("check_postgres"); 600];
    assert!(compat::translate(&long).is_err());
}

/// A link has the name of the plugin, or of one action.
#[test]
fn a_link_answers_as_the_plugin() {
    let directory = tempfile::tempdir().unwrap();
    let run = |name: &str, words: &[&str]| -> Output {
        let link = directory.path().join(name);
        if !link.exists() {
            symlink(env!("CARGO_BIN_EXE_posemo"), &link).unwrap();
        }
        Command::new(link).args(words).env_remove("POSEMO_CONFIG").output().unwrap()
    };
    for (name, words, code, expected) in [
        (
            "check_postgres.pl",
            &["--action=connection", "--host=127.0.0.1", "--port=1"][..],
            2,
            "ALIVE CRITICAL - ",
        ),
        ("check_postgres_connection", &["-H", "127.0.0.1", "-p", "1"], 2, "ALIVE CRITICAL - "),
        (
            "check_postgres_sequence",
            &["-H", "127.0.0.1", "-p", "1"],
            3,
            "SEQUENCE_USAGE UNKNOWN - ",
        ),
        ("check_pgactivity", &["-h", "127.0.0.1", "-p1", "-sconnection"], 2, "ALIVE CRITICAL - "),
        (
            "check_postgres_disk_space",
            &[],
            3,
            "POSEMO UNKNOWN - check_postgres disk_space has no counterpart: SQL",
        ),
        ("check_pgactivity", &["--list"], 0, "posemo answers calls of check_pgactivity"),
        ("check_postgres", &["--version"], 0, "posemo "),
    ] {
        let output = run(name, words);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(expected), "{name} {words:?}: {text}");
        assert_eq!(output.status.code(), Some(code), "{name} {words:?}: {text}");
        assert!(output.stderr.is_empty(), "{name}");
    }
    let printed =
        posemo(&["compat", "--print", "check_postgres", "--action=sequence", "-c", "95%"]);
    let expected = "posemo check sequence_usage -c used=@95: -w used=~: --timeout 30\n";
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected);
}
