//! Gives queries on tables of users their owner sets.
//!
//! Queries on the same tables in the same databases share a set, as each set is one more role on the server.

use std::collections::BTreeMap;
use std::path::Path;

use super::foreign_draft::ForeignDraft;
use super::names::TakenNames;
use super::owned_tables::{DraftOwner, add};
use crate::catalog::owner_set::{FOLDER, GrantedTable, OwnerSet};
use crate::catalog::owners;

/// What queries on the same tables share: the databases, and the tables.
type SharedTables = (Vec<String>, Vec<(String, String)>);

/// Gives drafts their owner sets.
#[derive(Debug)]
pub struct OwnSets {
    taken: TakenNames,
    existing: Vec<OwnerSet>,
    known: BTreeMap<SharedTables, String>,
}

/// Whether a set has exactly these tables, and at least these columns.
fn covers(set: &OwnerSet, tables: &[GrantedTable]) -> bool {
    let has = |wanted: &GrantedTable| {
        set.tables.iter().any(|one| {
            let columns = || wanted.columns.iter().all(|column| one.columns.contains(column));
            one.schema == wanted.schema
                && one.table == wanted.table
                && (one.columns.is_empty() || !wanted.columns.is_empty() && columns())
        })
    };
    set.tables.len() == tables.len() && tables.iter().all(has)
}

impl OwnSets {
    /// The sets of the folder into which the import writes. `into` is that folder.
    pub fn of(existing: Vec<OwnerSet>, into: &Path) -> OwnSets {
        let files = into.join(FOLDER).read_dir().into_iter().flatten().flatten();
        let files: Vec<String> =
            files.filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
        let names = owners().map(|(name, _)| name).chain(["superuser"]);
        let taken = TakenNames::of(names.chain(files.iter().map(String::as_str)));
        OwnSets { taken, existing, known: BTreeMap::new() }
    }

    /// Gives a draft its set, if it reads tables of users.
    pub fn give(&mut self, draft: &mut ForeignDraft) {
        if draft.tables.is_empty() {
            return;
        }
        let names = draft.tables.iter().map(|table| (table.schema.clone(), table.table.clone()));
        let shared: SharedTables = (draft.query.databases.clone(), names.collect());
        let existing = self.existing.iter().find(|set| covers(set, &draft.tables));
        let (name, is_new) = match (self.known.get(&shared), existing) {
            (Some(name), _) => (name.clone(), true),
            (None, Some(set)) => (set.name.clone(), false),
            (None, None) => {
                let wanted = match draft.tables.as_slice() {
                    [table] => table.table.as_str(),
                    _ => draft.name.as_str(),
                };
                let name = self.taken.take(wanted).0;
                self.known.insert(shared, name.clone());
                (name, true)
            }
        };
        draft.own = Some(DraftOwner { name, is_new });
    }

    /// Gives the drafts that share a set all columns of it.
    pub fn unite(drafts: &mut [ForeignDraft]) {
        let mut sets: BTreeMap<String, Vec<GrantedTable>> = BTreeMap::new();
        let new = |draft: &ForeignDraft| {
            draft.own.as_ref().filter(|own| own.is_new).map(|own| own.name.clone())
        };
        for draft in &*drafts {
            let Some(name) = new(draft) else { continue };
            match sets.get_mut(&name) {
                Some(tables) => add(tables, &draft.tables),
                None => drop(sets.insert(name, draft.tables.clone())),
            }
        }
        for draft in drafts {
            if let Some(tables) = new(draft).and_then(|name| sets.get(&name)) {
                draft.tables.clone_from(tables);
            }
        }
    }
}
