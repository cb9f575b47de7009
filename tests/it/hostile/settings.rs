//! Every setting that a role can change, with other values than those of the unchanged server, at every level.
//!
//! All checks must have the same results as before.

use posemo::text::sql::literal;

use super::answers::{Clean, ask};
use super::{Traces, remove_by_hand};
use crate::server::{Person, Server};

/// Chosen values, as SQL: texts, lists, and numbers inside their range.
const CHOSEN: &[(&str, &str)] = &[
    ("DateStyle", "'SQL, DMY'"),
    ("IntervalStyle", "'iso_8601'"),
    ("TimeZone", "'Asia/Kathmandu'"),
    ("timezone_abbreviations", "'India'"),
    ("search_path", "evil, pg_catalog"),
    ("role", "'mallory'"),
    ("client_encoding", "'LATIN1'"),
    ("lc_monetary", "'C'"),
    ("lc_messages", "'C'"),
    ("local_preload_libraries", "'nope'"),
    ("statement_timeout", "'1ms'"),
    ("lock_timeout", "'1ms'"),
    ("idle_in_transaction_session_timeout", "'1ms'"),
    ("work_mem", "'64kB'"),
    ("temp_buffers", "100"),
    ("gin_fuzzy_search_limit", "1"),
    ("extra_float_digits", "-15"),
    ("default_table_access_method", "'nope'"),
    ("default_tablespace", "'nope'"),
    ("temp_tablespaces", "'nope'"),
    ("default_text_search_config", "'pg_catalog.german'"),
    ("application_name", "'psql'"),
    ("createrole_self_grant", "'set, inherit'"),
    ("restrict_nonsystem_relation_kind", "''"),
    ("jit_above_cost", "0"),
];

/// Other values of the same settings.
const CHOSEN_TOO: &[(&str, &str)] = &[
    ("DateStyle", "'German'"),
    ("TimeZone", "'<x>-14'"),
    ("client_encoding", "'SQL_ASCII'"),
    ("search_path", "evil"),
    ("extra_float_digits", "3"),
    ("restrict_nonsystem_relation_kind", "'view, foreign-table'"),
    ("role", "'posemo_authid'"),
];

/// Settings that can end a session before posemo overrides them. If one is set for a database, its checks may fail, and
/// must then be Unknown.
const ENDING_SESSIONS: &[(&str, &str)] =
    &[("transaction_timeout", "'1ms'"), ("idle_session_timeout", "'1ms'")];

type Setting = (String, String);

/// Applies settings group by group and all together, and compares. Returns the number of values.
pub(super) fn change_nothing(server: &Server) -> usize {
    let person = server.session("postgres", "postgres");
    person.ask(APPLY).unwrap();
    let installed = Traces::read(server);
    let mut clean = Clean::measure(server);
    let (all, exact) = clean.counts();
    assert!(exact * 2 > all, "only {exact} of {all} results are stable: too few to compare");
    let groups = groups(&person);
    let mut tried = 0;
    for group in &groups {
        let refused = same_results(server, &person, group, &mut clean);
        tried += group.iter().filter(|(name, _)| !refused.contains(name)).count();
    }
    installed.assert_same(&Traces::read(server), "a run and an installation without changes");
    // A new home database has no shadows.
    server.superuser("posemo", "DROP SCHEMA evil CASCADE");
    let installed = Traces::read(server);
    let mut all = groups.concat();
    together(server, &person, &all, &mut clean, &installed);
    all.reverse();
    together(server, &person, &all, &mut clean, &installed);
    tried + settings_that_end_sessions(server, &person, &mut clean)
}

/// Applies settings, measures, installs without changes, resets the settings, and compares. Returns the settings that
/// the server refused.
fn same_results(
    server: &Server,
    person: &Person,
    settings: &[Setting],
    clean: &mut Clean,
) -> Vec<String> {
    let refused = apply(person, settings);
    let now = ask(server);
    has_nothing_to_change(server);
    reset(person);
    if !clean.differences(&now).is_empty() {
        // Results that also differ without the settings are not caused by them.
        clean.measure_again(server);
    }
    let differences = clean.differences(&now);
    assert!(differences.is_empty(), "{settings:?} change results: {differences:#?}");
    refused
}

/// All groups together (the last value of a setting applies), and a first installation.
fn together(
    server: &Server,
    person: &Person,
    all: &[Setting],
    clean: &mut Clean,
    installed: &Traces,
) {
    same_results(server, person, all, clean);
    remove_by_hand(server);
    apply(person, all);
    let nothing = Traces::read(server);
    let output = server.posemo(&["install", "-U", "postgres", "--all-databases", "--dry-run"]);
    assert!(output.status.success(), "{output:?}");
    nothing.assert_same(&Traces::read(server), "a dry run changed something");
    server.install(&["--all-databases"]);
    has_nothing_to_change(server);
    reset(person);
    has_nothing_to_change(server);
    installed.assert_same(&Traces::read(server), "other settings make another installation");
}

