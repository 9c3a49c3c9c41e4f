//! Fetching states from memory ahead of the events that need them. With events in order of time
//! over very many objects nearly every state lies outside the caches; asked for together, the waits
//! overlap.

use cage_model::Symbol;

use super::Engine;

impl Engine {
    /// Fetches from memory what [`Engine::step`] will need for an event and object. Changes nothing;
    /// done for some events ahead, their steps do not wait for memory one after the other.
    #[inline]
    pub fn warm(&self, activity: Symbol, object_type: u16, object: u32) {
        let Some(kind) = self.kinds.get(usize::from(object_type)) else {
            return;
        };
        kind.objects.warm(object);
        for local in kind.routes.of(activity) {
            kind.rules[usize::from(*local)].column.warm(object);
        }
    }

    /// Fetches what is named by what [`Engine::warm`] has fetched. Changes nothing; done for the same
    /// events, after it.
    #[inline]
    pub fn warm_more(&self, activity: Symbol, object_type: u16, object: u32) {
        let Some(kind) = self.kinds.get(usize::from(object_type)) else {
            return;
        };
        for local in kind.routes.of(activity) {
            let judging = &kind.rules[usize::from(*local)];
            if judging.warms_more {
                judging.column.warm_more(object);
            }
        }
    }
}
