//! What a query mentions that a check must not: functions, operators, relations and types that are not the
//! server's own, locks, and parts that posemo does not know.
//!
//! Where a value goes is followed elsewhere.

use super::complaint::Complaints;
use super::functions::verdict;
use super::names::Names;
use super::node::{Node, Value};
use super::question::VIEW;

/// What may be in the tree of a query, on any of the majors. One that came later may hold a function or a
/// relation where nobody looks for it.
const KNOWN: [&str; 75] = [
    "AGGREF",
    "ALIAS",
    "ARRAY",
    "ARRAYCOERCEEXPR",
    "ARRAYEXPR",
    "BOOLEANTEST",
    "BOOLEXPR",
    "CASE",
    "CASEEXPR",
    "CASETESTEXPR",
    "CASEWHEN",
    "COALESCE",
    "COALESCEEXPR",
    "COERCETODOMAIN",
    "COERCEVIAIO",
    "COLLATE",
    "COLLATEEXPR",
    "COMMONTABLEEXPR",
    "CONST",
    "CONVERTROWTYPEEXPR",
    "CTECYCLECLAUSE",
    "CTESEARCHCLAUSE",
    "DISTINCTEXPR",
    "FIELDSELECT",
    "FROMEXPR",
    "FUNCEXPR",
    "GROUPINGFUNC",
    "GROUPINGSET",
    "JOINEXPR",
    "JSONBEHAVIOR",
    "JSONCONSTRUCTOREXPR",
    "JSONEXPR",
    "JSONFORMAT",
    "JSONISPREDICATE",
    "JSONRETURNING",
    "JSONTABLEPATH",
    "JSONTABLEPATHSCAN",
    "JSONTABLESIBLINGJOIN",
    "JSONVALUEEXPR",
    "MINMAX",
    "MINMAXEXPR",
    "NAMEDARGEXPR",
    "NULLIFEXPR",
    "NULLTEST",
    "OPEXPR",
    "PARAM",
    "QUERY",
    "RANGETBLENTRY",
    "RANGETBLFUNCTION",
    "RANGETBLREF",
    "RELABELTYPE",
    "ROW",
    "ROWCOMPARE",
    "ROWCOMPAREEXPR",
    "ROWEXPR",
    "ROWMARKCLAUSE",
    "RTE",
    "RTEPERMISSIONINFO",
    "SCALARARRAYOPEXPR",
    "SETOPERATIONSTMT",
    "SORTGROUPCLAUSE",
    "SQLVALUEFUNCTION",
    "SUBLINK",
    "SUBSCRIPTINGREF",
    "TABLEFUNC",
    "TABLESAMPLECLAUSE",
    "TARGETENTRY",
    "VAR",
    "WHEN",
    "WINDOWCLAUSE",
    "WINDOWFUNC",
    "WINDOWFUNCRUNCONDITION",
    "XMLEXPR",
    "ARRAYREF",
    "DISTINCTCLAUSE",
];

/// The fields without which a node of a sort cannot be judged; all majors have them.
const NEEDED: [(&[&str], &[&str]); 9] = [
    (&["VAR"], &["varno", "varattno", "vartype", "varlevelsup"]),
    (
        &["QUERY"],
        &[
            "commandType",
            "cteList",
            "rtable",
            "jointree",
            "targetList",
            "havingQual",
            "limitOffset",
            "limitCount",
            "windowClause",
            "rowMarks",
            "setOperations",
        ],
    ),
    (&["RTE", "RANGETBLENTRY"], &["rtekind", "eref"]),
    (&["FUNCEXPR"], &["funcid", "funcresulttype", "args"]),
    (&["OPEXPR", "DISTINCTEXPR", "NULLIFEXPR"], &["opno", "opresulttype", "args"]),
    (&["AGGREF"], &["aggfnoid", "aggtype", "args", "aggdirectargs", "aggfilter"]),
    (&["WINDOWFUNC"], &["winfnoid", "wintype", "args", "aggfilter"]),
    (&["SUBLINK"], &["subLinkType", "subselect", "testexpr"]),
    (&["COMMONTABLEEXPR"], &["ctename", "ctequery"]),
];

