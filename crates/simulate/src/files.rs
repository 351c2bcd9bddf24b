//! Which output files a publisher has.

use std::ops::Range;

use openslots_model::ResourceKind;

use crate::Fault;
use crate::blueprint::{Blueprint, SCHEDULES_A_LOCATION};

/// No Slot file is planned with more lines, unless a single schedule has more in a week.
const MOST_SLOTS_A_FILE: u64 = 5_000;

/// What an output file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// All resources of one kind.
    Resources(ResourceKind),
    /// The slots of some schedules in a week.
    Slots { schedules: Range<u32>, week: u32 },
    /// The publisher's Endpoint: a type that aggregators of slots pass over.
    Endpoint,
}

/// One output file.
#[derive(Debug, Clone)]
pub(crate) struct FilePlan {
    pub(crate) path: String,
    pub(crate) content: Content,
    /// States whose places it is about.
    pub(crate) states: Vec<&'static str>,
    /// Lines before any fault.
    pub(crate) n_lines: u64,
    pub(crate) fault: Option<Fault>,
}

impl FilePlan {
    /// `None`: a type that aggregators of slots pass over.
    pub(crate) const fn kind(&self) -> Option<ResourceKind> {
        match self.content {
            Content::Resources(kind) => Some(kind),
            Content::Slots { .. } => Some(ResourceKind::Slot),
            Content::Endpoint => None,
        }
    }

    /// The type as the manifest names it.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self.kind() {
            Some(kind) => kind.as_str(),
            None => "Endpoint",
        }
    }
}

/// Plans the files of a publisher, in the order of its manifest.
pub(crate) fn plan_files(publisher: &Blueprint) -> Vec<FilePlan> {
    let slots = plan_slot_files(publisher);
    let others = plan_other_files(publisher);
    if publisher.style.is_slots_first {
        slots.into_iter().chain(others).collect()
    } else {
        others.into_iter().chain(slots).collect()
    }
}

fn plan_other_files(publisher: &Blueprint) -> Vec<FilePlan> {
    let mut states: Vec<&'static str> =
        publisher.regions.iter().flat_map(|region| region.states.iter().copied()).collect();
    states.sort_unstable();
    states.dedup();
    let file = |path: &str, content, n_lines| FilePlan {
        path: path.to_owned(),
        content,
        states: states.clone(),
        n_lines,
        fault: None,
    };
    let mut files: Vec<FilePlan> = ResourceKind::ALL
        .into_iter()
        .filter(|kind| *kind != ResourceKind::Slot && publisher.n_of(*kind) > 0)
        .map(|kind| {
            let path = format!("{}s.ndjson", kind.as_str().to_ascii_lowercase());
            file(&path, Content::Resources(kind), publisher.n_of(kind))
        })
        .collect();
    if publisher.style.has_endpoint_file {
        files.push(file("endpoints.ndjson", Content::Endpoint, 1));
    }
    files
}

/// One file for each week and region, cut into parts where that would be too long; none where it would be empty.
fn plan_slot_files(publisher: &Blueprint) -> Vec<FilePlan> {
    let mut files = Vec::new();
    for week in 0..publisher.calendar.n_weeks() {
        let first_day = publisher.calendar.day_text(week * 7);
        for region in &publisher.regions {
            let schedules = region.locations.start * SCHEDULES_A_LOCATION..region.locations.end * SCHEDULES_A_LOCATION;
            let parts = cut_into_parts(publisher, schedules, week);
            let is_whole = parts.len() == 1;
            for (index, (schedules, n_lines)) in parts.into_iter().enumerate() {
                let part = if is_whole { String::new() } else { format!("-{}", index + 1) };
                files.push(FilePlan {
                    path: format!("slots-{first_day}-{}{part}.ndjson", region.name),
                    content: Content::Slots { schedules, week },
                    states: region.states.clone(),
                    n_lines,
                    fault: None,
                });
            }
        }
    }
    files
}

/// Ranges of schedules with the number of their slots in a week.
fn cut_into_parts(publisher: &Blueprint, schedules: Range<u32>, week: u32) -> Vec<(Range<u32>, u64)> {
    let mut parts: Vec<(Range<u32>, u64)> = Vec::new();
    for schedule in schedules {
        let n = publisher.slots_of(schedule).n_in_week(week);
        if n == 0 {
            continue;
        }
        match parts.last_mut() {
            Some((range, n_lines)) if *n_lines + n <= MOST_SLOTS_A_FILE => {
                range.end = schedule + 1;
                *n_lines += n;
            }
            _ => parts.push((schedule..schedule + 1, n)),
        }
    }
    parts
}
