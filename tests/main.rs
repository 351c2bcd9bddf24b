//! End-to-end tests: the real binary, real HTTP, real SQLite files, and the rules of the house.
//!
//! One test binary, one module for each thing that is held.

mod appetite;
mod bad_input;
mod bench;
mod browser;
mod check;
mod control;
mod crash;
mod crawl;
mod daily_exports;
mod demo;
mod export;
mod fhir_clients;
mod fixpoint;
mod harness;
mod kept;
mod metrics;
mod npm;
mod openapi;
mod operations;
mod pages;
mod patient_side;
mod python;
mod quirks;
mod registry;
mod report;
mod research;
mod sdk;
mod server;
mod shapes;
mod state_lines;
mod tidy;
mod watches;
mod worked_example;
