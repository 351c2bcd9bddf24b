//! Everything that is fixed about one publisher; from it any line of any file can be made.

use std::sync::Arc;

use openslots_model::{PublisherSlug, ResourceKind};

use crate::calendar::Calendar;
use crate::files::{self, FilePlan};
use crate::ids::Ids;
use crate::places::{Region, Site, Sites};
use crate::random::{Key, Purpose};
use crate::style::{Business, Style};
use crate::{Error, Fault, SimulationPlan, words};

/// Schedules (and, at clinics, roles) of each location.
pub(crate) const SCHEDULES_A_LOCATION: u32 = 4;

/// One publisher.
#[derive(Debug)]
pub(crate) struct Blueprint {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) slug: PublisherSlug,
    pub(crate) key: Key,
    pub(crate) style: Style,
    pub(crate) ids: Ids,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) sites: Vec<Site>,
    pub(crate) regions: Vec<Region>,
    pub(crate) n_slots: u64,
    pub(crate) changed_per_mille: u32,
    /// In the order of the manifest.
    pub(crate) files: Vec<FilePlan>,
    /// Faults of the manifest; those of files are with their file.
    pub(crate) manifest_faults: Vec<Fault>,
}

impl Blueprint {
    /// Lays out the `number`-th publisher of a plan.
    pub(crate) fn new(plan: &SimulationPlan, number: u32, calendar: Arc<Calendar>) -> Result<Self, Error> {
        let style = Style::of(number);
        let world = Key::new(plan.seed);
        let key = world.for_purpose(Purpose::Publisher).of(u64::from(number));
        let is_store = style.business == Business::Store;
        let name = words::publisher_name(world.for_purpose(Purpose::Name), number, is_store);
        let slug = PublisherSlug::from_text(&name).ok_or_else(|| Error::NoSlug(name.clone()))?;

        let n_slots = share(plan.n_slots, u64::from(plan.n_publishers), u64::from(number));
        // About a thousand slots a file, as long as there are states enough.
        let n_states = (n_slots / u64::from(calendar.n_weeks())).div_ceil(1_000).clamp(3, 12) as u32;
        let Sites { sites, regions } = Sites::choose(key, number, &style, plan.n_locations, n_states)?;
        let n_locations = u64::from(plan.n_locations);
        let ids = Ids::new(style.ids, key, n_locations, n_locations * u64::from(SCHEDULES_A_LOCATION));

        let mut blueprint = Self {
            number,
            name,
            slug,
            key,
            style,
            ids,
            calendar,
            sites,
            regions,
            n_slots,
            changed_per_mille: plan.changed_per_mille,
            files: Vec::new(),
            manifest_faults: Vec::new(),
        };
        blueprint.files = files::plan_files(&blueprint);
        Ok(blueprint)
    }

    pub(crate) fn is_clinic(&self) -> bool {
        self.style.business == Business::Clinic
    }

    pub(crate) fn n_locations(&self) -> u32 {
        self.sites.len() as u32
    }

    pub(crate) fn n_schedules(&self) -> u32 {
        self.n_locations() * SCHEDULES_A_LOCATION
    }

    /// How many resources of a kind are published.
    pub(crate) fn n_of(&self, kind: ResourceKind) -> u64 {
        let n_roles = if self.is_clinic() { self.n_schedules() } else { 0 };
        let n = match kind {
            ResourceKind::Slot => return self.n_slots,
            ResourceKind::Location | ResourceKind::HealthcareService => self.n_locations(),
            ResourceKind::Schedule => self.n_schedules(),
            ResourceKind::PractitionerRole => n_roles,
            ResourceKind::Practitioner if self.style.has_practitioner_file => n_roles,
            ResourceKind::Organization if self.style.has_organization_file => 1,
            // Every sixth place has a device (see `offer`).
            ResourceKind::Device if self.style.has_devices => (self.n_locations() + 2) / 6,
            ResourceKind::Practitioner | ResourceKind::Organization | ResourceKind::Device => 0,
        };
        u64::from(n)
    }

    /// The location that a schedule or a role belongs to.
    pub(crate) const fn location_of(&self, schedule: u32) -> u32 {
        schedule / SCHEDULES_A_LOCATION
    }
}

/// The part of `total` that the `number`-th of `n` gets, so that all parts add up.
pub(crate) const fn share(total: u64, n: u64, number: u64) -> u64 {
    (number + 1) * total / n - number * total / n
}
