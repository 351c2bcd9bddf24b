//! A table by number that many snapshots share.

use std::sync::Arc;

/// Entries on a page: small enough to copy in microseconds, large enough that the list of pages stays short.
const PAGE_LEN: usize = 64;

type Page<T> = [Option<T>; PAGE_LEN];

/// A table by the store's numbers, which are dense. A clone shares all pages; a change copies only the page it is on.
#[derive(Clone)]
pub(crate) struct Paged<T> {
    pages: Vec<Option<Arc<Page<T>>>>,
    len: usize,
}

impl<T> Default for Paged<T> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T: Clone> Paged<T> {
    /// Entries in the table.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The entry of a number.
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        self.pages.get(number / PAGE_LEN)?.as_ref()?[number % PAGE_LEN].as_ref()
    }

    /// Sets the entry of a number and gives the old one.
    pub(crate) fn insert(&mut self, number: u32, entry: T) -> Option<T> {
        let number = number as usize;
        let page_index = number / PAGE_LEN;
        if page_index >= self.pages.len() {
            self.pages.resize(page_index + 1, None);
        }
        let page = self.pages[page_index].get_or_insert_with(|| Arc::new([const { None }; PAGE_LEN]));
        let old = Arc::make_mut(page)[number % PAGE_LEN].replace(entry);
        self.len += usize::from(old.is_none());
        old
    }

    /// Removes the entry of a number and gives it.
    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        self.get(number)?;
        let number = number as usize;
        let page = self.pages[number / PAGE_LEN].as_mut()?;
        let old = Arc::make_mut(page)[number % PAGE_LEN].take();
        self.len -= usize::from(old.is_some());
        old
    }

    /// All entries by number, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.pages.iter().enumerate().filter_map(|(index, page)| Some((index, page.as_ref()?))).flat_map(
            |(index, page)| {
                page.iter()
                    .enumerate()
                    .filter_map(move |(place, entry)| Some(((index * PAGE_LEN + place) as u32, entry.as_ref()?)))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_and_old_clones_stay_as_they_were(changes in prop::collection::vec((0u32..400, any::<Option<u8>>()), 0..200)) {
            let mut paged = Paged::default();
            let mut map = BTreeMap::new();
            let mut older = Vec::new();
            for (number, value) in changes {
                older.push((paged.clone(), map.clone()));
                match value {
                    Some(value) => prop_assert_eq!(paged.insert(number, value), map.insert(number, value)),
                    None => prop_assert_eq!(paged.remove(number), map.remove(&number)),
                }
            }
            older.push((paged, map));
            for (paged, map) in older {
                prop_assert_eq!(paged.len(), map.len());
                prop_assert!(paged.iter().eq(map.iter().map(|(number, value)| (*number, value))));
                prop_assert!((0..500).all(|number| paged.get(number) == map.get(&number)));
            }
        }
    }
}
