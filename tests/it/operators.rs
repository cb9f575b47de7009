//! What operators type: selections with patterns, several checks as one service, single databases, dry runs for scripts,
//! output for programs, completions and manual pages.

use std::path::Path;
use std::process::{Command, Output};

use posemo::catalog::Catalog;
use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::{Folder, README};
use crate::programs::need;
use crate::server::{Server, posemo};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(arguments: &[&str]) -> Value {
    let output = posemo(arguments);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The names in the first column of `posemo list`.
fn listed(options: &[&str]) -> Vec<String> {
    let printed = json(&[&["list", "-o", "json"], options].concat());
    let checks = printed["checks"].as_array().unwrap();
    checks.iter().map(|check| check["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn checks_are_selected_by_names_and_patterns() {
    for (options, expected) in [
        (&["--check", "alive,superusers"][..], &["alive", "superusers"][..]),
        (&["--check", "archive_*"], &["archive_age", "archive_backlog"]),
        (
            &["--check", "?live,archive*", "--topic", "backup,wal"],
            &["archive_age", "archive_backlog", "archiver_failing"],
        ),
        (&["--check", "alive", "--check", "ali*e"], &["alive"]),
    ] {
        assert_eq!(listed(options), expected, "{options:?}");
    }
    for (arguments, expected) in [
        (
            &["list", "--check", "repliction_*"][..],
            "no check matches \"repliction_*\"; did you mean \"replication_",
        ),
        (&["run", "--check", "alvie"], "check \"alvie\" does not exist; did you mean \"alive\"?"),
        (&["test", "--offline", "--check", "sequnce_*"], "did you mean \"sequence_usage\"?"),
    ] {
        let output = posemo(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(expected) && output.status.code() != Some(0), "{error}");
    }
    let cases = json(&["test", "--offline", "-o", "json", "--check", "replication_r*"]);
    assert!(cases["passed"].as_u64().unwrap() > 0 && cases["failed"] == 0, "{cases}");
}

#[test]
fn a_list_fits_80_columns_and_programs_read_everything() {
    for options in [&["list"][..], &["list", "-v"]] {
        let printed = text(&posemo(options));
        assert!(printed.lines().count() > listed(&[]).len());
        for line in printed.lines() {
            assert!(line.chars().count() <= 80 && line.trim_end() == line, "{line}");
        }
    }
    let catalog = Catalog::embedded();
    let names: Vec<String> = catalog.names().map(str::to_owned).collect();
    assert_eq!(listed(&[]), names);
    for name in names {
        let page = json(&["explain", &name, "--output", "json"]);
        assert_eq!(
            (&page["format"], &page["check"]),
            (&Value::from(1), &Value::from(name.as_str()))
        );
        let document = catalog.get(&name).unwrap().document;
        let of_kind: &[&str] =
            if document.is_some() { &["columns", "document"] } else { &["owner_role", "sql"] };
        for part in ["readme", "functions", "arguments", "settings"].iter().chain(of_kind) {
            assert!(!page[part].is_null(), "{name} {part}");
        }
    }
    let explain = ["explain", "sequence_usage", "-o", "json", "--section", "columns"];
    let (page, part) = (json(&explain[..4]), json(&explain));
    assert_eq!((&part["functions"], &part["sql"]), (&page["functions"], &Value::Null));
}

#[test]
fn results_of_cases_are_also_for_programs() {
    let folder = Folder::new("operators");
    folder.write(
        "mine/check.toml",
        "summary = \"x\"\n[columns.used]\nunit = \"percent\"\ntype = \"integer\"\n",
    );
    folder.write("mine/README.md", README);
    folder.write("mine/query.sql", "SELECT 1 AS used");
    folder.write(
        "mine/cases/wrong.toml",
        "server = 17\nrows = [{ used = 1 }]\nexpect = [{ state = \"critical\" }]\n",
    );
    folder.write("broken/check.toml", "nonsense = 1\n");
    let place = folder.path().display().to_string();
    let output = posemo(&["test", "--offline", "--output", "json", &place]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &printed["failed"]), (Some(1), &Value::from(2)), "{printed}");
    let cases = printed["cases"].as_array().unwrap();
    let failed = |name: &str| cases.iter().find(|case| case["case"] == name).unwrap();
    assert!(
        failed("broken")["lines"][0].as_str().unwrap().contains("broken/check.toml:1: nonsense")
    );
    assert_eq!(failed("mine::wrong")["result"], "failed");
    assert!(!failed("mine::wrong")["lines"].as_array().unwrap().is_empty());
}

#[test]
fn several_checks_are_one_service_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("postgres", "CREATE DATABASE other");
    server.install(&["--database", "app"]);
    server.superuser("app", "CREATE SEQUENCE filling MAXVALUE 100; SELECT setval('filling', 96)");
    let run = |arguments: &[&str], code: i32| {
        let output = server.posemo(arguments);
        let printed = format!("{}{}", text(&output), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {printed}");
        printed
    };

    // The worst check is in the first line, and each check has its lines.
    let printed = run(&["check", "alive,replication_role", "seq*"], 2);
    let lines: Vec<&str> = printed.lines().collect();
    assert!(
        lines[0].starts_with("POSEMO CRITICAL - sequence_usage (app): public.filling used 96 %"),
        "{printed}"
    );
    assert!(
        lines[0].contains("'alive alive'=1") && lines[0].contains("'sequence_usage "),
        "{printed}"
    );
    assert!(lines.contains(&"[OK] alive: alive"), "{printed}");
    assert!(lines.contains(&"[OK] replication_role: as expected (role: primary, expected: any)"));
    let printed = run(&["check", "--topic", "replication"], 0);
    assert!(
        printed.starts_with("REPLICATION OK - ")
            && printed.lines().next().unwrap().contains(" not applicable | "),
        "{printed}"
    );
    assert!(
        run(&["check", "sequence*"], 2).starts_with("SEQUENCE_USAGE CRITICAL - public.filling")
    );
    assert!(run(&["check", "alive"], 0).starts_with("ALIVE OK - alive | 'alive'=1"));
    let printed = run(&["check", "replication_role", "-a", "expected=\"standby\""], 2);
    assert!(printed.contains("is not as expected (role: primary, expected: standby)"), "{printed}");
    assert!(run(&["check", "alive", "superusers", "-w", "1"], 3).contains("a single check"));
    assert!(run(&["check", "alive", "alvie"], 3).starts_with("POSEMO UNKNOWN - check \"alvie\""));
    assert_eq!(run(&["check", "--version"], 3), format!("posemo {}\n", env!("CARGO_PKG_VERSION")));

    // Only the checks that run in this database.
    let printed = run(&["run", "--database", "app", "-o", "csv"], 2);
    assert!(printed.contains("sequence_usage") && !printed.contains("wraparound_age"), "{printed}");
    for name in ["other", "nowhere"] {
        let printed = run(&["run", "--database", name], 3);
        assert!(
            printed
                .contains(&format!("database {name} is not monitored: it does not exist, or no")),
            "{printed}"
        );
        let words = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Databases with checks: app"), "{printed}");
    }
    let printed = run(&["run", "--database", "app", "--database", "other"], 2);
    assert!(
        printed.contains("public.filling used 96 %") && printed.contains("database other is"),
        "{printed}"
    );
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS false");
    assert!(
        run(&["run", "--database", "app"], 3)
            .contains("database app is not monitored: it allows no")
    );
    server.superuser("postgres", "ALTER DATABASE app ALLOW_CONNECTIONS true");
    assert!(run(&["run", "--database", "app", "--check", "alive"], 3).contains("no check to run"));

    // All problems, but only problems, with the time of the run.
    let printed = run(&["run", "-q", "-v"], 2);
    assert!(printed.contains("public.filling") && !printed.contains(" OK  "), "{printed}");
    assert!(printed.lines().last().unwrap().contains("Z, "), "{printed}");
}

#[test]
fn a_refused_check_does_not_keep_the_others_out_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    let folder = Folder::new("keep-going");
    let check = |name: &str, query: &str| {
        folder.write(
            &format!("{name}/check.toml"),
            "summary = \"x\"\n[columns.n]\ntype = \"integer\"\n",
        );
        folder.write(&format!("{name}/README.md"), README);
        folder.write(&format!("{name}/query.sql"), query);
    };
    for name in ["good", "turned_bad", "bad_script", "bad_key", "unreadable"] {
        check(name, "SELECT 1 AS n");
    }
    let place = folder.path().display().to_string();
    let install = |options: &[&str], code: i32| {
        let arguments = ["install", "-U", "postgres", "--checks", &place];
        let output = server.posemo(&[&arguments, options].concat());
        let printed = format!("{}{}", text(&output), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{options:?}: {printed}");
        printed
    };
    install(&["--check", "turned_bad"], 0);
    check("turned_bad", "SELECT pg_terminate_backend(1)::integer AS n");
    folder.write("bad_script/evaluate.star", "def check_context(:\n");
    folder.write("bad_key/check.toml", "summary = \"x\"\nnonsense = 1\n");
    std::fs::write(folder.path().join("unreadable/query.sql"), b"\xff").unwrap();

    let functions =
        "SELECT proname FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace ORDER BY 1";
    let before = server.superuser("posemo", functions);
    assert_eq!(before, ["turned_bad"]);
    install(&[], 1);
    assert_eq!(server.superuser("posemo", functions), before);

    let printed = install(&["--keep-going"], 1);
    for part in [
        "refused: turned_bad: ",
        "turned_bad/query.sql: ",
        "refused: bad_script: bad_script/evaluate.star:1",
        "bad_key/check.toml:2: nonsense: unknown key",
        "refused: cannot read ",
        "installed: ",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let after = server.superuser("posemo", functions);
    assert!(after.contains(&"good".to_owned()) && after.contains(&"alive".to_owned()), "{after:?}");
    // The function of the earlier version still answers.
    assert!(after.contains(&"turned_bad".to_owned()) && !after.contains(&"bad_script".to_owned()));

    // A dry run reports by its exit code whether something would change.
    let good = folder.path().join("good").display().to_string();
    let dry = |options: &[&str]| {
        let arguments =
            ["install", "-U", "postgres", "--checks", &good, "--dry-run", "--exit-code"];
        server.posemo(&[&arguments, options].concat()).status.code()
    };
    assert_eq!(dry(&["--check", "good"]), Some(0));
    assert_eq!(dry(&["--home", "elsewhere"]), Some(1));
    assert_eq!(dry(&["--database", "nowhere"]), Some(2));
    assert_eq!(server.posemo(&["install", "--exit-code"]).status.code(), Some(2));
    let removal = ["uninstall", "-U", "postgres", "--dry-run", "--exit-code"];
    assert_eq!(server.posemo(&removal).status.code(), Some(1));
    assert_eq!(server.superuser("posemo", functions), after);
}

/// The words that bash offers for the last word of a command line.
fn completed(line: &[&str], folder: &Folder) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_posemo"));
    let script = r#"
source <(posemo completions bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
_clap_complete_posemo posemo "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}""#;
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["--norc", "-c", script, "bash", "posemo"])
        .args(line)
        .env("PATH", path)
        .env("POSEMO_CONFIG", folder.path().join("posemo.toml"))
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    text(&output).lines().map(str::to_owned).filter(|word| !word.is_empty()).collect()
}

#[test]
fn bash_completes_checks_targets_and_receivers() {
    need!("bash");
    let folder = Folder::new("completion");
    let settings = "[targets.db1]\nhost = \"a\"\ngroups = [\"production\"]\n[targets.\"odd name; x\"]\nhost = \"b\"\n\
                    [receivers.pager]\nkind = \"alertmanager\"\nurl = \"http://localhost:9093\"\n";
    folder.write("posemo.toml", settings);
    folder.write("checks/mine/check.toml", "summary = \"x\"\n[columns.n]\ntype = \"integer\"\n");
    folder.write("checks/mine/README.md", README);
    folder.write("checks/mine/query.sql", "SELECT 1 AS n");
    let checks = folder.path().join("checks").display().to_string();
    for (line, expected) in [
        (&["check", "archiv"][..], &["archive_age", "archive_backlog", "archiver_failing"][..]),
        (&["check", "alive", "--target", ""], &["db1"]),
        (&["explain", "ali"], &["alive"]),
        (&["run", "--check", "alive,sequence"], &["alive,sequence_usage"]),
        (&["run", "p"], &["production"]),
        (&["run", "--send", ""], &["pager"]),
        (&["unin"], &["uninstall"]),
        (&["--checks", &checks, "check", "mine"], &["mine"]),
        (&["check", "zzz"], &[]),
    ] {
        assert_eq!(completed(line, &folder), expected, "{line:?}");
    }
    // A mistake in the settings leaves out names, and prints nothing.
    folder.write("posemo.toml", "nonsense = 1\n");
    assert_eq!(completed(&["check", "alive", "--target", ""], &folder), [""; 0]);
    assert_eq!(completed(&["check", "aliv"], &folder), ["alive"]);
}

#[test]
fn completion_scripts_exist_for_each_shell() {
    for (shell, part) in [
        ("bash", "complete -o nospace"),
        ("zsh", "#compdef posemo"),
        ("fish", "complete --keep-order --exclusive --command posemo"),
    ] {
        let script = text(&posemo(&["completions", shell]));
        assert!(script.contains(part) && script.contains("POSEMO_COMPLETE"), "{script}");
    }
}

/// The help and the manual page of a command begin with its line in the list of commands.
#[test]
fn each_command_is_described_by_its_line_in_the_list() {
    let list = text(&posemo(&["--help"]));
    let commands = list.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let commands: Vec<_> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once("  "))
        .filter(|(name, _)| !name.is_empty() && *name != "help")
        .collect();
    assert!(commands.len() > 20, "{list}");
    for (name, line) in commands {
        let (help, line) = (text(&posemo(&[name, "--help"])), line.trim());
        assert!(help.starts_with(line), "{name}: {help}");
        let page = text(&posemo(&["man", name]));
        // Other characters are escaped.
        let is_plain = |letter: &char| letter.is_ascii_alphabetic() || *letter == ' ';
        let begin: String = line.chars().take_while(is_plain).collect();
        assert!(page.contains(&format!(" \\- {begin}")), "{name}: {page}");
        assert!(page.contains("\\-\\-help"), "{name}: {page}");
    }
}

#[test]
fn manual_pages_are_rendered_without_warnings() {
    need!("groff");
    let folder = Folder::new("man");
    let pages = folder.path().join("pages");
    assert!(posemo(&["man", "--into", &pages.display().to_string()]).status.success());
    let files: Vec<_> =
        std::fs::read_dir(&pages).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let output =
            Command::new("groff").args(["-man", "-Tutf8", "-ww"]).arg(&file).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text(&output).contains("SYNOPSIS") || !output.stdout.is_empty(), "{file:?}");
    }
    let printed = posemo(&["man", "check"]).stdout;
    assert_eq!(printed, std::fs::read(pages.join("posemo-check.1")).unwrap());
    let error = posemo(&["man", "chekc"]).stderr;
    assert!(String::from_utf8_lossy(&error).contains("did you mean \"check\"?"));
}
