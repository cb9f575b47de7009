//! The tables of the other plugins: each level and each filter that they accept, and no other, becomes a call that posemo accepts.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use posemo::catalog::Catalog;
use posemo::compat::{
    self, CompatError, Counterpart, ForeignObjects, ForeignPlugin, Kind, LevelForm, Mapping,
    Translated,
};
use posemo::database::parameters::Environment;
use posemo::run::plugin::{PluginCall, PluginNames};
use posemo::settings::Settings;
use posemo::settings::options::{CheckOptions, ObjectOptions};

/// Whether the levels are in order. Fails unless the check accepts the ranges, arguments and filters of a call.
fn is_accepted(call: &compat::TranslatedCall, catalog: &Catalog, text: &str) -> bool {
    let mut metrics = BTreeSet::new();
    for one in &call.ranges {
        assert!(call.checks.contains(&one.check), "{text}: a range of {}", one.check);
        let is_new = metrics.insert((one.check, one.metric, one.object, one.critical));
        assert!(is_new, "{text}: two ranges for {}.{}", one.check, one.metric);
    }
    let texts = |critical: bool| -> Vec<String> {
        let ranges = call.ranges.iter().filter(|one| one.critical == critical);
        ranges
            .map(|one| {
                let object = one.object.map_or(String::new(), |name| format!("[{name}]"));
                format!("{}.{}{object}={}", one.check, one.metric, one.range)
            })
            .collect()
    };
    let (warning, critical) = (texts(false), texts(true));
    let arguments = call.arguments.iter();
    let arguments: Vec<String> =
        arguments.map(|(check, name, value)| format!("{check}.{name}={value}")).collect();
    let names: Vec<String> = call.checks.iter().map(|name| (*name).to_owned()).collect();
    let settings = Settings::default();
    let plugin = PluginCall {
        settings: &settings,
        target: settings.defaults(),
        catalog,
        names: PluginNames { checks: &names, topics: &[] },
        options: CheckOptions {
            warning: &warning,
            critical: &critical,
            arguments: &arguments,
            objects: ObjectOptions {
                only: &call.objects,
                except: &call.except,
                except_databases: &call.except_databases,
            },
        },
        databases: &call.databases,
        document: call.checks[0].starts_with("pgbouncer").then_some(Path::new("x.json")),
    };
    let target = plugin.without_checks(&Environment::silent()).unwrap();
    match plugin.job(target) {
        Ok(_) => true,
        // The other plugin refuses such levels, too, or reads nonsense.
        Err(error) if error.to_string().contains("in the wrong order") => false,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// What `-w` and `-c` can be, for any check.
const LEVELS: [(&str, &str); 18] = [
    ("90%", "80%"),
    ("", ""),
    ("1", "2"),
    ("80%", "90%"),
    ("10 MB", "20 MB"),
    ("10 min", "20 min"),
    ("+5", "+9"),
    ("5 for 10 min", "9 for 10 min"),
    ("1000 and 10 min", "2000 and 20 min"),
    ("50% and 1 GB", "60% or 2 GB"),
    ("total=5:waiting=1", "total=9"),
    ("exclusive=5", "exclusive=9"),
    ("1MB,2MB", "2MB,3MB"),
    ("idle=1,active=5s,fastpath=9", "waiting=2,aborted_xact=1m"),
    ("wal=1,spilled=2,remaining=3", "size=4"),
    ("15", "15.18"),
    ("", "2 MB"),
    ("", "0"),
];

/// Whether a level of `LEVELS` has a form of the check.
fn is_level(mapping: &Mapping, text: &str) -> bool {
    use Kind::{Count, Percent, Size, Time};
    let kinds: &[Kind] = match text {
        "" => return true,
        "90%" | "80%" => &[Percent],
        "0" | "1" | "2" | "15" | "15.18" => &[Count, Size, Time],
        // The first letter of a unit counts, so that m is a mebibyte or a minute.
        "10 MB" | "20 MB" | "2 MB" | "10 min" | "20 min" => &[Size, Time],
        _ => &[],
    };
    let has_kind =
        || mapping.levels.iter().any(|one| one.label.is_empty() && kinds.contains(&one.kind));
    let has_label = |label| mapping.levels.iter().any(|one| one.label == label);
    match mapping.form {
        LevelForm::Ignored => true,
        LevelForm::Refused(_) => false,
        LevelForm::Labels if text.contains('=') => {
            text.split(',').all(|part| has_label(part.split('=').next().unwrap()))
        }
        LevelForm::Single | LevelForm::Labels => has_kind(),
        LevelForm::Places => kinds.contains(&Size) || matches!(text, "1MB,2MB" | "2MB,3MB"),
        LevelForm::Bloat { .. } => {
            kinds.contains(&Size) || kinds.contains(&Percent) || text.contains("% ")
        }
        LevelForm::Locks => {
            kinds.contains(&Count) || text.contains("total=") || text.contains("exclusive=")
        }
        LevelForm::TimeOrCount => kinds.contains(&Time),
        LevelForm::DelayAnd => {
            kinds.contains(&Time) || text.contains("00 and ") || text.contains(" for ")
        }
        LevelForm::Version => matches!(text, "15" | "15.18"),
        LevelForm::Argument(_) => text == "0",
    }
}

/// Whether the call with these levels has an answer.
fn fits(mapping: &Mapping, (warning, critical): (&str, &str), filter: Option<&str>) -> bool {
    use ForeignObjects::{Databases, Extensions, Names, Refused, Relations, Schemas, Sessions};
    let objects = mapping.objects;
    let fits = match filter {
        None | Some("--dbname=d") => true,
        Some("--excludedb=e") => matches!(objects, Relations | Schemas(_) | Extensions),
        Some("--excludeuser=u") => objects == Sessions,
        Some("--include=a" | "--exclude=~^b") => !matches!(objects, Refused(_) | Schemas(_)),
        Some("--exclude=s.") => !matches!(objects, Refused(_)),
        Some("--exclude=d") => {
            // Names of applications.
            matches!(objects, Relations | Extensions | Names)
                || mapping.checks == ["idle_in_transaction"]
        }
        Some(_) => matches!(objects, Databases | Sessions | Relations | Schemas(_) | Extensions),
    };
    let given = [warning, critical].iter().filter(|text| !text.is_empty()).count();
    let is_enough = match mapping.form {
        LevelForm::Argument(_) => given == 1,
        _ => given > 0 || !mapping.required,
    };
    fits && is_enough && is_level(mapping, warning) && is_level(mapping, critical)
}

/// Each name of a check, a metric and an argument in the tables exists, and each filter fits.
#[test]
fn whatever_is_translated_is_accepted() {
    let catalog = Catalog::embedded();
    let (mut accepted, mut wrong) = (BTreeSet::new(), Vec::new());
    for (plugin, program, option, filters) in [
        (
            ForeignPlugin::CheckPostgres,
            "check_postgres",
            "--action",
            &[
                "--include=a",
                "--exclude=~^b",
                "--exclude=s.",
                "--excludeuser=u",
                "--dbname=d",
                "--excludedb=e",
            ][..],
        ),
        (
            ForeignPlugin::CheckPgactivity,
            "check_pgactivity",
            "--service",
            &["--dbinclude=^a$", "--dbinclude=b", "--dbexclude=c", "--exclude=d"],
        ),
    ] {
        for check in compat::checks(plugin) {
            let filters = filters.iter().map(|filter| Some(*filter)).chain([None]);
            for filter in filters {
                for (warning, critical) in LEVELS {
                    let mut words = vec![program.to_owned(), format!("{option}={}", check.name)];
                    words.push(format!("--warning={warning}"));
                    words.push(format!("--critical={critical}"));
                    words.extend(filter.map(str::to_owned));
                    let text = words.join(" ");
                    let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
                    match (compat::translate(&words), &check.answer) {
                        (Ok(Translated::Call(call)), Counterpart::Checks(mapping)) => {
                            if !fits(mapping, (warning, critical), filter) {
                                wrong.push(format!("{text}: it is not refused"));
                            }
                            if is_accepted(&call, &catalog, &text) {
                                accepted.insert((program, check.name));
                            }
                        }
                        (Err(error), Counterpart::Checks(mapping)) => {
                            if fits(mapping, (warning, critical), filter) {
                                wrong.push(format!("{text}: {error}"));
                            }
                        }
                        (Err(CompatError::NoCounterpart { .. }), Counterpart::Nothing(_)) => {}
                        (other, _) => panic!("{text}: {other:?}"),
                    }
                }
            }
            let is_mapped = matches!(check.answer, Counterpart::Checks(_));
            assert_eq!(is_mapped, accepted.contains(&(program, check.name)), "{}", check.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
