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
            "the loop or condition around it has the name l",
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

/// Two hosts, and a service of the first whose warning level is a value.
fn with_level(value: &str) -> String {
    format!(
        r#"
const Factor = 30
globals.twice = function(x) {{ return x * 2 }}
function first(list) {{
  for (one in list) {{
    return one
  }}
}}
object Host "h1" {{
  address = "192.0.2.1"
  vars.tier = "gold"
  vars.limits = [ 7, 8 ]
}}
object Host "h2" {{
  address = "192.0.2.2"
  vars.limit = 44
}}
apply Service "other" {{
  check_command = "postgres"
  vars.postgres_action = "connection"
  vars.limit = 9
  assign where host.name == "h1"
}}
object Service "s" {{
  host_name = "h1"
  check_command = "postgres"
  vars.postgres_action = "locks"
  vars.own = 5
  vars.own_text = "$own$"
  vars.postgres_warning = {value}
}}
"#
    )
}

/// Functions have the values that they return in Icinga.
#[test]
fn functions_have_the_values_that_they_return() {
    for (value, expected) in [
        ("{{ 5 }}", "5"),
        ("{{ return Factor + 1 }}", "31"),
        (
            "{{\n var w = 80\n if (host.vars.tier == \"gold\") {\n  w = 90\n }\n return w + 1\n }}",
            "91",
        ),
        ("{{ if (host.vars.big) { 98 } else { 95 } }}", "95"),
        ("function() { return 100 }", "100"),
        ("() => 200", "200"),
        ("x => 201", "201"),
        ("{{ globals.twice(macro(\"$own$\")) + twice(1) }}", "12"),
        ("{{ first(host.vars.limits) }}", "7"),
        ("{{ get_host(\"h2\").vars.limit }}", "44"),
        ("{{ get_object(Host, \"h2\").vars.limit + len(get_objects(Host)) }}", "46"),
        ("{{ get_service(macro(\"$host.name$\"), \"other\").vars.limit }}", "9"),
        ("{{ get_service(get_host(\"h1\"), \"other\").vars.limit }}", "9"),
        ("{{ macro(\"$\" + \"own_text$\") }}", "5"),
        ("{{ var l = []; for (i in range(3)) { l.add(i * 10) }; l[2] }}", "20"),
        ("{{ var i = 0; while (i < 7) { i += 2 }; i - 1 }}", "7"),
        ("{{ var m = {}; m.set(\"a\", 3); m[\"b\"] = 4; m.a * m.b }}", "12"),
        ("{{ [ 1, 2, 3 ].map(x => x * 10).filter(x => x > 10)[0] }}", "20"),
        ("{{ \"}}\"; 6 }}", "6"),
        (
            "{{ if (host.vars.none == false && host.vars.none == 0 && !(host.vars.none > 0)) { 1 } else { 2 } }}",
            "1",
        ),
        ("{{ Math.max(3, 11) - Math.floor(1.5) }}", "10"),
        (
            "{{ typeof(host.vars.tier) == String && cidr_match(\"192.0.2.0/24\", host.address) ? 1 : 2 }}",
            "1",
        ),
        ("{{ function inner(x) { return x + 1 }; inner(inner(1)) }}", "3"),
    ] {
        let words = calls(&with_level(value));
        let expected = format!("-w {expected}");
        assert!(words[1].contains(&expected), "{value}: {words:?}");
    }
}

/// What is not in the files, or needs Icinga while it runs, is reported with its line and what to write.
#[test]
fn what_functions_need_is_reported() {
    for (value, part) in [
        ("{{ get_host(\"h9\").vars.limit }}", "the host \"h9\" (in none of the files)"),
        ("{{ get_service(\"h1\", \"x\").vars.limit }}", "the service \"h1!x\" (in none"),
        ("{{ macro(\"$postgres_warning$\") }}", "a macro that contains itself"),
        ("{{ DateTime().format(\"%H\") }}", "the function"),
        ("{{ resolve_arguments([], {}) }}", "the function resolve_arguments"),
        ("{{ while (true) { var x = 1 } }}", "a loop without an end"),
        ("{{ throw \"no\" }}", "throw"),
        ("{{ x = ( }}", "a value is missing"),
    ] {
        let migration = of_text(&with_level(value), MigrateFormat::Icinga2);
        let [unclear] = migration.unclear.as_slice() else { panic!("{value}: {migration:?}") };
        assert_eq!((unclear.line, unclear.key.as_str()), (24, "s"), "{value}: {unclear}");
        assert!(
            unclear.message.contains(part) && unclear.message.ends_with("; write the value"),
            "{value}: {unclear}"
        );
        assert_eq!(migration.calls.len(), 1, "{value}");
    }
}

