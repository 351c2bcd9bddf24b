//! Random sequences of runs against a model: what is served is what the rules say, the change feed leads where a
//! snapshot is, and a database that came to its state step by step holds what one that was crawled once holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use openslots_model::{
    ChangeSeq, Coverage, CrawlOutcome, ProviderLocation, ProviderLocationNumber, PublicId, ResourceKind,
    ResourceNumber, SlotRecord, SlotRow, SlotTraits, TraitsNumber, Withdrawal,
};
use openslots_store::{NextUpdate, Store};
use proptest::prelude::*;

use crate::support::{Crawl, File, TestStore, crawl, crawl_and_withdraw, location, role, schedule, slot, withdrawal};

/// A slot's line: its id and its version.
type SlotLine = (u8, u8);

/// A slot file: whether it is listed, whether it fails, and its lines.
type SlotFile = (bool, bool, Vec<SlotLine>);

/// Lines of a file as last read, and whether each is the one that counts.
type HeldLines = Vec<(SlotLine, bool)>;

/// What a publisher lists in one run.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    slot_files: Vec<SlotFile>,
    /// Names of the places that are listed, by id.
    places: Vec<(u8, u8)>,
    /// Places of each role that is listed.
    roles: Vec<(u8, u8)>,
    /// Schedules that are listed, with the role or place (from 4 on) that they name.
    schedules: Vec<(u8, u8)>,
    pub(crate) coverage: Coverage,
    /// Slots that are taken back, unless a file of the step lists them.
    withdrawn: Vec<u8>,
    is_reversed: bool,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let lines = || proptest::collection::vec((0u8..12, 0u8..3), 0..10);
    let file = (prop::bool::weighted(0.85), prop::bool::weighted(0.15), lines());
    let pairs = || proptest::collection::vec((0u8..4, 0u8..6), 0..5);
    let step = (
        proptest::collection::vec(file, 3),
        (pairs(), pairs(), pairs()),
        prop_oneof![7 => Just(Coverage::Complete), 1 => Just(Coverage::Partial), 2 => Just(Coverage::Increment)],
        proptest::collection::vec(0u8..12, 0..3),
        prop::bool::weighted(0.2),
    );
    let step = step.prop_map(|(slot_files, (places, roles, schedules), coverage, withdrawn, is_reversed)| Step {
        slot_files,
        places,
        roles,
        schedules,
        coverage,
        withdrawn,
        is_reversed,
    });
    // Steps come twice at times, so that much stays as it is and waiting removals are agreed to.
    let repeated = (step, prop::bool::weighted(0.4));
    proptest::collection::vec(repeated, 1..7).prop_map(|steps| {
        steps.into_iter().flat_map(|(step, twice)| std::iter::repeat_n(step, if twice { 2 } else { 1 })).collect()
    })
}

fn slot_line(id: u8, version: u8) -> String {
    let status = if version == 1 { "busy" } else { "free" };
    slot(&id.to_string(), &(id % 4).to_string(), status, u32::from(version))
}

impl Step {
    pub(crate) fn files(&self) -> Vec<File> {
        let mut files = vec![
            File::new(
                "places",
                ResourceKind::Location,
                self.places.iter().map(|(id, name)| location(&id.to_string(), &format!("Place {name}"))),
            ),
            File::new(
                "roles",
                ResourceKind::PractitionerRole,
                self.roles.iter().map(|(id, place)| role(&id.to_string(), &format!("Dr {id}"), &[&place.to_string()])),
            ),
            File::new(
                "schedules",
                ResourceKind::Schedule,
                self.schedules.iter().map(|(id, actor)| {
                    let kind = if *actor < 4 { "PractitionerRole" } else { "Location" };
                    schedule(&id.to_string(), &[&format!("{kind}/{}", actor % 4)])
                }),
            ),
        ];
        for (index, (is_listed, fails, lines)) in self.slot_files.iter().enumerate() {
            let file =
                File::slots(&format!("slots-{index}"), lines.iter().map(|(id, version)| slot_line(*id, *version)));
            if *is_listed {
                files.push(if *fails { file.failing() } else { file });
            }
        }
        if self.is_reversed {
            files.reverse();
        }
        files
    }

    fn has_failures(&self) -> bool {
        self.slot_files.iter().any(|(is_listed, fails, _)| *is_listed && *fails)
    }

