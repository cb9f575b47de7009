//! Follows secrets and arguments through the tables of a query: relations, subqueries, functions, joins, `WITH`.
//!
//! A table of an unknown kind counts as secret.

use super::scope::{QueryScope, TableColumns};
use super::value::{Flow, renumbered};
use super::{FlowContext, FlowReader};
use crate::lint::node::TreeNode;
use crate::lint::secrets;

/// After this number of rounds `WITH RECURSIVE` has no new sources.
const ROUNDS: usize = 50;

/// The clauses with expressions, besides the result columns and the tables.
const CLAUSES: [&str; 2] = ["jointree", "havingQual"];

/// The clauses with numbers of rows. In a window clause these are the only expressions.
const NUMBERS: [(&str, &str); 3] =
    [("limitOffset", "OFFSET"), ("limitCount", "LIMIT"), ("windowClause", "the frame of a window")];

impl FlowReader<'_> {
    /// The sources of a query's columns.
    pub(super) fn query(
        &mut self,
        query: &TreeNode<'_>,
        outer: Option<&QueryScope<'_>>,
    ) -> Vec<Flow> {
        let scope = QueryScope::within(outer);
        self.with(query, &scope);
        let nothing = Flow::default();
        let context = FlowContext { scope: &scope, tested: &nothing, subquery: &[] };
        for table in query.nodes("rtable") {
            let columns = self.table(table, context);
            scope.push(columns);
        }
        for value in CLAUSES.iter().filter_map(|label| query.get(label)) {
            self.value(value, context);
        }
        for (label, clause) in NUMBERS {
            let flow = query.get(label).map(|value| self.value(value, context));
            self.refuse_row_counts(&flow.unwrap_or_default(), clause);
        }
        let mut returned = Vec::new();
        for entry in query.nodes("targetList") {
            let flow = self.expression(entry, context);
            if !entry.is("resjunk") {
                returned.push(flow);
            }
        }
        if let Some(operation) = query.node("setOperations") {
            returned = either(operation, &scope);
            // These operations compare the values of both sides, and return rows of both.
            self.refuse_meeting(&Flow::all(&returned), "UNION, INTERSECT or EXCEPT");
            returned = returned.into_iter().map(Flow::chosen).collect();
        }
        returned
    }

    /// The queries of `WITH`. A recursive query reads itself, so they are read until no new sources are found.
    fn with(&mut self, query: &TreeNode<'_>, scope: &QueryScope<'_>) {
        for cte in query.nodes("cteList") {
            scope.learn(&cte.name("ctename"), &[]);
        }
        for _ in 0..ROUNDS {
            let mut news = false;
            for cte in query.nodes("cteList") {
                let Some(inner) = cte.node("ctequery") else { continue };
                let mut flows = self.query(inner, Some(scope));
                if cte.is("cterecursive") {
                    flows = flows.into_iter().map(Flow::chosen).collect();
                }
                news |= scope.learn(&cte.name("ctename"), &flows);
            }
            if !news {
                break;
            }
        }
    }

    /// The columns of an item in `FROM`.
    fn table(&mut self, table: &TreeNode<'_>, context: FlowContext<'_>) -> TableColumns {
        match table.number("rtekind") {
            0 => {
                if let Some(sample) = table.node("tablesample") {
                    let flow = self.expression(sample, context);
                    self.refuse_row_counts(&flow, "TABLESAMPLE");
                }
                self.relation(table.number("relid"))
            }
            1 => self.subquery(table, context),
            2 => TableColumns::Each(self.each(table.list("joinaliasvars"), context)),
            3 => TableColumns::Each(self.functions(table, context)),
            4 => {
                let flow = table.node("tablefunc").map(|node| self.expression(node, context));
                TableColumns::All(flow.unwrap_or_default())
            }
            5 => {
                let rows: Vec<Vec<Flow>> = table
                    .list("values_lists")
                    .iter()
                    .map(|row| self.each(row.elements(), context))
                    .collect();
                let width = rows.first().map_or(0, Vec::len);
                let column = |index: usize| Flow::all(rows.iter().filter_map(|row| row.get(index)));
                let columns: Vec<Flow> = (0..width).map(|index| column(index).chosen()).collect();
                for column in &columns {
                    self.refuse_argument(column, "VALUES");
                }
                TableColumns::Each(columns)
            }
            6 => {
                let (levels, name) = (table.number("ctelevelsup"), table.name("ctename"));
                match context.scope.cte(levels, &name) {
                    Some(columns) => TableColumns::Each(renumbered(&columns, || self.row())),
                    None => self.unknown(&name),
                }
            }
            8 => TableColumns::Each(Vec::new()),
            9 => TableColumns::Each(self.each(table.list("groupexprs"), context)),
            _ => self.unknown("a table"),
        }
    }

    fn relation(&mut self, oid: u32) -> TableColumns {
        let row = self.row();
        let Some(relation) = self.objects.relations.get(&oid) else {
            return TableColumns::All(Flow::default());
        };
        let secret = Some(&relation.object)
            .filter(|object| object.is_built_in())
            .and_then(|object| secrets::columns(&object.name, self.owner, self.digests))
            .unwrap_or_default();
        let flow = |column: &String| {
            if secret.contains(&column.as_str()) {
                Flow::secret(&format!("{}.{column}", relation.object.full_name()), row)
            } else {
                Flow::column(row)
            }
        };
        TableColumns::Each(relation.columns.iter().flatten().map(flow).collect())
    }

    /// A subquery. The outermost query also has a subquery with the arguments.
    fn subquery(&mut self, table: &TreeNode<'_>, context: FlowContext<'_>) -> TableColumns {
        let alias = table.node("eref").map(|alias| alias.name("aliasname")).unwrap_or_default();
        if context.scope.is_outermost() && alias == self.function {
            return TableColumns::Each(
                self.arguments.iter().map(|name| Flow::argument(name)).collect(),
            );
        }
        match table.node("subquery") {
            Some(query) => TableColumns::Each(self.query(query, Some(context.scope))),
            None => self.unknown(&alias),
        }
    }

    /// The columns of a function, or of several in `ROWS FROM`.
    fn functions(&mut self, table: &TreeNode<'_>, context: FlowContext<'_>) -> Vec<Flow> {
        let mut columns = Vec::new();
        for function in table.nodes("functions") {
            let flow = function
                .node("funcexpr")
                .map(|call| self.expression(call, context))
                .unwrap_or_default();
            columns.extend((1..=function.number("funccolcount")).map(|number| flow.field(number)));
        }
        // WITH ORDINALITY counts the rows.
        columns.push(Flow::default());
        columns
    }

    /// A variable: a column of a table of this query or of one around it.
    pub(super) fn variable(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let table = context.scope.table(node.number("varlevelsup"), node.number("varno"));
        let table = table.unwrap_or_else(|| self.unknown("a column"));
        let flow = match node.signed("varattno") {
            0 => table.row(),
            // System columns such as tableoid.
            ..0 => Flow::default(),
            _ => table.get(node.number("varattno")),
        };
        flow.read()
    }

    fn unknown(&mut self, what: &str) -> TableColumns {
        self.refusals.add(
            "unknown_tree",
            what,
            "has an unknown source: this server describes it in a form that posemo does not know",
            "report it to the developers of posemo, with the query and the server's version",
        );
        TableColumns::All(Flow::unknown("something unknown"))
    }
}

/// `UNION`, `INTERSECT` and `EXCEPT`: each column has the sources of both queries.
fn either(operation: &TreeNode<'_>, scope: &QueryScope<'_>) -> Vec<Flow> {
    if operation.kind == "RANGETBLREF" {
        return match scope.table(0, operation.number("rtindex")) {
            Some(TableColumns::Each(flows)) => flows,
            _ => Vec::new(),
        };
    }
    let side = |label: &str| operation.node(label).map(|node| either(node, scope));
    let (left, right) = (side("larg").unwrap_or_default(), side("rarg").unwrap_or_default());
    left.into_iter().zip(&right).map(|(one, two)| one.or(two)).collect()
}
