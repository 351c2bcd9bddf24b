//! The schedules of a commit and what they lead to, each resource parsed once.

use std::sync::Arc;

use openslots_directory::join::{Find, JoinedSchedule, join_schedule};
use openslots_fhir::resource::{Resource, Schedule};
use openslots_model::{PublicId, PublisherSlug, ResourceKind, ResourceNumber, ResourceRef};
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use crate::commit::Context;
use crate::staging::is_joined;
use crate::{Error, Result};

/// Parsed resources that are kept for the next schedule that names them.
const MAX_PARSED: usize = 50_000;

/// Resources that are parsed already: they can be joined on any thread.
pub(super) struct Known<'a> {
    slug: &'a PublisherSlug,
    leaves_out_test_places: bool,
    /// `None`: it has not come.
    parsed: FxHashMap<PublicId, Option<Arc<Resource>>>,
    schedules: FxHashMap<ResourceNumber, Arc<Resource>>,
}

/// A resource must be read first.
struct Unknown;

impl Known<'_> {
    /// What a schedule belongs to, if it and all that it leads to are known.
    pub(super) fn join(&self, number: ResourceNumber) -> Option<Vec<JoinedSchedule>> {
        let Resource::Schedule(schedule) = self.schedules.get(&number)?.as_ref() else { return None };
        let mut find =
            |reference: &ResourceRef| self.parsed.get(&reference.public_id(self.slug)).cloned().ok_or(Unknown);
        self.join_by(number, schedule, &mut find).ok()
    }

    fn join_by<E>(
        &self,
        number: ResourceNumber,
        schedule: &Schedule,
        find: &mut Find<'_, E>,
    ) -> Result<Vec<JoinedSchedule>, E> {
        let mut has_met_test_place = false;
        let joined = join_schedule(self.slug, number, schedule, &mut |reference| {
            let found = find(reference)?;
            let is_of_test = matches!(found.as_deref(), Some(Resource::Location(place)) if place.is_of_test());
            has_met_test_place |= is_of_test;
            Ok(found)
        })?;
        Ok(if self.leaves_out_test_places && has_met_test_place { Vec::new() } else { joined })
    }
}

/// Finds and parses resources.
pub(super) struct Finder<'a> {
    context: &'a Context<'a>,
    known: Known<'a>,
}

impl<'a> Finder<'a> {
    /// `taken`: resources that the commit has written and that were parsed ahead of it.
    pub(super) fn new(
        context: &'a Context<'a>,
        leaves_out_test_places: bool,
        taken: impl Iterator<Item = (PublicId, ResourceNumber, Arc<Resource>)>,
    ) -> Self {
        let (parsed, schedules) = Default::default();
        let mut known = Known { slug: context.slug, leaves_out_test_places, parsed, schedules };
        for (id, number, resource) in taken {
            if matches!(*resource, Resource::Schedule(_)) {
                known.schedules.insert(number, resource);
            } else {
                known.parsed.insert(id, Some(resource));
            }
        }
        Self { context, known }
    }

    /// What can be joined without the database.
    pub(super) const fn known(&self) -> &Known<'a> {
        &self.known
    }

    /// What a schedule belongs to; nothing while it has not come.
    pub(super) fn join(&mut self, number: ResourceNumber) -> Result<Vec<JoinedSchedule>> {
        let Some(schedule) = self.schedule(number)? else { return Ok(Vec::new()) };
        // What is found on the way is known from then on.
        let mut found = Vec::new();
        let joined = self.known.join_by(number, &schedule, &mut |reference| {
            let id = reference.public_id(self.context.slug);
            if let Some(known) = self.known.parsed.get(&id) {
                return Ok(known.clone());
            }
            let resource = self.read(id, reference.kind)?.map(Arc::new);
            found.push((id, resource.clone()));
            Ok::<_, Error>(resource)
        })?;
        if self.known.parsed.len() >= MAX_PARSED {
            self.known.parsed.clear();
        }
        self.known.parsed.extend(found);
        Ok(joined)
    }

    fn schedule(&self, number: ResourceNumber) -> Result<Option<Schedule>> {
        let Some(locator) = self.context.lines().locator(number)? else { return Ok(None) };
        let json = self.context.lines().text(locator)?;
        match Resource::parse(ResourceKind::Schedule, &json)? {
            Resource::Schedule(schedule) => Ok(Some(schedule)),
            _ => Err(Error::damaged(format!("resource {number} is no schedule"))),
        }
    }

    fn read(&self, id: PublicId, kind: ResourceKind) -> Result<Option<Resource>> {
        if !is_joined(kind) {
            return Ok(None);
        }
        let mut statement = self.context.tx.prepare_cached("SELECT line FROM resource WHERE id = ?1")?;
        let line: Option<Option<i64>> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        let Some(line) = line.flatten() else { return Ok(None) };
        let json = self.context.lines().text(line as u64)?;
        Ok(Some(Resource::parse(kind, &json)?))
    }
}
