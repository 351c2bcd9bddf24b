//! A simulated world and its publishers.

use std::io;
use std::path::Path;
use std::sync::Arc;

use openslots_model::{PublisherSlug, ResourceKind};

use crate::blueprint::Blueprint;
use crate::calendar::Calendar;
use crate::fault::placement::{self, Injection};
use crate::files::FilePlan;
use crate::manifest::{self, MANIFEST_NAME};
use crate::write::write_file;
use crate::{Error, ExpectedPublisher, Fault, SimulationPlan};

/// A simulated world in one generation. Cheap to clone and to move to another generation: nothing is kept but what
/// lines are made from.
#[derive(Debug, Clone)]
pub struct Simulation {
    plan: SimulationPlan,
    publishers: Vec<SimulatedPublisher>,
    injections: Arc<[Injection]>,
}

/// One simulated publisher in one generation.
#[derive(Debug, Clone)]
pub struct SimulatedPublisher {
    blueprint: Arc<Blueprint>,
    start_date: jiff::civil::Date,
    generation: u32,
}

/// An output file of a simulated publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedFile {
    /// Its path below the publisher's base, without slashes.
    pub path: String,
    /// What it holds; `None` is a type that aggregators of slots pass over (Endpoint).
    pub kind: Option<ResourceKind>,
    /// The states that its manifest entry names: two letters each, none if the entry has no tag.
    pub states: Vec<&'static str>,
    /// Lines before any fault.
    pub n_lines: u64,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

impl Simulation {
    /// Lays out a world.
    ///
    /// # Errors
    /// When a size is zero or too large, the days run past the calendar, or a fault finds no file to sit in.
    pub fn new(plan: SimulationPlan) -> Result<Self, Error> {
        plan.check()?;
        let calendar = Arc::new(Calendar::new(plan.start_date, plan.n_days)?);
        let mut blueprints = (0..plan.n_publishers)
            .map(|number| Blueprint::new(&plan, number, Arc::clone(&calendar)))
            .collect::<Result<Vec<Blueprint>, Error>>()?;
        let injections = placement::place(&plan.faults, &mut blueprints)?.into();
        let (start_date, generation) = (plan.start_date, plan.generation);
        let publishers = blueprints
            .into_iter()
            .map(|blueprint| SimulatedPublisher { blueprint: Arc::new(blueprint), start_date, generation })
            .collect();
        Ok(Self { plan, publishers, injections })
    }

    /// The same world in another generation.
    #[must_use]
    pub fn at_generation(&self, generation: u32) -> Self {
        let mut other = self.clone();
        other.plan.generation = generation;
        for publisher in &mut other.publishers {
            publisher.generation = generation;
        }
        other
    }

    /// What it was made from.
    pub fn plan(&self) -> &SimulationPlan {
        &self.plan
    }

    /// All publishers; the first ones differ most from each other.
    pub fn publishers(&self) -> &[SimulatedPublisher] {
        &self.publishers
    }

    /// The publisher of a slug.
    pub fn publisher(&self, slug: &str) -> Option<&SimulatedPublisher> {
        self.publishers.iter().find(|publisher| publisher.slug().as_str() == slug)
    }

    /// Where each fault of the plan sits, in the order of the plan.
    pub fn injections(&self) -> &[Injection] {
        &self.injections
    }

    /// What a lenient reader that reads everything finds at each publisher, in this generation.
    pub fn expected(&self) -> Vec<ExpectedPublisher> {
        self.publishers.iter().map(crate::expected::expect).collect()
    }

    /// How many resources of a kind are published in all.
    pub fn count(&self, kind: ResourceKind) -> u64 {
        self.publishers.iter().map(|publisher| publisher.count(kind)).sum()
    }
}

impl SimulatedPublisher {
    /// What people call it. Differs from all others.
    pub fn name(&self) -> &str {
        &self.blueprint.name
    }

    /// Its short name: the name as a slug.
    pub fn slug(&self) -> &PublisherSlug {
        &self.blueprint.slug
    }

    /// Its generation.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// The manifest as it is where the files are at `base_url`, such as `http://127.0.0.1:9000/some-publisher`
    /// (no slash at the end).
    pub fn manifest(&self, base_url: &str) -> Vec<u8> {
        manifest::manifest(&self.blueprint, self.start_date, self.generation, base_url)
    }

    /// Every output file, in manifest order, those that the manifest lists no longer included.
    pub fn files(&self) -> Vec<SimulatedFile> {
        let file = |file: &FilePlan| SimulatedFile {
            path: file.path.clone(),
            kind: file.kind(),
            states: if manifest::is_tagged(&self.blueprint, file) { file.states.clone() } else { Vec::new() },
            n_lines: file.n_lines,
            fault: file.fault,
        };
        self.blueprint.files.iter().map(file).collect()
    }

    /// How many resources of a kind it publishes.
    pub fn count(&self, kind: ResourceKind) -> u64 {
        self.blueprint.n_of(kind)
    }

    /// Writes an output file, with its fault, piece by piece. Faults of the HTTP answer do not show here.
    ///
    /// # Errors
    /// When no file has that path, or `out` fails.
    pub fn write_file(&self, path: &str, out: &mut dyn io::Write) -> Result<(), Error> {
        let file = self
            .blueprint
            .files
            .iter()
            .find(|file| file.path == path)
            .ok_or_else(|| Error::UnknownFile { publisher: self.slug().to_string(), path: path.to_owned() })?;
        write_file(&self.blueprint, file, self.generation, out).map_err(Error::io(format!("write file `{path}`")))
    }
}

/// Writes a folder for each publisher, named by its slug, with the manifest `$bulk-publish` and the output files.
///
/// The manifest's URLs are below `https://<slug>.example.org`, as if the folder were published there. Files that a
/// fault makes answer 404 are left out; other faults of HTTP answers do not show.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write_to_dir(simulation: &Simulation, dir: &Path) -> Result<(), Error> {
    for publisher in simulation.publishers() {
        let folder = dir.join(publisher.slug().as_str());
        std::fs::create_dir_all(&folder).map_err(Error::io(format!("create folder `{}`", folder.display())))?;
        let manifest = publisher.manifest(&format!("https://{}.example.org", publisher.slug()));
        let path = folder.join(MANIFEST_NAME);
        std::fs::write(&path, manifest).map_err(Error::io(format!("write file `{}`", path.display())))?;
        for plan in manifest::listed_files(publisher.blueprint(), publisher.generation) {
            if plan.fault == Some(Fault::NotFoundFile) {
                continue;
            }
            let path = folder.join(&plan.path);
            let write = || {
                let mut file = std::fs::File::create(&path)?;
                write_file(publisher.blueprint(), plan, publisher.generation, &mut file)
            };
            write().map_err(Error::io(format!("write file `{}`", path.display())))?;
        }
    }
    Ok(())
}
