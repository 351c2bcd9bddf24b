//! The tables that searches for resources ask, and how they follow the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use openslots_directory::join::position_of_location;
use openslots_fhir::resource::Resource;
use openslots_fhir::search::{Target, period_of, values_of};
use openslots_model::{PublisherNumber, PublisherSlug, ResourceKind};
use openslots_publish::make_valid;
use openslots_search::resources::{ResourceFacts, ResourceLine, ResourceTable};
use serde_json::Value;

use crate::problem::Problem;
use crate::{ApiState, Error};

impl ApiState {
    /// Brings what searches for FHIR resources ask to the present state of the store; to be called at the start and
    /// after every crawl run, off the async threads. Only what changed is read.
    ///
    /// # Errors
    /// When the store cannot be read; searches then go on with what they had.
    pub fn refresh_resources(&self) -> Result<(), Error> {
        let _one_at_a_time = self.refreshing_resources();
        let before = self.resources().unwrap_or_default();
        let snapshot = self.store().snapshot()?;
        let slugs: BTreeMap<PublisherNumber, PublisherSlug> = snapshot
            .publisher_statuses()?
            .into_iter()
            .map(|status| (status.publisher.number, status.publisher.slug))
            .collect();
        let mut lines: BTreeMap<PublisherNumber, Vec<ResourceLine>> = BTreeMap::new();
        snapshot.for_each_resource(|held| {
            let target = Target { kind: held.kind, id: held.id };
            let line = ResourceLine { target, number: held.number, line: held.line };
            lines.entry(held.publisher).or_default().push(line);
        })?;
        let mut resources = (*before).clone();
        resources.retain(|publisher| lines.contains_key(&publisher));
        for (publisher, lines) in lines {
            let Some(slug) = slugs.get(&publisher) else { continue };
            let old = before.table(publisher);
            if old.is_some_and(|old| old.holds(&lines)) {
                continue;
            }
            let table = ResourceTable::build(old.map(Arc::as_ref), slug, lines, |line| {
                let json = snapshot.line(line.line)?;
                Ok::<_, openslots_store::Error>(facts_of(line.target.kind, &json, slug))
            })?;
            resources.put(publisher, table);
        }
        self.set_resources(resources);
        Ok(())
    }
}

/// What a search asks of a resource.
fn facts_of(kind: ResourceKind, json: &str, publisher: &PublisherSlug) -> ResourceFacts {
    // Lines were read before they were kept.
    let Ok(mut members) = serde_json::from_str(json) else { return ResourceFacts::default() };
    // What is found is what is shown.
    make_valid(kind, &mut members);
    let resource = Value::Object(members);
    let values = values_of(kind, &resource, publisher);
    let position = match kind {
        ResourceKind::Location => match Resource::parse(kind, json) {
            Ok(Resource::Location(location)) => position_of_location(&location),
            _ => None,
        },
        _ => None,
    };
    let name = match kind {
        ResourceKind::Practitioner => resource["name"][0]["family"].as_str().or(resource["name"][0]["text"].as_str()),
        _ => resource["name"].as_str(),
    };
    ResourceFacts {
        values,
        updated: resource["meta"]["lastUpdated"].as_str().and_then(period_of),
        position,
        name: name.map(openslots_fhir::search::fold_text),
    }
}

/// Why a request cannot be answered before the tables are there, and after how many seconds they may be.
pub(super) fn not_ready(retry_after_seconds: u32) -> Problem {
    Problem::unavailable("the resources are being read for the first time", retry_after_seconds)
}
