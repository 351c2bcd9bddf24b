//! The same questions asked of openslots itself, in process.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use openslots_model::{PageStart, PublisherNumber, SlotSort};
use openslots_search::{Facet, FacetValue, SlotPage, Snapshot};
use openslots_store::Store;

use super::super::latency::{Latency, Sample};
use super::answer::{Answer, FoundSlot, check_page};
use super::questions::{Ask, Question, Want};
use super::sql::PAGE;
use super::{N_RUNS, N_WARM_UP};

/// What openslots answered to a kind of question, and how long that took.
#[derive(Debug)]
pub(super) struct OurAnswers {
    /// All that each question finds.
    pub(super) wholes: Vec<Answer>,
    /// To find the page and to count all that matches.
    pub(super) found: Latency,
    /// To read what is shown of the page from the store besides, which keeps what is asked for again.
    pub(super) shown: Latency,
    /// The same where neither store nor index keep what they read before.
    pub(super) shown_anew: Latency,
}

/// What is read of a page that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    /// As often as it is asked for.
    Again,
    /// As if nobody had asked before.
    Anew,
}

/// Asks a snapshot of the index and the store behind it.
pub(super) struct Ours<'a> {
    snapshot: &'a Snapshot,
    store: &'a Store,
    /// The folder of each publisher.
    folders: HashMap<PublisherNumber, String>,
}

impl<'a> Ours<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, store: &'a Store) -> Result<Self> {
        let mut folders = HashMap::new();
        for publisher in store.publishers()? {
            let folder = publisher.manifest_url.rsplit('/').nth(1).context("a manifest that is in no folder")?;
            folders.insert(publisher.number, folder.to_owned());
        }
        Ok(Self { snapshot, store, folders })
    }

    /// Asks all questions of a kind: once for all that they find, then for time.
    pub(super) fn answer(&self, question: &Question) -> Result<OurAnswers> {
        let mut wholes = Vec::new();
        for ask in &question.asks {
            let whole = self.find(question.want, ask, usize::MAX)?;
            if let (Want::Slots(sort), Answer::Slots(whole)) = (question.want, &whole) {
                let Answer::Slots(page) = self.find(question.want, ask, PAGE)? else { continue };
                check_page(sort, whole, &page, PAGE)?;
            }
            wholes.push(whole);
        }
        let time = |shown: Shown| -> Result<Latency> {
            let mut sample = Sample::default();
            for n in 0..N_WARM_UP + N_RUNS {
                let at = n % question.asks.len();
                if shown == Shown::Anew {
                    self.store.forget_what_was_read();
                    self.snapshot.forget_what_was_read();
                }
                let began = Instant::now();
                let total = self.ask(question.want, &question.asks[at], shown)?;
                let elapsed = began.elapsed();
                ensure!(total == wholes[at].total(), "{} of {} were counted", total, wholes[at].total());
                if n >= N_WARM_UP {
                    sample.add(elapsed, total);
                }
            }
            Ok(sample.finish(question.name))
        };
        let (found, shown, shown_anew) = (time(Shown::Nothing)?, time(Shown::Again)?, time(Shown::Anew)?);
        Ok(OurAnswers { wholes, found, shown, shown_anew })
    }

    /// Asks for time; gives how much matches.
    fn ask(&self, want: Want, ask: &Ask, shown: Shown) -> Result<u64> {
        Ok(match want {
            Want::Slots(sort) => {
                let page = self.page(ask, sort, PAGE)?;
                if shown != Shown::Nothing {
                    std::hint::black_box(self.read(&page)?);
                }
                page.total
            }
            Want::Count => self.page(ask, SlotSort::Start, 1)?.total,
            Want::Specialties => self.specialties(ask)?.values().sum(),
        })
    }

    fn find(&self, want: Want, ask: &Ask, limit: usize) -> Result<Answer> {
        Ok(match want {
            Want::Slots(sort) => {
                // A page is never larger than what there is.
                let n_all = self.page(ask, sort, 1)?.total as usize;
                let page = self.page(ask, sort, limit.min(n_all.max(1)))?;
                Answer::Slots(self.read(&page)?)
            }
            Want::Count => Answer::Counts(BTreeMap::from([(String::new(), self.page(ask, SlotSort::Start, 1)?.total)])),
            Want::Specialties => Answer::Counts(self.specialties(ask)?),
        })
    }

    fn page(&self, ask: &Ask, sort: SlotSort, limit: usize) -> Result<SlotPage> {
        Ok(self.snapshot.slots(&ask.query, sort, PageStart::Offset(0), limit)?)
    }

    /// Reads slots and provider locations of a page, as an answer shows them.
    fn read(&self, page: &SlotPage) -> Result<Vec<FoundSlot>> {
        let rows: Vec<_> = page.hits.iter().map(|hit| hit.row).collect();
        let mut numbers: Vec<_> = page.hits.iter().map(|hit| hit.provider_location).collect();
        numbers.sort_unstable();
        numbers.dedup();
        std::hint::black_box(self.store.provider_locations(&numbers)?);
        let slots = self.store.slots(&rows)?;
        page.hits
            .iter()
            .zip(slots)
            .map(|(hit, slot)| {
                let slot = slot.context("a slot that was found is gone")?;
                let publisher = self.folders.get(&slot.publisher).context("a slot of nobody")?.clone();
                let id = slot.slot.id.to_string();
                Ok(FoundSlot { publisher, id, start: hit.start.0, miles: hit.distance_miles })
            })
            .collect()
    }

    fn specialties(&self, ask: &Ask) -> Result<BTreeMap<String, u64>> {
        let mut by_code = BTreeMap::new();
        for (_, counts) in self.snapshot.slot_facets(&ask.query, &[Facet::Specialty])? {
            for count in counts {
                if let FacetValue::Code(coding) = count.value {
                    *by_code.entry(coding.code.unwrap_or_default()).or_default() += count.n;
                }
            }
        }
        Ok(by_code)
    }
}
