//! Loading, changing and asking an index of a million slots, with nothing but a clock.
//!
//! `cargo bench -p openslots-search`; `OPENSLOTS_BENCH_SLOTS` sets the number of slots. Queries run in process, on one
//! thread, 1,000 of each kind after 100 to warm up.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod synthetic;

use std::fs;
use std::time::{Duration, Instant};

use openslots_model::{
    AvailabilityQuery, ChangeSeq, CodeFilter, IndexUpdate, Near, PageStart, ProviderLocationSort, SlotSort, TextQuery,
    TimeWindow, UnixSeconds,
};
use openslots_search::{Facet, SearchIndex, Snapshot};
use synthetic::{DAY, FIRST_START, Random, Synthetic};

const N_WARM_UP: usize = 100;
const N_QUERIES: usize = 1_000;
const PAGE: usize = 25;

fn main() {
    let n_slots = std::env::var("OPENSLOTS_BENCH_SLOTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let data = Synthetic::new(n_slots);
    println!("{n_slots} slots, {} schedules, {} provider locations", data.n_schedules, data.provider_locations.len());
    let dir = tempfile::tempdir().expect("a directory");
    let before_mb = resident_mb();
    let index = load(&data, dir.path(), true);
    println!("memory of the index: {:.1} MB, {}", resident_mb() - before_mb, peak());
    drop(index);
    let index = load(&data, dir.path(), false);
    println!("index on disk: {:.1} MB", directory_mb(dir.path()));
    change(&data, &index);
    ask(&data, &index.snapshot());
}

fn load(data: &Synthetic, dir: &std::path::Path, with_documents: bool) -> SearchIndex {
    let begin = Instant::now();
    let mut loader = SearchIndex::begin(dir).expect("an index");
    let opened = begin.elapsed();
    for (number, traits) in &data.traits {
        loader.add_traits(*number, traits.clone());
    }
    let begin = Instant::now();
    for (number, it) in &data.provider_locations {
        loader.add_provider_location(*number, it, with_documents).expect("added");
    }
    let provider_locations = begin.elapsed();
    let begin = Instant::now();
    data.for_each_slot(|slot| loader.add_slot(slot));
    let slots = begin.elapsed();
    let begin = Instant::now();
    let index = loader.finish(ChangeSeq(1)).expect("loaded");
    println!(
        "load {} documents: open {:.1} ms, provider locations {:.1} ms, slots {:.1} ms, columns and commit {:.1} ms",
        if with_documents { "and write" } else { "without" },
        ms(opened),
        ms(provider_locations),
        ms(slots),
        ms(begin.elapsed()),
    );
    index
}

fn change(data: &Synthetic, index: &SearchIndex) {
    let mut random = Random(99);
    for round in 0..3u64 {
        let mut update = IndexUpdate { seq: ChangeSeq(index.seq().0 + 1), ..IndexUpdate::default() };
        for n in 0..data.n_slots / 100 {
            let slot = data.slot(random.below(data.n_slots));
            update.slots_removed.push((slot.schedule, slot.row));
            let row = openslots_model::SlotRow(data.n_slots * (2 + round) + n);
            update.slots_added.push(openslots_model::SlotRecord { row, ..slot });
        }
        let begin = Instant::now();
        index.apply(update).expect("applied");
        println!("apply 1 % of the slots changed: {:.1} ms", ms(begin.elapsed()));
    }
    let mut update = IndexUpdate { seq: ChangeSeq(index.seq().0 + 1), ..IndexUpdate::default() };
    for _ in 0..data.provider_locations.len() / 100 {
        let (number, it) = random.pick(&data.provider_locations).clone();
        update.provider_locations.push((number, Some(it)));
    }
    let begin = Instant::now();
    index.apply(update).expect("applied");
    println!("apply 1 % of the provider locations changed: {:.1} ms, {}", ms(begin.elapsed()), peak());
}

fn ask(data: &Synthetic, snapshot: &Snapshot) {
    let slots = |name: &str, sort, make: &dyn Fn(&mut Random) -> AvailabilityQuery| {
        measure(name, |random| {
            let query = make(random);
            snapshot.slots(&query, sort, PageStart::Offset(0), PAGE).expect("slots").total
        });
    };
    let provider_locations = |name: &str, sort, make: &dyn Fn(&mut Random) -> AvailabilityQuery| {
        measure(name, |random| {
            let query = make(random);
            let page = snapshot.provider_locations(&query, sort, PageStart::Offset(0), PAGE, 1);
            page.expect("provider locations").total
        });
    };
    slots("slots: near, specialty, 7 days", SlotSort::Start, &|random| data.near_and_specialty(random));
    slots("slots: same, by distance", SlotSort::Distance, &|random| data.near_and_specialty(random));
    slots("slots: near only", SlotSort::Start, &|random| AvailabilityQuery {
        specialties: vec![],
        ..data.near_and_specialty(random)
    });
    slots("slots: state, service type, 3 days", SlotSort::Start, &|random| data.state_and_service(random));
    slots("slots: text (name, city)", SlotSort::Start, &|random| data.name_and_city(random, false));
    slots("slots: same, by relevance", SlotSort::Relevance, &|random| data.name_and_city(random, false));
    slots("slots: text with a typo", SlotSort::Start, &|random| data.name_and_city(random, true));
    let everyday = ["skin doctor", "family doctor", "heart", "pediatrician"].map(text);
    slots("slots: text (everyday words)", SlotSort::Start, &|random| random.pick(&everyday).clone());
    slots("slots: text of common words", SlotSort::Start, &|_| text("medicine clinic"));
    slots("slots: all free", SlotSort::Start, &|_| from_now());
    slots("slots: all free, last first", SlotSort::StartDescending, &|_| from_now());
    slots("slots: all free, 1 day", SlotSort::Start, &|random| within(random, 1));
    provider_locations("provider locations: near, specialty", ProviderLocationSort::Distance, &|random| {
        data.near_and_specialty(random)
    });
    provider_locations("provider locations: text", ProviderLocationSort::Relevance, &|random| {
        data.name_and_city(random, false)
    });
    provider_locations("provider locations: all", ProviderLocationSort::Start, &|_| from_now());
    measure("codes: specialties", |_| {
        let counts = snapshot.slot_facets(&from_now(), &[Facet::Specialty]).expect("counts");
        counts.first().map_or(0, |(_, counts)| counts.len() as u64)
    });
}

fn text(words: &str) -> AvailabilityQuery {
    AvailabilityQuery { text: Some(TextQuery(words.to_owned())), ..from_now() }
}

fn from_now() -> AvailabilityQuery {
    AvailabilityQuery::free_from(UnixSeconds(FIRST_START))
}

fn within(random: &mut Random, n_days: i64) -> AvailabilityQuery {
    let from = FIRST_START + random.below(20) as i64 * DAY;
    let window =
        TimeWindow { from: UnixSeconds(from), before: Some(UnixSeconds(from + n_days * DAY)), with_running: true };
    AvailabilityQuery { window, ..from_now() }
}

impl Synthetic {
    fn near_and_specialty(&self, random: &mut Random) -> AvailabilityQuery {
        let near = Near { position: self.position(random), radius_miles: 25.0 };
        let specialties = vec![CodeFilter::Code(self.specialty_code(random))];
        AvailabilityQuery { near: Some(near), specialties, ..within(random, 7) }
    }

    fn state_and_service(&self, random: &mut Random) -> AvailabilityQuery {
        let service_types = vec![CodeFilter::Code(self.service_type_code(random))];
        AvailabilityQuery { state: Some(self.state(random)), service_types, ..within(random, 3) }
    }

    fn name_and_city(&self, random: &mut Random, with_typo: bool) -> AvailabilityQuery {
        let (mut name, city) = self.name_and_city_words(random);
        if with_typo && name.len() > 3 {
            let place = 1 + random.below(name.len() as u64 - 2) as usize;
            name.remove(place);
        }
        text(&format!("{name} {city}"))
    }
}

fn measure(name: &str, mut run: impl FnMut(&mut Random) -> u64) {
    let mut random = Random(1);
    let (mut took, mut n_hits) = (Vec::with_capacity(N_QUERIES), 0);
    for n in 0..N_WARM_UP + N_QUERIES {
        let begin = Instant::now();
        let total = run(&mut random);
        if n >= N_WARM_UP {
            took.push(begin.elapsed());
            n_hits += total;
        }
    }
    took.sort_unstable();
    let at = |percent: usize| ms(took[took.len() * percent / 100]);
    println!(
        "{name:<40} p50 {:>8.3} ms  p99 {:>8.3} ms  mean hits {:>10.1}",
        at(50),
        at(99),
        n_hits as f64 / N_QUERIES as f64
    );
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn status_kb(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(f64::NAN)
}

fn resident_mb() -> f64 {
    status_kb("VmRSS") / 1_000.0
}

fn peak() -> String {
    format!("peak of the process {:.1} MB", status_kb("VmHWM") / 1_000.0)
}

fn directory_mb(path: &std::path::Path) -> f64 {
    let entries = fs::read_dir(path).expect("a directory").flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|data| data.len() as f64).sum::<f64>() / 1e6
}
