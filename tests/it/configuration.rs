//! `posemo config`, and the settings that every command reads.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use posemo::catalog::Catalog;
use posemo::settings::Settings;

use crate::catalog::Folder;
use crate::server::{POSEMO, posemo};
use schema::{tables, validator};

mod schema;

/// A settings file: its text, the expected lines, and whether the schema refuses it.
const MISTAKES: &[(&str, &[&str], bool)] = &[
    (
        "[targets.db1]\nhots = 'a'\nprot = 1\n[checks.nosuch]\nwarning = '5'\n",
        &[
            ":2: error: targets.db1.hots: unknown key \"hots\"; did you mean \"host\"?",
            ":3: error: targets.db1.prot: unknown key \"prot\"; did you mean \"port\"?",
            ":4: error: checks.nosuch: check \"nosuch\" does not exist",
            ": 3 errors, 0 warnings",
        ],
        true,
    ),
    (
        "targets.db1 = 'localhost'\n",
        &[
            ":1: error: targets.db1: is the text \"localhost\", and must be a table such as [targets.db1]",
            ": 1 error, 0 warnings",
        ],
        true,
    ),
    (
        "[targets.db1]\nhost = 'x'\ngroups = ['prod']\n[groups.production.checks.alive]\nenabled = false\n",
        &[
            ":4: warning: groups.production: no target is in this group, so it has no effect: write groups = [\"production\"] in the section of a target; the groups of targets are prod",
            ": no errors, 1 warning: 1 target, 0 receivers",
        ],
        false,
    ),
    (
        "[checks.alive]\n[checks.sequence_usage]\nobjects.'a*' = { databases = ['x'] }\n[targets.a]\ngroups = ['g', 'g']\nsslmode = 'require'\nallow_cleartext = true\n",
        &[
            ":1: warning: checks.alive: has no effect: the section sets nothing",
            ":3: warning: checks.sequence_usage.objects.\"a*\": has no effect: set enabled, warning, critical or thresholds",
            ":5: warning: targets.a.groups: contains a group twice",
            ":7: warning: targets.a.allow_cleartext: has no effect: with this sslmode the connection always uses TLS",
            ": no errors, 4 warnings: 1 target, 0 receivers",
        ],
        false,
    ),
    (
        "[receivers.a]\nkind = 'icinga2'\nurl = 'ftp://x'\nuser = 'u'\nspool = '/x'\ninterval = 'often'\n[receivers.b]\nkind = 'zabix'\n[receivers.c]\nurl = 'x'\n",
        &[
            ":3: error: receivers.a.url: \"ftp://x\" is not a URL; begin it with https:// or http://",
            ":4: error: receivers.a.user: user and password_file need each other; set both",
            ":5: error: receivers.a.spool: not allowed for kind \"icinga2\"",
            ":6: error: receivers.a.interval: \"often\" is not an interval",
            ":8: error: receivers.b.kind: unknown kind \"zabix\"; did you mean \"zabbix\"?",
            ":9: error: receivers.c: the key \"kind\" is missing",
            ": 6 errors, 0 warnings",
        ],
        true,
    ),
    (
        "[defaults]\nport = 0\nsslmode = 'on'\ngroups = ['a']\n[targets.db1.checks.connection_usage]\nwarning = '90'\ncritical = '80'\n[catalog]\nkeys = ['x']\n",
        &[
            ":2: error: defaults.port: 0 is not a port",
            ":3: error: defaults.sslmode: \"on\" is not a valid sslmode",
            ":4: error: defaults.groups: not allowed in [defaults]",
            ":7: error: targets.db1.checks.connection_usage.critical: warning 90 and critical 80 are in the wrong order",
            ":9: error: catalog.keys: ",
            ": 5 errors, 0 warnings",
        ],
        true,
    ),
    (
        "[targets.a]\nhost = 'x\n[checks.alive]\nenabled = yes\n",
        &[":2: error: invalid literal string", ":4: error: checks.alive.enabled: "],
        true,
    ),
    (
        "[catalog]\npaths = ['nowhere']\n[checks.mine]\nenabled = false\n",
        &["posemo.toml:2: catalog.paths: cannot read ", ": 1 error, 0 warnings"],
        false,
    ),
    (
        "[checks.database_size]\nwarning = '5 apples'\n[checks.alive]\nenabled = 'yes'\ninterval = '5'\n",
        &[
            ":2: error: checks.database_size.warning: \"5 apples\" is not a range",
            ":4: error: checks.alive.enabled: is the text \"yes\", and must be true or false",
            ":5: error: checks.alive.interval: \"5\" is not an interval",
        ],
        true,
    ),
];

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let folder = Folder::new("config");
    let file = folder.path().join("posemo.toml").display().to_string();
    let schema = validator();
    for (settings, expected, refused) in MISTAKES {
        folder.write("posemo.toml", settings);
        let output = posemo(&["config", "check", &file]);
        let printed = text(&output);
        let mut rest = printed.as_str();
        for line in *expected {
            let (_, after) =
                rest.split_once(line).unwrap_or_else(|| panic!("{settings}{line}\n{printed}"));
            rest = after;
        }
        let mistake = printed.contains("error: ");
        assert_eq!(output.status.code(), Some(i32::from(mistake)), "{settings}\n{printed}");
        let strict = posemo(&["config", "check", &file, "--strict", "--quiet"]);
        assert_eq!(strict.status.code(), Some(1), "{settings}");
        assert!(!text(&strict).contains("warnings"), "{}", text(&strict));
        // Other commands report the first mistake and refuse the file, with the same exit code as before.
        let run = posemo(&["run", "--config", &file, "-H", "/nonexistent", "--timeout", "1"]);
        // Without a mistake it connects, and no server answers.
        assert_eq!(run.status.code(), Some(if mistake { 3 } else { 2 }), "{settings}");
        let valid = toml::from_str::<toml::Value>(settings)
            .is_ok_and(|settings| schema.is_valid(&serde_json::to_value(settings).unwrap()));
        assert_eq!(valid, !refused, "{settings}");
    }
    let missing = posemo(&["config", "check", "/nonexistent/posemo.toml"]);
    assert_eq!(missing.status.code(), Some(1));
}

