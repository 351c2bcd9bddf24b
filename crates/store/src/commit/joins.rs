//! Joins of a commit: schedules that are touched by a changed resource belong to their provider locations anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openslots_directory::join::{JoinedSchedule, join_schedule};
use openslots_fhir::resource::{Resource, Schedule};
use openslots_model::{
    Place, Provider, ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublicId, ResourceKind,
    ResourceNumber, ResourceRef, ScheduleSummary,
};
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::{Context, old_keys};
use crate::feed::Change;
use crate::provider_location;
use crate::{Error, Result};

/// Parsed resources that are kept for the next schedule that names them.
const MAX_PARSED: usize = 50_000;

/// Brings provider locations and links up to date after these resources came, changed or went.
///
/// `leaves_out_test_places`: schedules at places that are tests belong to none.
pub(crate) fn rejoin(
    context: &Context<'_>,
    changed: &BTreeSet<ResourceNumber>,
    leaves_out_test_places: bool,
    change: &mut Change,
) -> Result<()> {
    let schedules = touched_schedules(context, changed)?;
    if schedules.is_empty() {
        return Ok(());
    }
    let mut finder =
        Finder { context, leaves_out_test_places, has_met_test_place: false, parsed: FxHashMap::default() };
    let mut numbers = FxHashMap::default();
    let mut touched: BTreeMap<ProviderLocationNumber, Touched> = BTreeMap::new();
    let mut moves = old_keys::Moves::default();
    for schedule in &schedules {
        let mut links = BTreeSet::new();
        for joined in finder.join(*schedule)? {
            let number = provider_location_number(context, &mut numbers, joined.key)?;
            // Two actors may lead to the same provider location; the first one counts.
            if links.insert(number) {
                touched.entry(number).or_default().add(*schedule, joined);
            }
        }
        let dropped = write_links(context, *schedule, &links)?;
        moves.add(&dropped, links.iter().copied());
        for number in dropped {
            touched.entry(number).or_default();
        }
    }
    let who_is = if moves.is_empty() { FxHashMap::default() } else { who_is(&touched) };
    for (number, touched) in touched {
        match assemble(context, &mut finder, number, touched, &schedules)? {
            Assembled::Same => continue,
            Assembled::Changed => {}
            Assembled::Gone(None) => {}
            Assembled::Gone(Some(gone)) => {
                let was = old_keys::who(gone.provider.as_ref(), gone.place.as_ref());
                let successor = moves.successor(number, was, |number| who_is.get(&number).copied());
                old_keys::retire(context, &gone, successor)?;
            }
        }
        change.provider_locations.insert(number);
    }
    if !moves.is_empty() {
        old_keys::trim(context)?;
    }
    Ok(())
}

/// Provider and place of those that are touched, by what their first touched schedule says.
fn who_is(
    touched: &BTreeMap<ProviderLocationNumber, Touched>,
) -> FxHashMap<ProviderLocationNumber, (Option<PublicId>, Option<PublicId>)> {
    let heads = touched.iter().filter_map(|(number, touched)| Some((*number, touched.head.as_ref()?)));
    heads.map(|(number, head)| (number, old_keys::who(head.provider.as_ref(), head.place.as_ref()))).collect()
}

/// All schedules of the publisher whose lines are held.
pub(crate) fn all_schedules(context: &Context<'_>) -> Result<Vec<ResourceNumber>> {
    let sql = "SELECT number FROM resource WHERE publisher = ?1 AND kind = ?2 AND line IS NOT NULL";
    let mut statement = context.tx.prepare_cached(sql)?;
    let rows = statement.query_map((context.publisher.0, ResourceKind::Schedule.as_str()), |row| row.get(0))?;
    Ok(rows.map(|number| number.map(ResourceNumber)).collect::<rusqlite::Result<_>>()?)
}

/// The schedules among the resources and all that refer to them, directly or through others.
fn touched_schedules(context: &Context<'_>, changed: &BTreeSet<ResourceNumber>) -> Result<BTreeSet<ResourceNumber>> {
    let mut kind = context.tx.prepare_cached("SELECT kind FROM resource WHERE number = ?1")?;
    let mut referrers = context.tx.prepare_cached("SELECT referrer FROM resource_reference WHERE target = ?1")?;
    let mut schedules = BTreeSet::new();
    let mut seen = changed.clone();
    let mut open: Vec<ResourceNumber> = changed.iter().copied().collect();
    while let Some(number) = open.pop() {
        let kind: String = kind.query_row([number.0], |row| row.get(0))?;
        if kind == ResourceKind::Schedule.as_str() {
            schedules.insert(number);
            continue;
        }
        for referrer in referrers.query_map([number.0], |row| row.get(0).map(ResourceNumber))? {
            let referrer = referrer?;
            if seen.insert(referrer) {
                open.push(referrer);
            }
        }
    }
    Ok(schedules)
}

