//! The entries of the route table.

use actix_web::Route;
use actix_web::http::Method;

use super::body::SIGNED_IN;
use super::guard::Right;
use crate::model::event::Kind;

/// One route.
pub struct Entry {
    /// GET, POST, PUT or DELETE. A GET answers HEAD too, unless it issues.
    pub method: Method,
    /// The pattern.
    pub path: &'static str,
    /// What it asks of its caller.
    pub right: Right,
    /// Makes the route to its handler.
    pub handler: fn() -> Route,
    /// What it hands out, if anything, of the connector that its path names.
    pub issues: Option<Kind>,
    /// The longest form that somebody who signed in may post to it, in bytes.
    pub most: usize,
}

impl Entry {
    /// The same, which hands something out.
    #[must_use]
    pub const fn issues(mut self, kind: Kind) -> Self {
        self.issues = Some(kind);
        self
    }

    /// The same, for forms of up to `most` bytes.
    #[must_use]
    pub const fn takes(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

/// A route of a GET.
#[must_use]
pub const fn get(path: &'static str, right: Right, handler: fn() -> Route) -> Entry {
    Entry { method: Method::GET, path, right, handler, issues: None, most: SIGNED_IN }
}

/// A route of a POST.
#[must_use]
pub const fn post(path: &'static str, right: Right, handler: fn() -> Route) -> Entry {
    Entry { method: Method::POST, path, right, handler, issues: None, most: SIGNED_IN }
}

/// A route of a DELETE.
#[must_use]
pub const fn delete(path: &'static str, right: Right, handler: fn() -> Route) -> Entry {
    Entry { method: Method::DELETE, path, right, handler, issues: None, most: SIGNED_IN }
}

/// A route of a PUT.
#[must_use]
pub const fn put(path: &'static str, right: Right, handler: fn() -> Route) -> Entry {
    Entry { method: Method::PUT, path, right, handler, issues: None, most: SIGNED_IN }
}