    /// Whether what it does not list has vanished.
    fn is_clean(&self) -> bool {
        self.coverage == Coverage::Complete && !self.has_failures()
    }

    pub(crate) fn withdrawals(&self) -> Vec<Withdrawal> {
        self.withdrawn.iter().map(|id| withdrawal(ResourceKind::Slot, &id.to_string())).collect()
    }

    /// The ids that each file of resources lists: places, roles, schedules.
    fn resources(&self) -> [BTreeSet<u8>; 3] {
        [&self.places, &self.roles, &self.schedules].map(|pairs| pairs.iter().map(|(id, _)| *id).collect())
    }
}

/// What the rules say is held: by each file, and by none.
#[derive(Debug, Default)]
struct Model {
    /// By URL.
    files: BTreeMap<String, HeldLines>,
    /// What no file holds any more and that still stands.
    leftover: BTreeMap<u8, u8>,
    /// Slots that are missing and wait for a second run that agrees.
    waiting: BTreeSet<u8>,
    /// Of places, roles and schedules: those held, and those that wait.
    resources: [(BTreeSet<u8>, BTreeSet<u8>); 3],
}

impl Model {
    fn served(&self) -> BTreeMap<u8, u8> {
        let held = self.files.values().flatten().filter(|(_, counts)| *counts).map(|(line, _)| *line);
        held.chain(self.leftover.iter().map(|(id, version)| (*id, *version))).collect()
    }

    fn n_free(&self) -> usize {
        self.served().values().filter(|version| **version != 1).count()
    }

    fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || self.resources.iter().any(|(_, waiting)| !waiting.is_empty())
    }

    fn apply(&mut self, step: &Step) {
        // What waits is as good as gone.
        let served = self.served();
        let is_free_and_waits = |id: &&u8| served.get(id).is_some_and(|version| *version != 1);
        let n_free_before = self.n_free() - self.waiting.iter().filter(is_free_and_waits).count();
        let order = if step.is_reversed { [2, 1, 0] } else { [0, 1, 2] };
        let mut claims: BTreeMap<u8, (String, usize, u8)> = BTreeMap::new();
        let mut now: BTreeMap<String, HeldLines> = BTreeMap::new();
        let unlisted = |index: usize| !step.slot_files[index].0;
        let is_listed = |url: &str| step.files().iter().any(|file| file.url == url);
        // Files that are not listed come first: everybody wins against them.
        let ordered = order.into_iter().filter(|index| unlisted(*index)).map(|index| (index, true));
        let ordered = ordered.chain(order.into_iter().filter(|index| !unlisted(*index)).map(|index| (index, false)));
        let before = std::mem::take(&mut self.files);
        let mut emptied = BTreeSet::new();
        for (index, is_unlisted) in ordered {
            let url = format!("slots-{index}");
            let (_, fails, lines) = &step.slot_files[index];
            let held_before = before.get(&url).into_iter().flatten().filter(|(_, counts)| *counts);
            if lines.is_empty() && !is_unlisted && !fails {
                emptied.extend(held_before.map(|((id, _), _)| *id));
            }
            let lines = match (is_unlisted, fails) {
                (false, false) => lines.iter().map(|line| (*line, true)).collect(),
                (true, _) if step.is_clean() => continue,
                _ => match before.get(&url) {
                    Some(lines) => lines.clone(),
                    None => continue,
                },
            };
            for (place, ((id, version), counts)) in lines.iter().enumerate() {
                if *counts {
                    claims.insert(*id, (url.clone(), place, *version));
                }
            }
            now.insert(url, lines);
        }
        // A file that is not listed may stand on a page that was not read.
        let may_stand = |url: &String| is_listed(url) || step.coverage == Coverage::Partial;
        let is_withdrawn =
            |id: &u8| step.withdrawn.contains(id) && !claims.get(id).is_some_and(|(url, ..)| may_stand(url));
        for (url, lines) in &mut now {
            for (place, ((id, _), counts)) in lines.iter_mut().enumerate() {
                let wins = claims.get(id).is_some_and(|claim| claim.0 == *url && claim.1 == place);
                *counts = *counts && wins && !is_withdrawn(id);
            }
        }
        // What nobody claims any more.
        let held_before = before.values().flatten().filter(|(_, counts)| *counts).map(|(line, _)| *line);
        let stood = held_before.chain(std::mem::take(&mut self.leftover)).collect::<BTreeMap<_, _>>();
        let stood_ids: BTreeSet<u8> = stood.keys().copied().collect();
        let is_missing = |id: &u8| !claims.contains_key(id) && !is_withdrawn(id);
        let vanished: BTreeMap<u8, u8> = stood.into_iter().filter(|(id, _)| is_missing(id)).collect();
        let fresh: BTreeSet<u8> = vanished.keys().copied().filter(|id| !self.waiting.contains(id)).collect();
        // What is offered anew under another id, on its schedule at its time, is not lost.
        let is_new = |id: &u8, claim: &(String, usize, u8)| is_listed(&claim.0) && !stood_ids.contains(id);
        let anew: BTreeSet<(u8, u8)> =
            claims.iter().filter(|(id, claim)| is_new(id, claim)).map(|(id, claim)| (id % 4, claim.2)).collect();
        let is_too_much = |lost: &BTreeSet<u8>| lost.iter().filter(|id| vanished[id] != 1).count() * 2 > n_free_before;
        let lost = match is_too_much(&fresh) {
            true => fresh.iter().copied().filter(|id| !anew.contains(&(id % 4, vanished[id]))).collect(),
            false => fresh.clone(),
        };
        let is_much = is_too_much(&lost);
        if step.is_clean() {
            self.waiting = if is_much { lost } else { &fresh & &emptied };
            // Files that are not listed stay known as long as something that they held waits.
            for (url, lines) in before.into_iter().filter(|(url, _)| !is_listed(url)) {
                let lines = lines.into_iter().map(|((id, v), counts)| {
                    let stands = counts && vanished.contains_key(&id) && self.waiting.contains(&id);
                    ((id, v), stands)
                });
                now.insert(url, lines.collect());
            }
        } else {
            self.waiting.retain(|id| !is_withdrawn(id) && !claims.get(id).is_some_and(|(url, ..)| is_listed(url)));
        }
        now.retain(|url, lines| is_listed(url) || lines.iter().any(|(_, counts)| *counts));
        self.files = now;
        let held: BTreeSet<u8> = self.files.values().flatten().filter(|line| line.1).map(|line| line.0.0).collect();
        let stands = |id: &u8| !step.is_clean() || self.waiting.contains(id);
        self.leftover = vanished.into_iter().filter(|(id, _)| !held.contains(id) && stands(id)).collect();
        self.apply_resources(step, is_much);
    }

    fn apply_resources(&mut self, step: &Step, is_all_held: bool) {
        for ((held, waiting), listed) in self.resources.iter_mut().zip(step.resources()) {
            let vanished = &*held - &listed;
            if step.is_clean() {
                let fresh = &vanished - waiting;
                // What waits is as good as gone: what is lost now is measured against the rest.
                let is_held = is_all_held || fresh.len() * 2 > (&*held - waiting).len();
                *waiting = if is_held { fresh } else { BTreeSet::new() };
                *held = &listed | waiting;
            } else {
                *waiting = &*waiting - &listed;
                *held = &*held | &listed;
            }
        }
    }
}

/// The store as one who follows the change feed sees it.
#[derive(Debug, Default, PartialEq)]
struct Replica {
    slots: BTreeMap<SlotRow, (ResourceNumber, i64, TraitsNumber)>,
    provider_locations: BTreeMap<ProviderLocationNumber, ProviderLocation>,
    traits: BTreeMap<TraitsNumber, SlotTraits>,
}

impl Replica {
    fn add(&mut self, slot: SlotRecord) {
        let before = self.slots.insert(slot.row, (slot.schedule, slot.start.0, slot.traits));
        assert_eq!(before, None, "rows are never used twice");
    }

    fn of_snapshot(store: &Store) -> Self {
        let snapshot = store.snapshot().unwrap();
        let mut replica = Self { traits: snapshot.traits().unwrap().into_iter().collect(), ..Self::default() };
        snapshot.for_each_slot(|slot| replica.add(slot)).unwrap();
        snapshot
            .for_each_provider_location(|number, found| drop(replica.provider_locations.insert(number, found)))
            .unwrap();
        replica
    }

