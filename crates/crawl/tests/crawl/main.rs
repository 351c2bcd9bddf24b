//! Crawls of a publisher on loopback that answers as it is told to.

mod access;
mod bodies;
mod chains;
mod changes;
mod conformance;
mod deletions;
mod failures;
mod manifests;
mod manners;
mod patience;
mod probe;
mod simulated;
mod support;
