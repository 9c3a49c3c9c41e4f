//! What was used last, at most so much of it.

use std::collections::HashMap;
use std::hash::Hash;

/// Two generations: what was used since the young one was begun, and what was used in the one before. When the young
/// one is full it becomes the old one, and what was not used in either is forgotten.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// Things in a generation at most.
    most: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Recent<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            most,
        }
    }

    pub(crate) fn get<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut recent = Recent::new(10);
        recent.put(0, "kept");
        for number in 1..100 {
            recent.put(number, "passing");
            assert_eq!(recent.get(&0), Some("kept"), "after {number}");
            assert!(recent.young.len() + recent.old.len() <= 20);
        }
        assert_eq!((recent.get(&1), recent.get(&99)), (None, Some("passing")));
        recent.clear();
        assert_eq!(recent.get(&0), None);
    }
}
