//! What the simulated publishers publish, and how it is served.

mod content;
mod faults;
mod generations;
mod reader;
mod server;
mod sizes;
