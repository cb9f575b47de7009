//! Refuses a query without an order, if the check states that the worst rows are first.

use super::node::TreeNode;
use super::refusal::RefusalList;

/// Refuses a query without `ORDER BY`. `view` is the tree of the view that contains the query.
pub(super) fn refuse(view: &TreeNode<'_>, refusals: &mut RefusalList) {
    let query = view.nodes("rtable").filter_map(|entry| entry.node("subquery")).last();
    if query.is_some_and(|query| query.list("sortClause").is_empty()) {
        refusals.add(
            "order",
            "query",
            "has no ORDER BY, and check.toml has worst_first = true",
            "order the rows by what the script judges, the worst first",
        );
    }
}
