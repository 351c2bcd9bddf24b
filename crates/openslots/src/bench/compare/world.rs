//! The publishers' files in a folder, for databases to load.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use openslots_directory::geography;
use openslots_simulate::{Simulation, SimulationPlan};

/// The folder with the ZIP codes: what openslots brings along, and a database has to be given.
const ZIP_CODES: &str = "zip-codes";

/// One output file.
#[derive(Debug, Clone)]
pub(super) struct WorldFile {
    /// The folder that it is in: its publisher.
    pub(super) publisher: String,
    pub(super) path: PathBuf,
    /// Slots, or what they hang on.
    pub(super) has_slots: bool,
}

/// The same publishers that are crawled, as files.
#[derive(Debug)]
pub(super) struct World {
    folder: PathBuf,
    pub(super) files: Vec<WorldFile>,
    /// Bytes of all files.
    pub(super) n_bytes: u64,
}

impl World {
    /// Writes them into a folder, with the ZIP codes beside them.
    pub(super) fn write(plan: &SimulationPlan, folder: &Path) -> Result<Self> {
        openslots_simulate::write_to_dir(&Simulation::new(plan.clone())?, folder)?;
        write_zip_codes(&folder.join(ZIP_CODES))?;
        let mut world = Self { folder: folder.to_owned(), files: Vec::new(), n_bytes: 0 };
        for publisher in entries(folder)? {
            for path in entries(&publisher)? {
                let name = name_of(&path);
                if !name.ends_with(".ndjson") {
                    continue;
                }
                world.n_bytes += path.metadata().with_context(|| format!("{} is gone", path.display()))?.len();
                let has_slots = name.starts_with("slots-");
                world.files.push(WorldFile { publisher: name_of(&publisher), path, has_slots });
            }
        }
        Ok(world)
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Those with slots, or those without.
    pub(super) fn files(&self, has_slots: bool) -> impl Iterator<Item = &WorldFile> {
        self.files.iter().filter(move |file| file.has_slots == has_slots)
    }
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let listed = listed.with_context(|| format!("{} cannot be listed", folder.display()))?;
    let mut paths: Vec<_> = listed.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The centroids that places without a position are taken to lie at, as resources of a type of their own.
fn write_zip_codes(folder: &Path) -> Result<()> {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir(folder)?;
        let mut file = BufWriter::new(File::create(folder.join("zips.ndjson"))?);
        for code in geography::zip_codes() {
            let (id, position) = (code.zip, code.position);
            let (latitude, longitude) = (position.latitude, position.longitude);
            writeln!(
                file,
                r#"{{"resourceType":"Zip","id":"{id}","latitude":{latitude:?},"longitude":{longitude:?}}}"#
            )?;
        }
        file.flush()
    };
    write().with_context(|| format!("ZIP codes cannot be written to {}", folder.display()))
}
