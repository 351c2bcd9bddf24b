//! The section `publish`: how the data are given out again.

use openslots_publish::publication::Retention;

use super::settings::Checker;
use crate::publication::PublicationSettings;

/// The settings of the section.
pub(super) const KNOWN: &[&str] = &["publish.enabled", "publish.interval", "publish.grace", "publish.chain"];

impl PublicationSettings {
    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        let default = Self::default();
        let is_enabled = checker.flag("publish.enabled", default.is_enabled);
        Self {
            is_enabled,
            interval: checker.duration("publish.interval", default.interval),
            retention: Retention {
                grace: checker.duration("publish.grace", default.retention.grace),
                chain: checker.duration("publish.chain", default.retention.chain),
            },
        }
    }
}
