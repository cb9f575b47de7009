//! Refuses queries that a check must not hold: side effects, secrets on their way out, users' code.
//!
//! It opens no connection: it says what to ask, and judges the answer. The parser is PostgreSQL itself, which
//! analyses the query into a view and shows the tree. A parser alone, `sqlparser` or the server's own grammar
//! in `pg_query`, knows no catalogue: not which function a name means and whether that is volatile, not what
//! stands behind a `*`, not whether a cast runs somebody's function; and the second needs a C compiler and
//! libclang, and the grammar of one major for all of them. Patterns know less still.

use std::collections::BTreeSet;

use complaint::{Complaint, Complaints};
use error::LintError;
use flow::Reader;
use names::{Mentions, Names};
use node::Node;
use objects::Walk;
use question::Question;

mod columns;
pub mod complaint;
pub mod error;
mod flow;
mod functions;
mod names;
mod node;
mod objects;
pub mod question;
pub mod refusal;
mod secrets;

/// How a server understood a query.
#[derive(Debug)]
pub struct Tree<'t> {
    query: Node<'t>,
    mentions: Mentions,
}

impl<'t> Tree<'t> {
    /// Reads the answer to [`question::TREE`].
    pub fn read(text: &'t str) -> Result<Tree<'t>, LintError> {
        let query = node::parse(text)?;
        let mentions = Mentions::of(&query);
        Ok(Tree { query, mentions })
    }

    /// Asks for the names of all that the query mentions.
    pub fn names(&self) -> String {
        self.mentions.question()
    }
}

/// Judges a query by the server's answers: its tree, its columns, and the names of what it mentions.
pub fn judge(
    question: &Question,
    tree: &Tree<'_>,
    columns: &[String],
    names: &[String],
) -> Result<Vec<Complaint>, LintError> {
    let mut complaints = Complaints::of(question.file.clone());
    columns::compare(columns, &mut complaints)?;
    let names = Names::read(names)?;
    if names.count() != tree.mentions.count() {
        complaints.add(
            "unknown_object",
            "query",
            "mentions something of which the server's catalogs do not tell",
            "report it, with the query and the server's version",
        );
    }
    objects::mentioned(&names, &question.owner, &mut complaints);
    let arguments: Vec<&str> = question.arguments.iter().map(String::as_str).collect();
    Walk { names: &names, arguments: &arguments, complaints: &mut complaints }.node(&tree.query, 0);
    let mut reader = Reader {
        names: &names,
        function: &question.function,
        arguments,
        owner: &question.owner,
        complaints: &mut complaints,
    };
    let flows = reader.returned(&tree.query);
    let returned = tree.query.nodes("targetList").filter(|entry| !entry.is("resjunk"));
    let leaks: BTreeSet<(String, &str)> = returned
        .zip(&flows)
        .filter_map(|(entry, flow)| {
            Some((entry.name("resname").into_owned(), flow.secret.as_deref()?))
        })
        .collect();
    for (column, secret) in leaks {
        complaints.add(
            "secret_returned",
            format!("column {column}"),
            format!("would carry {secret} out of the server"),
            "return how many there are, whether there is one, or of which kind it is",
        );
    }
    Ok(complaints.found())
}
