//! Random data and queries, the same for the same seed. Values come from short lists, so that queries find something.

use openslots_model::{
    AcceptingPatients, AvailabilityQuery, BookingMethod, BoundingBox, ChangeSeq, CodeFilter, Coding, DaySpan, Gender,
    Identifier, IndexUpdate, LocalDate, LocalTimes, Near, Position, ProviderLocation, ProviderLocationNumber,
    ProviderLocationSort, PublisherNumber, ResourceNumber, SlotRecord, SlotRow, SlotSort, SlotStatus, SlotTraits,
    TextQuery, TimeOfDay, TimeWindow, TraitsNumber, UnixSeconds, Weekday, Weekdays,
};

use crate::world::{NUCC, SERVICE_TYPE, SNOMED, World, code, provider_location};

const DAY: i64 = 86_400;
/// 2026-10-24T00:00:00Z: a week later the clocks of most states are put back.
const FIRST_START: i64 = 1_792_800_000;
const N_DAYS: u64 = 20;

/// From how many schedules and streets values are picked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) n_schedules: u64,
    pub(crate) n_streets: u64,
}

impl Extent {
    pub(crate) const SMALL: Self = Self { n_schedules: 150, n_streets: 5 };
}

/// Keys of the vocabulary, and one that is none.
const MEANINGS: [&str; 5] = ["dermatology", "cardiology", "family-medicine", "immunization", "nothing"];
const LANGUAGES: [&str; 4] = ["en", "es", "es-MX", "vi"];
const NETWORKS: [&str; 3] = ["Blue Cross PPO", "Blue Shield", "Ménage Health"];
const ZONES: [&str; 5] =
    ["America/New_York", "America/Los_Angeles", "America/Anchorage", "America/Phoenix", "Pacific/Honolulu"];

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    fn some<T>(&mut self, chance: u64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(chance).then(|| make(self))
    }

    fn unit(&mut self) -> f64 {
        self.below(1 << 40) as f64 / (1u64 << 40) as f64
    }
}

const CITIES: [(&str, &str, f64, f64); 8] = [
    ("Boston", "MA", 42.36, -71.06),
    ("Cambridge", "MA", 42.37, -71.11),
    ("Portland", "OR", 45.52, -122.68),
    ("Portland", "ME", 43.66, -70.26),
    ("Cedar Rapids", "IA", 41.98, -91.67),
    ("Coeur d'Alene", "ID", 47.68, -116.78),
    ("Mayagüez", "PR", 18.2, -67.14),
    ("Adak", "AK", 51.88, -179.9),
];

const NAMES: [&str; 12] = [
    "Conor O'Brien, MD",
    "Ana Ménière",
    "Dr. José Núñez",
    "Mary Boston",
    "Brian Smith",
    "Bryan Smyth",
    "Dermatology Associates",
    "Portia Cedar",
    "Ada Skinner",
    "Johnson & Johnson",
    "John Johns",
    "Hartford Heart",
];

const TEXTS: [&str; 22] = [
    "dermatolgist boston",
    "skin doctor",
    "O'Brien Cedar Rapids",
    "obrien",
    "boston",
    "bosto",
    "botson",
    "portland or",
    "doctor in portland",
    "mayaguez",
    "smith",
    "smth",
    "john",
    "family medcine",
    "heart",
    "cardiologst portlnd",
    "welcome",
    "in",
    "02139",
    "021",
    "travl clinic",
    "",
];

fn specialties() -> Vec<Coding> {
    vec![
        code(SNOMED, "394582007", "Dermatology"),
        code(NUCC, "207N00000X", "Dermatology Physician"),
        code(SNOMED, "394579002", "Cardiology"),
        code(SNOMED, "419772000", "Family practice"),
        code(NUCC, "207Q00000X", "Family Medicine"),
        Coding { display: Some("Travel clinic".into()), ..Coding::default() },
        Coding { code: Some("394582007".into()), ..Coding::default() },
    ]
}

fn service_types() -> Vec<Coding> {
    vec![
        code(SERVICE_TYPE, "57", "Immunization"),
        code(SERVICE_TYPE, "124", "General Practice"),
        code("urn:other", "57", "Something else"),
        Coding { display: Some("Walk-in visit".into()), ..Coding::default() },
        Coding { display: Some("Dermatology".into()), ..Coding::default() },
    ]
}

fn appointment_types() -> Vec<Coding> {
    let system = "http://terminology.hl7.org/CodeSystem/v2-0276";
    vec![code(system, "ROUTINE", "Routine"), code(system, "WALKIN", "Walk-in"), code(system, "FOLLOWUP", "Follow-up")]
}

fn vaccines() -> Vec<Coding> {
    let system = "http://hl7.org/fhir/sid/cvx";
    vec![code(system, "207", "Moderna"), code(system, "208", "Pfizer")]
}

