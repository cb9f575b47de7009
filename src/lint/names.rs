//! What the server says of the objects that a query mentions: functions, operators, relations, types.
//!
//! It asks for them by identifier and keeps the answer; whether they may be used is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::LintError;
use super::node::{Node, Value};

/// Objects made after the server was set up have identifiers from here on, whatever their schema.
const FIRST_OF_USERS: u32 = 16384;

/// Fields that hold the identifier of a function, or a list of such.
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

/// Fields that hold the identifier of an operator.
const OPERATORS: [&str; 5] = ["opno", "opnos", "eqop", "sortop", "cycle_mark_neop"];

/// Fields that hold the identifier of a type.
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

/// The identifiers of all that a query mentions.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    functions: BTreeSet<u32>,
    operators: BTreeSet<u32>,
    relations: BTreeSet<u32>,
    types: BTreeSet<u32>,
}

impl Mentions {
    /// Of a node and everything below it.
    pub(super) fn of(node: &Node<'_>) -> Mentions {
        let mut mentions = Mentions::default();
        mentions.add(node);
        mentions
    }

    fn add(&mut self, node: &Node<'_>) {
        for (label, value) in &node.fields {
            let set = if FUNCTIONS.contains(label) {
                &mut self.functions
            } else if OPERATORS.contains(label) {
                &mut self.operators
            } else if *label == "relid" {
                &mut self.relations
            // A constructor of JSON has a number of its own sort under this name.
            } else if TYPES.contains(label) && node.kind != "JSONCONSTRUCTOREXPR" {
                &mut self.types
            } else {
                self.look_into(value);
                continue;
            };
            let listed = value.elements().iter().filter_map(Value::number);
            set.extend(value.number().into_iter().chain(listed).filter(|oid| *oid != 0));
        }
    }

    fn look_into(&mut self, value: &Value<'_>) {
        match value {
            Value::Node(node) => self.add(node),
            Value::List(elements) => elements.iter().for_each(|element| self.look_into(element)),
            Value::Atom(_) | Value::Bytes(_) => {}
        }
    }

    /// Asks for the names of all of them: one row of JSON each.
    pub(super) fn question(&self) -> String {
        SELECT
            .replace("{functions}", &array(&self.functions))
            .replace("{operators}", &array(&self.operators))
            .replace("{relations}", &array(&self.relations))
            .replace("{types}", &array(&self.types))
    }

    /// How many there are; the server must know as many.
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

/// One object, as the server describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "sort", rename_all = "lowercase")]
enum Row {
    Function(Function),
    Operator(Object),
    Relation(Relation),
    Type(Object),
}

/// A function, an aggregate or a method of sampling.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Function {
    #[serde(flatten)]
    pub(super) object: Object,
    /// `i`, `s` or `v`.
    pub(super) volatility: String,
    /// The extension that it belongs to.
    pub(super) extension: Option<String>,
    /// The columns of a row that it returns, in their order.
    pub(super) columns: Option<Vec<String>>,
}

/// A table, a view, and what else has columns.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Relation {
    #[serde(flatten)]
    pub(super) object: Object,
    /// As in `pg_class.relkind`.
    pub(super) kind: String,
    /// The columns, dropped ones included, so that the first has number 1.
    pub(super) columns: Option<Vec<String>>,
}

/// Where something is, and what it is called.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Object {
    oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
}

impl Object {
    /// Whether it came with the server, so that no user can have made or changed it.
    ///
    /// The schema alone does not say that: a superuser, or an extension, can put things into `pg_catalog`.
    pub(super) fn is_of_the_server(&self) -> bool {
        self.oid < FIRST_OF_USERS
            && matches!(self.schema.as_str(), "pg_catalog" | "information_schema")
    }

    /// The name with its schema, unless that is the server's own.
    pub(super) fn full_name(&self) -> String {
        match self.schema.as_str() {
            "pg_catalog" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

/// Everything that a query mentions, by identifier.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) functions: BTreeMap<u32, Function>,
    pub(super) operators: BTreeMap<u32, Object>,
    pub(super) relations: BTreeMap<u32, Relation>,
    pub(super) types: BTreeMap<u32, Object>,
}

impl Names {
    /// Reads the rows of an answer.
    pub(super) fn read(rows: &[String]) -> Result<Names, LintError> {
        let mut names = Names::default();
        for row in rows {
            match serde_json::from_str(row).map_err(|source| LintError::Names { source })? {
                Row::Function(function) => {
                    names.functions.insert(function.object.oid, function);
                }
                Row::Operator(operator) => {
                    names.operators.insert(operator.oid, operator);
                }
                Row::Relation(relation) => {
                    names.relations.insert(relation.object.oid, relation);
                }
                Row::Type(object) => {
                    names.types.insert(object.oid, object);
                }
            }
        }
        Ok(names)
    }

    /// How many objects are known.
    pub(super) fn count(&self) -> usize {
        self.functions.len() + self.operators.len() + self.relations.len() + self.types.len()
    }
}
