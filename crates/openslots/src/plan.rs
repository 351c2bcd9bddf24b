//! What this process knows of a publisher that it can crawl: what to ask, when, and how its data age.

use openslots_crawl::{CrawlTarget, without_secrets};
use openslots_model::{FreshnessPolicy, PublisherSlug, UnixSeconds};
use openslots_store::NewPublisher;
use url::Url;

use crate::config::{ConfiguredPublisher, Settings};
use crate::crawl_schedule::CrawlSchedule;

/// Expired data are at least this many times as old as stale ones.
const MIN_EXPIRED_TO_FRESH: u32 = 3;

/// What holds for publishers that have nothing of their own.
#[derive(Debug, Clone)]
pub(crate) struct CommonPlan {
    schedule: CrawlSchedule,
    policy: FreshnessPolicy,
    states: Vec<String>,
}

impl CommonPlan {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self { schedule: settings.schedule.clone(), policy: settings.policy, states: settings.states.clone() }
    }
}

/// A publisher that this process can crawl. Holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) display_name: String,
    /// What is asked and with what; without what earlier runs have left.
    pub(crate) target: CrawlTarget,
    pub(crate) enabled: bool,
    pub(crate) is_configured: bool,
    pub(crate) schedule: CrawlSchedule,
    common_policy: FreshnessPolicy,
    fresh_for_seconds: Option<u32>,
    max_staleness_seconds: Option<u32>,
}

impl Plan {
    /// The plan of a publisher of the configuration directory.
    pub(crate) fn of_configured(publisher: &ConfiguredPublisher, common: &CommonPlan) -> Self {
        let target = CrawlTarget {
            headers: publisher.headers.clone(),
            query: publisher.query.clone(),
            backend_services: publisher.backend_services.clone(),
            states: publisher.states.clone().unwrap_or_else(|| common.states.clone()),
            asks_since: publisher.asks_since,
            ..CrawlTarget::new(publisher.slug.clone(), publisher.manifest_url.clone())
        };
        Self {
            display_name: publisher.display_name.clone(),
            target,
            enabled: publisher.enabled,
            is_configured: true,
            schedule: publisher.schedule.clone().unwrap_or_else(|| common.schedule.clone()),
            common_policy: common.policy,
            fresh_for_seconds: publisher.fresh_for_seconds,
            max_staleness_seconds: publisher.max_staleness_seconds,
        }
    }

    /// The plan of a publisher of which no more than its URL is known.
    pub(crate) fn of_url(
        slug: PublisherSlug,
        display_name: &str,
        url: Url,
        enabled: bool,
        common: &CommonPlan,
    ) -> Self {
        Self {
            display_name: display_name.to_owned(),
            target: CrawlTarget { states: common.states.clone(), ..CrawlTarget::new(slug, url) },
            enabled,
            is_configured: false,
            schedule: common.schedule.clone(),
            common_policy: common.policy,
            fresh_for_seconds: None,
            max_staleness_seconds: None,
        }
    }

    /// The same of a publisher that somebody else than the operator may have named.
    pub(crate) fn public_only(mut self, is_public_only: bool) -> Self {
        self.target.is_public_only = is_public_only;
        self
    }

    /// How the publisher's data age: as the operator says for it; else as for all, but never faster than two of its own
    /// intervals, the longer of the schedule's and the one that it wishes.
    pub(crate) fn policy(&self, wished_interval_seconds: Option<u32>, now: UnixSeconds) -> FreshnessPolicy {
        let interval = self.schedule.interval_seconds(now).max(wished_interval_seconds).unwrap_or(0);
        let common = self.common_policy;
        let fresh_for_seconds =
            self.fresh_for_seconds.unwrap_or_else(|| common.fresh_for_seconds.max(interval.saturating_mul(2)));
        let floor = fresh_for_seconds.saturating_mul(MIN_EXPIRED_TO_FRESH);
        let derived = if fresh_for_seconds > common.fresh_for_seconds { floor } else { 0 };
        let max_staleness_seconds =
            self.max_staleness_seconds.unwrap_or_else(|| common.max_staleness_seconds.max(derived));
        FreshnessPolicy { fresh_for_seconds, max_staleness_seconds }
    }

