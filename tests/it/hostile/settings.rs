//! Every setting that a role may change, in other values than the clean server's, at every level at once.
//!
//! Knows no check: whatever the catalogue asks must be answered as before.

use posemo::text::sql::literal;

use super::answers::{Clean, ask};
use super::{Traces, forget};
use crate::server::{Person, Server};

/// Values by hand, as SQL: texts, lists, and numbers that neither end of the range stands for.
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

/// The same in another value, where one value is as likely to do harm as another.
const CHOSEN_TOO: &[(&str, &str)] = &[
    ("DateStyle", "'German'"),
    ("TimeZone", "'<x>-14'"),
    ("client_encoding", "'SQL_ASCII'"),
    ("search_path", "evil"),
    ("extra_float_digits", "3"),
    ("restrict_nonsystem_relation_kind", "'view, foreign-table'"),
    ("role", "'posemo_authid'"),
];

/// Takes effect in the first milliseconds of a session, before anybody can know that this server has it:
/// a database where somebody has set it may be lost, and must then be said to be.
const CUTTING: &[(&str, &str)] =
    &[("transaction_timeout", "'1ms'"), ("idle_session_timeout", "'1ms'")];

type Setting = (String, String);

/// Applies settings group by group and all together, and compares. Says how many values were tried.
pub(super) fn change_nothing(server: &Server) -> usize {
    let person = server.session("postgres", "postgres");
    person.ask(APPLY).unwrap();
    let installed = Traces::of(server);
    let mut clean = Clean::measure(server);
    let (all, exact) = clean.counts();
    assert!(exact * 2 > all, "{exact} of {all} answers keep still: too few to compare");
    let groups = groups(&person);
    let mut tried = 0;
    for group in &groups {
        let refused = bends_nothing(server, &person, group, &mut clean);
        tried += group.iter().filter(|(name, _)| !refused.contains(name)).count();
    }
    installed.assert_same(
        &Traces::of(server),
        "a run or an installation with nothing to do changed something",
    );
    // The home that is installed anew has no shadows in it.
    server.superuser("posemo", "DROP SCHEMA evil CASCADE");
    let installed = Traces::of(server);
    let mut all = groups.concat();
    together(server, &person, &all, &mut clean, &installed);
    all.reverse();
    together(server, &person, &all, &mut clean, &installed);
    tried + cutting(server, &person, &mut clean)
}

/// Applies settings, asks, finds nothing to install, takes the settings away, and compares. Gives those that the
/// server refused.
fn bends_nothing(
    server: &Server,
    person: &Person,
    settings: &[Setting],
    clean: &mut Clean,
) -> Vec<String> {
    let refused = apply(person, settings);
    let now = ask(server);
    says_nothing_to_change(server);
    reset(person);
    if !clean.differences(&now).is_empty() {
        // What is not as it was without the settings either was not their doing.
        clean.look_again(server);
    }
    let differences = clean.differences(&now);
    assert!(differences.is_empty(), "{settings:?} change answers: {differences:#?}");
    refused
}

/// All groups at once, where they name the same setting the last one counts; and installing from nothing.
fn together(
    server: &Server,
    person: &Person,
    all: &[Setting],
    clean: &mut Clean,
    installed: &Traces,
) {
    bends_nothing(server, person, all, clean);
    forget(server);
    apply(person, all);
    let nothing = Traces::of(server);
    let output = server.posemo(&["install", "-U", "postgres", "--all-databases", "--dry-run"]);
    assert!(output.status.success(), "{output:?}");
    nothing.assert_same(&Traces::of(server), "a dry run changed something");
    server.install(&["--all-databases"]);
    says_nothing_to_change(server);
    reset(person);
    says_nothing_to_change(server);
    installed.assert_same(&Traces::of(server), "other settings make another installation");
}

/// In one database: it is as before, or all that is asked there is Unknown, and nothing else is harmed.
fn cutting(server: &Server, person: &Person, clean: &mut Clean) -> usize {
    let installed = Traces::of(server);
    let there = |name: &str| {
        person.ask(&format!("SELECT 1 FROM pg_settings WHERE name = '{name}'")).unwrap().len()
    };
    let known: Vec<_> = CUTTING.iter().filter(|(name, _)| there(name) == 1).collect();
    for (name, value) in &known {
        person.ask(&format!("ALTER DATABASE app SET {name} = {value}")).unwrap();
        let now = ask(server);
        let output = server.posemo(&["install", "-U", "postgres", "--all-databases"]);
        person.ask("ALTER DATABASE app RESET ALL").unwrap();
        clean.look_again(server);
        let is_app = |text: &str| text.contains("in \"app\"") || text.contains("in app");
        let unknown = now
            .iter()
            .filter(|(key, text)| is_app(key) && key.ends_with(": error") && *text != "null")
            .count();
        for difference in clean.differences(&now) {
            let of_the_whole =
                difference.starts_with("exit code") || difference.starts_with("target: state");
            assert!(unknown > 0 && (is_app(&difference) || of_the_whole), "{name}: {difference}");
        }
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() || said.contains("not installed in database app: "),
            "{name}: {output:?}"
        );
        installed.assert_same(&Traces::of(server), name);
    }
    known.len()
}

fn says_nothing_to_change(server: &Server) {
    let said = server.install(&["--all-databases"]);
    assert!(said.ends_with("nothing to change: everything is as it should be\n"), "{said}");
}

/// What is written above, and what the server says of its own settings: every truth the other way, every word
/// in each other word, every number at both ends.
fn groups(person: &Person) -> Vec<Vec<Setting>> {
    let by_hand = |list: &[(&str, &str)]| {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let mut groups = vec![by_hand(CHOSEN), by_hand(CHOSEN_TOO)];
    let cutting: Vec<String> = CUTTING.iter().map(|(name, _)| literal(name)).collect();
    let of_the_server = |values: &str| -> Vec<Setting> {
        let sql =
            format!(
            "SELECT name || '=' || value FROM pg_settings CROSS JOIN LATERAL ({values}) AS v(value)
             WHERE context = 'user' AND name NOT IN ({}) ORDER BY name", cutting.join(", "));
        let pairs = person.ask(&sql).unwrap();
        pairs
            .iter()
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), literal(value)))
            .collect()
    };
    groups.push(of_the_server(
        "SELECT CASE reset_val WHEN 'on' THEN 'off' ELSE 'on' END WHERE vartype = 'bool'",
    ));
    for bound in ["min_val", "max_val"] {
        groups.push(of_the_server(&format!("SELECT {bound} WHERE vartype IN ('integer', 'real') AND NOT (name ~ '_cost$' AND {bound} = '0')")));
    }
    // The longest lists, of levels of messages, go on in the same manner.
    for round in 1..=4 {
        groups.push(of_the_server(&format!(
            "SELECT (array_remove(enumvals, reset_val))[{round}] WHERE array_length(enumvals, 1) > {round}"
        )));
    }
    groups
}

/// Where a setting is made: for all roles, for the monitor and the installer, and in every database.
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

/// Makes settings, and gives the names of those that this server does not have or does not take.
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
