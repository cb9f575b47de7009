//! What `posemo migrate` reads of Icinga's configuration, and what it reports.

use posemo::migrate::MigrateFormat;

use super::of_text;

/// Parts of Icinga's configuration that only Icinga knows, or that are in other files.
#[test]
fn what_icinga_alone_knows_is_reported() {
    let of = |more: &str| {
        let command = "object CheckCommand \"p\" {\n command = [ \"check_postgres\" ]\n arguments = { \"--action\" = \"$a$\" }\n env = { PGHOST = \"$h$\", PGPORT = \"$none$\", PGPASSWORD = \"geheim\", x = 1 }\n vars.a = \"connection\"\n vars.h = \"$address$\"\n}\n";
        of_text(&format!("{command}{more}"), MigrateFormat::Icinga2)
    };
    let checked = of("object Host \"h\" {\n address = \"192.0.2.1\"\n check_command = \"p\"\n}\n");
    assert_eq!(checked.targets[0].host, "192.0.2.1");
    assert!(
        checked.unclear.is_empty() && !format!("{checked:?}").contains("geheim"),
        "{checked:?}"
    );
    assert!(checked.calls[0].old.password.is_some());
    let service = |lines: &str| {
        format!(
            "object Host \"h\" {{\n}}\nobject Service \"s\" {{\n host_name = \"h\"\n{lines}}}\n"
        )
    };
    for (text, calls, message) in [
        (service(" check_command = \"p\"\n import \"t\"\n"), 1, "template \"t\""),
        (service(" import \"t\"\n"), 0, "template \"t\""),
        (
            service(" check_command = \"p\"\n enable_active_checks = false\n"),
            0,
            "enable_active_checks",
        ),
        (
            service(" check_command = \"p\"\n").replace("\"h\" {\n}", "\"h\" {\n import \"g\"\n}"),
            1,
            "template \"g\"",
        ),
        (
            service(" check_command = \"p\"\n")
                .replace("\"h\" {\n}", "\"h\" {\n if (regex(\"[x]+\", name)) { vars.a = 1 }\n}"),
            1,
            "regex",
        ),
        (service(" check_command = \"p\"\n vars.a = {{ return vars.b }}\n"), 0, "the name vars"),
        // It needs its own value.
        (service(" check_command = \"p\"\n vars.a = {{ macro(\"$a$\") }}\n"), 0, "circle"),
        (
            format!("for (x in l) {{\n{}}}\n", service(" check_command = \"p\"\n")),
            0,
            "the loop around it has the name l",
        ),
    ] {
        let migration = of(&text);
        assert_eq!(migration.calls.len(), calls, "{text}: {migration:?}");
        assert!(
            migration.unclear.iter().any(|one| one.message.contains(message)),
            "{text}: {:?}",
            migration.unclear
        );
    }
}

/// The words of the calls that a configuration makes.
fn calls(text: &str) -> Vec<String> {
    let migration = of_text(text, MigrateFormat::Icinga2);
    assert!(migration.unclear.is_empty(), "{:?}", migration.unclear);
    let words = |call: &posemo::migrate::MigratedCall| {
        call.old.plugin.as_ref().map(|plugin| plugin.words.join(" ")).unwrap_or_default()
    };
    migration.calls.iter().map(words).collect()
}

/// Functions of one expression, loops, dictionaries and conditions have the values that Icinga gives them.
#[test]
fn what_icinga_evaluates_is_evaluated() {
    let start = r#"
object CheckCommand "p" {
  command = [ "check_postgres" ]
  arguments = {
    "--action" = { value = "$a$", order = -1, required = true }
    "--host" = "$address$"
    "--port" = { set_if = {{ macro("$port$") != 5432 }}, value = "$port$" }
    "--exclude" = { value = "$out$", repeat_key = true }
    "-w" = "$w$"
    "x" = { value = "$more$", skip_key = true, order = 9, set_if = "$has_more$" }
  }
  vars.port = 5432
  vars.a = "backends"
}
object Host "h1" {
  address = "192.0.2.1"
  vars.roles = [ "pg", "web" ]
  vars.pg = { port = 5433, dbs["a b"] = { w = "5" }, dbs.c = { w = "7" } }
}
object Host "h2" {
  address = "192.0.2.2"
  vars.roles = [ "pg" ]
  vars += { env = "test" }
}
"#;
    for (rest, expected) in [
        (
            "apply Service \"s\" {\n check_command = \"p\"\n vars.port = host.vars.pg.port || 5432\n vars.w = if (host.vars.env == \"test\") { 95 } else { 80 }\n assign where \"pg\" in host.vars.roles && match(\"h*\", host.name)\n}\n",
            vec![
                "--action backends --host 192.0.2.1 --port 5433 -w 80",
                "--action backends --host 192.0.2.2 -w 95",
            ],
        ),
        (
            "apply Service \"s-\" for (db => c in host.vars.pg.dbs) {\n check_command = \"p\"\n vars += c\n vars.out = [ db, \"t\" ]\n}\n",
            vec![
                "--action backends --exclude a b --exclude t --host 192.0.2.1 -w 5",
                "--action backends --exclude c --exclude t --host 192.0.2.1 -w 7",
            ],
        ),
        (
            "for (i in range(2)) {\n for (name => w in { x = 1 }) {\n  object Service name + i {\n   host_name = \"h2\"\n   check_command = \"p\"\n   vars.w = w + i\n  }\n }\n}\n",
            vec![
                "--action backends --host 192.0.2.2 -w 1",
                "--action backends --host 192.0.2.2 -w 2",
            ],
        ),
        (
            "object Service \"s\" {\n host_name = \"h2\"\n check_command = \"p\"\n var list = []\n for (d in [ \"x\", \"y\" ]) {\n  vars.out += [ d ]\n }\n vars.more = {{{z\nz}}}\n vars.has_more = regex(\"^a.c$\", \"abc\") ? true : false\n vars.w = {{ host.vars.env.upper() }}\n}\n",
            vec!["--action backends --exclude x --exclude y --host 192.0.2.2 -w TEST z\nz"],
        ),
    ] {
        assert_eq!(calls(&format!("{start}{rest}")), expected, "{rest}");
    }
}