/// Each key with a value of each wrong type: the message has no name of a type of the program.
#[test]
fn messages_about_types_are_for_people() {
    let catalog = Catalog::embedded();
    let values = ["5", "-1", "1.5", "true", "'x'", "[1]", "[[]]", "{ a = 1 }", "1979-05-27"];
    for (section, rows) in tables() {
        let table = match section.as_str() {
            "defaults" | "catalog" => section.clone(),
            "thresholds" | "objects" => format!("checks.sequence_usage.{section}.used"),
            "checks" => "checks.sequence_usage".to_owned(),
            _ => format!("{section}.x"),
        };
        for key in rows.keys() {
            for value in values {
                let settings = format!("[{table}]\n{key} = {value}\n");
                let Err(error) = Settings::parse("p", settings.clone(), &catalog) else { continue };
                let message = error.to_string();
                for word in [
                    "struct",
                    "enum ",
                    "map",
                    "sequence,",
                    "u32",
                    "i64",
                    "f64",
                    "Option",
                    "Spanned",
                    "unit",
                    "variant",
                    "untagged",
                ] {
                    let plain = message.replace("sequence_usage", "").replace("units", "");
                    assert!(!plain.contains(word), "{settings}{message}");
                }
                assert!(
                    message.starts_with("p:2: ") || message.starts_with("p:1: "),
                    "{settings}{message}"
                );
            }
        }
    }
}

