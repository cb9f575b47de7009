//! A list whose clones share its items.

use std::ops::{Index, IndexMut};
use std::sync::Arc;
use std::{iter, slice, vec};

/// A list. Its clones share the items, and an item that is changed in one of them is copied first.
///
/// `posemo serve` knows the latest reports of each check of each server, and several threads read them.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedList<T>(Vec<Arc<T>>);

impl<T> SharedList<T> {
    /// The items, in their order.
    pub fn iter(&self) -> SharedItems<'_, T> {
        self.0.iter().map(Arc::as_ref)
    }

    /// The first item.
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no items.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        self.0.push(Arc::new(item));
    }

    /// Adds the items of another list before the one at a position.
    pub fn insert(&mut self, position: usize, others: SharedList<T>) {
        self.0.splice(position..position, others.0);
    }

    /// Keeps the items that a condition holds for.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&T) -> bool) {
        self.0.retain(|item| is_kept(item));
    }

    /// The items that a condition holds for.
    #[must_use]
    pub fn only(&self, mut is_in: impl FnMut(&T) -> bool) -> SharedList<T> {
        SharedList(self.0.iter().filter(|item| is_in(item)).cloned().collect())
    }
}

impl<T: Clone> SharedList<T> {
    /// The items, to be changed.
    pub fn iter_mut(&mut self) -> ChangedItems<'_, T> {
        self.0.iter_mut().map(Arc::make_mut)
    }
}

/// The items of a list.
pub type SharedItems<'l, T> = iter::Map<slice::Iter<'l, Arc<T>>, fn(&'l Arc<T>) -> &'l T>;

/// The items of a list, to be changed.
pub type ChangedItems<'l, T> =
    iter::Map<slice::IterMut<'l, Arc<T>>, fn(&'l mut Arc<T>) -> &'l mut T>;

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        SharedList(Vec::new())
    }
}

impl<'l, T> IntoIterator for &'l SharedList<T> {
    type Item = &'l T;
    type IntoIter = SharedItems<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'l, T: Clone> IntoIterator for &'l mut SharedList<T> {
    type Item = &'l mut T;
    type IntoIter = ChangedItems<'l, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Clone> IntoIterator for SharedList<T> {
    type Item = T;
    type IntoIter = iter::Map<vec::IntoIter<Arc<T>>, fn(Arc<T>) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(Arc::unwrap_or_clone)
    }
}

impl<T> FromIterator<T> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        SharedList(items.into_iter().map(Arc::new).collect())
    }
}

/// The items of several lists, one list after the other.
impl<'l, T: 'l> FromIterator<&'l SharedList<T>> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = &'l SharedList<T>>>(lists: I) -> Self {
        SharedList(lists.into_iter().flat_map(|list| list.0.iter().cloned()).collect())
    }
}

impl<T> Extend<T> for SharedList<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.0.extend(items.into_iter().map(Arc::new));
    }
}

impl<T> From<Vec<T>> for SharedList<T> {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T> Index<usize> for SharedList<T> {
    type Output = T;

    fn index(&self, position: usize) -> &T {
        &self.0[position]
    }
}

impl<T: Clone> IndexMut<usize> for SharedList<T> {
    fn index_mut(&mut self, position: usize) -> &mut T {
        Arc::make_mut(&mut self.0[position])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_item_is_changed_in_one_list_only() {
        let first: SharedList<String> = ["a", "b", "c"].map(str::to_owned).into_iter().collect();
        let mut second = first.only(|item| item != "b");
        assert!(Arc::ptr_eq(&first.0[2], &second.0[1]), "they share it");
        second[1].push('!');
        second.iter_mut().next().expect("an item").push('?');
        second.insert(1, [&first].into_iter().collect());
        second.retain(|item| item != "b");
        assert_eq!(second.iter().collect::<Vec<_>>(), ["a?", "a", "c", "c!"]);
        assert_eq!(first.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
