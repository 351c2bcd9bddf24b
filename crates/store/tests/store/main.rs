//! The store over real files.

mod commit;
mod support;