/// Finds and parses resources, each once.
struct Finder<'a> {
    context: &'a Context<'a>,
    leaves_out_test_places: bool,
    /// Whether the schedule that is joined has led to a place that is a test.
    has_met_test_place: bool,
    parsed: FxHashMap<PublicId, Option<Arc<Resource>>>,
}

impl Finder<'_> {
    /// What a schedule belongs to; nothing while it has not come.
    fn join(&mut self, number: ResourceNumber) -> Result<Vec<JoinedSchedule>> {
        let Some(schedule) = self.schedule(number)? else { return Ok(Vec::new()) };
        self.has_met_test_place = false;
        let joined = join_schedule(self.context.slug, number, &schedule, &mut |reference| {
            let found = self.find(reference)?;
            let is_of_test = matches!(found.as_deref(), Some(Resource::Location(place)) if place.is_of_test());
            self.has_met_test_place |= is_of_test;
            Ok::<_, Error>(found)
        })?;
        Ok(if self.leaves_out_test_places && self.has_met_test_place { Vec::new() } else { joined })
    }

    fn schedule(&self, number: ResourceNumber) -> Result<Option<Schedule>> {
        let Some(locator) = self.context.lines().locator(number)? else { return Ok(None) };
        let json = self.context.lines().text(locator)?;
        match Resource::parse(ResourceKind::Schedule, &json)? {
            Resource::Schedule(schedule) => Ok(Some(schedule)),
            _ => Err(Error::damaged(format!("resource {number} is no schedule"))),
        }
    }

    fn find(&mut self, reference: &ResourceRef) -> Result<Option<Arc<Resource>>> {
        let id = reference.public_id(self.context.slug);
        if let Some(found) = self.parsed.get(&id) {
            return Ok(found.clone());
        }
        if self.parsed.len() >= MAX_PARSED {
            self.parsed.clear();
        }
        let found = self.read(id, reference.kind)?.map(Arc::new);
        self.parsed.insert(id, found.clone());
        Ok(found)
    }

    fn read(&self, id: PublicId, kind: ResourceKind) -> Result<Option<Resource>> {
        // Slots and devices are never joined.
        if matches!(kind, ResourceKind::Slot | ResourceKind::Device) {
            return Ok(None);
        }
        let mut statement = self.context.tx.prepare_cached("SELECT line FROM resource WHERE id = ?1")?;
        let line: Option<Option<i64>> = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
        let Some(line) = line.flatten() else { return Ok(None) };
        let json = self.context.lines().text(line as u64)?;
        Ok(Some(Resource::parse(kind, &json)?))
    }
}

/// A provider location that a touched schedule belongs to, or belonged to.
#[derive(Debug, Default)]
struct Touched {
    /// What the first of its touched schedules says of provider and place.
    head: Option<Head>,
    /// What its touched schedules offer there.
    summaries: Vec<ScheduleSummary>,
}

#[derive(Debug)]
struct Head {
    schedule: ResourceNumber,
    provider: Option<Provider>,
    place: Option<Place>,
}

impl Touched {
    fn add(&mut self, schedule: ResourceNumber, joined: JoinedSchedule) {
        self.head.get_or_insert(Head { schedule, provider: joined.provider, place: joined.place });
        self.summaries.push(joined.schedule);
    }
}

