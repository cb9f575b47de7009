//! Follows secrets and arguments through the expressions of a query.
//!
//! A value with a secret in it may go into a few allowed forms, and nowhere else: a comparison that [`compare`] allows, a
//! test for NULL, a count. Their results are booleans and numbers that depend on the secret by a few bits, such as the
//! kind of a password verifier.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::mentions::MentionedObjects;
use super::node::{TreeNode, TreeValue};
use super::refusal::RefusalList;
use scope::QueryScope;
use value::{Flow, Source};

mod calls;
mod compare;
mod scope;
mod tables;
mod value;

/// The OID of `bool`. A boolean does not reveal the value that it was computed from.
const BOOLEAN: u32 = 16;

/// The surroundings of an expression.
#[derive(Clone, Copy)]
struct FlowContext<'p> {
    scope: &'p QueryScope<'p>,
    /// The value of `CASE value`, and the element in a cast of each element of an array.
    tested: &'p Flow,
    /// The columns of the subquery that an operator compares with.
    subquery: &'p [Flow],
}

/// Computes the sources of values, and refuses unsafe uses.
pub(super) struct FlowReader<'r> {
    pub(super) objects: &'r MentionedObjects,
    /// The function that the query becomes.
    pub(super) function: &'r str,
    /// The function's arguments, in their order.
    pub(super) arguments: Vec<&'r str>,
    /// The privilege set of the function's owner role.
    pub(super) owner: &'r str,
    /// Whether it returns digests of definitions of built-in objects.
    pub(super) digests: bool,
    pub(super) refusals: &'r mut RefusalList,
    /// The addresses of the nodes that compare secrets. A query may be read several times.
    pub(super) comparisons: BTreeSet<usize>,
    /// The number of rows that have a number.
    pub(super) rows: u32,
}

