//! What is going on on a connection, as the requests on it tell its [`super::stream::Stream`].

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::HttpRequest;
use tokio::time::Instant;

/// How long a connection may be without a request under way and without a byte that its client takes.
pub const IDLE: Duration = Duration::from_secs(10);

/// What is going on on a connection.
pub struct Flow {
    /// How many requests were handed on and not answered yet.
    under_way: Cell<usize>,
    /// When the last one was answered, or the client took something.
    since: Cell<Instant>,
}

impl Flow {
    /// Of a connection that has just begun.
    pub(super) fn new() -> Self {
        Self { under_way: Cell::new(0), since: Cell::new(Instant::now()) }
    }

    /// Since when it has been idle; since `now` where it is not.
    pub(super) fn idle_since(&self, now: Instant) -> Instant {
        if self.under_way.get() > 0 { now } else { self.since.get() }
    }

    /// Its client took something.
    pub(super) fn moved(&self) {
        self.since.set(Instant::now());
    }
}

/// A request under way, until this is dropped.
pub struct UnderWay(Option<Rc<Flow>>);

impl UnderWay {
    /// Notes on its connection that a request is under way.
    #[must_use]
    pub fn begin(request: &HttpRequest) -> Self {
        let flow = request.conn_data::<Rc<Flow>>().cloned();
        if let Some(flow) = &flow {
            flow.under_way.set(flow.under_way.get() + 1);
        }
        Self(flow)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(flow) = &self.0 {
            flow.under_way.set(flow.under_way.get().saturating_sub(1));
            flow.moved();
        }
    }
}
