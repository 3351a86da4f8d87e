//! HTTP clients that belong to the thread that uses them.

use thread_local::ThreadLocal;

/// One for each thread that asks for it, made when it first does.
///
/// A connection is driven by the runtime of the thread that opened it. Shared by all, each answer would have to wake another
/// thread first, which costs more than the call itself.
pub struct PerThread<T: Send> {
    made: ThreadLocal<T>,
    make: Box<dyn Fn() -> T + Send + Sync>,
}

impl<T: Send> PerThread<T> {
    /// None yet.
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self { made: ThreadLocal::new(), make: Box::new(make) }
    }

    /// This thread's.
    pub fn get(&self) -> &T {
        self.made.get_or(|| (self.make)())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn each_thread_has_its_own_and_keeps_it() {
        let made = std::sync::Arc::new(AtomicUsize::new(0));
        let counter = made.clone();
        let number = PerThread::new(move || counter.fetch_add(1, Ordering::Relaxed));
        assert_eq!((*number.get(), *number.get()), (0, 0));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| (*number.get(), *number.get())).join().unwrap();
            assert_eq!(other, (1, 1));
        });
        assert_eq!((*number.get(), made.load(Ordering::Relaxed)), (0, 2));
    }
}
