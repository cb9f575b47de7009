//! `posemo.toml`: a later layer replaces single values, and a mistake has its file, line and the nearest correct name.

use std::process::Command;

use posemo::catalog::Catalog;
use posemo::catalog::function::ArgumentValue;
use posemo::catalog::thresholds::ObjectName;
use posemo::settings::Settings;

use crate::catalog::Folder;
use crate::server::POSEMO;

const GOOD: &str = r#"
[defaults]
user = "watcher"
sslmode = "verify-full"

[targets.db1]
host = "db1.example"
groups = ["production"]

[targets.db2]
host = "db2.example"
sslmode = "disable"

[checks.sequence_usage]
warning = "70"
critical = "90"
arguments.minimum = 5000

[groups.production.checks.sequence_usage]
critical = "95"
interval = "30s"

[targets.db1.checks.sequence_usage]
warning = "75"
objects."public.legacy_id_seq" = { enabled = false }
objects."public.busy" = { critical = "85" }
"#;

fn object(name: &str) -> ObjectName<'_> {
    ObjectName { database: Some("app"), name: Some(name) }
}

/// A list, and the text with commas.
#[test]
fn an_argument_that_is_a_list_is_written_in_both_ways() {
    let catalog = Catalog::embedded();
    let check = catalog.get("superusers").unwrap();
    for written in
        ["['postgres', 'o''dd \"x\"', 'deploy']", "\"postgres,o''dd \\\"x\\\",deploy\"", "[]"]
    {
        let written = written.replace("''", "\u{2019}");
        let text = format!("[targets.db1]\n[checks.superusers]\narguments.allowed = {written}");
        let settings = Settings::parse("posemo.toml", text, &catalog).unwrap();
        let target = settings.target("db1").unwrap();
        let effective = settings.effective(&check, target).unwrap();
        let expected = if written == "[]" { "" } else { "postgres,o\u{2019}dd \"x\",deploy" };
        assert_eq!(effective.arguments, [ArgumentValue::Text(expected.to_owned())]);
    }
}

#[test]
fn a_later_layer_replaces_single_values() {
    let catalog = Catalog::embedded();
    let settings = Settings::parse("posemo.toml", GOOD.to_owned(), &catalog).unwrap();
    let check = catalog.get("sequence_usage").unwrap();
    for (target, warning, critical, busy, interval) in
        [("db1", "75", "95", "85", 30), ("db2", "70", "90", "90", check.interval.as_secs())]
    {
        let target = settings.target(target).unwrap();
        let effective = settings.effective(&check, target).unwrap();
        let levels = effective.thresholds.for_object("used", object("public.other"));
        assert_eq!(levels.warning.unwrap().as_str(), warning);
        assert_eq!(levels.critical.unwrap().as_str(), critical);
        let busy_levels = effective.thresholds.for_object("used", object("public.busy"));
        assert_eq!(
            (busy_levels.warning.unwrap().as_str(), busy_levels.critical.unwrap().as_str()),
            (warning, busy)
        );
        assert_eq!(effective.interval.as_secs(), interval);
        assert_eq!(
            effective.thresholds.disables(object("public.legacy_id_seq")),
            target.name == "db1"
        );
    }
    let keyword = |target: &str, key: &str| {
        let target = settings.target(target).unwrap();
        target.keywords.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    };
    assert_eq!(keyword("db1", "sslmode").as_deref(), Some("verify-full"));
    assert_eq!(keyword("db2", "sslmode").as_deref(), Some("disable"));
    assert_eq!(keyword("db2", "user").as_deref(), Some("watcher"));
}

