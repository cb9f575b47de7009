//! `posemo explain` on a terminal of 80 columns, and the source of each value that is in force.
//!
//! `BLESS=1 cargo test` rewrites the golden files. Read the difference before you commit it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::golden::assert_golden;
use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::thresholds::ObjectName;
use posemo::cli::{self, Screen};
use posemo::settings::Settings;
use posemo::settings::source::measure::Measure;
use posemo::settings::source::{SettingItem, SettingLayer, ThresholdLevel, argument_text};
use posemo::text::interval;

const CHECKS: &str = "tests/it/explain/checks";
const CONFIG: &str = "tests/it/explain/posemo.toml";
/// An empty settings file, so that the settings of this machine are not read.
const NO_SETTINGS: &str = "/dev/null";

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
fn pages_match_the_golden_files() {
    let without_sql = ["readme", "columns", "thresholds", "owner", "script"]
        .map(|part| ["--section", part])
        .concat();
    for (golden, arguments) in [
        ("page", vec!["queue_length", "--config", NO_SETTINGS]),
        ("script", vec!["order_backlog", "--config", NO_SETTINGS, "--server-version", "17.4"]),
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
        ("no-script", vec!["queue_length", "--config", NO_SETTINGS, "--section", "script"]),
        ("shipped", [&["superusers", "--config", NO_SETTINGS], without_sql.as_slice()].concat()),
    ] {
        let (text, code) = explain(&[arguments.as_slice(), &["--checks", CHECKS]].concat());
        assert_eq!(code, 0, "{text}");
        assert_golden(&format!("explain/{golden}.txt"), &text);
    }
}

/// Code and tables are not wrapped and may be wider.
#[test]
fn the_page_of_each_shipped_check_fits_80_columns() {
    let catalog = Catalog::embedded();
    for name in catalog.names() {
        let (text, code) = explain(&[name, "--config", NO_SETTINGS]);
        assert_eq!(code, 0);
        // A check with a document has no function.
        let functions = usize::from(catalog.get(name).unwrap().document.is_none());
        let mut code = false;
        let page = text.split("\n## As installed on").next().unwrap();
        for line in page.split("\n## The script").next().unwrap().lines() {
            code ^= line.trim_start().starts_with("```");
            let free = code || line.starts_with('|') || line.starts_with("GRANT ");
            assert!(free || line.chars().count() <= 80, "{name}: {line}");
            assert_eq!(line, line.trim_end());
        }
        for (heading, count) in [
            ("Columns", 1),
            ("Thresholds and arguments", 1),
            ("Owner", functions),
            ("As installed on", functions),
        ] {
            assert_eq!(
                text.matches(&format!("\n## {heading}")).count(),
                count,
                "{name}: {heading}"
            );
        }
    }
}

