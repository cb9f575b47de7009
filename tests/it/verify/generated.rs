//! Programs walk the system catalogs and alter every role, membership, privilege, owner, attribute and setting of an
//! installation: `verify` finds each alteration, or it is on a short list with the reason.
//!
//! Each alteration is made in a transaction, in which the queries of `verify` run too, and is rolled back.

use std::path::Path;

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::database::{Purpose, Session};
use posemo::install::InstallOptions;
use posemo::install::verify::{VerifyQuery, queries};
use tokio::runtime::Runtime;

use super::databases;
use crate::server::{FEW, runtime};

mod harmless;
mod walks;

use harmless::Harmless;
use walks::{Walk, walks};

/// The roles of the alterations.
const ROLES: &str =
    "CREATE ROLE mallory; CREATE ROLE boss SUPERUSER; CREATE ROLE intern LOGIN CREATEROLE";

/// The numbers for docs/security.md.
#[derive(Default)]
struct AlterationCounts {
    made: usize,
    found: usize,
    by_monitor: usize,
    harmless: usize,
}

/// The sessions of a superuser, and the queries of `verify` for both roles.
struct Alterer {
    runtime: Runtime,
    sessions: Vec<(&'static str, Session)>,
    for_monitor: Vec<VerifyQuery>,
    for_superuser: Vec<VerifyQuery>,
}

/// Makes every alteration that the walks find on a major version.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = databases(bindir);
    server.install_few(&["--database", "app"]);
    server.superuser("postgres", ROLES);
    let runtime = runtime();
    let open = |database: &'static str| {
        let parameters = server.parameters("postgres", database);
        (database, runtime.block_on(Session::open(&parameters, Purpose::Install)).unwrap())
    };
    let sessions = vec![open("posemo"), open("app")];
    let catalog = Catalog::embedded();
    let named = FEW.split(',').map(|name| catalog.get(name).unwrap());
    let checks: Vec<Check> = named.collect();
    let version = server.version().parse().unwrap();
    let written = |superuser| {
        let databases = vec!["app".to_owned()];
        let options = InstallOptions { databases, superuser, ..InstallOptions::default() };
        queries(&checks, &options, version, None).unwrap()
    };
    let (for_monitor, for_superuser) = (written(false), written(true));
    let alterer = Alterer { runtime, sessions, for_monitor, for_superuser };
    alterer.knows_all_catalogs();
    alterer.finds_nothing_without_an_alteration();
    let mut counts = AlterationCounts::default();
    let mut wrong = Vec::new();
    for walk in walks().iter().filter(|walk| walk.majors.contains(&major)) {
        let statements = alterer.run(walk.database, walk.sql).unwrap();
        assert!(!statements.is_empty(), "this walk finds nothing\n{}", walk.sql);
        for statement in &statements {
            wrong.extend(alterer.alter(walk, statement, &mut counts).err());
        }
    }
    assert!(wrong.is_empty(), "{} alterations\n{}", wrong.len(), wrong.join("\n"));
    let AlterationCounts { made, found, by_monitor, harmless } = counts;
    crate::documents::print_count(&format!(
        "alterations on PostgreSQL {major}: {made} made, {found} found, {by_monitor} of them as the monitor role, {harmless} harmless"
    ));
}

