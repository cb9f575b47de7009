//! Writes one SQL script that removes posemo: first all checks that can refuse, then databases, then roles.
//!
//! It connects to no server; the queries here read what the script depends on from the system catalogs.

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::{self, Grant, owner_role};
use super::options::InstallOptions;
use super::plan::Planner;
use super::psql::{self, CommonTexts};
use super::script::{Script, ScriptStep, When};
use super::template::Templates;
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use crate::text::sql::literal;

/// What an uninstall removes.
#[derive(Debug, Clone, Default)]
pub struct Removal {
    /// Databases that remain, without the objects of posemo.
    pub databases: Vec<String>,
    /// Databases to drop, if the server confirms that posemo created them.
    pub drop_databases: Vec<String>,
    /// Databases to drop after an interrupted `DROP DATABASE`: no session can connect to them.
    pub half_dropped: Vec<String>,
    /// Whether to remove the roles too.
    pub everything: bool,
    /// The home database, if it remains: its schema records the databases that should have an installation.
    pub record: Option<String>,
    /// Roles that another installation on the server needs: they remain, with their privileges.
    pub kept_roles: Vec<String>,
    /// Owner roles of earlier versions; nothing if no server was queried.
    pub retired_roles: Option<Vec<String>>,
}

impl Removal {
    /// Everything in the databases of the options. The script drops the home database if posemo created it.
    pub fn named(options: &InstallOptions) -> Removal {
        let others = options.databases.iter().filter(|name| **name != options.home);
        Removal {
            databases: others.chain([&options.home]).cloned().collect(),
            drop_databases: vec![options.home.clone()],
            everything: true,
            ..Removal::default()
        }
    }
}

/// Queries that return one JSON object per row.
#[derive(Debug, Clone)]
pub struct RemovalQueries {
    /// The roles of posemo: `name`, and `marked` if posemo created the role.
    pub roles: String,
    /// Every database: `name`, `created` by posemo, `complete` (no interrupted drop), `open` (allows connections),
    /// `known` (roles of posemo have objects or privileges in it).
    pub databases: String,
    /// In a database: whether it has the `schema`, the `others` of posemo, and the `kept_roles` that these need.
    pub inside: String,
}

/// The queries whose results the script depends on.
pub fn queries(
    options: &InstallOptions,
    version: ServerVersion,
) -> Result<RemovalQueries, InstallError> {
    let planner = Planner::new(&[], options, version)?;
    let context = planner.context(&json!({ "kept_roles": [] }));
    let query = |name: &str| planner.templates.render(&format!("uninstall/{name}: ask"), &context);
    Ok(RemovalQueries {
        roles: query("roles")?,
        databases: query("databases")?,
        inside: query("inside")?,
    })
}

/// Writes the script that removes posemo from servers of a version.
pub fn script(
    options: &InstallOptions,
    removal: &Removal,
    version: ServerVersion,
) -> Result<Script, InstallError> {
    let remover =
        Remover { planner: Planner::new(&[], options, version)?, options, removal, version };
    // All checks come before the first change.
    let mut steps = vec![remover.check_server()?];
    for database in remover.databases_to_check() {
        steps.push(remover.check_database(database)?);
    }
    for database in &removal.drop_databases {
        steps.push(remover.wait_for_sessions(database)?);
    }
    for database in &removal.databases {
        steps.push(remover.clean(database)?);
    }
    for database in removal.drop_databases.iter().chain(&removal.half_dropped) {
        steps.push(remover.drop_database(database)?);
    }
    if removal.everything {
        steps.push(remover.drop_roles()?);
    }
    if let Some(home) = &removal.record {
        steps.push(remover.forget(home)?);
    }
    Ok(Script { steps, undo: String::new(), skipped: Vec::new(), notes: Vec::new() })
}

