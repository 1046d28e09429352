//! `sling`, the command line.
fn main() {}
