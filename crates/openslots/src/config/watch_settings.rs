//! The section `watches`: saved searches, whose new matches are told.

use std::time::Duration;

use super::settings::Checker;

/// The settings of the section.
pub(super) const KNOWN: &[&str] =
    &["watches.enabled", "watches.max", "watches.keep", "watches.webhooks", "watches.private_addresses"];

/// The section, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WatchSettings {
    /// Whether searches can be saved.
    pub(crate) is_enabled: bool,
    /// How many.
    pub(crate) max_watches: u32,
    /// How long each is kept.
    pub(crate) keep: Duration,
    /// Whether webhooks are called.
    pub(crate) has_webhooks: bool,
    /// Whether webhooks may be on private addresses.
    pub(crate) allows_private_addresses: bool,
}

impl WatchSettings {
    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        Self {
            is_enabled: checker.flag("watches.enabled", true),
            has_webhooks: checker.flag("watches.webhooks", true),
            allows_private_addresses: checker.flag("watches.private_addresses", false),
            max_watches: checker.get("watches.max", 1_000, |text| {
                text.parse().map_err(|_| format!("`{text}` is not a whole number of watches"))
            }),
            keep: checker.duration("watches.keep", Duration::from_secs(90 * 86_400)),
        }
    }
}