impl Alterer {
    fn run(&self, database: &str, sql: &str) -> Result<Vec<String>, String> {
        let (_, session) = self.sessions.iter().find(|(name, _)| *name == database).unwrap();
        let rows = self.runtime.block_on(session.run(sql)).map_err(|error| error.to_string())?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// The rule about the home database reads every system catalog with objects that have an OID, except those whose
    /// objects have another rule, or are parts of other objects.
    fn knows_all_catalogs(&self) {
        let catalogs = "SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'oid'
            WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
              AND c.relname NOT IN ('pg_default_acl', 'pg_enum', 'pg_largeobject_metadata', 'pg_user_mapping')";
        let home = self.for_monitor.iter().find(|query| query.rule == "home").unwrap();
        for catalog in self.run("posemo", catalogs).unwrap() {
            let part = format!("FROM pg_catalog.{catalog} AS o WHERE o.oid >= 16384");
            assert!(home.sql.contains(&part), "verify does not read {catalog}");
        }
    }

    fn finds_nothing_without_an_alteration(&self) {
        for database in ["posemo", "app"] {
            let walk = Walk { database, rules: &[], sql: "", majors: 12..=99 };
            for queries in [&self.for_monitor, &self.for_superuser] {
                assert!(
                    !self.finds(&walk, "nothing", queries, 1),
                    "a new installation has deviations"
                );
            }
        }
    }

    /// Makes one alteration. The error is what is wrong with the result of `verify`.
    fn alter(
        &self,
        walk: &Walk,
        statement: &str,
        counts: &mut AlterationCounts,
    ) -> Result<(), String> {
        let run = |sql: &str| self.run(walk.database, sql);
        run("BEGIN").unwrap();
        let altered = run(statement);
        // An update returns the altered rows.
        let nothing = altered.as_ref().is_ok_and(Vec::is_empty) && statement.contains("RETURNING");
        let result = match altered {
            Err(error) => Err(format!("{statement}\n  {error}")),
            Ok(_) if nothing => Ok(()),
            Ok(rows) => {
                counts.made += 1;
                self.judge(walk, statement, rows.len().max(1), counts)
            }
        };
        run("ROLLBACK").unwrap();
        result
    }

    /// Whether `verify` finds as many deviations as objects were altered, or the alteration is harmless.
    fn judge(
        &self,
        walk: &Walk,
        statement: &str,
        wanted: usize,
        counts: &mut AlterationCounts,
    ) -> Result<(), String> {
        self.run(walk.database, "SAVEPOINT monitor").unwrap();
        let became = self.run(walk.database, "SET LOCAL SESSION AUTHORIZATION posemo");
        let by_monitor = became.is_ok() && self.finds(walk, statement, &self.for_monitor, wanted);
        self.run(walk.database, "ROLLBACK TO monitor").unwrap();
        let found = by_monitor || self.finds(walk, statement, &self.for_superuser, wanted);
        counts.found += usize::from(found);
        counts.by_monitor += usize::from(by_monitor);
        counts.harmless += usize::from(!found);
        match Harmless::reason(statement) {
            Some(reason) if found => Err(format!("{statement}\n  is found, although: {reason}")),
            None if !found => Err(format!("{statement}\n  is not found")),
            _ => Ok(()),
        }
    }

    /// Whether the queries find this number of deviations together. On damaged system catalogs a query may fail, which `verify`
    /// reports as UNKNOWN.
    fn finds(&self, walk: &Walk, statement: &str, queries: &[VerifyQuery], wanted: usize) -> bool {
        let (_, session) = self.sessions.iter().find(|(name, _)| *name == walk.database).unwrap();
        let mut here: Vec<&VerifyQuery> =
            queries.iter().filter(|query| query.database == walk.database).collect();
        here.sort_by_key(|query| !walk.rules.contains(&query.rule));
        let mut found = 0;
        for query in here {
            match self.runtime.block_on(session.table(&query.sql, 5)) {
                Ok(rows) => {
                    let is_deviation = |row: &&Vec<Option<String>>| {
                        ["warning", "critical"].contains(&row[0].as_deref().unwrap_or_default())
                    };
                    found += rows.iter().filter(is_deviation).count();
                }
                Err(_) if statement.starts_with("UPDATE ") => return true,
                Err(error) => panic!("{statement}\n  {}: {error}", query.rule),
            }
            if found >= wanted {
                return true;
            }
        }
        false
    }
}

#[test]
fn here() {
    let (bindir, major) = crate::server::Server::here();
    suite(&bindir, major);
}
