//! Turns what is installed into one script of SQL that takes it away: looks first, then databases, then roles.
//!
//! No server is asked. What the catalogs have to tell is asked for with the questions that are written here.

use serde_json::{Value, json};

use super::error::InstallError;
use super::grants::{self, Grant};
use super::plan::Planner;
use super::script::{self, Script, Step, When};
use super::template::Templates;
use super::{Options, owner_role};
use crate::catalog::owners;
use crate::catalog::server_version::ServerVersion;
use crate::text::sql::literal;

/// What is to go.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// Databases that stay and lose what is posemo's.
    pub databases: Vec<String>,
    /// Databases that go, if the server says that posemo made them.
    pub made: Vec<String>,
    /// The same, where a drop was interrupted: nobody can look into them.
    pub torn: Vec<String>,
    /// Whether everything goes, roles too.
    pub whole: bool,
    /// Roles that another installation on the same server needs: they stay, with their rights.
    pub kept: Vec<String>,
    /// Owners that only earlier versions knew. Nothing where the server was not asked.
    pub older: Option<Vec<String>>,
}

impl Extent {
    /// Everything in the databases that are named, of which the server decides whether posemo made the home.
    pub fn named(options: &Options) -> Extent {
        let others = options.databases.iter().filter(|name| **name != options.home);
        Extent {
            databases: others.chain([&options.home]).cloned().collect(),
            made: vec![options.home.clone()],
            whole: true,
            ..Extent::default()
        }
    }
}

/// Questions, each answered with one JSON object a row.
#[derive(Debug, Clone)]
pub struct Questions {
    /// Which roles are posemo's: `name`, and `marked` where posemo made it.
    pub roles: String,
    /// Every database: `name`, `made` by posemo, `whole` (no interrupted drop), `open`, `known` to have posemo.
    pub databases: String,
    /// In a database: whether it has the `schema`, the `others` of posemo's, the roles `kept` for them.
    pub inside: String,
}

/// What to ask a server before the script can be written.
pub fn questions(options: &Options, version: ServerVersion) -> Result<Questions, InstallError> {
    let planner = Planner::new(&[], options, version)?;
    let context = planner.context(&json!({ "kept": [] }));
    let ask = |name: &str| planner.templates.render(&format!("uninstall/{name}: ask"), &context);
    Ok(Questions { roles: ask("roles")?, databases: ask("databases")?, inside: ask("inside")? })
}

/// Writes the script that takes posemo away from servers of a version.
pub fn script(
    options: &Options,
    extent: &Extent,
    version: ServerVersion,
) -> Result<Script, InstallError> {
    let remover =
        Remover { planner: Planner::new(&[], options, version)?, options, extent, version };
    // Nothing is changed before all refusals have had their say.
    let mut steps = vec![remover.look_at_cluster()?];
    for database in remover.to_look_into() {
        steps.push(remover.look_into(database)?);
    }
    for database in &extent.made {
        steps.push(remover.wait_for(database)?);
    }
    for database in &extent.databases {
        steps.push(remover.clean(database)?);
    }
    for database in extent.made.iter().chain(&extent.torn) {
        steps.push(remover.drop_database(database)?);
    }
    if extent.whole {
        steps.push(remover.drop_roles()?);
    }
    Ok(Script { steps, undo: String::new(), skipped: Vec::new(), notes: Vec::new() })
}

/// The script for `psql -f`. A database that is there no more is passed over, so that it can be run again.
pub fn for_psql(script: &Script, version: &str) -> Result<String, InstallError> {
    let mut text = format!(
        "-- The removal of posemo {} from PostgreSQL {version}: from all databases that are named here, with its roles.\n\
         -- Run it as the role that installed it:  psql -X -d postgres -f FILE\n\\set ON_ERROR_STOP on\n\\set QUIET on\n\
         \\encoding UTF8\n{}",
        env!("CARGO_PKG_VERSION"),
        script::PIN
    );
    // Where psql is now, as an argument for its \connect.
    text.push_str(
        "SELECT pg_catalog.concat('dbname=''', pg_catalog.replace(pg_catalog.replace(pg_catalog.current_database(), \
         E'\\\\', E'\\\\\\\\'), '''', E'\\\\'''), '''') AS posemo_start \\gset\n",
    );
    for step in &script.steps {
        let home = ["\n\\connect -reuse-previous=on :posemo_start\n", script::PIN].concat();
        text.push_str(&home);
        let Some(database) = &step.database else {
            text.push_str(&step.for_psql()?);
            continue;
        };
        let there = [
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datallowconn AND datconnlimit <> -2 AND datname = ",
            &literal(database),
            ") AS posemo_there \\gset\n\\if :posemo_there\n",
            &step.for_psql()?,
            "\\endif\n",
        ];
        text.push_str(&there.concat());
    }
    text.push_str("\n\\echo 'posemo: uninstalled'\n");
    Ok(text)
}

/// What the steps of a removal are made of, in one place.
struct Remover<'a> {
    planner: Planner<'a>,
    options: &'a Options,
    extent: &'a Extent,
    version: ServerVersion,
}

