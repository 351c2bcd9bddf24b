//! The API in process, over a real store and index: what each parameter does, what is refused and how, paging, booking,
//! and what every answer carries.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod admin;
mod booking;
mod caching;
mod care;
mod clocks;
mod conformance;
mod discovery;
mod exports;
mod fhir;
mod http;
mod limits;
mod metrics;
mod openapi;
mod operations;
mod pages;
mod paging;
mod refusals;
mod search;
mod shapes;
mod statistics;
mod support;
mod watches;
