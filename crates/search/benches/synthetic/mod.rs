//! Made-up provider locations at real places, and slots that follow from their rows.

use openslots_directory::geography::{ZipCode, zip_codes};
use openslots_model::{
    BookingMethod, Coding, Place, Position, Provider, ProviderKind, ProviderLocation, ProviderLocationKey,
    ProviderLocationNumber, PublicId, PublisherNumber, PublisherSlug, ResourceKind, ResourceNumber, ScheduleSummary,
    SlotRecord, SlotRow, SlotStatus, SlotTraits, TraitsNumber, UnixSeconds,
};

pub(crate) const DAY: i64 = 86_400;
pub(crate) const FIRST_START: i64 = 1_790_000_000;

const SLOTS_PER_SCHEDULE: u64 = 50;
const N_PUBLISHERS: u32 = 20;
/// Schedules whose slots come mixed, as in a file that is ordered by start.
const SCHEDULES_PER_FILE: u64 = 20;

const SNOMED_SPECIALTIES: [(&str, &str); 12] = [
    ("394582007", "Dermatology"),
    ("394579002", "Cardiology"),
    ("419772000", "Family practice"),
    ("394537008", "Pediatrics"),
    ("394585009", "Obstetrics and gynecology"),
    ("394591006", "Neurology"),
    ("394587001", "Psychiatry"),
    ("394594003", "Ophthalmology"),
    ("394604002", "Otolaryngology"),
    ("394584008", "Gastroenterology"),
    ("394583002", "Endocrinology"),
    ("419192003", "Internal medicine"),
];

const SERVICE_TYPES: [(&str, &str); 10] = [
    ("57", "Immunization"),
    ("124", "General Practice"),
    ("556", "Walk-in Centre"),
    ("64", "Primary Care"),
    ("168", "Dermatology"),
    ("165", "Cardiology"),
    ("221", "Surgery"),
    ("286", "Mental Health"),
    ("189", "Rheumatology"),
    ("60", "Laboratory"),
];

const SYLLABLES: [&str; 24] = [
    "an", "bel", "cor", "dan", "el", "fer", "gar", "hol", "ing", "jo", "kel", "lam", "mar", "nor", "ol", "per", "quin",
    "ros", "sam", "tor", "ul", "ver", "wil", "zan",
];

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

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

/// The data of a benchmark. Slots are not kept: each follows from its row.
pub(crate) struct Synthetic {
    pub(crate) n_slots: u64,
    pub(crate) n_schedules: u64,
    pub(crate) traits: Vec<(TraitsNumber, SlotTraits)>,
    pub(crate) provider_locations: Vec<(ProviderLocationNumber, ProviderLocation)>,
}

impl Synthetic {
    /// 50 slots a schedule, 10 schedules to 7 provider locations.
    pub(crate) fn new(n_slots: u64) -> Self {
        let n_schedules = n_slots.div_ceil(SLOTS_PER_SCHEDULE);
        let mut random = Random(42);
        let slug: PublisherSlug = "bench".parse().expect("a slug");
        let (mut provider_locations, mut schedule) = (Vec::new(), 1);
        while schedule <= n_schedules {
            let number = provider_locations.len() as u32 + 1;
            let wanted = if number % 7 < 3 { 2 } else { 1 };
            let until = (schedule + wanted).min(n_schedules + 1);
            let it = provider_location(&mut random, &slug, number, schedule..until);
            provider_locations.push((ProviderLocationNumber(number), it));
            schedule = until;
        }
        Self { n_slots, n_schedules, traits: traits(), provider_locations }
    }

    /// The slot of a row. The slots of a file's schedules come in the order of their starts.
    pub(crate) fn slot(&self, row: u64) -> SlotRecord {
        let per_file = SCHEDULES_PER_FILE * SLOTS_PER_SCHEDULE;
        let (file, place) = (row / per_file, row % per_file);
        let (nth, schedule) = (place / SCHEDULES_PER_FILE, file * SCHEDULES_PER_FILE + place % SCHEDULES_PER_FILE);
        let schedule = schedule % self.n_schedules + 1;
        let noise = Random(row).next();
        // 70 % are free.
        let is_free = noise % 10 < 7;
        let traits = noise / 16 % 20 * 2 + u64::from(!is_free) + 1;
        let start = FIRST_START + nth as i64 * DAY / 2 + (noise / 512 % 32) as i64 * 900;
        SlotRecord {
            row: SlotRow(row),
            schedule: ResourceNumber(schedule as u32),
            start: UnixSeconds(start),
            traits: TraitsNumber(traits as u32),
        }
    }

    /// All slots by row.
    pub(crate) fn for_each_slot(&self, mut take: impl FnMut(SlotRecord)) {
        (0..self.n_slots).for_each(|row| take(self.slot(row)));
    }

