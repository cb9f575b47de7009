//! `posemo migrate`: definitions in the style of public configurations, and hostile ones.
//!
//! The files in `tests/it/migrate` were written for these tests. The comparison with the real plugins is in
//! `receivers/compat.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use posemo::catalog::Catalog;
use posemo::migrate::{self, MigrateFormat, MigrateInput, MigratedOutcome, Migration};

use crate::golden::assert_golden;
use crate::server::program;
use crate::waiting::assert_within;

mod forms;
mod icinga;
mod zabbix;

/// The page whose examples are run.
const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/migrate.md"));

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/migrate")
}

/// Runs posemo in the folder of the samples.
fn migrate(arguments: &[&str]) -> Output {
    program().arg("migrate").args(arguments).current_dir(samples()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a text becomes.
fn of_text(text: &str, format: MigrateFormat) -> Migration {
    let input = MigrateInput::of_text("f", text, format);
    migrate::of_input(input, &Catalog::embedded()).unwrap()
}

/// The settings and the reports are those of the golden files, and `config check` accepts each file.
#[test]
fn definitions_become_settings() {
    for (name, files) in [
        ("nagios", &["nagios/nagios.cfg", "nagios/nrpe"][..]),
        ("icinga2", &["icinga2"]),
        ("agents", &["mrpe.cfg", "zabbix_agentd.conf"]),
        ("posemo", &["posemo.conf", "posemo.yml"]),
    ] {
        let output = migrate(&[files, &["--file", "-"]].concat());
        let (settings, report) = (text(&output.stdout), text(&output.stderr));
        // Each sample has something that has no counterpart.
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert_golden(&format!("migrate/{name}.toml"), &settings);
        assert_golden(&format!("migrate/{name}.txt"), &report);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("posemo.toml");
        fs::write(&file, &settings).unwrap();
        let checked = program().args(["config", "check"]).arg(&file).output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
        let json = migrate(&[files, &["--file", "-", "--output", "json"]].concat());
        let json = text(&json.stderr);
        for printed in [&settings, &report, &json] {
            assert!(!printed.contains("geheim"), "{printed}");
        }
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let calls = json["calls"].as_array().unwrap();
        let set = calls.iter().filter(|call| call["outcome"] == "settings").count();
        let counted = format!(" {set} of {} calls ", calls.len());
        assert!(report.contains(&counted), "{counted}: {report}");
    }
}

#[test]
fn a_file_is_replaced_only_if_it_is_requested() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posemo.toml");
    let file_text = file.to_str().unwrap();
    fs::write(&file, "# mine\n").unwrap();
    let refused = migrate(&["mrpe.cfg", "--file", file_text]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("replace it with --force"), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    let replaced = migrate(&["mrpe.cfg", "--file", file_text, "--force"]);
    assert!(text(&replaced.stdout).contains("3 targets"), "{replaced:?}");
    assert!(fs::read_to_string(&file).unwrap().contains("[targets.local]"));
    // Files that are not known, do not exist or contain no call.
    let other = folder.path().join("other.cfg");
    for (content, part) in [
        ("nothing\n", "is in no known format; known are nagios (define service {), nrpe"),
        ("command[disk]=/usr/bin/check_disk\n", "1 file without a call of check_postgres"),
        ("command[x]=check_postgres --action=disk_space\n", "nothing was written"),
        (
            "command[x]=check_postgres --action=locks -p 99999 -w 5\n",
            "not a number from 1 to 65535",
        ),
    ] {
        fs::write(&other, content).unwrap();
        let new = folder.path().join("new.toml");
        let output = migrate(&[other.to_str().unwrap(), "--file", new.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{content}");
        assert!(text(&output.stderr).contains(part), "{content}: {output:?}");
        assert!(!new.exists(), "{content}");
    }
    let output = migrate(&["nosuch.cfg"]);
    assert!(text(&output.stderr).contains("cannot read nosuch.cfg"), "{output:?}");
    let output = migrate(&["mrpe.cfg", "--format", "nagio"]);
    assert!(text(&output.stderr).contains("did you mean \"nagios\"?"), "{output:?}");
    // Nothing runs unless it is requested: this plugin would leave a file.
    let mark = folder.path().join("mark");
    let plugin = folder.path().join("check_postgres");
    fs::write(&plugin, format!("#!/bin/sh\ntouch {}\n", mark.display())).unwrap();
    fs::write(&other, format!("command[x]={} --action=connection\n", plugin.display())).unwrap();
    let output = migrate(&[other.to_str().unwrap(), "--file", "-"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!mark.exists());
}

/// Files that include each other, links to folders above, and the other formats of included files.
#[test]
fn inclusions_end() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("conf.d/up")).unwrap();
    write(
        "nagios.cfg",
        "cfg_file=nagios.cfg\ncfg_file=other.cfg\ncfg_dir=conf.d\ncfg_file=missing.cfg\n",
    );
    write("other.cfg", "cfg_file=nagios.cfg\n");
    write("conf.d/nrpe.cfg", "include_dir=..\ncommand[x]=check_postgres_connection -H db1\n");
    for deep in 0..30 {
        write(&format!("deep{deep}.cfg"), &format!("cfg_file=deep{}.cfg\n", deep + 1));
    }
    let named = folder.path().join("nagios.cfg");
    let migration = migrate::migrate(&[named], None, &Catalog::embedded()).unwrap();
    assert_eq!(migration.calls.len(), 1, "{migration:#?}");
    let messages: Vec<String> = migration.unclear.iter().map(ToString::to_string).collect();
    assert!(messages.iter().any(|one| one.contains("nagios.cfg:4: cannot read")), "{messages:?}");
    let named = folder.path().join("deep0.cfg");
    let migration = migrate::migrate(&[named], None, &Catalog::embedded()).unwrap();
    assert!(migration.unclear[0].message.contains("12 deep"), "{:?}", migration.unclear);
    let large = folder.path().join("large.cfg");
    fs::write(&large, vec![b'#'; 9 << 20]).unwrap();
    let error = migrate::migrate(&[large], None, &Catalog::embedded()).unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
}

/// Inputs that would take without end, or break out of a line of the settings.
#[test]
fn hostile_definitions_end_and_stay_in_their_lines() {
    let command = "define command {\n command_name c\n command_line check_postgres --action=connection -H $HOSTADDRESS$ $ARG1$\n}\n";
    let repeated = |count: usize, text: &dyn Fn(usize) -> String| -> String {
        (0..count).map(text).collect::<Vec<String>>().concat()
    };
    let doubled = repeated(40, &|at| {
        format!("define service {{\n name t{at}\n use t{0},t{0}\n _x +x\n}}\n", at + 1)
    });
    let hosts =
        repeated(50, &|at| format!("define host {{\n host_name h{at}\n address a\"]{at}[x\n}}\n"));
    let circle = "define service {\n name a\n use b\n}\ndefine service {\n name b\n use a\n host_name *\n service_description s\u{202e}\\\"\n check_command c!x\n}\n";
    let icinga = repeated(60, &|at| format!("const L{} = [ L{at}, L{at}, L{at} ]\n", at + 1));
    let imports = repeated(20, &|at| {
        let imported = format!("import \"t{}\"\n", at + 1).repeat(9);
        format!("template Service \"t{at}\" {{\n{imported}}}\n")
    });
    let rule = "object CheckCommand \"p\" {\n command = [ \"check_postgres\" ]\n arguments = { \"--action\" = \"$a$\" }\n vars.a = \"$b$\"\n vars.b = \"$a$\"\n}\nobject Host \"h\" {\n}\napply Service \"s\" {\n import \"t0\"\n check_command = \"p\"\n vars.l = L50\n assign where true\n}\n";
    let shells = (0..9).fold("check_postgres_locks -w 1".to_owned(), |line, _| {
        format!("sh -c {}", posemo::text::shell::quoted(&line))
    });
    for (sample, format) in [
        (format!("{command}{hosts}{doubled}{circle}"), MigrateFormat::Nagios),
        (format!("const L0 = [ 1 ]\n{icinga}{imports}{rule}"), MigrateFormat::Icinga2),
        (format!("x = {}1\n", "(".repeat(100_000)), MigrateFormat::Icinga2),
        (format!("x = 1{}\n", " + 1".repeat(100_000)), MigrateFormat::Icinga2),
        (format!("x{} = 1\n", ".y".repeat(100_000)), MigrateFormat::Icinga2),
        (format!("object Host \"h\" {{ {} }}\n", "if (a) { ".repeat(50_000)), MigrateFormat::Icinga2),
        (format!("object Host \"h\" {{\n{}}}\n", "vars.a = vars\n".repeat(2_000)), MigrateFormat::Icinga2),
        ("object Host \"h\" {\n vars.x = \"".to_owned(), MigrateFormat::Icinga2),
        (format!("{rule}for (i in range(5000)) {{\n for (j in range(5000)) {{\n  object Service \"s\" + i + j {{\n  }}\n }}\n}}\nobject Service \"t\" {{\n host_name = \"h\"\n check_command = \"p\"\n for (i in range(5000)) {{\n  for (j in range(5000)) {{\n   vars.l += [ i ]\n  }}\n }}\n}}\n"), MigrateFormat::Icinga2),
        (format!("{rule}object Service \"f\" {{\n host_name = \"h\"\n check_command = \"p\"\n vars.b = {{{{ macro(\"$c$\") + macro(\"$c$\") }}}}\n vars.c = {{{{ macro(\"$b$\") + macro(\"$b$\") }}}}\n vars.d = {{{{ {}1 }}}}\n}}\n", "(".repeat(100_000)), MigrateFormat::Icinga2),
        (format!("x = {}1\n", "true ? ".repeat(100_000)), MigrateFormat::Icinga2),
        ("object Host \"h\" {\n vars.x = !\u{fffd}\n}\n".to_owned(), MigrateFormat::Icinga2),
        (format!("{}\n", "for (i in range(2)) { ".repeat(100_000)), MigrateFormat::Icinga2),
        (format!("command[x]={shells}\ncommand[y]=check_postgres '\n"), MigrateFormat::Nrpe),
        ("<Check A>\n".repeat(50_000), MigrateFormat::Posemo),
        ("<Hosts>\nhosts = a\"b]\u{0}c d=e\\\n</Hosts>\n</Hosts>\n".to_owned(), MigrateFormat::Posemo),
        ("hosts: &a [*a, *a]\n".to_owned(), MigrateFormat::Posemo),
        (repeated(3_000, &|at| format!("command[c{at}]=check_postgres_connection -H db --dbservice=s{at}\n")), MigrateFormat::Nrpe),
        (repeated(2_000, &|at| format!("command[c{at}]=check_postgres_backends -H db{at} -w {} -c 9000\n", at / 2)), MigrateFormat::Nrpe),
        ("<Hosts>\nhosts = ".to_owned() + &"a ".repeat(30_000) + "\n</Hosts>\n", MigrateFormat::Posemo),
        ("<Hosts>\nhosts = ".to_owned() + &repeated(3_000, &|at| format!("h{at} ")) + "\n</Hosts>\n", MigrateFormat::Posemo),
        ("A%ff%0a[targets.evil] (interval=18446744073709551615) /x/check_postgres_connection -H 'a\"\\]'\n".to_owned(), MigrateFormat::Mrpe),
    ] {
        let begun = Instant::now();
        let migration = of_text(&sample, format);
        let read: toml::Table = toml::from_str(&migration.settings).unwrap();
        let targets = read.get("targets").and_then(toml::Value::as_table);
        assert!(targets.is_none_or(|targets| !targets.contains_key("evil")), "{}", migration.settings);
        let start: String = sample.chars().take(60).collect();
        // Each takes a second or less on an idle machine, and most time is that of the catalog.
        assert_within(Duration::from_secs(10), begun, &start);
    }
}

/// What is read of the less usual parts of each format.
#[test]
fn settings_follow_the_rules_of_each_format() {
    let nagios = |more: &str| {
        format!(
            "define command {{\n command_name c\n command_line $USER1$/check_postgres.pl -H $HOSTADDRESS$ --action=$ARG1$ $ARG2$\n}}\ndefine host {{\n host_name h1\n address 192.0.2.1\n hostgroups g\n}}\ndefine host {{\n host_name h2\n}}\n{more}"
        )
    };
    let names = |migration: &Migration| -> Vec<String> {
        migration.targets.iter().map(|target| target.name.clone()).collect()
    };
    for (services, expected) in [
        ("define service {\n host_name h1,h2\n check_command c!connection\n}\n", &["h1", "h2"][..]),
        ("define service {\n host_name *,!h1\n check_command c!connection\n}\n", &["h2"]),
        ("define service{\n hostgroup_name g\n check_command c!connection ; h2\n}\n", &["h1"]),
        (
            "define service {\n name t\n host_name h1\n register 0\n}\ndefine service {\n use t\n host_name +h2\n check_command c!connection\n}\n",
            &["h1", "h2"],
        ),
        (
            "define service {\n name t\n host_name h1\n register 0\n check_command c!connection\n}\ndefine service {\n use t\n host_name null\n}\n",
            &[],
        ),
        // With patterns, as in regular expressions.
        ("define service {\n host_name ^h.*,!2$\n check_command c!connection\n}\n", &["h1", "h2"]),
        ("define service {\n host_name h.*,!.*2$\n check_command c!connection\n}\n", &["h1"]),
        (
            "define hostgroup {\n hostgroup_name all\n members *,!h1\n}\ndefine service {\n hostgroup_name al.*\n check_command c!connection\n}\n",
            &["h2"],
        ),
        ("define service {\n host_name h[12]+\n check_command c!connection\n}\n", &[]),
    ] {
        let mut found = names(&of_text(&nagios(services), MigrateFormat::Nagios));
        found.sort();
        assert_eq!(found, expected, "{services}");
    }
    // Services of several databases with the same levels are one setting.
    let two = "command[a]=check_postgres_last_vacuum --db=a -w 1d -c 2d -H db\ncommand[b]=check_postgres_last_vacuum --db=b -w 1d -c 2d -H db\ncommand[c]=check_postgres_last_vacuum --db=c -w 3d -c 4d -H db\n";
    let migration = of_text(two, MigrateFormat::Nrpe);
    assert!(migration.settings.contains("databases = [\"a\", \"b\"]"), "{}", migration.settings);
    assert!(
        matches!(&migration.calls[2].outcome, MigratedOutcome::Command(reason) if reason.contains("another"))
    );
    // A variable counts like the option, and a call about two servers is two calls.
    let line = "A (interval=60) (appendage=yes) PGDATABASE=a /x/check_postgres --action=last_vacuum -H d1,d2 -p 5433 -w 1d -c 2d\n";
    let migration = of_text(line, MigrateFormat::Mrpe);
    assert_eq!(names(&migration), ["d1", "d2"], "{migration:?}");
    for part in ["databases = [\"a\"]", "interval = \"1m\"", "port = 5433"] {
        assert!(migration.settings.contains(part), "{part}: {}", migration.settings);
    }
    let line = "A check_postgres --action=last_vacuum -H d1,d2 --db=a,b -w 1d -c 2d\n";
    let migration = of_text(line, MigrateFormat::Mrpe);
    for (target, database) in [("d1", "a"), ("d2", "b")] {
        let settings: toml::Table = toml::from_str(&migration.settings).unwrap();
        let databases = &settings["targets"][target]["checks"]["last_vacuum"]["databases"];
        assert_eq!(databases[0].as_str(), Some(database), "{}", migration.settings);
    }
    // PgBouncer is not a target.
    let pool = "command[a]=check_postgres_pgb_pool_maxwait -w 5 -c 9 -H db -p 6432\n";
    let migration = of_text(pool, MigrateFormat::Nrpe);
    assert!(migration.targets.is_empty(), "{:?}", migration.targets);
    assert!(
        matches!(&migration.calls[0].outcome, MigratedOutcome::Command(reason) if reason.contains("--docs FILE")),
        "{:?}",
        migration.calls[0].outcome
    );
    // Levels in the wrong order have no settings, and the call is printed.
    let wrong =
        of_text("command[a]=check_postgres_backends -w 95% -c 80% -H db\n", MigrateFormat::Nrpe);
    assert!(
        matches!(&wrong.calls[0].outcome, MigratedOutcome::Command(reason) if reason.contains("refuse")),
        "{:?}",
        wrong.calls[0].outcome
    );
}

/// Services that other definitions replace, that name another host, or that are in part in other files.
#[test]
fn what_is_not_in_the_files_is_reported() {
    let host = |name: &str, more: &str| {
        format!("define host {{\n host_name {name}\n address {name}.example\n{more}}}\n")
    };
    let service = |lines: &str| format!("define service {{\n{lines}}}\n");
    let command = |name: &str, line: &str| {
        format!("define command {{\n command_name {name}\n command_line {line}\n}}\n")
    };
    let start = host("db1", " hostgroups g\n")
        + &host("db2", " hostgroups g\n")
        + &command("c", "check_postgres.pl -H $HOSTADDRESS$ --action=$ARG1$ $ARG2$")
        + &command("n", "check_nrpe -H $HOSTADDRESS$ -c $ARG1$")
        + &command("s", "ssh nagios@db2.example check_postgres_locks -w 5");
    let of = |lines: &str| of_text(&(start.clone() + &service(lines)), MigrateFormat::Nagios);
    for (lines, message) in [
        (
            " host_name db1\n check_command check_pg_locks!5\n",
            "the command \"check_pg_locks\" is in none",
        ),
        (
            " host_name db1\n check_command check_agent!pg_locks\n",
            "the command \"check_agent\" is in none",
        ),
        (" host_name db1\n use other\n", "the template \"other\" is in none"),
        (" host_name db1,db7\n check_command c!connection\n", "db7 in host_name"),
        (" host_name db1\n check_command n!pg_age\n", "runs the command pg_age"),
    ] {
        let migration = of(lines);
        let found =
            migration.unclear.iter().any(|one| one.line > 20 && one.message.contains(message));
        assert!(found, "{lines}: {:?}", migration.unclear);
    }
    // The check of a host is a call, too; Nagios does not run a passive service.
    let checked = host("db9", " check_command c!connection\n")
        + &service(" host_name db9\n check_command c!locks!-w 5\n active_checks_enabled 0\n");
    let migration = of_text(&(start.clone() + &checked), MigrateFormat::Nagios);
    assert_eq!(migration.calls.iter().filter(|call| call.targets == ["db9"]).count(), 1);
    assert!(
        migration.unclear[0].message.contains("active_checks_enabled"),
        "{:?}",
        migration.unclear
    );
    // The host of SSH is not that of the service.
    let migration = of(" host_name db1\n check_command s\n");
    assert_eq!(migration.targets[0].host, "db2.example");
    assert_eq!(migration.targets[0].name, "db2");
    // A service of the host takes the place of that of its group.
    let named =
        service(" host_name db2\n service_description d\n check_command c!backends!-w 50%\n");
    let group =
        service(" hostgroup_name g\n service_description d\n check_command c!backends!-w 60%\n");
    for both in [named.clone() + &group, group + &named] {
        let migration = of_text(&(start.clone() + &both), MigrateFormat::Nagios);
        let calls = migration.calls.iter().filter(|call| call.old.service == "d");
        assert_eq!(calls.count(), 2, "{:?}", migration.calls);
        let settings: toml::Table = toml::from_str(&migration.settings).unwrap();
        let warning = |name: &str| {
            settings["targets"][name]["checks"]["connection_usage"]["warning"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!((warning("db1"), warning("db2")), ("@60:".to_owned(), "@50:".to_owned()));
    }
    // A connection string can have blanks around its signs.
    let secret = "command[x]=check_postgres_last_analyze -H db --dbname='dbname = a Password = geheim' -w 1d\n";
    let migration = of_text(secret, MigrateFormat::Nrpe);
    let printed = migration.settings.clone() + &migration.json("f").to_string();
    assert!(printed.contains("connection string") && !printed.contains("geheim"), "{printed}");
    // Files of a folder that cannot be read as definitions.
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("mrpe.cfg", "PG sudo -u postgres check_postgres --action=connection -H db1\n"),
        ("odd.cfg", "\na b check_postgres\n"),
        (".check_postgresrc", "warning=5\n"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let paths = [folder.path().to_owned()];
    let migration = migrate::migrate(&paths, None, &Catalog::embedded()).unwrap();
    assert_eq!(migration.calls.len(), 1);
    let unclear: Vec<String> = migration.unclear.iter().map(ToString::to_string).collect();
    assert!(
        unclear.len() == 2 && unclear[0].contains(".check_postgresrc:1: options"),
        "{unclear:?}"
    );
    assert!(unclear[1].contains("odd.cfg:2: the file is in no known format"), "{unclear:?}");
}

/// The examples of the page print what it shows.
#[test]
fn the_examples_of_the_page_print_what_it_shows() {
    let mut run = 0;
    for block in PAGE.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, shown) = block.split_once('\n').unwrap();
        let words = command.strip_prefix("$ posemo migrate ").expect(command).split(' ');
        let words: Vec<&str> = words.collect();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("posemo.toml");
        let output = migrate(&[&words[..], &["--file", file.to_str().unwrap()]].concat());
        let printed = text(&output.stdout) + &fs::read_to_string(&file).unwrap_or_default();
        let printed = printed.replace(file.to_str().unwrap(), "posemo.toml");
        for line in shown.lines().filter(|line| !line.is_empty() && *line != "…") {
            assert!(printed.contains(line), "{command}: {line}\n{printed}");
        }
        run += 1;
    }
    assert!(run >= 2, "{run}");
}