#[test]
fn a_mistake_has_its_place() {
    let catalog = Catalog::embedded();
    for (text, expected) in [
        (
            "[target.db1]\nhost = 'x'",
            "p:1: target.db1: unknown key \"target\"; did you mean \"targets\"?",
        ),
        (
            "[targets.db1]\nhots = 'x'",
            "p:2: targets.db1.hots: unknown key \"hots\"; did you mean \"host\"?",
        ),
        ("[targets.db1]\npassword = 'x'", "p:2: targets.db1.password: unknown key \"password\""),
        ("[targets.db1]\nport = 70000", "p:2: targets.db1.port: 70000 is not a port"),
        (
            "[targets.a]\n[targets.--quiet]\nport = 1",
            "p:2: targets.--quiet: a name must not be empty or begin with a dash",
        ),
        (
            "[targets.reports]\nhost = 'x'\n[receivers.z]\nkind = 'zabbix'\nservers = ['z:1']\n[receivers.z.hosts]\nother = 'o'\nreport = 'r'",
            "p:8: receivers.z.hosts.report: target \"report\" does not exist; did you mean \"reports\"?",
        ),
        ("[groups.\"\"]\n", "a name must not be empty"),
        (
            "[receivers.-x]\nkind = 'nagios'\nspool = '/x'",
            "p:1: receivers.-x: a name must not be empty",
        ),
        (
            "[defaults]\nsslmode = 'verify-ful'",
            "p:2: defaults.sslmode: \"verify-ful\" is not a valid sslmode; did you mean \"verify-full\"?",
        ),
        (
            "[defaults]\ngroups = ['x']",
            "p:2: defaults.groups: not allowed in [defaults]; put it under [targets.NAME]",
        ),
        (
            "[defaults]\n[defaults.checks.alive]\nenabled = false",
            "p:2: defaults.checks: not allowed in [defaults]; put it under [checks.NAME]",
        ),
        (
            "[checks.conection_usage]\nwarning = '5'",
            "p:1: checks.conection_usage: check \"conection_usage\" does not exist; did you mean \"connection_usage\"?",
        ),
        (
            "[checks.sequence_usage]\nwarning = '5K'",
            "p:2: checks.sequence_usage.warning: \"5K\" is not a range",
        ),
        (
            "[checks.sequence_usage]\nthresholds.usde.warning = '5'",
            "p:2: checks.sequence_usage.thresholds.usde: sequence_usage has no metric \"usde\"; did you mean \"used\"?",
        ),
        (
            "[checks.sequence_usage.arguments]\nminimun = 5",
            "p:2: checks.sequence_usage.arguments.minimun: sequence_usage has no argument \"minimun\"; did you mean \"minimum\"?",
        ),
        (
            "[checks.sequence_usage.arguments]\nminimum = 'x'",
            "p:2: checks.sequence_usage.arguments.minimum: \"x\" is no",
        ),
        ("[checks.alive]\nwarning = '5'", "p:2: checks.alive.warning: alive has no metric"),
        (
            "[checks.alive]\ninterval = 'often'",
            "p:2: checks.alive.interval: \"often\" is not an interval",
        ),
        (
            "[checks.sequence_usage]\nrow_limit = 0",
            "p:2: checks.sequence_usage.row_limit: must be between 1 and 100000",
        ),
        ("[checks.alive.objects.x]\nenabled = false", "alive has no column with role = \"object\""),
        ("[groups.g.checks.alvie]\n", "p:1: groups.g.checks.alvie: check \"alvie\" does not exist"),
        (
            "[targets.a]\ngroups = ['prodution']\n[groups.production]",
            "p:2: targets.a.groups: group \"prodution\" does not exist; did you mean \"production\"?",
        ),
        ("[targets.a]\nhost = 'x", "p:2:"),
        (
            "[targets.db1]\nhots = 'a'\nprot = 1\n[checks.nosuch]\nwarning = '5'",
            "p:2: targets.db1.hots: unknown key \"hots\"; did you mean \"host\"? (and 2 more mistakes: posemo config check)",
        ),
        (
            "[checks.connection_usage]\nwarning = '90'\ncritical = '80'",
            "p:3: checks.connection_usage.critical: warning 90 and critical 80 are in the wrong order: a value becomes CRITICAL without being WARNING before",
        ),
        (
            "[groups.g.checks.sequence_usage]\nwarning = '97'\n[targets.a]\ngroups = ['g']",
            "p:2: groups.g.checks.sequence_usage.warning: warning 97 and critical 95 are in the wrong order: a value becomes CRITICAL without being WARNING before; critical is the default of sequence_usage: set it too",
        ),
        (
            "[checks.sequence_usage]\nwarning = '50%'\n[targets.a.checks.sequence_usage]\ncritical = '40'",
            "p:4: targets.a.checks.sequence_usage.critical: warning 50% and critical 40 are in the wrong order: a value becomes CRITICAL without being WARNING before; warning is set in line 2: change one of them",
        ),
        (
            "[checks.sequence_usage.objects.'a.*']\ncritical = '40'",
            "p:2: checks.sequence_usage.objects.\"a.*\".critical: warning 80 and critical 40 are in the wrong order",
        ),
        ("[checks.cache_hit_ratio]\ncritical = '80'", "no value is OK; warning is the default"),
        (
            "[checks.database_size]\nwarning = '5min'",
            "p:2: checks.database_size.warning: \"5min\" is not a range: min is a unit of seconds, and the metric is in bytes; write a number of bytes, or",
        ),
        (
            "[checks.database_size.objects.x]\ndatabases = ['a']",
            "p:2: checks.database_size.objects.x.databases: database_size runs once for the server, so its objects have no database",
        ),
        (
            "[targets.db1.checks.replication_role]\narguments.expected = 'master'",
            "p:2: targets.db1.checks.replication_role.arguments.expected: \"master\" is not a valid value; one of primary, standby, any",
        ),
        (
            "[checks.superusers]\narguments.allowed = ['ann', 'bob,eve']",
            "p:2: checks.superusers.arguments.allowed: \"bob,eve\" contains a comma",
        ),
        (
            "[checks.superusers]\narguments.allowed = ['ann', 7]",
            "p:2: checks.superusers.arguments.allowed: 7 is not a text",
        ),
        (
            "[checks.superusers]\narguments.allowed = [' ']",
            "p:2: checks.superusers.arguments.allowed: \" \" is empty, or begins or ends with a blank",
        ),
        (
            "[checks.superusers]\narguments.allowed = true",
            "p:2: checks.superusers.arguments.allowed: true is not a list of texts",
        ),
        (
            "[checks.replication_role]\narguments.expected = ['primary']",
            "p:2: checks.replication_role.arguments.expected: must be one text",
        ),
        (
            "targets.db1 = 'localhost'",
            "p:1: targets.db1: is the text \"localhost\", and must be a table such as [targets.db1]",
        ),
        (
            "[checks]\nalive = 5",
            "p:2: checks.alive: is the number 5, and must be a table such as [checks.alive]",
        ),
    ] {
        let error = Settings::parse("p", text.to_owned(), &catalog).expect_err(text).to_string();
        assert!(error.contains(expected), "{text:?}\n  message  {error}\n  expected {expected}");
    }
}

