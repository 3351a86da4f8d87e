//! The AWS stand-in.