impl FlowReader<'_> {
    /// The first secret in each column of the view.
    pub(super) fn secrets(&mut self, view: &TreeNode<'_>) -> Vec<Option<Rc<str>>> {
        let columns = self.query(view, None);
        self.refuse_many_comparisons();
        columns.into_iter().map(|flow| flow.secret).collect()
    }

    /// A number for a row of one more item in `FROM`.
    fn row(&mut self) -> u32 {
        self.rows += 1;
        self.rows
    }

    /// The sources of an expression.
    fn expression(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        match node.kind {
            "CONST" => Flow::constant(),
            "SQLVALUEFUNCTION" | "GROUPINGFUNC" => Flow::default(),
            "VAR" => self.variable(node, context),
            "PARAM" => subquery_column(node, context),
            "CASETESTEXPR" => context.tested.clone(),
            "FUNCEXPR" => self.call(node, context),
            "AGGREF" | "WINDOWFUNC" => self.aggregate(node, context),
            "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" | "SCALARARRAYOPEXPR" => {
                self.operator(node, context)
            }
            "ROWCOMPARE" | "ROWCOMPAREEXPR" => {
                let flow = self.parts(node, context);
                self.refuse_meeting(&flow, "a comparison of rows");
                Flow::default()
            }
            "COALESCE" | "COALESCEEXPR" => {
                let given = self.each(node.list("args"), context);
                let flow = Flow::all(&given);
                let secrets = given.iter().filter(|flow| flow.secret.is_some()).count();
                if secrets > 1 || secrets == 1 && flow.source == Source::Other {
                    self.refuse_meeting(&flow, "COALESCE");
                }
                flow
            }
            "MINMAX" | "MINMAXEXPR" | "ARRAY" | "ARRAYEXPR" => {
                let flow = self.parts(node, context);
                if flow.source == Source::Constant {
                    return flow;
                }
                let flow = flow.chosen();
                self.refuse_argument(&flow, "greatest, least or ARRAY");
                flow
            }
            "NULLTEST" => {
                let tested = self.parts(node, context);
                self.comparison(node, &[tested], "IS NULL", false);
                Flow::default()
            }
            "BOOLEXPR" | "BOOLEANTEST" => {
                self.parts(node, context);
                Flow::default()
            }
            "SUBSCRIPTINGREF" | "ARRAYREF" => {
                let given: Vec<Flow> =
                    node.fields.iter().map(|(_, value)| self.value(value, context)).collect();
                self.computed(&given, "a subscript")
            }
            "TARGETENTRY" => {
                let flow = self.parts(node, context);
                if node.number("ressortgroupref") != 0 {
                    self.refuse_order(&flow);
                }
                flow
            }
            "SUBLINK" => self.sublink(node, context),
            "QUERY" => Flow::all(&self.query(node, Some(context.scope))),
            "CASE" | "CASEEXPR" => self.case(node, context),
            "ROW" | "ROWEXPR" => Flow::row(self.each(node.list("args"), context)),
            "FIELDSELECT" => self.parts(node, context).field(node.number("fieldnum")),
            // Nodes that pass values on unchanged, and clauses with expressions in them.
            "RELABELTYPE" | "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" | "CONVERTROWTYPEEXPR"
            | "FROMEXPR" | "JOINEXPR" | "RANGETBLREF" | "WINDOWCLAUSE" | "SORTGROUPCLAUSE"
            | "TABLESAMPLECLAUSE" | "ALIAS" => self.parts(node, context),
            kind => {
                let flow = self.parts(node, context);
                self.refuse_errors(&flow, &description(kind));
                flow.computed().chosen()
            }
        }
    }

    /// One value computed from everything below a node.
    fn parts(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let mut flow = Flow::constant();
        for (_, value) in &node.fields {
            let tested =
                if flow == Flow::constant() { context.tested.clone() } else { flow.clone() };
            let more = self.value(value, FlowContext { tested: &tested, ..context });
            flow = flow.or(&more);
        }
        flow
    }

    fn value(&mut self, value: &TreeValue<'_>, context: FlowContext<'_>) -> Flow {
        match value {
            TreeValue::Node(node) => self.expression(node, context),
            TreeValue::List(elements) => Flow::all(&self.each(elements, context)),
            TreeValue::Atom(_) | TreeValue::Bytes(_) => Flow::constant(),
        }
    }

    fn each(&mut self, elements: &[TreeValue<'_>], context: FlowContext<'_>) -> Vec<Flow> {
        elements.iter().map(|element| self.value(element, context)).collect()
    }

    /// One of the results. The conditions are read for refusals only.
    fn case(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let tested = node.node("arg").map(|arg| self.expression(arg, context)).unwrap_or_default();
        let mut flow = Flow::constant();
        for when in node.nodes("args") {
            if let Some(condition) = when.node("expr") {
                self.expression(condition, FlowContext { tested: &tested, ..context });
            }
            if let Some(result) = when.node("result") {
                flow = flow.or(&self.expression(result, context));
            }
        }
        if let Some(result) = node.node("defresult") {
            flow = flow.or(&self.expression(result, context));
        }
        self.refuse_argument(&flow, "CASE");
        // The conditions choose.
        flow.chosen()
    }

    /// A subquery in an expression: `EXISTS`, `ALL`, `ANY` and comparisons of rows return a boolean.
    fn sublink(&mut self, node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
        let columns = node
            .node("subselect")
            .map(|query| self.query(query, Some(context.scope)))
            .unwrap_or_default();
        if let Some(test) = node.node("testexpr") {
            self.expression(test, FlowContext { subquery: &columns, ..context });
        }
        match node.number("subLinkType") {
            0..=3 => Flow::default(),
            4 => Flow::all(&columns).read(),
            _ => Flow::all(&columns).chosen(),
        }
    }

    /// Refuses a secret in an expression whose error message could contain it.
    fn refuse_errors(&mut self, flow: &Flow, by: &str) {
        if let Some(secret) = &flow.secret {
            self.refusals.add(
                "secret_in_error",
                by,
                format!("reads {secret}, and an error that it raises could contain that text"),
                "use functions and operators for text that raise no errors: LIKE, =, IS NULL, length, substr, md5",
            );
        }
    }

    /// Refuses a secret that determines the number of rows.
    fn refuse_row_counts(&mut self, flow: &Flow, by: &str) {
        if let Some(secret) = &flow.secret {
            self.refusals.add(
                "secret_returned",
                by,
                format!("uses {secret} as a number of rows, which reveals it"),
                "write the number as a constant, or use an argument",
            );
        }
    }
}

/// The column of a subquery that an operator compares with.
fn subquery_column(node: &TreeNode<'_>, context: FlowContext<'_>) -> Flow {
    let index = usize::try_from(node.number("paramid")).unwrap_or(0);
    let column = index.checked_sub(1).and_then(|index| context.subquery.get(index));
    // It is one of several rows.
    column.cloned().unwrap_or_default().chosen()
}

/// A node, for people.
fn description(kind: &str) -> String {
    match kind {
        "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN" => "a cast".to_owned(),
        "XMLEXPR" => "an XML expression".to_owned(),
        kind if kind.starts_with("JSON") => "a JSON expression".to_owned(),
        kind => format!("an expression ({})", kind.to_lowercase()),
    }
}