#[test]
fn show_prints_each_value_with_its_source_and_no_password() {
    let folder = Folder::new("show");
    folder.write(
        "posemo.toml",
        "[defaults]\nsslmode = 'disable'\n[targets.db1]\nhost = 'db1.example'\ngroups = ['g']\ndatabases = ['app', 'shop_*']\n\
         [groups.g.checks.sequence_usage]\nwarning = '50%'\n[targets.db1.checks.sequence_usage.objects.'a.*']\nenabled = false\n",
    );
    let file = folder.path().join("posemo.toml").display().to_string();
    let show = |arguments: &[&str]| {
        let mut command = Command::new(POSEMO);
        command.args(["config", "show", "--config", &file]).args(arguments);
        command.env("PGPASSWORD", "verysecret").env("PGPORT", "5433").env_remove("PGHOST");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        assert!(!text(&output).contains("verysecret"));
        text(&output)
    };
    let has = |printed: &str, cells: &[&str]| {
        let fits = |line: &str| {
            let mut found: Vec<&str> = line.split("  ").map(str::trim).collect();
            found.retain(|cell| !cell.is_empty());
            found == cells
        };
        assert!(printed.lines().any(fits), "{cells:?}\n{printed}");
    };
    let printed = show(&["db1", "--check", "sequence_usage"]);
    let at = |line: usize, layer: &str| format!("{file}:{line} ({layer})");
    has(&printed, &["host", "db1.example", &at(4, "target db1")]);
    has(&printed, &["port", "5433", "environment (PGPORT)"]);
    has(&printed, &["user", "posemo", "default"]);
    has(&printed, &["sslmode", "disable", &at(2, "all targets")]);
    has(&printed, &["password", "(set, not printed)", "environment (PGPASSWORD)"]);
    has(&printed, &["databases", "app, shop_*", &at(6, "target db1")]);
    has(&printed, &["groups", "g", &at(5, "target db1")]);
    has(&printed, &["sequence_usage: used warning", "50%", &at(8, "group g")]);
    has(&printed, &["sequence_usage: a.*: enabled", "no", &at(10, "target db1")]);
    let printed = show(&["-H", "other", "--check", "alive"]);
    has(&printed, &["host", "other", "command line"]);
    has(&printed, &["alive: enabled", "yes", "default"]);
    let printed = show(&[]);
    has(&printed, &["settings", &file]);
    has(&printed, &["target", "db1 (groups g)", &format!("{file}:3")]);
    let output = posemo(&["config", "show", "g", "--config", &file]);
    assert!(text(&output).contains("\"g\" does not exist"), "{}", text(&output));
    assert!(text(&output).contains("it is a group: name one of its targets"), "{}", text(&output));
    let output = posemo(&["run", "bd1", "--config", &file]);
    assert!(text(&output).contains("did you mean \"db1\"?"), "{}", text(&output));
}

/// `[catalog] paths` is read by every command; a path begins at the folder of the settings.
#[test]
fn every_command_reads_the_paths_of_the_settings() {
    let folder = Folder::new("paths");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/alive");
    for file in ["check.toml", "query.sql", "README.md", "cases/answers.toml"] {
        folder.write(&format!("mine/own/{file}"), &fs::read_to_string(shipped.join(file)).unwrap());
    }
    folder.write("posemo.toml", "[catalog]\npaths = ['mine']\n[checks.own]\nenabled = false\n");
    let config = folder.path().join("posemo.toml").display().to_string();
    let mine = folder.path().join("mine").display().to_string();
    for (arguments, expected) in [
        (&["list"][..], "own "),
        (&["explain", "own"], "own"),
        (&["explain", "alive"], "alive"),
        (&["test", "--offline", "--check", "own"], "1 ok"),
        (&["install", "--print", "--server-version", "15.18"], "\"own\""),
        (&["print-config", "nagios"], "own"),
        (&["config", "show"], "/mine"),
        (&["config", "check"], "no errors, 0 warnings"),
        // A folder may be named again.
        (&["list", "--checks", &mine], "own "),
    ] {
        let output = posemo(&[arguments, &["--config", &config]].concat());
        let printed = text(&output);
        assert!(output.status.success() && printed.contains(expected), "{arguments:?}\n{printed}");
    }
    // A plugin call of a check of posemo reads no folder.
    fs::remove_dir_all(folder.path().join("mine")).unwrap();
    let plugin = posemo(&["check", "alive", "-H", "/nonexistent", "--config", &config]);
    assert!(!text(&plugin).contains("mine"), "{}", text(&plugin));
    let plugin = posemo(&["check", "own", "-H", "/nonexistent", "--config", &config]);
    let expected = format!("OWN UNKNOWN - {config}:2: catalog.paths: ");
    assert!(text(&plugin).starts_with(&expected), "{}", text(&plugin));
}
