//! Deterministic synthetic publishers and their faults, for the demo, the tests and the benchmarks alike.
//!
//! A [`Simulation`] is laid out from a [`SimulationPlan`]; the same plan gives the same bytes. Nothing is kept but what
//! lines are made from, so a world of tens of millions of slots takes some megabytes, and every output file can be
//! written as a stream ([`SimulatedPublisher::write_file`]), into folders ([`write_to_dir`]) or over HTTP ([`serve`]).
//!
//! - Places have real cities and ZIP codes; companies, people and telephone numbers are invented.
//! - Publishers differ in what publishers differ in: ids, clocks, extension URLs, manifests, what they publish at all.
//! - A generation is a state of the world; from one to the next some slots flip between free and busy, nothing else.
//! - Each [`Fault`] sits in a file of its own, so that a test can compare what a reader recorded with what was injected
//!   ([`Simulation::expected`]).

mod blueprint;
mod calendar;
mod codes;
mod error;
mod expected;
mod fault;
mod files;
mod ids;
mod json;
mod manifest;
mod offer;
mod places;
mod plan;
mod random;
mod resources;
mod serve;
mod simulation;
mod slots;
mod style;
mod words;
mod write;

pub use error::Error;
pub use expected::{ExpectedFile, ExpectedPublisher};
pub use fault::lines::HUGE_LINE_BYTES;
pub use fault::placement::Injection;
pub use fault::{Effect, Fault};
pub use manifest::MANIFEST_NAME;
pub use plan::SimulationPlan;
pub use serve::{RequestRecord, ServeOptions, SimulationServer, Traffic, serve};
pub use simulation::{SimulatedFile, SimulatedPublisher, Simulation, write_to_dir};