    /// Follows the feed to its end.
    fn follow(&mut self, store: &Store, seq: &mut ChangeSeq) {
        loop {
            let update = match store.next_update(*seq).unwrap() {
                NextUpdate::Update(update) => update,
                NextUpdate::UpToDate => return,
                NextUpdate::Trimmed => panic!("the feed was trimmed"),
            };
            assert_eq!(update.seq.0, seq.0 + 1);
            *seq = update.seq;
            for (schedule, row) in update.slots_removed {
                // A row that came and went while nobody looked was never seen.
                if let Some(removed) = self.slots.remove(&row) {
                    assert_eq!(removed.0, schedule);
                }
            }
            self.traits.extend(update.traits);
            for (number, found) in update.provider_locations {
                match found {
                    Some(found) => drop(self.provider_locations.insert(number, found)),
                    None => drop(self.provider_locations.remove(&number)),
                }
            }
            for slot in update.slots_added {
                self.add(slot);
            }
        }
    }
}

/// Provider locations without the numbers of one store, and the slots of each, by source JSON.
fn joined(store: &Store) -> Vec<(ProviderLocation, Vec<String>)> {
    let replica = Replica::of_snapshot(store);
    let mut of_schedule: HashMap<ResourceNumber, Vec<String>> = HashMap::new();
    for (row, (schedule, _, _)) in &replica.slots {
        let json = store.slots(&[*row]).unwrap().remove(0).unwrap().json.clone();
        of_schedule.entry(*schedule).or_default().push(json);
    }
    let mut joined: Vec<_> = replica
        .provider_locations
        .into_values()
        .map(|mut found| {
            let mut slots = Vec::new();
            for summary in &mut found.schedules {
                slots.extend(of_schedule.get(&summary.number).cloned().unwrap_or_default());
                summary.number = ResourceNumber(0);
            }
            slots.sort();
            found.schedules.sort_by_key(|summary| summary.id);
            (found, slots)
        })
        .collect();
    joined.sort_by_key(|(found, _)| found.key);
    joined
}

/// All slots and provider locations that ever were.
#[derive(Default)]
struct Seen {
    rows: BTreeSet<SlotRow>,
    numbers: BTreeSet<ProviderLocationNumber>,
}

impl Seen {
    /// What was read lately must be what is there, and what is gone must be gone.
    fn check_recent(&mut self, store: &Store, now: &Replica) {
        self.rows.extend(now.slots.keys());
        self.numbers.extend(now.provider_locations.keys());
        let rows: Vec<SlotRow> = self.rows.iter().copied().collect();
        let numbers: Vec<ProviderLocationNumber> = self.numbers.iter().copied().collect();
        let read = || (store.slots(&rows).unwrap(), store.provider_locations(&numbers).unwrap());
        let recent = read();
        store.forget_what_was_read();
        assert_eq!(recent, read());
        // What is asked for twice is kept, and waits for the next step here.
        assert_eq!(recent, read());
        assert_eq!(recent.0.iter().flatten().count(), now.slots.len());
        assert_eq!(recent.1.iter().flatten().count(), now.provider_locations.len());
    }
}

/// What must hold of the tables whatever happened.
fn check_tables(test: &TestStore) {
    let zero = |query: &str| assert_eq!(test.sql::<i64>(query), 0, "{query}");
    zero("SELECT count(*) FROM slot_id i LEFT JOIN slot s ON s.row = i.row WHERE s.row IS NULL");
    zero("SELECT (SELECT count(*) FROM slot) - (SELECT count(*) FROM slot_id)");
    zero("SELECT (SELECT count(*) FROM slot) - (SELECT sum(n_slots) FROM publisher_state)");
    zero("SELECT (SELECT count(*) FROM line_block WHERE rest IS NULL) - (SELECT count(*) FROM line_block_data)");
    zero("SELECT (SELECT count(*) FROM line_block WHERE rest IS NOT NULL) - (SELECT count(*) FROM line_block_rest)");
    zero("SELECT count(*) FROM line_block WHERE rest IS NOT NULL AND rest NOT IN (SELECT number FROM line_block_rest)");
    zero("SELECT count(*) FROM resource r WHERE n_slots <> (SELECT count(*) FROM slot WHERE schedule = r.number)");
    zero(
        "SELECT count(*) FROM resource r WHERE line IS NULL AND n_slots = 0
              AND NOT EXISTS (SELECT 1 FROM resource_reference WHERE target = r.number)",
    );
    zero(
        "SELECT count(*) FROM schedule_link l LEFT JOIN provider_location p ON p.number = l.provider_location
          LEFT JOIN resource r ON r.number = l.schedule
          WHERE p.number IS NULL OR r.line IS NULL OR r.kind <> 'Schedule'",
    );
    zero("SELECT count(*) FROM provider_location WHERE number NOT IN (SELECT provider_location FROM schedule_link)");
    zero(
        "SELECT count(*) FROM resource_reference x LEFT JOIN resource r ON r.number = x.referrer
          LEFT JOIN resource t ON t.number = x.target WHERE r.line IS NULL OR t.number IS NULL",
    );
    zero("SELECT count(*) FROM pragma_foreign_key_check");
    // Every live line is a slot's or a resource's and the other way round.
    let conn = rusqlite::Connection::open(test.folder.path().join("openslots.db")).unwrap();
    let mut blocks = conn.prepare("SELECT id, live, n_lines FROM line_block").unwrap();
    let mut live = BTreeSet::new();
    let mut rows = blocks.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (id, bits, n_lines): (i64, i64, u32) = (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        assert!(bits.count_ones() * 4 >= n_lines * 3 && bits.count_ones() <= n_lines, "block {id} is sparse");
        live.extend((0..64).filter(|index| bits >> index & 1 == 1).map(|index| id * 64 + index));
    }
    let mut lines =
        conn.prepare("SELECT row FROM slot UNION ALL SELECT line FROM resource WHERE line IS NOT NULL").unwrap();
    let lines: BTreeSet<i64> = lines.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(live, lines);
}