/// With the setting in one database, its results are unchanged or Unknown, and all others are unchanged.
fn settings_that_end_sessions(server: &Server, person: &Person, clean: &mut Clean) -> usize {
    let installed = Traces::read(server);
    let exists = |name: &str| {
        person.ask(&format!("SELECT 1 FROM pg_settings WHERE name = '{name}'")).unwrap().len()
    };
    let known: Vec<_> = ENDING_SESSIONS.iter().filter(|(name, _)| exists(name) == 1).collect();
    for (name, value) in &known {
        person.ask(&format!("ALTER DATABASE app SET {name} = {value}")).unwrap();
        let now = ask(server);
        let output = server.posemo(&["install", "-U", "postgres", "--all-databases"]);
        person.ask("ALTER DATABASE app RESET ALL").unwrap();
        clean.measure_again(server);
        let is_app = |text: &str| text.contains("in \"app\"") || text.contains("in app");
        let unknown = now
            .iter()
            .filter(|(key, text)| is_app(key) && key.ends_with(": error") && *text != "null")
            .count();
        for difference in clean.differences(&now) {
            let is_total =
                difference.starts_with("exit code") || difference.starts_with("target: state");
            // The test's own session, which reads the rows, does not set these settings, and may end.
            let is_test = difference.starts_with("row") && is_app(&difference);
            assert!(
                is_test || (unknown > 0 && (is_app(&difference) || is_total)),
                "{name}: {difference}"
            );
        }
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() || text.contains("not installed in database app: "),
            "{name}: {output:?}"
        );
        installed.assert_same(&Traces::read(server), name);
    }
    known.len()
}

fn has_nothing_to_change(server: &Server) {
    let output = server.install(&["--all-databases"]);
    assert!(
        output.ends_with("nothing to change: everything is installed as expected\n"),
        "{output}"
    );
}

/// The values above, and values from `pg_settings`: every boolean inverted, every enum with each other value, every
/// number at both limits.
fn groups(person: &Person) -> Vec<Vec<Setting>> {
    let chosen = |list: &[(&str, &str)]| {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let mut groups = vec![chosen(CHOSEN), chosen(CHOSEN_TOO)];
    let excluded: Vec<String> = ENDING_SESSIONS.iter().map(|(name, _)| literal(name)).collect();
    let from_server = |values: &str| -> Vec<Setting> {
        let sql =
            format!(
            "SELECT name || '=' || value FROM pg_settings CROSS JOIN LATERAL ({values}) AS v(value)
             WHERE context = 'user' AND name NOT IN ({}) ORDER BY name", excluded.join(", "));
        let pairs = person.ask(&sql).unwrap();
        pairs
            .iter()
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), literal(value)))
            .collect()
    };
    groups.push(from_server(
        "SELECT CASE reset_val WHEN 'on' THEN 'off' ELSE 'on' END WHERE vartype = 'bool'",
    ));
    // The sum of costs at their upper limit is infinite, and PostgreSQL 12 then cannot plan some queries at all (XX000).
    for bound in ["min_val", "max_val"] {
        groups.push(from_server(&format!("SELECT {bound} WHERE vartype IN ('integer', 'real') AND NOT (name ~ '_cost$' AND ({bound} = '0' OR {bound} ~ 'e[+]308'))")));
    }
    // Longer lists (of message levels) have only values of the same kind.
    for round in 1..=4 {
        groups.push(from_server(&format!(
            "SELECT (array_remove(enumvals, reset_val))[{round}] WHERE array_length(enumvals, 1) > {round}"
        )));
    }
    groups
}

/// Applies settings at every level: for all roles, for the monitor role and the installing role, and in every database.
const APPLY: &str = "
CREATE FUNCTION public.places() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT 'ROLE ALL' UNION ALL
  SELECT format('ROLE %I', rolname) FROM pg_roles WHERE rolname IN ('posemo', 'postgres') UNION ALL
  SELECT format('DATABASE %I', datname) FROM pg_database WHERE NOT datistemplate $$;
CREATE FUNCTION public.apply(names text[], vals text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE place text;
BEGIN
  FOR place IN SELECT * FROM public.places() LOOP
    FOR i IN 1 .. cardinality(names) LOOP
      BEGIN
        EXECUTE format('ALTER %s SET %I TO %s', place, names[i], vals[i]);
      EXCEPTION WHEN OTHERS THEN RETURN NEXT names[i];
      END;
    END LOOP;
  END LOOP;
END $$;
CREATE FUNCTION public.reset() RETURNS void LANGUAGE plpgsql AS $$
DECLARE place text;
BEGIN
  FOR place IN SELECT * FROM public.places() LOOP EXECUTE format('ALTER %s RESET ALL', place); END LOOP;
END $$;";

/// Applies settings, and returns the names of those that this server does not have or refuses.
fn apply(person: &Person, settings: &[Setting]) -> Vec<String> {
    let list =
        |texts: Vec<&String>| texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", ");
    let (names, values) = settings.iter().map(|(name, value)| (name, value)).unzip();
    let sql =
        format!("SELECT DISTINCT public.apply(ARRAY[{}], ARRAY[{}])", list(names), list(values));
    person.ask(&sql).unwrap()
}

fn reset(person: &Person) {
    person.ask("SELECT public.reset()").unwrap();
}
