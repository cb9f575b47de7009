//! Forms of definitions that public configurations of Nagios, NRPE, Checkmk and Zabbix contain.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use posemo::catalog::Catalog;
use posemo::migrate::{self, MigrateFormat};

use super::of_text;
use crate::waiting::assert_within;

/// The other names of keys, a brace in its own line, and macros of another host.
#[test]
fn nagios_is_read_with_its_other_names() {
    let text = r"define command {
 command_name c
 command_line $USER1$/check_postgres.pl -H $HOSTADDRESS$ -p $_HOSTPGPORT$ --action=$ARG1$ $ARG2$
}
define command {
 command_name of_db2
 command_line check_postgres.pl -H $HOSTADDRESS:db2$ -p $_HOSTPGPORT:db2$ --action=locks -w 5
}
define host
{
 name t
 _PGPORT 5432
 register 0
}
define host{
 use t
 host_name db1
 address 192.0.2.1
 host_groups g
}
define host{
 use t
 host_name db2
 address 192.0.2.2
 _PGPORT 5434
}
define service{
 hosts db2
 description one
 check_command c!backends!-w 80%
}
define service{
 hostgroup g
 description two
 check_command c!locks!-w 100
}
define service{
 host_name db1
 description three
 check_command of_db2
}
";
    let migration = of_text(text, MigrateFormat::Nagios);
    assert!(migration.unclear.is_empty(), "{:?}", migration.unclear);
    let calls: Vec<(&str, u16, &str)> = migration
        .calls
        .iter()
        .map(|call| {
            let name = &call.targets[0];
            let target = migration.targets.iter().find(|one| one.name == *name).unwrap();
            (call.old.service.as_str(), target.server.port, target.host.as_str())
        })
        .collect();
    let expected =
        [("one", 5434, "192.0.2.2"), ("two", 5432, "192.0.2.1"), ("three", 5434, "192.0.2.2")];
    assert_eq!(calls, expected);
}

/// A sign before the first line, and lines that end as on Windows, hide no definition.
#[test]
fn a_byte_order_mark_hides_no_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nrpe.cfg");
    for (content, calls) in [
        (
            "\u{feff}command[a]=check_postgres --action=backends -w 80%\r\ncommand[b]=check_postgres --action=locks -w 9\r\n",
            2,
        ),
        ("\u{feff}UserParameter=a,check_postgres --action=backends -w 80%\r\n", 1),
        (
            "\u{feff}object Host \"h\" {\r\n}\r\nobject Service \"s\" {\r\n host_name = \"h\"\r\n check_command = \"postgres\"\r\n vars.postgres_action = \"locks\"\r\n}\r\n",
            1,
        ),
    ] {
        fs::write(&file, content).unwrap();
        let migration =
            migrate::migrate(std::slice::from_ref(&file), None, &Catalog::embedded()).unwrap();
        assert_eq!(migration.calls.len(), calls, "{content}: {migration:?}");
    }
}

/// Calls of other plugins for PostgreSQL are reported, each once.
#[test]
fn calls_of_other_plugins_are_reported_once() {
    let nagios = "define command {\n command_name check_pgsql\n command_line /p/check_pgsql -H $HOSTADDRESS$ -l u -p geheim\n}\ndefine host {\n host_name db1\n}\n";
    let service = "define service {\n host_name db1\n check_command check_pgsql\n}\n";
    let icinga = "object Host \"h\" {\n}\nobject Service \"s\" {\n host_name = \"h\"\n check_command = \"pgsql\"\n vars.pgsql_password = \"geheim\"\n}\n";
    for (text, format, expected) in [
        (format!("{nagios}{service}"), MigrateFormat::Nagios, &["check_pgsql"][..]),
        // Packages install this command for everybody.
        (nagios.to_owned(), MigrateFormat::Nagios, &[]),
        (icinga.to_owned(), MigrateFormat::Icinga2, &["alive and response_time"]),
        (
            "command[a]=sudo -u postgres /p/check_pgbackrest --password=geheim -s x\ncommand[b]=check_procs -a postgres -c 1:\ncommand[c]=/p/check_postgresql.sh 5\n".to_owned(),
            MigrateFormat::Nrpe,
            &["pgbackrest_backups", "check_postgresql.sh"],
        ),
        ("A /p/check_pgsql -p geheim\n".to_owned(), MigrateFormat::Mrpe, &["check_pgsql"]),
        ("UserParameter=a,sh -c '/p/check_pgsql -p geheim'\n".to_owned(), MigrateFormat::Zabbix, &["check_pgsql"]),
    ] {
        let migration = of_text(&text, format);
        let messages: Vec<String> = migration.unclear.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), expected.len(), "{text}: {messages:?}");
        for (message, part) in messages.iter().zip(expected) {
            assert!(message.contains(part) && !message.contains("geheim"), "{message}");
        }
        assert!(migration.calls.is_empty(), "{text}");
    }
}

/// A command of an agent that a service calls is reported at the service, and not a second time.
#[test]
fn a_command_of_an_agent_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "n.cfg",
        "define command {\n command_name n\n command_line check_nrpe -H $HOSTADDRESS$ -c $ARG1$\n}\ndefine host {\n host_name db1\n}\ndefine service {\n host_name db1\n service_description s\n check_command n!odd\n}\ndefine service {\n host_name db1\n service_description t\n check_command n!two\n}\n",
    );
    write(
        "nrpe.cfg",
        "command[odd]=wrapper.sh check_postgres -w 5\ncommand[two]=check_postgres --action=locks -H d1,d2 -w 5\n",
    );
    let paths = [folder.path().to_owned()];
    let migration = migrate::migrate(&paths, None, &Catalog::embedded()).unwrap();
    assert_eq!(migration.unclear.len(), 1, "{:?}", migration.unclear);
    assert!(migration.unclear[0].message.contains("wrapper.sh"), "{:?}", migration.unclear);
    // A call about two servers is two calls, also through an agent.
    let targets: BTreeSet<&str> =
        migration.calls.iter().map(|call| call.targets[0].as_str()).collect();
    assert_eq!(targets, ["d1", "d2"].into(), "{:?}", migration.calls);
}

/// The time grows with the number of hosts, and not with its product with that of groups.
#[test]
fn many_hosts_and_groups_take_seconds() {
    let mut text = "define command {\n command_name c\n command_line check_postgres --action=$ARG1$ -H $HOSTADDRESS$ $ARG2$\n}\n".to_owned();
    for at in 0..1_000 {
        let _ = writeln!(
            text,
            "define host {{\n host_name h{at}\n hostgroups g{}\n}}\ndefine hostgroup {{\n hostgroup_name g{at}\n}}",
            at % 100
        );
    }
    for at in 0..1_000 {
        let groups: Vec<String> = (0..20).map(|more| format!("g{}", (at + more) % 1_000)).collect();
        let _ = writeln!(
            text,
            "define service {{\n service_description s{at}\n hostgroup_name {}\n check_command c!locks!-w 5\n}}",
            groups.join(",")
        );
    }
    let begun = Instant::now();
    let migration = of_text(&text, MigrateFormat::Nagios);
    assert!(migration.calls.len() > 1_000, "{}", migration.calls.len());
    assert_within(Duration::from_secs(20), begun, "1,000 hosts, groups and services");
}
