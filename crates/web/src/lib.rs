//! Server-rendered pages over the same calls as the API.