/// The script for `psql -f`. It skips databases that no longer exist, so it can be run again.
pub fn for_psql(script: &Script, version: &str) -> Result<String, InstallError> {
    let mut text = format!(
        "-- Removes posemo {} from PostgreSQL {version}: from all databases that are named here, with its roles.\n\
         -- Run it as the role that installed it:  psql -X -d postgres -f FILE\n\\set ON_ERROR_STOP on\n\\set QUIET on\n\
         \\encoding UTF8\n{}",
        env!("CARGO_PKG_VERSION"),
        psql::PIN
    );
    // The database that psql is connected to, as an argument of \connect.
    text.push_str(
        "SELECT pg_catalog.concat('dbname=''', pg_catalog.replace(pg_catalog.replace(pg_catalog.current_database(), \
         E'\\\\', E'\\\\\\\\'), '''', E'\\\\'''), '''') AS posemo_start \\gset\n",
    );
    let common = CommonTexts::of(&script.steps);
    text.push_str(&common.definitions());
    for step in &script.steps {
        let start = ["\n\\connect -reuse-previous=on :posemo_start\n", psql::PIN].concat();
        text.push_str(&start);
        let Some(database) = &step.database else {
            text.push_str(&common.step(step)?);
            continue;
        };
        let if_it_exists = [
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit <> -2 AND datname = ",
            &literal(database),
            ") AS posemo_exists \\gset\n\\if :posemo_exists\n",
            &common.step(step)?,
            "\\endif\n",
        ];
        text.push_str(&if_it_exists.concat());
    }
    text.push_str("\n\\echo 'posemo: uninstalled'\n");
    Ok(text)
}

/// Renders the steps of a removal.
struct Remover<'a> {
    planner: Planner<'a>,
    options: &'a InstallOptions,
    removal: &'a Removal,
    version: ServerVersion,
}

