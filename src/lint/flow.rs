//! Follows secrets and arguments through the expressions of a query.
//!
//! Conditions are left alone on purpose: a secret may decide which constant is returned, as when verifiers are
//! counted by kind. It keeps a check from saying a secret by mistake; whoever means to spell one out by a
//! hundred conditions is seen by a reader of the query.

use std::rc::Rc;

use super::complaint::Complaints;
use super::names::Names;
use super::node::{Node, Value};
use super::secrets::{self, Treatment};
use scope::Scope;

mod calls;
mod scope;
mod tables;

pub(super) use tables::QUERY;

/// `bool`, which says no more than yes or no of what went into it.
const BOOLEAN: u32 = 16;

/// What a value is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flow {
    /// The first secret in it.
    pub(super) secret: Option<Rc<str>>,
    /// The first argument of the check in it.
    argument: Option<Rc<str>>,
    /// Whether it goes through one value after another, which nobody had to spell out.
    generated: bool,
    /// Of a row: each of its columns.
    fields: Vec<Flow>,
}

impl Flow {
    fn secret(name: &str) -> Flow {
        Flow { secret: Some(name.into()), ..Flow::default() }
    }

    fn argument(name: &str) -> Flow {
        Flow { argument: Some(name.into()), ..Flow::default() }
    }

    /// A row.
    fn row(fields: Vec<Flow>) -> Flow {
        Flow { fields: Vec::new(), ..Flow::all(&fields) }.with(fields)
    }

    fn with(mut self, fields: Vec<Flow>) -> Flow {
        self.fields = fields;
        self
    }

    /// All of them in one value.
    fn all<'f>(flows: impl IntoIterator<Item = &'f Flow>) -> Flow {
        flows.into_iter().fold(Flow::default(), Flow::or)
    }

    /// Either of two: of rows of one shape, column by column.
    fn or(self, other: &Flow) -> Flow {
        let fields = match (self.fields.len(), other.fields.len()) {
            (_, 0) if other.is_clean() => self.fields,
            (0, _) if self.is_clean() => other.fields.clone(),
            (own, others) if own == others => {
                self.fields.into_iter().zip(&other.fields).map(|(one, two)| one.or(two)).collect()
            }
            _ => Vec::new(),
        };
        Flow {
            secret: self.secret.or_else(|| other.secret.clone()),
            argument: self.argument.or_else(|| other.argument.clone()),
            generated: self.generated || other.generated,
            fields,
        }
    }

    /// One value after another.
    fn generated(self) -> Flow {
        let fields = self.fields.into_iter().map(Flow::generated).collect();
        Flow { generated: true, fields, ..self }
    }

    fn is_clean(&self) -> bool {
        self.secret.is_none() && self.argument.is_none()
    }

    /// A column of a row; of anything else that may be a row, all of it.
    fn field(&self, number: u32) -> Flow {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let found = index.and_then(|index| self.fields.get(index)).cloned();
        found.unwrap_or_else(|| Flow { fields: Vec::new(), ..self.clone() })
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    scope: &'p Scope<'p>,
    /// What `CASE value` tests, and what a cast of each element of an array is given.
    tested: &'p Flow,
    /// The columns of the subquery that an operator is held against.
    subquery: &'p [Flow],
}

/// Reads a query, and complains on the way.
pub(super) struct Reader<'r> {
    pub(super) names: &'r Names,
    /// The function that the query becomes.
    pub(super) function: &'r str,
    /// The function's arguments, in their order.
    pub(super) arguments: Vec<&'r str>,
    /// The privilege set of its owner.
    pub(super) owner: &'r str,
    pub(super) complaints: &'r mut Complaints,
}

