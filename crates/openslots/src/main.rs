//! The openslots binary.
fn main() {}
