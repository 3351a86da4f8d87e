//! A request as the interfaces of services look at it.

use actix_web::http::header::HeaderMap;

/// The parts of an HTTP request that are signed, as they arrived.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'r> {
    pub(super) method: &'r str,
    /// As it was sent.
    pub(super) path: &'r str,
    /// The raw query, without its question mark; empty where there is none.
    pub(super) query: &'r str,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r [u8],
}

impl<'r> Incoming<'r> {
    /// A header's first value, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&'r str> {
        self.headers.get(name)?.to_str().ok()
    }
}
