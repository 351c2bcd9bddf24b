//! Exports: every format holds the same rows, runs that are cut go on, nothing is ever half there.

mod daily;
mod folder;
mod formats;
mod read;
mod world;
