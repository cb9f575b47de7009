//! The objects that a query refers to: functions, operators, relations, types.
//!
//! It collects their OIDs and reads their names; other files decide whether a check can use them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::LintError;
use super::node::{TreeNode, TreeValue};

/// `FirstNormalObjectId`: objects created after initdb have this OID or a higher one.
const FIRST_USER_OID: u32 = 16384;

/// Fields with the OID of a function, or with a list of OIDs.
const FUNCTIONS: [&str; 8] = [
    "funcid",
    "opfuncid",
    "aggfnoid",
    "winfnoid",
    "tsmhandler",
    "startInRangeFunc",
    "endInRangeFunc",
    "hashfuncid",
];

/// Fields with the OID of an operator.
const OPERATORS: [&str; 5] = ["opno", "opnos", "eqop", "sortop", "cycle_mark_neop"];

/// Fields with the OID of a type.
const TYPES: [&str; 26] = [
    "vartype",
    "consttype",
    "paramtype",
    "funcresulttype",
    "opresulttype",
    "resulttype",
    "aggtype",
    "aggargtypes",
    "wintype",
    "array_typeid",
    "element_typeid",
    "row_typeid",
    "casetype",
    "coalescetype",
    "minmaxtype",
    "typeId",
    "typid",
    "refcontainertype",
    "refelemtype",
    "refrestype",
    "coltypes",
    "colTypes",
    "ctecoltypes",
    "funccoltypes",
    "type",
    "cycle_mark_type",
];

/// The OIDs of all objects that a query refers to.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    functions: BTreeSet<u32>,
    operators: BTreeSet<u32>,
    relations: BTreeSet<u32>,
    types: BTreeSet<u32>,
}

impl Mentions {
    /// The objects of a node and of all nodes below it.
    pub(super) fn in_tree(node: &TreeNode<'_>) -> Mentions {
        let mut mentions = Mentions::default();
        mentions.add(node);
        mentions
    }

    fn add(&mut self, node: &TreeNode<'_>) {
        for (label, value) in &node.fields {
            let set = if FUNCTIONS.contains(label) {
                &mut self.functions
            } else if OPERATORS.contains(label) {
                &mut self.operators
            } else if *label == "relid" {
                &mut self.relations
            // In a JSON constructor the field `type` is an enum value, not an OID.
            } else if TYPES.contains(label) && node.kind != "JSONCONSTRUCTOREXPR" {
                &mut self.types
            } else {
                self.add_value(value);
                continue;
            };
            let listed = value.elements().iter().filter_map(TreeValue::number);
            set.extend(value.number().into_iter().chain(listed).filter(|oid| *oid != 0));
        }
    }

    fn add_value(&mut self, value: &TreeValue<'_>) {
        match value {
            TreeValue::Node(node) => self.add(node),
            TreeValue::List(elements) => {
                for element in elements {
                    self.add_value(element);
                }
            }
            TreeValue::Atom(_) | TreeValue::Bytes(_) => {}
        }
    }

    /// The SQL query for their names: one row with a JSON object for each.
    pub(super) fn names_query(&self) -> String {
        SELECT
            .replace("{functions}", &array(&self.functions))
            .replace("{operators}", &array(&self.operators))
            .replace("{relations}", &array(&self.relations))
            .replace("{types}", &array(&self.types))
    }

    /// The number of objects. The query must return the same number of rows.
    pub(super) fn count(&self) -> usize {
        self.functions.len() + self.operators.len() + self.relations.len() + self.types.len()
    }
}

