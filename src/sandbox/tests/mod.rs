//! Tests of the whole sandbox over HTTP.