/// Complains about objects that are not the server's own, and about the server's own that do too much.
pub(super) fn mentioned(names: &Names, owner: &str, complaints: &mut Complaints) {
    let plain = owner == "plain";
    for function in names.functions.values() {
        if let Some(verdict) = verdict(function) {
            let place = format!("function {}()", function.object.full_name());
            complaints.add("function", place, verdict.why, verdict.instead);
        }
    }
    for operator in names.operators.values().filter(|operator| !operator.is_of_the_server()) {
        complaints.add(
            "operator",
            format!("operator {}", operator.full_name()),
            "is not one of the server's own, and runs its function with the rights of the check's owner",
            "compare values of the server's own types",
        );
    }
    for relation in names.relations.values().filter(|relation| !relation.object.is_of_the_server())
    {
        let object = &relation.object;
        let place = format!("relation {}", object.full_name());
        let is_stored = matches!(relation.kind.as_str(), "r" | "p" | "m" | "S");
        if object.name == VIEW && object.schema.starts_with("pg_temp") || plain && is_stored {
            continue;
        }
        if is_stored {
            complaints.add(
                "relation",
                place,
                FOREIGN,
                "give the check owner = \"plain\", and grant posemo_plain SELECT on it",
            );
        } else {
            complaints.add(
                "relation",
                place,
                "is neither the server's own nor a user's table: a view or a foreign table runs whatever function it is made of with the rights of the check's owner, and servers with the fix of CVE-2024-7348 refuse it",
                "read the tables, or the server's own views",
            );
        }
    }
    for object in names.types.values().filter(|object| !object.is_of_the_server() && !plain) {
        complaints.add(
            "type",
            format!("type {}", object.full_name()),
            "is a user's, and making text or JSON of it, or one of it, can run a user's function with the rights of the check's owner",
            "return the server's own types, or give the check owner = \"plain\"",
        );
    }
}

const FOREIGN: &str =
    "is a user's, and a check with more rights than any role has reads only the server's own";

/// Walks over a query, and complains about locks, writing, and what is not known.
pub(super) struct Walk<'w> {
    pub(super) names: &'w Names,
    /// The arguments of the check.
    pub(super) arguments: &'w [&'w str],
    pub(super) complaints: &'w mut Complaints,
}

impl Walk<'_> {
    /// Walks over a node and all below it; `depth` counts the queries around it.
    pub(super) fn node(&mut self, node: &Node<'_>, depth: u32) {
        if !KNOWN.contains(&node.kind) {
            self.unknown(node.kind);
        }
        let needed = NEEDED.iter().filter(|(kinds, _)| kinds.contains(&node.kind));
        if let Some(missing) =
            needed.flat_map(|(_, labels)| *labels).find(|label| node.get(label).is_none())
        {
            self.unknown(missing);
        }
        match node.kind {
            "QUERY" => self.query(node),
            "RTE" | "RANGETBLENTRY" if depth > 1 => self.alias(node),
            "COERCETODOMAIN" | "COERCEVIAIO" => self.cast(node),
            _ => {}
        }
        let depth = depth + u32::from(node.kind == "QUERY");
        for (_, value) in &node.fields {
            self.value(value, depth);
        }
    }

    fn value(&mut self, value: &Value<'_>, depth: u32) {
        match value {
            Value::Node(node) => self.node(node, depth),
            Value::List(elements) => {
                for element in elements {
                    self.value(element, depth);
                }
            }
            Value::Atom(_) | Value::Bytes(_) => {}
        }
    }

    fn query(&mut self, query: &Node<'_>) {
        if query.number("commandType") != 1 {
            self.complaints.add(
                "writes",
                "WITH",
                "a part of the query changes data, and a check only reads",
                "leave out INSERT, UPDATE, DELETE and MERGE",
            );
        }
        if !query.list("rowMarks").is_empty() {
            self.complaints.add(
                "locks",
                "FOR UPDATE or FOR SHARE",
                "locks rows, which is a write and makes others wait",
                "leave the clause out",
            );
        }
    }

    /// The function that a query becomes looks for a column, then for a table, and only then for an argument.
    fn alias(&mut self, table: &Node<'_>) {
        let alias = table.node("eref").map(|alias| alias.name("aliasname")).unwrap_or_default();
        if self.arguments.contains(&alias.as_ref()) {
            self.complaints.add(
                "hidden_argument",
                format!("alias {alias}"),
                "has the name of an argument of the check, and that name would then mean the whole row of the table",
                "give the table another alias",
            );
        }
    }

    /// A cast to a user's type checks the value: the functions of a domain's CHECK run.
    fn cast(&mut self, node: &Node<'_>) {
        let target = self.names.types.get(&node.number("resulttype"));
        if let Some(object) = target.filter(|object| !object.is_of_the_server()) {
            self.complaints.add(
                "type",
                format!("type {}", object.full_name()),
                "is cast to, and what it checks is a user's function that runs with the rights of the check's owner",
                "compare as text",
            );
        }
    }

    fn unknown(&mut self, what: &str) {
        self.complaints.add(
            "unknown_tree",
            what,
            "this server describes the query in a way that posemo does not know, so that it cannot be judged",
            "report it, with the query and the server's version",
        );
    }
}
