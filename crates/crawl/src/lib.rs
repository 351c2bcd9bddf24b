//! Fetches publishers politely and hands what they publish to a sink.
