//! `posemo explain`: the page, on a terminal of 80 columns, and where each value that is in force was said.
//!
//! `BLESS=1 cargo test` rewrites the golden files; read the difference before committing it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::golden::assert_golden;
use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::cli::{self, Screen};
use posemo::settings::Settings;
use posemo::settings::origin::{Item, Layer, written};
use posemo::text::interval;

const CHECKS: &str = "tests/it/explain/checks";
const CONFIG: &str = "tests/it/explain/posemo.toml";
/// A file without anything in it, so that no settings of this machine are read.
const SILENT: &str = "/dev/null";

/// What the command prints on a terminal of 80 columns, and its exit code.
fn explain(arguments: &[&str]) -> (String, u8) {
    let all = [&["posemo", "explain"], arguments].concat();
    let all: Vec<OsString> = all.into_iter().map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut screen =
        Screen { out: &mut out, err: &mut err, terminal: true, err_terminal: false, width: 80 };
    let code = cli::main(&all, &mut screen);
    out.extend(err);
    (String::from_utf8(out).unwrap(), code)
}

#[test]
fn pages_are_as_in_their_golden_files() {
    let without_sql = ["readme", "columns", "thresholds", "owner", "script"]
        .map(|part| ["--section", part])
        .concat();
    for (golden, arguments) in [
        ("page", vec!["queue_length", "--config", SILENT]),
        ("script", vec!["order_backlog", "--config", SILENT, "--server-version", "17.4"]),
        ("former-name", [&["job_queue", "--config", CONFIG], without_sql.as_slice()].concat()),
        ("settings", vec!["queue_length", "--config", CONFIG, "--section", "thresholds"]),
        (
            "targets",
            vec![
                "queue_length",
                "--config",
                CONFIG,
                "--section",
                "thresholds",
                "--target",
                "db1",
                "--target",
                "db2",
            ],
        ),
        ("no-script", vec!["queue_length", "--config", SILENT, "--section", "script"]),
        ("shipped", [&["superusers", "--config", SILENT], without_sql.as_slice()].concat()),
    ] {
        let (text, code) = explain(&[arguments.as_slice(), &["--checks", CHECKS]].concat());
        assert_eq!(code, 0, "{text}");
        assert_golden(&format!("explain/{golden}.txt"), &text);
    }
}

/// What cannot be wrapped (code and tables) may be wider, and nothing else.
#[test]
fn every_shipped_check_reads_well_on_80_columns() {
    for name in Catalog::embedded().names() {
        let (text, code) = explain(&[name, "--config", SILENT]);
        assert_eq!(code, 0);
        let mut code = false;
        let page = text.split("\n## As installed on").next().unwrap();
        for line in page.split("\n## The script").next().unwrap().lines() {
            code ^= line.trim_start().starts_with("```");
            let free = code || line.starts_with('|') || line.starts_with("GRANT ");
            assert!(free || line.chars().count() <= 80, "{name}: {line}");
            assert_eq!(line, line.trim_end());
        }
        for heading in ["Columns", "Thresholds and arguments", "As whom", "As installed on"] {
            assert_eq!(text.matches(&format!("\n## {heading}")).count(), 1, "{name}: {heading}");
        }
    }
}

/// The hash that is named is the one that the function's comment carries.
#[test]
fn each_function_is_named_with_its_hash() {
    let mut counted = 0;
    for name in Catalog::embedded().names() {
        let (sql, _) = explain(&[name, "--config", SILENT, "--section", "sql"]);
        let named: Vec<&str> = sql
            .lines()
            .filter_map(|line| line.strip_prefix("-- "))
            .filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert_eq!(named.len(), sql.matches("CREATE FUNCTION ").count(), "{name}");
        for hash in named {
            assert!(sql.contains(&format!("\"sha256\":\"{hash}\"")), "{name}");
            counted += 1;
        }
    }
    assert!(counted >= 12, "{counted}");
}

#[test]
fn wrong_names_are_said() {
    for (arguments, said) in [
        (
            &["queue_lenght", "--checks", CHECKS][..],
            "posemo: check \"queue_lenght\" does not exist; did you mean \"queue_length\"?\n",
        ),
        (
            &["alive", "--config", CONFIG, "--checks", CHECKS, "--target", "db9"],
            "posemo: there is no target \"db9\" in tests/it/explain/posemo.toml; did you mean \"db1\"?\n",
        ),
    ] {
        let silent = ["--config", SILENT];
        let own = arguments.contains(&"--config");
        let rest = if own { &[][..] } else { &silent };
        assert_eq!(explain(&[arguments, rest].concat()), (said.to_owned(), 1));
    }
}