fn any_of(random: &mut Random, chance: u64, list: &[Coding]) -> Vec<Coding> {
    let mut found = Vec::new();
    while random.percent(chance) {
        random.pick(list).clone().add_to(&mut found);
    }
    found
}

pub(crate) fn traits(random: &mut Random) -> SlotTraits {
    let status = if random.percent(60) { SlotStatus::Free } else { *random.pick(&SlotStatus::ALL) };
    SlotTraits {
        status,
        // Appointments, and windows of hours and days.
        duration_seconds: *random.pick(&[900, 1_800, 3_600, 0, 4 * 3_600, 86_400, 5 * 86_400]),
        booking: *random.pick(&[BookingMethod::Contact, BookingMethod::Phone, BookingMethod::Online]),
        is_full: random.percent(10),
        appointment_types: any_of(random, 30, &appointment_types()),
        accepting_patients: random.some(40, |random| *random.pick(&AcceptingPatients::ALL)).into_iter().collect(),
        service_types: any_of(random, 15, &service_types()),
        specialties: any_of(random, 15, &specialties()),
        languages: random.some(15, |random| random.pick(&LANGUAGES).to_string()).into_iter().collect(),
    }
}

pub(crate) fn any_provider_location(random: &mut Random, extent: Extent, number: u32) -> ProviderLocation {
    let n_schedules = 1 + random.below(3) * random.below(2);
    let mut schedules = (0..n_schedules).map(|_| random.below(extent.n_schedules) as u32 + 1).collect::<Vec<_>>();
    schedules.sort_unstable();
    schedules.dedup();
    let mut it = provider_location(number, &schedules);
    it.publisher_number = PublisherNumber(random.below(4) as u32 + 1);
    for schedule in &mut it.schedules {
        schedule.service_types = any_of(random, 50, &service_types());
        schedule.specialties = any_of(random, 40, &specialties());
        schedule.vaccines = any_of(random, 20, &vaccines());
        schedule.vaccine_doses = random.some(20, |random| random.below(3) as u32 + 1).into_iter().collect();
        schedule.is_walk_in = random.percent(20);
    }
    if let Some(provider) = &mut it.provider {
        provider.name = random.some(90, |random| (*random.pick(&NAMES)).to_owned());
        provider.organization = random.some(40, |random| (*random.pick(&NAMES)).to_owned());
        provider.description = random.some(20, |random| format!("Welcome to {}", random.pick(&NAMES)));
        provider.specialties = any_of(random, 50, &specialties());
        provider.languages = random.some(50, |random| random.pick(&LANGUAGES).to_string()).into_iter().collect();
        provider.gender = random.some(60, |random| random.pick(&["female", "male", "unknown", "x"]).to_string());
        provider.networks = random.some(30, |random| random.pick(&NETWORKS).to_string()).into_iter().collect();
        let npi = random.some(50, |random| format!("100000000{}", random.below(9)));
        let system = Some(openslots_model::NPI_SYSTEMS[0].to_owned());
        provider.identifiers = npi.into_iter().map(|value| Identifier { system: system.clone(), value }).collect();
    }
    let city_number = random.below(CITIES.len() as u64) as usize;
    let (city, state, latitude, longitude) = CITIES[city_number];
    if let Some(place) = &mut it.place {
        place.name = random.some(60, |random| format!("{} Clinic", random.pick(&NAMES[..3])));
        place.city = random.some(90, |_| city.to_owned());
        place.state = random.some(90, |_| state.to_owned());
        place.postal_code = random.some(50, |_| format!("0213{}", city_number + 2));
        let street = random.some(80, |random| format!("{} Skin Street", random.below(extent.n_streets) + 1));
        place.address_lines = street.into_iter().collect();
        place.time_zone = random.some(80, |random| random.pick(&ZONES).to_string());
        place.position = random.some(80, |random| {
            let mut degrees = || (random.unit() - 0.5) * 2.0;
            let (latitude, longitude) = (latitude + degrees(), longitude + degrees());
            Position::new(latitude, (longitude + 180.0).rem_euclid(360.0) - 180.0).expect("a position")
        });
        place.is_virtual = random.percent(20);
        if place.is_virtual && random.percent(70) {
            place.licensed_states = vec!["MA".into(), (*random.pick(&["OR", "ME", "IA"])).into()];
        }
    }
    if random.percent(5) {
        it.provider = None;
    }
    if random.percent(5) {
        it.place = None;
    }
    it
}