impl Reader<'_> {
    /// What the columns of the view are made of.
    pub(super) fn returned(&mut self, view: &Node<'_>) -> Vec<Flow> {
        self.query(view, None)
    }

    /// What an expression is made of.
    fn expression(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        match node.kind {
            "CONST" | "SQLVALUEFUNCTION" | "GROUPINGFUNC" => Flow::default(),
            "VAR" => self.variable(node, place),
            "PARAM" => subquery_column(node, place),
            "CASETESTEXPR" => place.tested.clone(),
            "FUNCEXPR" => self.call(node, place),
            "AGGREF" | "WINDOWFUNC" => self.aggregate(node, place),
            "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" | "SCALARARRAYOPEXPR" => {
                self.operator(node, place)
            }
            "ROWCOMPARE" | "ROWCOMPAREEXPR" => {
                let flow = self.parts(node, place);
                self.meet(&flow, "a comparison of rows");
                Flow::default()
            }
            "MINMAX" | "MINMAXEXPR" | "COALESCE" | "COALESCEEXPR" | "ARRAY" | "ARRAYEXPR" => {
                let flow = self.parts(node, place);
                self.meet(&flow, "greatest, least, coalesce or ARRAY");
                flow
            }
            "BOOLEXPR" | "NULLTEST" | "BOOLEANTEST" => {
                self.parts(node, place);
                Flow::default()
            }
            "SUBLINK" => self.sublink(node, place),
            "QUERY" => Flow::all(&self.query(node, Some(place.scope))),
            "CASE" | "CASEEXPR" => self.case(node, place),
            "ROW" | "ROWEXPR" => Flow::row(self.each(node.list("args"), place)),
            "FIELDSELECT" => self.parts(node, place).field(node.number("fieldnum")),
            // What changes nothing, and the clauses that expressions stand in.
            "RELABELTYPE" | "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" | "CONVERTROWTYPEEXPR"
            | "SUBSCRIPTINGREF" | "TARGETENTRY" | "FROMEXPR" | "JOINEXPR" | "RANGETBLREF"
            | "WINDOWCLAUSE" | "SORTGROUPCLAUSE" | "TABLESAMPLECLAUSE" | "ALIAS" => {
                self.parts(node, place)
            }
            kind => {
                let flow = self.parts(node, place);
                self.told(&flow, &cast(kind));
                Flow { fields: Vec::new(), ..flow }
            }
        }
    }

    /// Everything below a node, in one value.
    fn parts(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let mut flow = Flow::default();
        for (_, value) in &node.fields {
            let tested = if flow == Flow::default() { place.tested.clone() } else { flow.clone() };
            let more = self.value(value, Place { tested: &tested, ..place });
            flow = flow.or(&more);
        }
        flow
    }

    fn value(&mut self, value: &Value<'_>, place: Place<'_>) -> Flow {
        match value {
            Value::Node(node) => self.expression(node, place),
            Value::List(elements) => Flow::all(&self.each(elements, place)),
            Value::Atom(_) | Value::Bytes(_) => Flow::default(),
        }
    }

    fn each(&mut self, elements: &[Value<'_>], place: Place<'_>) -> Vec<Flow> {
        elements.iter().map(|element| self.value(element, place)).collect()
    }

    /// The results; the conditions are only looked at.
    fn case(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let tested = node.node("arg").map(|arg| self.expression(arg, place)).unwrap_or_default();
        let mut flow = Flow::default();
        for when in node.nodes("args") {
            if let Some(condition) = when.node("expr") {
                self.expression(condition, Place { tested: &tested, ..place });
            }
            if let Some(result) = when.node("result") {
                flow = flow.or(&self.expression(result, place));
            }
        }
        if let Some(result) = node.node("defresult") {
            flow = flow.or(&self.expression(result, place));
        }
        self.meet(&flow, "CASE");
        flow
    }

    /// A subquery in an expression: `EXISTS`, `ALL`, `ANY` and comparisons of rows say yes or no.
    fn sublink(&mut self, node: &Node<'_>, place: Place<'_>) -> Flow {
        let columns = node
            .node("subselect")
            .map(|query| self.query(query, Some(place.scope)))
            .unwrap_or_default();
        if let Some(test) = node.node("testexpr") {
            self.expression(test, Place { subquery: &columns, ..place });
        }
        if node.number("subLinkType") <= 3 { Flow::default() } else { Flow::all(&columns) }
    }

    /// Complains where an error could say a secret.
    fn told(&mut self, flow: &Flow, by: &str) {
        if let Some(secret) = &flow.secret {
            self.complaints.add(
                "secret_in_error",
                by,
                format!("is given {secret}, and an error that it raises could hold that text"),
                "compare, count or measure it with the functions for text that raise none: LIKE, =, IS NULL, length, substr, md5",
            );
        }
    }

    /// Complains where a secret decides how many rows there are.
    fn counted(&mut self, flow: &Flow, by: &str) {
        if let Some(secret) = &flow.secret {
            self.complaints.add(
                "secret_returned",
                by,
                format!("takes a number from {secret}, and the rows that are left would say it"),
                "write the number as a constant, or take it from an argument",
            );
        }
    }

    /// Complains where a secret is held against one value after another: those that fit would spell it out.
    fn spelled(&mut self, given: &[Flow], by: &str) {
        let secret = given.iter().find_map(|flow| flow.secret.as_deref());
        let others = given.iter().filter(|flow| flow.secret.is_none());
        if let Some(secret) = secret.filter(|_| others.into_iter().any(|flow| flow.generated)) {
            self.complaints.add(
                "secret_spelled",
                by,
                format!("holds {secret} against one value after another, and those that fit would spell it out"),
                "compare it with constants, or with columns of the same row",
            );
        }
    }

    /// Complains where the caller could find a secret out by asking often.
    fn meet(&mut self, flow: &Flow, by: &str) {
        if let (Some(secret), Some(argument)) = (&flow.secret, &flow.argument) {
            self.complaints.add(
                "secret_guessed",
                by,
                format!(
                    "holds {secret} against the argument {argument}, and whoever may call the check could guess it piece by piece"
                ),
                "compare it with constants",
            );
        }
    }
}

/// What an operator is held against: a column of the subquery beside it.
fn subquery_column(node: &Node<'_>, place: Place<'_>) -> Flow {
    let index = usize::try_from(node.number("paramid")).unwrap_or(0);
    index.checked_sub(1).and_then(|index| place.subquery.get(index)).cloned().unwrap_or_default()
}

fn cast(kind: &str) -> String {
    match kind {
        "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN" => "a cast".to_owned(),
        "XMLEXPR" => "an XML expression".to_owned(),
        kind if kind.starts_with("JSON") => "a JSON expression".to_owned(),
        kind => format!("an expression ({})", kind.to_lowercase()),
    }
}