const SELECT: &str = "\
SELECT pg_catalog.jsonb_build_object('sort', 'function', 'oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname,
         'volatility', p.provolatile, 'extension', (
           SELECT e.extname FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
           WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
             AND d.refclassid = 'pg_catalog.pg_extension'::regclass),
         'internal', p.proargtypes::oid[] && ARRAY['cstring'::regtype, 'internal'::regtype]::oid[],
         'columns', (
           SELECT pg_catalog.jsonb_agg(coalesce(p.proargnames[i], '') ORDER BY i)
           FROM pg_catalog.generate_subscripts(p.proallargtypes, 1) AS i
           WHERE p.proargmodes[i] IN ('o', 'b', 't')))::text
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid = ANY ({functions})
UNION ALL
SELECT pg_catalog.jsonb_build_object('sort', 'operator', 'oid', o.oid::bigint, 'schema', n.nspname, 'name', o.oprname)::text
FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oid = ANY ({operators})
UNION ALL
SELECT pg_catalog.jsonb_build_object('sort', 'relation', 'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
         'kind', c.relkind, 'columns', (
           SELECT pg_catalog.jsonb_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0))::text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = ANY ({relations})
UNION ALL
SELECT pg_catalog.jsonb_build_object('sort', 'type', 'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname)::text
FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.oid = ANY ({types})";

fn array(oids: &BTreeSet<u32>) -> String {
    let numbers: Vec<String> = oids.iter().map(u32::to_string).collect();
    format!("'{{{}}}'::oid[]", numbers.join(","))
}

/// A result row.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "sort", rename_all = "lowercase")]
enum ObjectRow {
    Function(MentionedFunction),
    Operator(MentionedObject),
    Relation(MentionedRelation),
    Type(MentionedObject),
}

/// A function, an aggregate or a sampling method.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MentionedFunction {
    #[serde(flatten)]
    pub(super) object: MentionedObject,
    /// `i`, `s` or `v`.
    pub(super) volatility: String,
    /// The extension that it belongs to.
    pub(super) extension: Option<String>,
    /// Whether an argument has the type `cstring` or `internal`.
    pub(super) internal: bool,
    /// The columns of the row that it returns, in their order.
    pub(super) columns: Option<Vec<String>>,
}

/// A table, a view, or another relation with columns.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MentionedRelation {
    #[serde(flatten)]
    pub(super) object: MentionedObject,
    /// As in `pg_class.relkind`.
    pub(super) kind: String,
    /// All columns including dropped ones, so that an index plus 1 is the column number.
    pub(super) columns: Option<Vec<String>>,
}

/// Schema and name of an object.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MentionedObject {
    oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
}

impl MentionedObject {
    /// Whether initdb created it, so that it is not a user's object.
    ///
    /// The schema is not enough: a superuser or an extension can create objects in `pg_catalog`.
    pub(super) fn is_built_in(&self) -> bool {
        self.oid < FIRST_USER_OID
            && matches!(self.schema.as_str(), "pg_catalog" | "information_schema")
    }

    /// The name, with its schema unless that is `pg_catalog`.
    pub(super) fn full_name(&self) -> String {
        match self.schema.as_str() {
            "pg_catalog" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

/// The objects that a query refers to, by OID.
#[derive(Debug, Default)]
pub(super) struct MentionedObjects {
    pub(super) functions: BTreeMap<u32, MentionedFunction>,
    pub(super) operators: BTreeMap<u32, MentionedObject>,
    pub(super) relations: BTreeMap<u32, MentionedRelation>,
    pub(super) types: BTreeMap<u32, MentionedObject>,
}

impl MentionedObjects {
    /// Reads the rows of [`Mentions::names_query`].
    pub(super) fn read(rows: &[String]) -> Result<MentionedObjects, LintError> {
        let mut objects = MentionedObjects::default();
        for row in rows {
            match serde_json::from_str(row).map_err(|source| LintError::Names { source })? {
                ObjectRow::Function(function) => {
                    objects.functions.insert(function.object.oid, function);
                }
                ObjectRow::Operator(operator) => {
                    objects.operators.insert(operator.oid, operator);
                }
                ObjectRow::Relation(relation) => {
                    objects.relations.insert(relation.object.oid, relation);
                }
                ObjectRow::Type(object) => {
                    objects.types.insert(object.oid, object);
                }
            }
        }
        Ok(objects)
    }

    /// The number of objects.
    pub(super) fn count(&self) -> usize {
        self.functions.len() + self.operators.len() + self.relations.len() + self.types.len()
    }
}