/// The hash on the page is the one in the comment of the function.
#[test]
fn each_function_has_the_hash_of_its_comment() {
    let mut counted = 0;
    for name in Catalog::embedded().names() {
        let (sql, _) = explain(&[name, "--config", NO_SETTINGS, "--section", "sql"]);
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
fn a_wrong_name_is_an_error_with_the_nearest_name() {
    for (arguments, message) in [
        (
            &["queue_lenght", "--checks", CHECKS][..],
            "posemo: check \"queue_lenght\" does not exist; did you mean \"queue_length\"?\n",
        ),
        (
            &["alive", "--config", CONFIG, "--checks", CHECKS, "--target", "db9"],
            "posemo: target \"db9\" does not exist in tests/it/explain/posemo.toml; did you mean \"db1\"?\n",
        ),
    ] {
        let config = ["--config", NO_SETTINGS];
        let rest = if arguments.contains(&"--config") { &[][..] } else { &config };
        assert_eq!(explain(&[arguments, rest].concat()), (message.to_owned(), 1));
    }
}

/// Combinations of settings in four layers. Each value has the layer with the highest priority as its source, and
/// the line of its source contains it.
#[test]
fn values_that_are_in_force_have_their_sources() {
    let lines = [
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
    // Every 37th combination; most pairs of lines occur together and apart.
    for chosen in (0..1_u32 << lines.len()).step_by(37) {
        let mut text = "[targets.t]\ngroups = ['a', 'b']\n[targets.u]\n".to_owned();
        let mut section = "";
        for (_, (header, line)) in
            lines.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1)
        {
            if section != *header {
                writeln!(text, "[{header}]").unwrap();
                section = header;
            }
            writeln!(text, "{line}").unwrap();
        }
        let Ok(settings) = Settings::parse("p", text.clone(), &catalog) else {
            // TOML does not allow a section twice.
            continue;
        };
        for name in ["t", "u"] {
            sources_match(&check, &catalog, &settings, name, &text);
        }
    }
}

fn named(name: Option<&str>) -> ObjectName<'_> {
    ObjectName { database: None, name }
}

fn sources_match(check: &Check, catalog: &Catalog, settings: &Settings, target: &str, text: &str) {
    let target = settings.target(target).unwrap();
    let effective = settings.effective(check, target).unwrap();
    let with_sources = settings.with_sources(catalog, check, target).unwrap();
    let range = |object: Option<&str>, measure: Measure, level: ThresholdLevel| {
        let metric = measure.column(check).unwrap();
        let levels = match measure.rate(check) {
            Some(rate) => effective.thresholds.rate_for_object(&rate, named(object)),
            None => effective.thresholds.for_object(&metric.name, named(object)),
        };
        level.range(&levels).unwrap().to_string()
    };
    let mut ranges = 0;
    for setting in &with_sources {
        let expected = match &setting.item {
            SettingItem::Enabled => if effective.enabled { "yes" } else { "no" }.to_owned(),
            SettingItem::Interval => interval::write(effective.interval),
            SettingItem::Hold => interval::write(effective.hold.unwrap()),
            SettingItem::Confirm => effective.confirmation.confirm.to_string(),
            SettingItem::Release => effective.confirmation.release.to_string(),
            SettingItem::Recheck => interval::write(effective.confirmation.recheck),
            SettingItem::Databases => effective.databases.to_string(),
            SettingItem::RowLimit => effective.row_limit.to_string(),
            SettingItem::Argument(position) => argument_text(&effective.arguments[*position]),
            SettingItem::Threshold(measure, level) => range(None, *measure, *level),
            SettingItem::Window(measure) => {
                interval::write(effective.thresholds.window(&measure.rate(check).unwrap()))
            }
            SettingItem::Object(object) => {
                if effective.thresholds.disables(named(Some(object))) { "no" } else { "yes" }
                    .to_owned()
            }
            SettingItem::ObjectThreshold(object, measure, level) => {
                range(Some(object), *measure, *level)
            }
        };
        assert_eq!(setting.value, expected, "{setting:?}\n{text}");
        ranges += usize::from(matches!(setting.item, SettingItem::Threshold(..)));
        let Some(place) = &setting.place else { continue };
        let (file, line) = place.rsplit_once(':').unwrap();
        let file = if file == "p" { text.to_owned() } else { fs::read_to_string(file).unwrap() };
        let line = file.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
        let value = match setting.item {
            SettingItem::Enabled | SettingItem::Object(_) => "enabled",
            SettingItem::Databases => "databases",
            _ => &setting.value,
        };
        assert!(line.contains(value), "{setting:?}: {line}\n{text}");
        assert_eq!(setting.layer == SettingLayer::Catalog, place.contains("check.toml"));
    }
    let levels = effective.thresholds.levels.values().chain(effective.thresholds.rates.values());
    let in_force = levels
        .flat_map(|levels| ThresholdLevel::ALL.into_iter().filter_map(|level| level.range(levels)));
    assert_eq!(ranges, in_force.count(), "{text}");
}