/// Rules use the groups and the templates of hosts; the first `var` of a name decides.
#[test]
fn rules_know_groups_and_templates() {
    let hosts = "template Host \"t\" {\n vars.pg = true\n}\nobject Host \"h1\" {\n import \"t\"\n address = \"192.0.2.1\"\n}\nobject Host \"h2\" {\n address = \"192.0.2.2\"\n}\nobject HostGroup \"g\" {\n assign where host.vars.pg\n}\n";
    let rule = |condition: &str| {
        format!(
            "{hosts}apply Service \"s\" {{\n check_command = \"postgres\"\n vars.postgres_action = \"locks\"\n var level = 5\n level += 1\n vars.postgres_warning = level\n {condition}\n}}\n"
        )
    };
    for (condition, expected) in [
        ("assign where \"g\" in host.groups", &["h1"][..]),
        ("assign where \"t\" in host.templates", &["h1"]),
        ("assign where host.vars.pg == false", &["h2"]),
        ("assign where host.vars.pg != true", &["h2"]),
        ("assign where true\n ignore where \"g\" in host.groups", &["h2"]),
        // A condition that holds decides, also if another is not known.
        ("assign where unknown()\n assign where true", &["h1", "h2"]),
        (
            "assign where true\n ignore where unknown()\n ignore where host.name == \"h1\"\n ignore where host.name == \"h2\"",
            &[],
        ),
        (
            "assign where host.name == \"h2\"\n ignore where unknown() && host.name == \"h1\"",
            &["h2"],
        ),
    ] {
        let migration = of_text(&rule(condition), MigrateFormat::Icinga2);
        let names: Vec<&str> = migration.targets.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, expected, "{condition}: {:?}", migration.unclear);
        let levels = migration.settings.matches("\"@6:\"").count();
        assert_eq!(levels, usize::from(!names.is_empty()), "{}", migration.settings);
    }
    let migration = of_text(&rule("assign where unknown()"), MigrateFormat::Icinga2);
    assert_eq!(migration.unclear.len(), 1, "{:?}", migration.unclear);
    assert_eq!(migration.unclear[0].line, 20, "{:?}", migration.unclear);
}

/// Functions that call themselves, and long expressions, end with a message.
#[test]
fn functions_end() {
    let nested = (0..55).fold("1".to_owned(), |text, _| format!("({text}{})", " + 1".repeat(140)));
    let parts = (0..50).fold("x".to_owned(), |text, _| format!("(x{} + {text})", ".a".repeat(140)));
    for (start, value) in [
        ("function f(x) { return f(x + 1) }\n", "{{ f(1) }}"),
        ("function f(x) { return [ f(x), f(x) ] }\n", "{{ f(1) }}"),
        ("", nested.as_str()),
        ("", parts.as_str()),
        ("", "{{ var s = \"x\"; while (true) { s = s + s } }}"),
        ("", "{{ var s = []; while (true) { s.add(s) } }}"),
    ] {
        let text = format!("{start}{}", with_level(value));
        let migration = of_text(&text, MigrateFormat::Icinga2);
        assert!(!migration.unclear.is_empty(), "{value}");
    }
    // A sign that ends nothing.
    for text in ["a ) {{ ) }}\n", "for (x in [ 1 ]) {\n a ) {{ ) }}\n}\n"] {
        assert!(of_text(text, MigrateFormat::Icinga2).calls.is_empty());
    }
    let blocks = "if (x) { ".repeat(50) + "return [ f(x) ]" + &" }".repeat(50);
    let text = format!("function f(x) {{ {blocks} }}\n{}", with_level("{{ f(1) }}"));
    let migration = of_text(&text, MigrateFormat::Icinga2);
    assert!(migration.unclear[0].message.contains("too many calls"), "{:?}", migration.unclear);
}

/// The forms that Icinga Director deploys: definitions in a condition, names in bodies, and variables that hosts override.
#[test]
fn what_director_deploys_is_evaluated() {
    let text = r#"
const Stage = dirname(dirname(current_filename))
const OverrideTemplate = "overrides (x)"
if (! globals.contains(OverrideTemplate)) {
  const OverrideVars = "_overrides"
  globals.warn = function() {
    log(LogWarning, "config", "x")
  }
  template Service OverrideTemplate {
    if (! host) {
      var host = get_host(host_name)
    }
    if (! host) {
      globals.warn()
    }
    if (vars) {
      vars += host.vars[OverrideVars][name]
    } else {
      vars = host.vars[OverrideVars][name]
    }
  }
} else {
  object Host "never" {
    address = "192.0.2.9"
  }
}
template Service "pg" {
  check_command = "postgres"
}
template Host "db" {
}
object Host "h1" {
  import "db"
  address = "192.0.2.1"
  vars.acts = [ "locks", "query_time" ]
  vars["_overrides"] = {
    "pg locks" = {
      postgres_warning = "77"
    }
  }
}
apply Service for (value in host.vars.acts) {
  name = "pg " + value
  import "pg"
  assign where host.vars.acts
  vars.postgres_action = value
  vars.postgres_warning = "60"
  import OverrideTemplate
}
apply Service "agent" {
  import "pg"
  assign where "db" in host.templates
  ignore where host.name in [ "h2", "h3" ]
  vars.postgres_action = "connection"
  command_endpoint = host_name
  import OverrideTemplate
}
"#;
    let words = calls(text);
    let expected = [
        "--action locks -H 192.0.2.1 -w 77",
        "--action query_time -H 192.0.2.1 -w 60",
        "--action connection -H 192.0.2.1",
    ];
    assert_eq!(words, expected);
    let migration = of_text(text, MigrateFormat::Icinga2);
    let names: Vec<(&str, bool)> = migration
        .calls
        .iter()
        .map(|call| (call.old.service.as_str(), call.old.is_remote))
        .collect();
    assert_eq!(names, [("pg locks", false), ("pg query_time", false), ("agent", true)]);
    assert_eq!(migration.targets.len(), 1);
}
