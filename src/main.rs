//! The command line of Daypass.

fn main() {}
