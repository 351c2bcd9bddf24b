//! A publication over a source in memory: what a client reads of it, by the root or by the chain.

mod chain;
mod client;
mod files;
mod world;
