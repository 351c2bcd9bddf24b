//! The figures: what each means, what it does not, and what its columns are.

/// A figure that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Figure {
    /// Places, and the share of them with something to book.
    Coverage,
    /// Hours to the next and the third next available appointment.
    LeadTime,
    /// Slots that are free.
    FreeSlots,
    /// Which part of the slots was taken by their start, and how long they were on offer.
    FillRate,
    /// How steadily publishers are heard.
    Continuity,
}

/// A column of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in answers and files.
    pub name: &'static str,
    /// What stands in it, with its unit.
    pub meaning: &'static str,
}

const fn column(name: &'static str, meaning: &'static str) -> Column {
    Column { name, meaning }
}

/// Holds of every figure that is made of a census.
const CENSUS: &str = "A day is one of UTC. What was held of a publisher is counted once a day, at the first moment of the day at which its data were fresh (else at the first at all); what came and went between two such moments is not seen.";
const SILENT: &str = "A publisher that is silent is not one without slots: where its data were too old to be offered, what it has is left out and counted as silent.";
const DOUBLE: &str = "Places that several publishers list are counted for each of them; what belongs to several values (two specialties, two places) is counted for each, so rows may add up to more than the whole.";
const COARSE: &str =
    "Windows of hours or days (longer than three hours, or without a length) are no appointments and are told apart.";