    pub(crate) fn position(&self, random: &mut Random) -> Position {
        random.pick(zip_codes()).position
    }

    pub(crate) fn state(&self, random: &mut Random) -> String {
        random.pick(zip_codes()).state.to_owned()
    }

    pub(crate) fn specialty_code(&self, random: &mut Random) -> String {
        random.pick(&SNOMED_SPECIALTIES).0.to_owned()
    }

    pub(crate) fn service_type_code(&self, random: &mut Random) -> String {
        random.pick(&SERVICE_TYPES).0.to_owned()
    }

    /// The last name and the city of somebody.
    pub(crate) fn name_and_city_words(&self, random: &mut Random) -> (String, String) {
        let (_, it) = random.pick(&self.provider_locations);
        let name = it.provider.as_ref().and_then(|provider| provider.name.as_deref()).unwrap_or_default();
        let city = it.place.as_ref().and_then(|place| place.city.as_deref()).unwrap_or_default();
        (name.rsplit(' ').next().unwrap_or_default().to_owned(), city.to_owned())
    }
}

fn traits() -> Vec<(TraitsNumber, SlotTraits)> {
    let appointment_types = ["ROUTINE", "WALKIN", "CHECKUP", "FOLLOWUP"];
    (0..40u32)
        .map(|n| {
            let coding = Coding {
                system: Some("http://terminology.hl7.org/CodeSystem/v2-0276".into()),
                code: Some(appointment_types[n as usize / 2 % 4].into()),
                display: None,
            };
            let traits = SlotTraits {
                status: if n % 2 == 0 { SlotStatus::Free } else { SlotStatus::Busy },
                duration_seconds: 900 * (1 + n / 8),
                booking: BookingMethod::Online,
                is_full: false,
                appointment_types: vec![coding],
                accepting_patients: vec![],
                service_types: vec![],
                specialties: vec![],
                languages: vec![],
            };
            (TraitsNumber(n + 1), traits)
        })
        .collect()
}

fn name(random: &mut Random) -> String {
    let mut word = |n_syllables: usize| {
        let word = (0..n_syllables).map(|_| *random.pick(&SYLLABLES)).collect::<String>();
        word[..1].to_uppercase() + &word[1..]
    };
    format!("{} {}", word(2), word(3))
}

fn provider_location(
    random: &mut Random,
    slug: &PublisherSlug,
    number: u32,
    schedules: std::ops::Range<u64>,
) -> ProviderLocation {
    let zip: &ZipCode = random.pick(zip_codes());
    let snomed = random.pick(&SNOMED_SPECIALTIES);
    let service_type = random.pick(&SERVICE_TYPES);
    let coding = |system: &str, (code, display): &(&str, &str)| Coding {
        system: Some(system.into()),
        code: Some((*code).into()),
        display: Some((*display).into()),
    };
    let id = |kind, number: u64| PublicId::of(slug, kind, &number.to_string());
    let jitter = |random: &mut Random| (random.below(2_000) as f64 - 1_000.0) / 20_000.0;
    let position = Position {
        latitude: zip.position.latitude + jitter(random),
        longitude: zip.position.longitude + jitter(random),
    };
    let place = Place {
        id: Some(id(ResourceKind::Location, u64::from(number))),
        name: Some(format!("{} {} Clinic", zip.city, name(random))),
        address_lines: vec![format!("{} {} Street", random.below(9_999), name(random))],
        city: Some(zip.city.to_owned()),
        state: Some(zip.state.to_owned()),
        postal_code: Some(zip.zip.to_owned()),
        position: Some(position),
        ..Place::default()
    };
    ProviderLocation {
        key: ProviderLocationKey(id(ResourceKind::PractitionerRole, u64::from(number))),
        publisher: slug.clone(),
        publisher_number: PublisherNumber(number % N_PUBLISHERS + 1),
        provider: Some(Provider {
            id: id(ResourceKind::PractitionerRole, u64::from(number)),
            kind: ProviderKind::PractitionerRole,
            name: Some(name(random)),
            identifiers: vec![],
            specialties: vec![coding("http://snomed.info/sct", snomed)],
            languages: vec![],
            gender: None,
            networks: vec![],
            organization: Some(format!("{} Health", name(random))),
            organization_npis: vec![],
            phones: vec![],
            description: None,
        }),
        place: Some(place),
        schedules: schedules
            .map(|schedule| ScheduleSummary {
                number: ResourceNumber(schedule as u32),
                id: id(ResourceKind::Schedule, schedule),
                service_types: vec![coding("http://terminology.hl7.org/CodeSystem/service-type", service_type)],
                specialties: vec![],
                vaccines: vec![],
                vaccine_doses: vec![],
                is_walk_in: false,
                has_availability: None,
            })
            .collect(),
    }
}