fn provider_location_number(
    context: &Context<'_>,
    numbers: &mut FxHashMap<ProviderLocationKey, ProviderLocationNumber>,
    key: ProviderLocationKey,
) -> Result<ProviderLocationNumber> {
    if let Some(number) = numbers.get(&key) {
        return Ok(*number);
    }
    let found = context
        .tx
        .prepare_cached("SELECT number FROM provider_location WHERE key = ?1")?
        .query_row([key.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let number = match found {
        Some(number) => number,
        None => {
            // The body follows once all its schedules are joined.
            context
                .tx
                .prepare_cached("INSERT INTO provider_location (key, publisher, body) VALUES (?1, ?2, x'')")?
                .execute((key.0.as_bytes(), context.publisher.0))?;
            old_keys::revive(context, key)?;
            u32::try_from(context.tx.last_insert_rowid())
                .map_err(|_| Error::damaged("more than four thousand million provider locations were numbered"))?
        }
    };
    let number = ProviderLocationNumber(number);
    numbers.insert(key, number);
    Ok(number)
}

/// Makes `links` what the schedule belongs to; gives what it belonged to before and no longer does.
fn write_links(
    context: &Context<'_>,
    schedule: ResourceNumber,
    links: &BTreeSet<ProviderLocationNumber>,
) -> Result<Vec<ProviderLocationNumber>> {
    let mut select = context.tx.prepare_cached("SELECT provider_location FROM schedule_link WHERE schedule = ?1")?;
    let old = select.query_map([schedule.0], |row| row.get(0).map(ProviderLocationNumber))?;
    let old: BTreeSet<ProviderLocationNumber> = old.collect::<Result<_, _>>()?;
    let mut insert =
        context.tx.prepare_cached("INSERT INTO schedule_link (schedule, provider_location) VALUES (?1, ?2)")?;
    for number in links.difference(&old) {
        insert.execute((schedule.0, number.0))?;
    }
    let mut delete =
        context.tx.prepare_cached("DELETE FROM schedule_link WHERE schedule = ?1 AND provider_location = ?2")?;
    let dropped: Vec<_> = old.difference(links).copied().collect();
    for number in &dropped {
        delete.execute((schedule.0, number.0))?;
    }
    Ok(dropped)
}

/// What became of a provider location.
enum Assembled {
    /// It is as it was.
    Same,
    /// It is new or another.
    Changed,
    /// It has no schedule left; what it was, if it ever was whole.
    Gone(Option<Box<ProviderLocation>>),
}

/// Puts a provider location together again: provider and place as its first schedule (by number) has them, and all its
/// schedules.
///
/// The first schedule decides whichever of them were touched, so that what comes out depends on the data alone and
/// not on the order in which they came.
fn assemble(
    context: &Context<'_>,
    finder: &mut Finder<'_>,
    number: ProviderLocationNumber,
    mut touched: Touched,
    rejoined: &BTreeSet<ResourceNumber>,
) -> Result<Assembled> {
    let (key, old_body): ([u8; 10], Vec<u8>) = context
        .tx
        .prepare_cached("SELECT key, body FROM provider_location WHERE number = ?1")?
        .query_row([number.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let key = ProviderLocationKey(PublicId::from_bytes(key));
    let mut select = context
        .tx
        .prepare_cached("SELECT schedule FROM schedule_link WHERE provider_location = ?1 ORDER BY schedule")?;
    let linked = select.query_map([number.0], |row| row.get(0).map(ResourceNumber))?;
    let linked: BTreeSet<ResourceNumber> = linked.collect::<Result<_, _>>()?;
    let Some(first) = linked.first().copied() else {
        context.tx.prepare_cached("DELETE FROM provider_location WHERE number = ?1")?.execute([number.0])?;
        let is_whole = !old_body.is_empty();
        let gone = is_whole.then(|| provider_location::decode(context.codec, &old_body)).transpose()?;
        return Ok(Assembled::Gone(gone.map(Box::new)));
    };
    let head = match touched.head.take() {
        Some(head) if head.schedule == first => head,
        _ => finder
            .join(first)?
            .into_iter()
            .find(|joined| joined.key == key)
            .map(|joined| Head { schedule: first, provider: joined.provider, place: joined.place })
            .ok_or_else(|| Error::damaged(format!("schedule {first} does not lead to provider location {key}")))?,
    };
    let mut schedules = touched.summaries;
    let old_json = if old_body.is_empty() { Vec::new() } else { context.codec.decompress(&old_body)? };
    if !old_json.is_empty() {
        let old = provider_location::of_json(&old_json)?;
        let stays = |summary: &ScheduleSummary| linked.contains(&summary.number) && !rejoined.contains(&summary.number);
        schedules.extend(old.schedules.into_iter().filter(stays));
    }
    schedules.sort_unstable_by_key(|summary| summary.number);
    let json = provider_location::to_json(&ProviderLocation {
        key,
        publisher: context.slug.clone(),
        publisher_number: context.publisher,
        provider: head.provider,
        place: head.place,
        schedules,
    })?;
    // What is kept may have been compressed otherwise: the contents are compared.
    if json == old_json {
        return Ok(Assembled::Same);
    }
    let body = context.codec.compress(&json)?;
    context.tx.prepare_cached("UPDATE provider_location SET body = ?2 WHERE number = ?1")?.execute((number.0, body))?;
    Ok(Assembled::Changed)
}