const COVERAGE: &[Column] = &[
    column("places", "provider locations"),
    column("withSlot", "those with a free appointment or window"),
    column("withAppointment", "those with a free appointment"),
    column("shareWithSlot", "`withSlot` by `places`, 0 to 1; missing where there are none"),
    column("silent", "provider locations of publishers whose data were too old to offer, in none of the others"),
];
const LEAD_TIME: &[Column] = &[
    column("offered", "provider locations, each with each of its specialties or services"),
    column("withNext", "those with a free appointment"),
    column("nextMedianHours", "median of the hours to it"),
    column("nextP90Hours", "90th percentile of the hours to it"),
    column("withThird", "those with three free appointments"),
    column("thirdMedianHours", "median of the hours to the third"),
    column("thirdP90Hours", "90th percentile of the hours to the third"),
    column("onlyCoarse", "those without a free appointment that have a window of hours or days"),
    column("silent", "those of publishers whose data were too old to offer, in none of the others"),
];
const FREE_SLOTS: &[Column] = &[
    column("appointments", "free appointments"),
    column("coarse", "free windows of hours or days"),
    column("withCapacity", "of both, slots that say how many can be booked in one"),
    column("capacity", "how many can be booked in those"),
    column("silent", "slots of publishers whose data were too old to offer, in none of the others"),
];
const FILL_RATE: &[Column] = &[
    column("taken", "listed as taken at their start"),
    column("withdrawn", "no longer listed at their start"),
    column("unfilled", "still free at their start"),
    column("unknown", "of unknown fate, in no rate"),
    column("fillRateLeast", "`taken` by all of known fate, 0 to 1"),
    column("fillRateMost", "`taken` and `withdrawn` by all of known fate, 0 to 1"),
    column("withLifetime", "slots that went and whose lifetime is known"),
    column("lifetimeMedianHours", "median of their lifetimes in whole hours"),
    column("lifetimeP90Hours", "90th percentile of them"),
    column("coarse", "windows of hours or days, in none of the others"),
];
const CONTINUITY: &[Column] = &[
    column("polls", "crawl runs"),
    column("partial", "those that read some files and not others"),
    column("failed", "those that read nothing"),
    column("syncGaps", "gaps between runs that read everything"),
    column("syncGapP50Minutes", "50th percentile of them, in minutes"),
    column("syncGapP95Minutes", "95th percentile"),
    column("syncGapP99Minutes", "99th percentile"),
    column("dataGaps", "gaps between transaction times"),
    column("dataGapP50Minutes", "50th percentile of them, in minutes"),
    column("dataGapP95Minutes", "95th percentile"),
    column("dataGapP99Minutes", "99th percentile"),
    column("staleSeconds", "time in gaps beyond the time for which data count as fresh, in seconds"),
    column("lastSuccessAt", "the last run that read everything, up to the last day asked for"),
];

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 5] = [Self::Coverage, Self::LeadTime, Self::FreeSlots, Self::FillRate, Self::Continuity];

    /// Its name in addresses and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::LeadTime => "lead-time",
            Self::FreeSlots => "free-slots",
            Self::FillRate => "fill-rate",
            Self::Continuity => "continuity",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Coverage => "Places with something to book",
            Self::LeadTime => "Time to the next available appointment",
            Self::FreeSlots => "Free slots",
            Self::FillRate => "What became of slots",
            Self::Continuity => "How steadily publishers are heard",
        }
    }

    /// What it means.
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Coverage => {
                "Provider locations (one provider at one place of one publisher) that are listed, and the share of them with a slot that could be booked at that moment and whose time was not over. Each counts once for each day asked for; by specialty or service, once for each that it has."
            }
            Self::LeadTime => {
                "Whole hours from the moment of the count to the start of the next, and of the third next, free appointment of each provider location with each of its specialties (with each of its services, by service). The third is the measure of access that the field prefers, since the next may be a cancellation. Median and 90th percentile are nearest-rank, over those that have such an appointment, each counted once for each day asked for."
            }
            Self::FreeSlots => {
                "Slots that could be booked at the moment of the count and whose time was not over: listed as free, with something left, for some patients."
            }
            Self::FillRate => {
                "Appointments by the UTC day of their start that could be booked at some moment before it, and what had become of them by then: listed as taken, no longer listed, or still free. The fill rate lies between the share that was listed as taken (`fillRateLeast`) and the share that was taken or no longer listed (`fillRateMost`), both of those whose fate is known. Lifetime is the time from when one was first seen free to when it was last seen to go."
            }
            Self::Continuity => {
                "Crawl runs of each publisher and how they ended; whole minutes from one run that read everything to the next, and from one transaction time (the publisher's own claim) to the next; 50th, 95th and 99th percentile, nearest-rank. A gap counts for the day on which it ended. Stale time is how long gaps went beyond the time for which the publisher's data count as fresh."
            }
        }
    }

    /// What must be known to read it rightly.
    pub const fn caveats(self) -> &'static [&'static str] {
        match self {
            Self::Coverage => {
                &[SILENT, DOUBLE, "A place without a listed slot may still take patients by telephone.", CENSUS]
            }
            Self::LeadTime => &[
                SILENT,
                "Those without a free appointment have no lead time and are not in the percentiles: where few have one, a short median says little. `offered` beside `withNext` and `withThird` tells how many.",
                COARSE,
                DOUBLE,
                CENSUS,
            ],
            Self::FreeSlots => &[
                SILENT,
                COARSE,
                "A slot counts once, however many can be booked in it; `capacity` adds up what publishers say of the `withCapacity` slots that say it.",
                DOUBLE,
                CENSUS,
            ],
            Self::FillRate => &[
                "Many publishers list only what is free: one that is no longer listed may have been booked or taken back, and nobody can tell which. One listed as taken may have been blocked by its provider.",
                "What happened is known to the crawl at which it was seen, so lifetimes are wrong by up to the time between two crawls.",
                "Where a slot could still be booked by what was last heard, but the publisher's data were no longer fresh at its start, its fate is unknown and in no rate.",
                "Lifetimes are of those that went before their start and whose first appearance is in history; those that nobody took are not in them. A slot whose start was moved counts as two.",
                "Windows of hours or days are left out and counted in `coarse`.",
                DOUBLE,
            ],
            Self::Continuity => &[
                "A run that failed is one at which the publisher was asked and nothing could be read; polls that were due while this service was down are not known.",
                "A gap that has not ended is in no percentile: `lastSuccessAt` tells since when it lasts.",
                "Transaction times are what publishers claim; one that goes back or cannot be read counts as none.",
                "A day is one of UTC.",
            ],
        }
    }

    /// Its columns, behind those that say of what day and value a row is.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Coverage => COVERAGE,
            Self::LeadTime => LEAD_TIME,
            Self::FreeSlots => FREE_SLOTS,
            Self::FillRate => FILL_RATE,
            Self::Continuity => CONTINUITY,
        }
    }
}
