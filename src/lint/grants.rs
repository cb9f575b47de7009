//! Refuses tables and columns of users that the owner set of the check does not grant: the function would fail.

use super::mentions::MentionedObjects;
use super::node::{TreeNode, TreeValue};
use super::refusal::RefusalList;
use super::statements::VIEW;
use crate::catalog::owner_set::OwnerSet;

/// `FirstLowInvalidHeapAttributeNumber`: sets of columns contain the number of the column minus this number.
const SYSTEM_COLUMNS: u32 = 7;

/// Compares each table that a query reads, in all of its subqueries, with the grants.
pub(super) fn refuse(
    node: &TreeNode<'_>,
    objects: &MentionedObjects,
    own: &OwnerSet,
    refusals: &mut RefusalList,
) {
    if node.kind == "QUERY" {
        query(node, objects, own, refusals);
    }
    for (_, value) in &node.fields {
        below(value, objects, own, refusals);
    }
}

fn below(
    value: &TreeValue<'_>,
    objects: &MentionedObjects,
    own: &OwnerSet,
    refusals: &mut RefusalList,
) {
    match value {
        TreeValue::Node(node) => refuse(node, objects, own, refusals),
        TreeValue::List(elements) => {
            for element in elements {
                below(element, objects, own, refusals);
            }
        }
        TreeValue::Atom(_) | TreeValue::Bytes(_) => {}
    }
}

fn query(
    query: &TreeNode<'_>,
    objects: &MentionedObjects,
    own: &OwnerSet,
    refusals: &mut RefusalList,
) {
    let permissions: Vec<&TreeNode<'_>> = query.nodes("rteperminfos").collect();
    for table in query.nodes("rtable") {
        let Some(relation) = objects.relations.get(&table.number("relid")) else { continue };
        let object = &relation.object;
        let is_view = object.name == VIEW && object.schema.starts_with("pg_temp");
        if object.is_built_in() || is_view {
            continue;
        }
        let place = format!("relation {}", object.full_name());
        let granted = own
            .tables
            .iter()
            .find(|granted| granted.schema == object.schema && granted.table == object.name);
        let Some(granted) = granted else {
            let problem = format!("is not among the tables of the owner set {}", own.name);
            let instead =
                format!("add the table and its columns to {}, under [schemas.…]", own.place);
            refusals.add("grant", place, problem, instead);
            continue;
        };
        // Before 16 the columns are in the table's node.
        let index = usize::try_from(table.number("perminfoindex")).unwrap_or_default();
        let permission = index.checked_sub(1).and_then(|index| permissions.get(index).copied());
        let read = permission.unwrap_or(table).list("selectedCols");
        for number in read.iter().filter_map(TreeValue::number) {
            let index = usize::try_from(number.saturating_sub(SYSTEM_COLUMNS)).unwrap_or_default();
            let names = relation.columns.as_deref().unwrap_or_default();
            let name = index.checked_sub(1).and_then(|index| names.get(index));
            if !granted.columns.is_empty()
                && name.is_none_or(|name| !granted.columns.contains(name))
            {
                let name = name.map_or("the whole row or a system column", String::as_str);
                refusals.add(
                    "grant",
                    place.clone(),
                    format!(
                        "the query reads {name}, which the owner set {} does not grant",
                        own.name
                    ),
                    format!("add it to the columns of the table in {}", own.place),
                );
            }
        }
    }
}