    /// The publisher as the store keeps it.
    pub(crate) fn new_publisher(&self, wished_interval_seconds: Option<u32>, now: UnixSeconds) -> NewPublisher {
        NewPublisher {
            slug: self.target.slug.clone(),
            display_name: self.display_name.clone(),
            manifest_url: without_secrets(&self.target.manifest_url).to_string(),
            enabled: self.enabled,
            is_configured: self.is_configured,
            policy: self.policy(wished_interval_seconds, now),
            access_expires_at: self.target.access_expires_at(),
            is_public_only: self.target.is_public_only,
        }
    }
}

/// A slug that is not taken: of the name if it gives one, else of host and path.
pub(crate) fn free_slug(
    name: Option<&str>,
    url: &Url,
    is_taken: impl Fn(&PublisherSlug) -> bool,
) -> Option<PublisherSlug> {
    let of_url = || {
        let path = url.path().trim_end_matches("$bulk-publish").trim_end_matches("%24bulk-publish");
        let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
        PublisherSlug::from_text(&format!("{}{port}{path}", url.host_str()?))
    };
    let base = name.and_then(PublisherSlug::from_text).or_else(of_url)?;
    if !is_taken(&base) {
        return Some(base);
    }
    (2..1_000).find_map(|count| {
        let text = format!("{}-{count}", base.as_str().chars().take(58).collect::<String>());
        PublisherSlug::from_text(&text).filter(|slug| !is_taken(slug))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_come_from_the_name_or_from_host_and_path() {
        let clinic = "https://clinic.example.org/fhir/$bulk-publish";
        for (name, url, taken, want) in [
            (None, "http://127.0.0.1:9001/$bulk-publish", "", "127-0-0-1-9001"),
            (None, "https://clinic.example.org/fhir/$bulk-publish?sig=secret", "", "clinic-example-org-fhir"),
            (None, clinic, "clinic-example-org-fhir", "clinic-example-org-fhir-2"),
            (Some("Clinic One, Inc."), clinic, "", "clinic-one-inc"),
            (Some("Clinic One"), clinic, "clinic-one", "clinic-one-2"),
            (Some("診療所"), clinic, "", "clinic-example-org-fhir"),
        ] {
            let slug = free_slug(name, &Url::parse(url).expect(url), |slug| slug.as_str() == taken).expect(url);
            assert_eq!(slug.as_str(), want, "{name:?} {url}");
        }
    }

    #[test]
    fn secrets_of_a_url_are_not_kept() {
        let url = Url::parse("https://me:pw@clinic.example.org/a/$bulk-publish?sig=secret#x").expect("a URL");
        assert_eq!(without_secrets(&url).as_str(), "https://clinic.example.org/a/$bulk-publish#x");
        let plain = Url::parse("https://clinic.example.org/a/$bulk-publish?state=MA").expect("a URL");
        assert_eq!(without_secrets(&plain), plain);
    }

    #[test]
    fn data_age_by_the_publishers_own_cadence() {
        let hour = 3_600;
        let day = 24 * hour;
        for (schedule, own, wish, fresh_for, max_staleness) in [
            ("*/5 * * * *", (None, None), None, hour, 3 * day),
            ("*/5 * * * *", (None, None), Some(300), hour, 3 * day),
            ("*/5 * * * *", (None, None), Some(hour), 2 * hour, 3 * day),
            ("0 */6 * * *", (None, None), None, 12 * hour, 3 * day),
            ("0 */6 * * *", (None, None), Some(7 * day), 14 * day, 42 * day),
            ("0 */6 * * *", (Some(600), None), Some(7 * day), 600, 3 * day),
            ("0 */6 * * *", (None, Some(day)), Some(day), 2 * day, day),
        ] {
            let common = CommonPlan {
                schedule: schedule.parse().expect(schedule),
                policy: FreshnessPolicy { fresh_for_seconds: hour, max_staleness_seconds: 3 * day },
                states: Vec::new(),
            };
            let url = Url::parse("https://clinic.example/$bulk-publish").expect("a URL");
            let plan = Plan::of_url("clinic".parse().expect("a slug"), "Clinic", url, true, &common);
            let plan = Plan { fresh_for_seconds: own.0, max_staleness_seconds: own.1, ..plan };
            let want = FreshnessPolicy { fresh_for_seconds: fresh_for, max_staleness_seconds: max_staleness };
            assert_eq!(plan.policy(wish, UnixSeconds(1_795_132_800)), want, "{schedule} {own:?} {wish:?}");
        }
    }
}