pub(crate) fn any_slot(random: &mut Random, extent: Extent, row: u64, n_traits: u64) -> SlotRecord {
    let quarter = random.below(N_DAYS * 96) as i64;
    SlotRecord {
        row: SlotRow(row),
        // Some slots belong to schedules that nobody has.
        schedule: ResourceNumber(random.below(extent.n_schedules + 10) as u32 + 1),
        start: UnixSeconds(FIRST_START + quarter * 900),
        traits: TraitsNumber(random.below(n_traits) as u32 + 1),
    }
}

pub(crate) fn any_world(random: &mut Random, n_provider_locations: u32, n_slots: u64) -> World {
    any_world_of(random, Extent::SMALL, n_provider_locations, n_slots)
}

pub(crate) fn any_world_of(random: &mut Random, extent: Extent, n_provider_locations: u32, n_slots: u64) -> World {
    let mut world = World { seq: ChangeSeq(1), ..World::default() };
    for _ in 0..30 {
        world.add_traits(traits(random));
    }
    for number in 1..=n_provider_locations {
        let it = any_provider_location(random, extent, number);
        world.provider_locations.insert(ProviderLocationNumber(number), it);
    }
    for row in 0..n_slots {
        let slot = any_slot(random, extent, row, 30);
        world.slots.insert(slot.row, slot);
    }
    world
}

/// A change of some of everything.
pub(crate) fn any_update(random: &mut Random, world: &World) -> IndexUpdate {
    let mut update = IndexUpdate { seq: ChangeSeq(world.seq.0 + 1 + random.below(3)), ..IndexUpdate::default() };
    let mut n_traits = world.traits.len() as u64;
    if random.percent(50) {
        n_traits += 1;
        update.traits.push((TraitsNumber(n_traits as u32), traits(random)));
    }
    let mut touched = std::collections::BTreeSet::new();
    if random.percent(70) {
        for _ in 0..random.below(20) {
            touched.insert(random.below(160) as u32 + 1);
        }
    }
    for number in touched {
        let it = random.some(70, |random| any_provider_location(random, Extent::SMALL, number));
        update.provider_locations.push((ProviderLocationNumber(number), it));
    }
    let rows = world.slots.keys().copied().collect::<Vec<_>>();
    let mut removed = std::collections::BTreeSet::new();
    for _ in 0..random.below(100) {
        removed.insert(*random.pick(&rows));
    }
    update.slots_removed = removed.into_iter().map(|row| (world.slots[&row].schedule, row)).collect();
    let n_added = random.below(100);
    let first_row = rows.last().map_or(0, |row| row.0 + 1);
    let any_slot = |n| any_slot(random, Extent::SMALL, first_row + n, n_traits);
    update.slots_added = (0..n_added).map(any_slot).collect();
    update
}

fn code_filters(random: &mut Random, chance: u64, list: &[Coding], words: &[&str]) -> Vec<CodeFilter> {
    let mut filters = Vec::new();
    if random.percent(chance) {
        for _ in 0..=random.below(2) {
            let coding = random.pick(list).clone();
            filters.push(match (random.below(3), coding.code, coding.system) {
                (0, Some(code), _) => CodeFilter::Code(code),
                (1, Some(code), Some(system)) => CodeFilter::Exact { system, code },
                (2, ..) if random.percent(50) => CodeFilter::Meaning((*random.pick(&MEANINGS)).to_owned()),
                _ => CodeFilter::Words((*random.pick(words)).to_owned()),
            });
        }
    }
    filters
}

fn local_times(random: &mut Random) -> LocalTimes {
    let day = |random: &mut Random| (FIRST_START / DAY) as i32 + random.below(N_DAYS + 2) as i32 - 1;
    let hours = |random: &mut Random| {
        let from = random.below(95) as u16;
        let to = from + 1 + random.below(96 - u64::from(from)) as u16;
        TimeOfDay { from_minute: from * 15, to_minute: to * 15 }
    };
    LocalTimes {
        relative: None,
        dates: random.some(30, |random| {
            let first = day(random);
            (LocalDate(first), LocalDate(first + random.below(4) as i32))
        }),
        weekdays: if random.percent(50) {
            Weekdays::ALL
        } else {
            (0..random.below(4)).map(|_| *random.pick(&Weekday::ALL)).collect()
        },
        times_of_day: (0..random.below(3)).map(|_| hours(random)).collect(),
    }
}