/// Ranges of different layers are judged where they meet.
#[test]
fn ranges_that_fit_on_each_target_are_accepted() {
    let catalog = Catalog::embedded();
    for text in [
        "[groups.g.checks.sequence_usage]\nwarning = '97'\n[targets.a]\ngroups = ['g']\n[targets.a.checks.sequence_usage]\ncritical = '99'",
        "[checks.database_size]\nwarning = '200MB'\ncritical = '~:2TB'\n[checks.replication_lag]\nwarning = '5min'\ncritical = '1d'",
        "[checks.sequence_usage.objects.'public.*']\ndatabases = ['app']\nwarning = '97%'\ncritical = '98%'",
    ] {
        Settings::parse("p", text.to_owned(), &catalog).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The owner of the current folder must not choose the servers and the trusted keys.
#[test]
fn settings_are_not_read_from_the_current_folder() {
    let folder = Folder::new("cwd");
    for file in ["posemo/posemo.toml", ".config/posemo/posemo.toml"] {
        folder.write(file, "[targets.theirs]\nhost = \"/nonexistent\"\n");
    }
    for (home, config) in [("", None), ("", Some("")), (".", None), ("/nonexistent", Some("."))] {
        let mut command = Command::new(POSEMO);
        command.current_dir(folder.path()).args(["run", "--output", "json"]);
        command.env_remove("POSEMO_CONFIG").env_remove("XDG_CONFIG_HOME").env("HOME", home);
        command.envs(config.map(|config| ("XDG_CONFIG_HOME", config)));
        let output = command.output().unwrap();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!printed.contains("theirs"), "{home:?} {config:?}: {printed}");
    }
}
