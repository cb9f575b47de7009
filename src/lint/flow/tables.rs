//! Follows secrets and arguments through what a query reads: relations, subqueries, functions, joins, `WITH`.
//!
//! A kind of table that it does not know counts as secret.

use super::scope::{Columns, Scope};
use super::{Flow, Node, Place, Reader, secrets};

/// The name of the query as a whole in the view that is made of it; no check can be called so.
pub(in crate::lint) const QUERY: &str = "the query";

/// A `WITH RECURSIVE` that has learned nothing new by then never will.
const ROUNDS: usize = 50;

/// The clauses of a query that hold expressions, apart from what it returns and what it reads.
const CLAUSES: [&str; 2] = ["jointree", "havingQual"];

/// The clauses that say how many rows are meant. Of windows, that is all that is in the clause.
const NUMBERS: [(&str, &str); 3] =
    [("limitOffset", "OFFSET"), ("limitCount", "LIMIT"), ("windowClause", "the frame of a window")];

impl Reader<'_> {
    /// What the columns of a query are made of.
    pub(super) fn query(&mut self, query: &Node<'_>, outer: Option<&Scope<'_>>) -> Vec<Flow> {
        let scope = Scope::within(outer);
        self.with(query, &scope);
        let nothing = Flow::default();
        let place = Place { scope: &scope, tested: &nothing, subquery: &[] };
        for table in query.nodes("rtable") {
            let columns = self.table(table, place);
            scope.push(columns);
        }
        for value in CLAUSES.iter().filter_map(|label| query.get(label)) {
            self.value(value, place);
        }
        for (label, clause) in NUMBERS {
            let flow = query.get(label).map(|value| self.value(value, place));
            self.counted(&flow.unwrap_or_default(), clause);
        }
        let mut returned = Vec::new();
        for entry in query.nodes("targetList") {
            let flow = self.expression(entry, place);
            if !entry.is("resjunk") {
                returned.push(flow);
            }
        }
        if let Some(operation) = query.node("setOperations") {
            returned = either(operation, &scope);
            // Whether two of them are the same, or which is the greater, can be asked in many ways.
            self.meet(&Flow::all(&returned), "UNION, INTERSECT or EXCEPT");
        }
        returned
    }

    /// The queries of `WITH`. A recursive one reads itself, so they are read until nothing new comes out.
    fn with(&mut self, query: &Node<'_>, scope: &Scope<'_>) {
        for cte in query.nodes("cteList") {
            scope.learn(&cte.name("ctename"), &[]);
        }
        for _ in 0..ROUNDS {
            let mut news = false;
            for cte in query.nodes("cteList") {
                let Some(inner) = cte.node("ctequery") else { continue };
                let mut flows = self.query(inner, Some(scope));
                if cte.is("cterecursive") {
                    flows = flows.into_iter().map(Flow::generated).collect();
                }
                news |= scope.learn(&cte.name("ctename"), &flows);
            }
            if !news {
                break;
            }
        }
    }

    /// The columns of something in `FROM`.
    fn table(&mut self, table: &Node<'_>, place: Place<'_>) -> Columns {
        match table.number("rtekind") {
            0 => {
                if let Some(sample) = table.node("tablesample") {
                    let flow = self.expression(sample, place);
                    self.counted(&flow, "TABLESAMPLE");
                }
                self.relation(table.number("relid"))
            }
            1 => self.subquery(table, place),
            2 => Columns::Each(self.each(table.list("joinaliasvars"), place)),
            3 => Columns::Each(self.functions(table, place)),
            4 => {
                let flow = table.node("tablefunc").map(|node| self.expression(node, place));
                Columns::All(flow.unwrap_or_default())
            }
            5 => {
                let rows: Vec<Vec<Flow>> = table
                    .list("values_lists")
                    .iter()
                    .map(|row| self.each(row.elements(), place))
                    .collect();
                let width = rows.first().map_or(0, Vec::len);
                let column = |index: usize| Flow::all(rows.iter().filter_map(|row| row.get(index)));
                let columns: Vec<Flow> = (0..width).map(column).collect();
                for column in &columns {
                    self.meet(column, "VALUES");
                }
                Columns::Each(columns)
            }
            6 => {
                let (levels, name) = (table.number("ctelevelsup"), table.name("ctename"));
                let known = place.scope.cte(levels, &name).map(Columns::Each);
                known.unwrap_or_else(|| self.unknown(&name))
            }
            8 => Columns::Each(Vec::new()),
            9 => Columns::Each(self.each(table.list("groupexprs"), place)),
            _ => self.unknown("a table"),
        }
    }

    fn relation(&self, oid: u32) -> Columns {
        let Some(relation) = self.names.relations.get(&oid) else {
            return Columns::All(Flow::default());
        };
        let secret = Some(&relation.object)
            .filter(|object| object.is_of_the_server())
            .and_then(|object| secrets::columns(&object.name, self.owner))
            .unwrap_or_default();
        let flow = |column: &String| {
            if secret.contains(&column.as_str()) {
                Flow::secret(&format!("{}.{column}", relation.object.full_name()))
            } else {
                Flow::default()
            }
        };
        Columns::Each(relation.columns.iter().flatten().map(flow).collect())
    }

    /// A subquery; around the whole query stands one that holds the arguments.
    fn subquery(&mut self, table: &Node<'_>, place: Place<'_>) -> Columns {
        let alias = table.node("eref").map(|alias| alias.name("aliasname")).unwrap_or_default();
        if place.scope.is_outermost() && alias == self.function {
            return Columns::Each(self.arguments.iter().map(|name| Flow::argument(name)).collect());
        }
        match table.node("subquery") {
            Some(query) => Columns::Each(self.query(query, Some(place.scope))),
            None => self.unknown(&alias),
        }
    }

    /// One function, or several side by side; each has so many columns.
    fn functions(&mut self, table: &Node<'_>, place: Place<'_>) -> Vec<Flow> {
        let mut columns = Vec::new();
        for function in table.nodes("functions") {
            let flow = function
                .node("funcexpr")
                .map(|call| self.expression(call, place))
                .unwrap_or_default();
            columns.extend((1..=function.number("funccolcount")).map(|number| flow.field(number)));
        }
        // WITH ORDINALITY counts the rows.
        columns.push(Flow::default());
        columns
    }

    /// A variable: a column of a table of this query or of one around it.
    pub(super) fn variable(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let table = place.scope.table(node.number("varlevelsup"), node.number("varno"));
        let table = table.unwrap_or_else(|| self.unknown("a column"));
        match node.signed("varattno") {
            0 => table.row(),
            // Columns of the server's own, such as tableoid.
            ..0 => Flow::default(),
            _ => table.get(node.number("varattno")),
        }
    }

    fn unknown(&mut self, what: &str) -> Columns {
        self.complaints.add(
            "unknown_tree",
            what,
            "cannot be followed to where it comes from, as this server describes it in a way that posemo does not know",
            "report it, with the query and the server's version",
        );
        Columns::All(Flow::secret("something unknown"))
    }
}

/// `UNION` and its like: each column is that of any of the queries.
fn either(operation: &Node<'_>, scope: &Scope<'_>) -> Vec<Flow> {
    if operation.kind == "RANGETBLREF" {
        return match scope.table(0, operation.number("rtindex")) {
            Some(Columns::Each(flows)) => flows,
            _ => Vec::new(),
        };
    }
    let side = |label: &str| operation.node(label).map(|node| either(node, scope));
    let (left, right) = (side("larg").unwrap_or_default(), side("rarg").unwrap_or_default());
    left.into_iter().zip(&right).map(|(one, two)| one.or(two)).collect()
}