/// Every combination of statements in four layers: the origins name the values that orders have, and each
/// line that an origin names has its value on it.
#[test]
fn origins_agree_with_orders() {
    let statements = [
        ("checks.queue_length", "warning = '11'"),
        ("checks.queue_length", "thresholds.waiting.warning = '12'"),
        ("checks.queue_length", "objects.o.warning = '13'"),
        ("groups.a.checks.job_queue", "thresholds.oldest.warning = '21'"),
        ("groups.a.checks.queue_length", "arguments.older_than = 22"),
        ("groups.a.checks.queue_length", "enabled = false"),
        ("groups.b.checks.queue_length", "critical = '31'"),
        ("groups.b.checks.queue_length", "interval = '32s'"),
        ("targets.t.checks.queue_length", "warning = '41'"),
        ("targets.t.checks.queue_length", "objects.o = { enabled = false, critical = '42' }"),
        ("targets.t.checks.queue_length", "arguments.older_than = 43"),
        ("targets.t.checks.job_queue", "interval = '44s'"),
    ];
    let mut catalog = Catalog::empty();
    catalog.add(Path::new(CHECKS)).unwrap();
    let check = catalog.get("queue_length").unwrap();
    // Every 37th, which is enough to have most pairs of them together and apart.
    for chosen in (0..1_u32 << statements.len()).step_by(37) {
        let mut text = "[targets.t]\ngroups = ['a', 'b']\n[targets.u]\n".to_owned();
        let mut section = "";
        for (_, (header, line)) in
            statements.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1)
        {
            if section != *header {
                writeln!(text, "[{header}]").unwrap();
                section = header;
            }
            writeln!(text, "{line}").unwrap();
        }
        let Ok(settings) = Settings::parse("p", text.clone(), &catalog) else {
            // A section that was left and is entered again is a mistake in TOML.
            continue;
        };
        for name in ["t", "u"] {
            agree(&check, &catalog, &settings, name, &text);
        }
    }
}

fn agree(check: &Check, catalog: &Catalog, settings: &Settings, target: &str, text: &str) {
    let target = settings.target(target).unwrap();
    let orders = settings.effective(check, target).unwrap();
    let origins = settings.origins(catalog, check, target);
    let mut levels = 0;
    for said in &origins {
        let level = |object: Option<&str>, position: usize, critical: bool| {
            let metric = check.metrics().nth(position).unwrap();
            let levels = orders.thresholds.for_object(&metric.name, object);
            let range = if critical { levels.critical } else { levels.warning };
            range.unwrap().to_string()
        };
        let expected = match &said.item {
            Item::Enabled => if orders.enabled { "yes" } else { "no" }.to_owned(),
            Item::Interval => interval::write(orders.interval),
            Item::Argument(position) => written(&orders.arguments[*position]),
            Item::Level(position, critical) => level(None, *position, *critical),
            Item::Object(object) => {
                if orders.thresholds.disables(Some(object)) { "no" } else { "yes" }.to_owned()
            }
            Item::ObjectLevel(object, position, critical) => {
                level(Some(object), *position, *critical)
            }
        };
        assert_eq!(said.value, expected, "{said:?}\n{text}");
        levels += usize::from(matches!(said.item, Item::Level(..)));
        let Some(place) = &said.place else { continue };
        let (file, line) = place.rsplit_once(':').unwrap();
        let file = if file == "p" { text.to_owned() } else { fs::read_to_string(file).unwrap() };
        let line = file.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
        let value = if said.item == Item::Enabled || matches!(said.item, Item::Object(_)) {
            "enabled"
        } else {
            &said.value
        };
        assert!(line.contains(value), "{said:?}: {line}\n{text}");
        assert_eq!(said.layer == Layer::Catalogue, place.contains("check.toml"));
    }
    let in_force = orders.thresholds.levels.values();
    let in_force: usize = in_force
        .map(|levels| {
            usize::from(levels.warning.is_some()) + usize::from(levels.critical.is_some())
        })
        .sum();
    assert_eq!(levels, in_force, "{text}");
}
