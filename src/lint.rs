//! Refuses queries that a check must not run: queries with side effects, queries that return secrets, and queries that
//! run code of users.
//!
//! It opens no connection: it writes the statements for the server, and judges the results. PostgreSQL is the parser: it
//! analyses the query as a view, and this room reads the parse tree. A parser alone, such as `sqlparser` or `pg_query`,
//! has no system catalogs: it cannot determine which function a name refers to and whether it is volatile, which columns
//! a `*` contains, or whether a cast runs a user's function. `pg_query` also needs a C compiler and libclang, and has the
//! grammar of one major version. Text patterns determine even less.

use std::collections::BTreeSet;

use error::LintError;
use flow::FlowReader;
use mentions::{MentionedObjects, Mentions};
use node::TreeNode;
use objects::ObjectWalk;
use refusal::{LintRefusal, RefusalList};
use statements::LintStatements;

mod columns;
pub mod error;
mod files;
mod flow;
mod functions;
mod grants;
mod mentions;
mod node;
mod objects;
mod order;
pub mod refusal;
mod secrets;
pub mod server_error;
pub mod statements;
pub mod tables;

/// A query as the server analysed it.
#[derive(Debug)]
pub struct QueryTree<'t> {
    query: TreeNode<'t>,
    mentions: Mentions,
}

impl<'t> QueryTree<'t> {
    /// Reads the result of [`statements::TREE`].
    pub fn read(text: &'t str) -> Result<QueryTree<'t>, LintError> {
        let query = node::parse(text)?;
        let mentions = Mentions::in_tree(&query);
        Ok(QueryTree { query, mentions })
    }

    /// The SQL query for the names of all objects that the query refers to.
    pub fn names_query(&self) -> String {
        self.mentions.names_query()
    }
}

/// Judges a query by the server's results: its tree, its columns, and the names of the objects that it refers to.
pub fn judge(
    statements: &LintStatements,
    tree: &QueryTree<'_>,
    columns: &[String],
    names: &[String],
) -> Result<Vec<LintRefusal>, LintError> {
    let mut refusals = RefusalList::new(statements.file.clone());
    columns::compare(columns, &mut refusals)?;
    let objects = MentionedObjects::read(names)?;
    if objects.count() != tree.mentions.count() {
        refusals.add(
            "unknown_object",
            "query",
            "refers to an object that is not in the system catalogs",
            "report it to the developers of posemo, with the query and the server's version",
        );
    }
    if statements.worst_first {
        order::refuse(&tree.query, &mut refusals);
    }
    objects::refuse(&objects, statements, &mut refusals);
    files::refuse(&objects, statements, &mut refusals);
    if let Some(own) = statements.own_owner.as_deref() {
        grants::refuse(&tree.query, &objects, own, &mut refusals);
    }
    let arguments: Vec<&str> = statements.arguments.iter().map(String::as_str).collect();
    ObjectWalk { objects: &objects, arguments: &arguments, refusals: &mut refusals }
        .node(&tree.query, 0);
    let mut reader = FlowReader {
        objects: &objects,
        function: &statements.function,
        arguments,
        owner: &statements.owner,
        digests: statements.digests,
        refusals: &mut refusals,
        comparisons: BTreeSet::new(),
        rows: 0,
    };
    let secrets = reader.secrets(&tree.query);
    let returned = tree.query.nodes("targetList").filter(|entry| !entry.is("resjunk"));
    let leaks: BTreeSet<(String, &str)> = returned
        .zip(&secrets)
        .filter_map(|(entry, secret)| {
            Some((entry.name("resname").into_owned(), secret.as_deref()?))
        })
        .collect();
    for (column, secret) in leaks {
        refusals.add(
            "secret_returned",
            format!("column {column}"),
            format!("would return {secret} to the caller"),
            "return the number of values, whether a value exists, or its kind",
        );
    }
    Ok(refusals.into_vec())
}