pub(crate) fn any_query(random: &mut Random, world: &World) -> AvailabilityQuery {
    let from = FIRST_START + random.below(N_DAYS) as i64 * DAY - DAY;
    let mut query = AvailabilityQuery::free_from(UnixSeconds(from));
    query.window = TimeWindow {
        from: UnixSeconds(from),
        before: random.some(30, |random| UnixSeconds(from + random.below(5) as i64 * DAY)),
        with_running: random.percent(60),
    };
    query.text = random.some(35, |random| TextQuery((*random.pick(&TEXTS)).to_owned()));
    let publishers =
        |random: &mut Random| (0..random.below(3)).map(|_| PublisherNumber(random.below(6) as u32)).collect();
    query.publishers = random.some(15, publishers);
    query.excluded_publishers = random.some(20, publishers).unwrap_or_default();
    query.service_types = code_filters(random, 20, &service_types(), &["immunization", "walk in", "nothing"]);
    query.specialties = code_filters(random, 25, &specialties(), &["skin doctor", "heart", "travel", "nothing", "!"]);
    let meant = random.some(10, |random| (*random.pick(&MEANINGS)).to_owned());
    query.meant_specialties = meant.into_iter().collect();
    query.appointment_types = code_filters(random, 12, &appointment_types(), &["routine", "walk-in"]);
    query.accepting_patients = random.some(12, |random| *random.pick(&AcceptingPatients::ALL));
    query.npis = random.some(10, |random| format!("100000000{}", random.below(9))).into_iter().collect();
    query.organization =
        random.some(8, |random| random.pick(&["heart", "johnson JOHNSON", "obrien", "o'brien md", "no"]).to_string());
    query.languages =
        random.some(12, |random| random.pick(&["es", "es-MX", "VI", "fr"]).to_string()).into_iter().collect();
    query.gender = random.some(8, |random| *random.pick(&Gender::ALL));
    query.networks =
        random.some(6, |random| random.pick(&["blue", "cross blue", "menage", "!"]).to_string()).into_iter().collect();
    query.vaccines = code_filters(random, 6, &vaccines(), &["moderna"]);
    query.vaccine_doses = random.some(5, |random| random.below(3) as u32 + 1).into_iter().collect();
    query.is_walk_in = random.some(8, |random| random.percent(50));
    query.min_duration_seconds = random.some(8, |random| *random.pick(&[600, 1_200, 1_800, 7_200]));
    query.is_coarse = random.some(8, |random| random.percent(50));
    query.bounding_box = random.some(10, |random| {
        let (_, _, latitude, longitude) = *random.pick(&CITIES);
        let (half_height, half_width) = (random.unit() * 2.0, random.unit() * 3.0);
        let wrap = |degrees: f64| (degrees + 180.0).rem_euclid(360.0) - 180.0;
        BoundingBox {
            south: latitude - half_height,
            north: latitude + half_height,
            west: wrap(longitude - half_width),
            east: wrap(longitude + half_width),
        }
    });
    query.local_times = random.some(20, local_times);
    if let Some(times) = query.local_times.as_mut().filter(|_| random.percent(20)) {
        let spans = [DaySpan::Ahead(0, 0), DaySpan::Ahead(1, 3), DaySpan::ThisWeek, DaySpan::NextWeek];
        times.relative = Some((*random.pick(&spans), UnixSeconds(from)));
        times.dates = None;
    }
    query.is_virtual = random.some(12, |random| random.percent(50));
    query.city =
        random.some(12, |random| random.pick(&["boston", "COEUR D ALENE", "Mayaguez", "Nowhere", ""]).to_string());
    query.state = random.some(15, |random| random.pick(&["MA", "or", "PR", "XX"]).to_string());
    query.near = random.some(30, |random| {
        let (_, _, latitude, longitude) = *random.pick(&CITIES);
        let position = Position::new(latitude, longitude).expect("a position");
        Near { position, radius_miles: *random.pick(&[0.0, 10.0, 25.0, 60.0, 3_000.0, 20_000.0, -1.0]) }
    });
    query.provider_location = random.some(4, |random| {
        let keys = world.provider_locations.values().map(|it| it.key).collect::<Vec<_>>();
        *random.pick(&keys)
    });
    if random.percent(20) {
        query.status = random.some(80, |random| *random.pick(&SlotStatus::ALL));
    }
    query
}

/// A sort whose measure the query gives.
pub(crate) fn any_slot_sort(random: &mut Random, query: &AvailabilityQuery) -> SlotSort {
    match random.below(4) {
        0 if query.near.is_some() => SlotSort::Distance,
        1 if has_words(query) => SlotSort::Relevance,
        2 => SlotSort::StartDescending,
        _ => SlotSort::Start,
    }
}

/// The sort of provider locations of the same name.
pub(crate) fn alike(sort: SlotSort) -> ProviderLocationSort {
    match sort {
        SlotSort::Start => ProviderLocationSort::Start,
        SlotSort::StartDescending => ProviderLocationSort::StartDescending,
        SlotSort::Distance => ProviderLocationSort::Distance,
        SlotSort::Relevance => ProviderLocationSort::Relevance,
    }
}

fn has_words(query: &AvailabilityQuery) -> bool {
    query.text.as_ref().is_some_and(|text| !text.0.is_empty())
}
