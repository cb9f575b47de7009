//! Refuses objects that a check must not use: functions, operators, relations and types that are not built-in, locks,
//! and nodes that posemo does not know.
//!
//! Other files follow values through the query.

use super::functions::problem;
use super::mentions::MentionedObjects;
use super::node::{TreeNode, TreeValue};
use super::refusal::RefusalList;
use super::statements::{LintStatements, VIEW};

/// The nodes in trees of queries, on all supported major versions. A new kind of node may have a function or a relation
/// in a field that the linter does not read.
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

/// The fields that are required to judge a node; they exist on all major versions.
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

/// Refuses objects that are not built-in, and built-in functions with side effects.
pub(super) fn refuse(
    objects: &MentionedObjects,
    statements: &LintStatements,
    refusals: &mut RefusalList,
) {
    let plain = statements.owner == "plain" || statements.own_owner.is_some();
    for function in objects.functions.values() {
        if let Some(problem) = problem(function, statements) {
            let place = format!("function {}()", function.object.full_name());
            refusals.add("function", place, problem.why, problem.instead);
        }
    }
    for operator in objects.operators.values().filter(|operator| !operator.is_built_in()) {
        refusals.add(
            "operator",
            format!("operator {}", operator.full_name()),
            "is not built-in, and runs its function with the privileges of the check's owner role",
            "compare values of built-in types",
        );
    }
    for relation in objects.relations.values().filter(|relation| !relation.object.is_built_in()) {
        let object = &relation.object;
        let place = format!("relation {}", object.full_name());
        let is_stored = matches!(relation.kind.as_str(), "r" | "p" | "m" | "S");
        if object.name == VIEW && object.schema.starts_with("pg_temp") || plain && is_stored {
            continue;
        }
        if is_stored {
            refusals.add(
                "relation",
                place,
                FOREIGN,
                "write an owner set of your own with this table: a file in the folder owners beside the check",
            );
        } else {
            refusals.add(
                "relation",
                place,
                "is neither built-in nor a user's table: a view or foreign table runs the functions in its definition with the privileges of the check's owner role, and servers with the fix of CVE-2024-7348 refuse it",
                "read the tables, or built-in views",
            );
        }
    }
    for object in objects.types.values().filter(|object| !object.is_built_in() && !plain) {
        refusals.add(
            "type",
            format!("type {}", object.full_name()),
            "is a user's type: converting it to or from text or JSON can run a user's function with the privileges of the check's owner role",
            "return built-in types, or use the owner plain or an owner set of your own",
        );
    }
}

const FOREIGN: &str = "is a user's table; a check with more privileges than PUBLIC reads only system catalogs and built-in views";

/// Walks through a query, and refuses locks, writes, and unknown nodes.
pub(super) struct ObjectWalk<'w> {
    pub(super) objects: &'w MentionedObjects,
    /// The arguments of the check.
    pub(super) arguments: &'w [&'w str],
    pub(super) refusals: &'w mut RefusalList,
}

impl ObjectWalk<'_> {
    /// Walks through a node and all nodes below it. `depth` is the number of queries around it.
    pub(super) fn node(&mut self, node: &TreeNode<'_>, depth: u32) {
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

    fn value(&mut self, value: &TreeValue<'_>, depth: u32) {
        match value {
            TreeValue::Node(node) => self.node(node, depth),
            TreeValue::List(elements) => {
                for element in elements {
                    self.value(element, depth);
                }
            }
            TreeValue::Atom(_) | TreeValue::Bytes(_) => {}
        }
    }

    fn query(&mut self, query: &TreeNode<'_>) {
        if query.number("commandType") != 1 {
            self.refusals.add(
                "writes",
                "WITH",
                "a part of the query changes data, and a check only reads",
                "remove INSERT, UPDATE, DELETE and MERGE",
            );
        }
        if !query.list("rowMarks").is_empty() {
            self.refusals.add(
                "locks",
                "FOR UPDATE or FOR SHARE",
                "locks rows, which is a write and blocks other sessions",
                "remove the clause",
            );
        }
    }

    /// In a function a name refers to a column first, then to a table, and only then to an argument.
    fn alias(&mut self, table: &TreeNode<'_>) {
        let alias = table.node("eref").map(|alias| alias.name("aliasname")).unwrap_or_default();
        if self.arguments.contains(&alias.as_ref()) {
            self.refusals.add(
                "hidden_argument",
                format!("alias {alias}"),
                "has the name of an argument of the check, and in the function this name would refer to the whole row of the table",
                "give the table another alias",
            );
        }
    }

    /// A cast to a domain runs the functions of its CHECK.
    fn cast(&mut self, node: &TreeNode<'_>) {
        let target = self.objects.types.get(&node.number("resulttype"));
        if let Some(object) = target.filter(|object| !object.is_built_in()) {
            self.refusals.add(
                "type",
                format!("type {}", object.full_name()),
                "is the target of a cast, and its CHECK can run a user's function with the privileges of the check's owner role",
                "compare as text",
            );
        }
    }

    fn unknown(&mut self, what: &str) {
        self.refusals.add(
            "unknown_tree",
            what,
            "this server describes the query in a form that posemo does not know, so the query cannot be judged",
            "report it to the developers of posemo, with the query and the server's version",
        );
    }
}
