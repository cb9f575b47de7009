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
                .replace("\"h\" {\n}", "\"h\" {\n if (regex(\"x\", name)) { vars.a = 1 }\n}"),
            1,
            "regex",
        ),
        (
            format!("for (x in l) {{\n{}}}\n", service(" check_command = \"p\"\n")),
            0,
            "around these definitions",
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