impl Remover<'_> {
    fn templates(&self) -> &Templates {
        &self.planner.templates
    }

    fn context(&self, more: &Value) -> Value {
        let extent = self.extent;
        let mut context = self.planner.context(&json!({
            "databases": extent.databases,
            "made": extent.made.iter().chain(&extent.torn).collect::<Vec<_>>(),
            "whole": extent.whole,
            "kept": extent.kept,
        }));
        let fields = context.as_object_mut().expect("it was made as an object");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        context
    }

    /// A step that begins as every session does, and then looks.
    fn looking(
        &self,
        database: Option<&str>,
        looks: &[&str],
        what: &str,
    ) -> Result<Step, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let mut pieces = Vec::new();
        for (section, what) in std::iter::once(("session/begin", "settings of the session"))
            .chain(looks.iter().map(|section| (*section, what)))
        {
            pieces.push(self.templates().always(
                When::First,
                section,
                what.to_owned(),
                &context,
            )?);
        }
        Ok(Step { database: database.map(str::to_owned), transaction: true, pieces })
    }

    fn look_at_cluster(&self) -> Result<Step, InstallError> {
        self.looking(None, &["uninstall/cluster"], "look at roles and databases")
    }

    /// Each database that has something to look at, once.
    fn to_look_into(&self) -> impl Iterator<Item = &str> {
        let (databases, made) = (&self.extent.databases, &self.extent.made);
        let only_made = made.iter().filter(|name| !databases.contains(name));
        databases.iter().chain(only_made).map(String::as_str)
    }

    fn look_into(&self, database: &str) -> Result<Step, InstallError> {
        let made = self.extent.made.iter().any(|name| name == database);
        let looks: &[&str] =
            if made { &["uninstall/look", "uninstall/content"] } else { &["uninstall/look"] };
        self.looking(Some(database), looks, &format!("look into database {database}"))
    }

    /// Asked from outside, as the session that asks would be one of those.
    fn wait_for(&self, database: &str) -> Result<Step, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let what = format!("wait until nobody is connected to database {database}");
        let mut step = self.looking(None, &[], &what)?;
        step.pieces.push(self.templates().always(
            When::First,
            "uninstall/sessions",
            what,
            &context,
        )?);
        Ok(step)
    }

    /// Everything that is posemo's in one database, or nothing.
    fn clean(&self, database: &str) -> Result<Step, InstallError> {
        let Options { schema, monitor, .. } = self.options;
        let context = self.context(&json!({ "database": database }));
        let mut step = self.look_into(database)?;
        // What goes with the database was looked at before.
        step.pieces.truncate(2);
        for (section, what) in [
            ("functions", format!("drop the functions of schema {schema} in database {database}")),
            ("rights", format!("revoke rights of owners on system objects in database {database}")),
            ("connect", format!("revoke CONNECT on database {database} from role {monitor}")),
            ("schema", format!("drop schema {schema} in database {database}")),
        ] {
            step.pieces.push(self.templates().piece(
                &format!("uninstall/{section}"),
                what,
                &context,
            )?);
        }
        let what = format!("look at the result in database {database}");
        step.pieces.push(self.templates().always(When::Last, "uninstall/left", what, &context)?);
        Ok(step)
    }

    /// `DROP DATABASE` allows no transaction, so it is a step of its own.
    fn drop_database(&self, database: &str) -> Result<Step, InstallError> {
        let context = self.context(&json!({ "database": database }));
        let what = format!("drop database {database}");
        let drop = self.templates().piece("uninstall/database", what, &context)?;
        Ok(Step { database: None, transaction: false, pieces: vec![drop] })
    }

    /// The roles that posemo made; those that somebody else made lose what an installation gave them.
    fn drop_roles(&self) -> Result<Step, InstallError> {
        let mut step = self.looking(None, &[], "")?;
        let mut roles = Vec::new();
        for (set, text) in owners() {
            let role = owner_role(set);
            let major = self.version.major();
            let granted = grants::read(self.templates(), set, text, &role, major)?;
            let given: Vec<String> = granted.into_iter().filter_map(member).collect();
            if !given.is_empty() {
                let what = format!("revoke {} from role {role}", given.join(", "));
                let context = self.context(&json!({ "role": role, "given": given }));
                step.pieces.push(self.templates().piece("uninstall/membership", what, &context)?);
            }
            roles.push(role);
        }
        roles.extend(self.extent.older.iter().flatten().cloned());
        roles.push(self.options.monitor.clone());
        for role in &roles {
            let context = self.context(&json!({ "role": role }));
            let what = format!("drop role {role}");
            step.pieces.push(self.templates().piece("uninstall/role", what, &context)?);
        }
        if self.extent.older.is_none() {
            let what = "drop owners of earlier versions".to_owned();
            let context = self.context(&json!({}));
            step.pieces.push(self.templates().piece("uninstall/older", what, &context)?);
        }
        Ok(step)
    }
}

fn member(grant: Grant) -> Option<String> {
    match grant {
        Grant::Member { role } => Some(role),
        Grant::Relation { .. } | Grant::Function { .. } => None,
    }
}
