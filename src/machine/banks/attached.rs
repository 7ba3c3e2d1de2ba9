//! What others keep of a bank, each a type of its own, so that a bank need not know them.

use std::any::{Any, TypeId};
use std::collections::HashMap;

/// Values by their types, one of each.
#[derive(Default)]
pub struct Attached {
    values: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Attached {
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The value of a type; made if there is none.
    pub fn get_or_default<T: Any + Default + Send + Sync>(&mut self) -> &mut T {
        let value = self.values.entry(TypeId::of::<T>()).or_insert_with(|| Box::<T>::default());
        value.downcast_mut().expect("it is found by its type")
    }

    /// Takes a value in place of the one of its type.
    pub fn set<T: Any + Send + Sync>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Box::new(value));
    }

    pub fn clear(&mut self) {
        self.values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_types() {
        let mut attached = Attached::default();
        assert_eq!(attached.get::<u32>(), None);
        *attached.get_or_default::<u32>() += 7;
        attached.set("name");
        attached.set("other");
        assert_eq!(
            (attached.get::<u32>(), attached.get::<&str>(), attached.get::<u8>()),
            (Some(&7), Some(&"other"), None)
        );
        attached.clear();
        assert_eq!(attached.get::<u32>(), None);
        assert_eq!(*attached.get_or_default::<u32>(), 0);
    }
}