impl Remover<'_> {
    fn templates(&self) -> &Templates {
        self.planner.templates
    }

    fn context(&self, more: &Value) -> Value {
        let Removal { databases, drop_databases, half_dropped, everything, kept_roles, .. } =
            self.removal;
        let mut context = self.planner.context(&json!({
            "databases": databases,
            "drop_databases": drop_databases.iter().chain(half_dropped).collect::<Vec<_>>(),
            "everything": everything,
            "kept_roles": kept_roles,
        }));
        let fields = context.as_object_mut().expect("it was made as an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        context
    }

    /// A step that begins like every session, and then runs checks.
    fn checking(
        &self,
        database: Option<&str>,
        checks: &[&str],
        what: &str,
    ) -> Result<ScriptStep, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let mut pieces = Vec::new();
        for (section, what) in std::iter::once(("session/begin", "set the session's parameters"))
            .chain(checks.iter().map(|section| (*section, what)))
        {
            pieces.push(self.templates().always(
                When::First,
                section,
                what.to_owned(),
                &context,
            )?);
        }
        Ok(ScriptStep {
            database: database.map(str::to_owned),
            transaction: true,
            pieces,
            ..ScriptStep::default()
        })
    }

    fn check_server(&self) -> Result<ScriptStep, InstallError> {
        self.checking(None, &["uninstall/cluster"], "check roles and databases")
    }

    /// Each database that a session can check, once.
    fn databases_to_check(&self) -> impl Iterator<Item = &str> {
        let Removal { databases, drop_databases, .. } = self.removal;
        let only_dropped = drop_databases.iter().filter(|name| !databases.contains(name));
        databases.iter().chain(only_dropped).map(String::as_str)
    }

    fn check_database(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let dropped = self.removal.drop_databases.iter().any(|name| name == database);
        let checks: &[&str] = if dropped {
            &["uninstall/inspect", "uninstall/content"]
        } else {
            &["uninstall/inspect"]
        };
        self.checking(Some(database), checks, &format!("check database {database}"))
    }

    /// Runs in another database: its own session would be one of those that it waits for.
    fn wait_for_sessions(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let what = format!("wait until no session is connected to database {database}");
        let mut step = self.checking(None, &[], &what)?;
        step.pieces.push(self.templates().always(
            When::First,
            "uninstall/sessions",
            what,
            &context,
        )?);
        Ok(step)
    }

    /// Removes all objects of posemo from one database, or none.
    fn clean(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let InstallOptions { schema, monitor, .. } = self.options;
        let context = self.context(&json!({ "database": database }));
        let mut step = self.check_database(database)?;
        // Without `content`: the content of a database to drop was checked before.
        step.pieces.truncate(2);
        for (section, what) in [
            ("functions", format!("drop the functions of schema {schema} in database {database}")),
            ("rights", format!("revoke privileges of owner roles in database {database}")),
            ("connect", format!("revoke CONNECT on database {database} from role {monitor}")),
            ("schema", format!("drop schema {schema} in database {database}")),
        ] {
            step.pieces.push(self.templates().piece(
                &format!("uninstall/{section}"),
                what,
                &context,
            )?);
        }
        let what = format!("check the result in database {database}");
        step.pieces.push(self.templates().always(When::Last, "uninstall/left", what, &context)?);
        Ok(step)
    }

    /// Removes the databases from the record in the home database, so that a run does not report them.
    fn forget(&self, home: &str) -> Result<ScriptStep, InstallError> {
        let mut step = self.checking(Some(home), &[], "")?;
        let names = self.removal.databases.join(", ");
        let what = format!("remove from the recorded databases to monitor: {names}");
        let context = self.context(&json!({}));
        step.pieces.push(self.templates().piece("uninstall/forget", what, &context)?);
        Ok(step)
    }

    /// A separate step, because `DROP DATABASE` cannot run in a transaction.
    fn drop_database(&self, database: &str) -> Result<ScriptStep, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let what = format!("drop database {database}");
        let drop = self.templates().piece("uninstall/database", what, &context)?;
        Ok(ScriptStep {
            database: None,
            transaction: false,
            pieces: vec![drop],
            ..ScriptStep::default()
        })
    }

    /// Drops the roles that posemo created, and revokes what an installation granted to other owner roles.
    fn drop_roles(&self) -> Result<ScriptStep, InstallError> {
        let mut step = self.checking(None, &[], "")?;
        let mut roles = Vec::new();
        for (set, text) in owners() {
            let role = owner_role(set);
            let major = self.version.major();
            let granted = grants::read(self.templates(), set, text, &role, major)?;
            let given: Vec<String> = granted.into_iter().filter_map(membership).collect();
            if !given.is_empty() {
                let what = format!("revoke {} from role {role}", given.join(", "));
                let context = self.context(&json!({ "role": role, "given": given }));
                step.pieces.push(self.templates().piece("uninstall/membership", what, &context)?);
            }
            roles.push(role);
        }
        let monitor = &self.options.monitor;
        if self.version.major() >= 16 {
            let what = format!("revoke pg_use_reserved_connections from role {monitor}");
            let given = ["pg_use_reserved_connections"];
            let context = self.context(&json!({ "role": monitor, "given": given }));
            step.pieces.push(self.templates().piece("uninstall/membership", what, &context)?);
        }
        roles.extend(self.removal.retired_roles.iter().flatten().cloned());
        roles.push(monitor.clone());
        for role in &roles {
            let context = self.context(&json!({ "role": role }));
            let what = format!("drop role {role}");
            step.pieces.push(self.templates().piece("uninstall/role", what, &context)?);
        }
        if self.removal.retired_roles.is_none() {
            let what = "drop owner roles of earlier versions".to_owned();
            let context = self.context(&json!({}));
            step.pieces.push(self.templates().piece("uninstall/older", what, &context)?);
        }
        Ok(step)
    }
}

/// The role of a grant of membership.
fn membership(grant: Grant) -> Option<String> {
    match grant {
        Grant::Member { role } => Some(role),
        Grant::Relation { .. }
        | Grant::Function { .. }
        | Grant::Schema { .. }
        | Grant::Table { .. } => None,
    }
}