fn served(store: &Store) -> BTreeMap<String, String> {
    let mut rows = Vec::new();
    store.snapshot().unwrap().for_each_slot(|slot| rows.push(slot.row)).unwrap();
    let slots = store.slots(&rows).unwrap().into_iter().map(Option::unwrap);
    slots
        .map(|slot| {
            let id = PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, &slot.slot.id);
            assert_eq!(store.slot_by_id(id).unwrap().map(|found| found.row), Some(slot.row));
            (slot.slot.id.clone(), slot.json.clone())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_runs_leaves_what_the_rules_say(steps in steps(), late in 0usize..8) {
        let test = TestStore::new();
        test.publisher("a");
        let (mut model, mut seen) = (Model::default(), Seen::default());
        let mut seq = test.store.last_seq().unwrap();
        let (mut follower, mut late_follower, mut late_seq) = (Replica::default(), Replica::default(), seq);
        for (index, step) in steps.iter().enumerate() {
            let crawl = Crawl { coverage: step.coverage, lines_per_batch: 1 + index % 5, ..Crawl::default() };
            let run = crawl_and_withdraw(&test.store, "a", &step.files(), crawl, step.withdrawals()).unwrap();
            model.apply(step);
            let want: BTreeMap<String, String> =
                model.served().into_iter().map(|(id, version)| (id.to_string(), slot_line(id, version))).collect();
            prop_assert_eq!(served(&test.store), want, "step {}: {:?}", index, step);
            prop_assert_eq!(run.n_free_slots, model.n_free() as u64);
            let is_partial = step.coverage == Coverage::Partial || step.has_failures() || model.is_waiting();
            prop_assert_eq!(run.outcome == CrawlOutcome::Partial, is_partial, "step {}: {:?}", index, run);
            check_tables(&test);
            follower.follow(&test.store, &mut seq);
            prop_assert_eq!(&follower, &Replica::of_snapshot(&test.store));
            seen.check_recent(&test.store, &follower);
            if index % 8 == late {
                late_follower.follow(&test.store, &mut late_seq);
            }
        }
        late_follower.follow(&test.store, &mut late_seq);
        prop_assert_eq!(&late_follower, &follower);

        // A clean run, agreed to, leaves what a first crawl of the same files does; once more changes nothing.
        let last = Step { coverage: Coverage::Complete, ..steps.last().unwrap().clone() };
        let files: Vec<File> = last.files().into_iter().map(|file| File { fails: false, ..file }).collect();
        crawl(&test.store, "a", &files);
        crawl(&test.store, "a", &files);
        let before = test.dump();
        prop_assert_eq!(crawl(&test.store, "a", &files).outcome, CrawlOutcome::Unchanged);
        prop_assert_eq!(test.dump(), before);
        let fresh = TestStore::new();
        fresh.publisher("a");
        crawl(&fresh.store, "a", &files);
        prop_assert_eq!(served(&test.store), served(&fresh.store));
        prop_assert_eq!(joined(&test.store), joined(&fresh.store));
    }
}
