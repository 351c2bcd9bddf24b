//! The HTTP surfaces: JSON API, FHIR and operations.
