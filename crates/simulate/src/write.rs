//! Writing an output file as a stream.

use std::io;

use openslots_model::ResourceKind;

use crate::blueprint::Blueprint;
use crate::fault::lines::FaultyWriter;
use crate::files::{Content, FilePlan};
use crate::slots::render::write_slots;

/// Lines are handed on in pieces of about this size, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Collects lines into pieces.
pub(crate) struct LineSink<'a> {
    buffer: Vec<u8>,
    out: &'a mut dyn io::Write,
}

impl<'a> LineSink<'a> {
    fn new(out: &'a mut dyn io::Write) -> Self {
        Self { buffer: Vec::with_capacity(PIECE_BYTES + 4_096), out }
    }

    /// Where whole lines are appended.
    #[inline]
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    #[inline]
    pub(crate) fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// Writes a file with its fault.
pub(crate) fn write_file(
    publisher: &Blueprint,
    file: &FilePlan,
    generation: u32,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match file.fault {
        None => write_sound_file(publisher, file, generation, out),
        Some(fault) => {
            let mut faulty = FaultyWriter::new(fault, file, out);
            if faulty.needs_content() {
                write_sound_file(publisher, file, generation, &mut faulty)?;
            }
            faulty.finish()
        }
    }
}

fn write_sound_file(
    publisher: &Blueprint,
    file: &FilePlan,
    generation: u32,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut sink = LineSink::new(out);
    match &file.content {
        Content::Slots { schedules, week } => {
            write_slots(publisher, schedules.clone(), *week, generation, &mut sink)?;
        }
        Content::Endpoint => publisher.write_endpoint(sink.buffer()),
        Content::Resources(kind) => {
            for number in 0..file.n_lines as u32 {
                write_resource(publisher, *kind, number, sink.buffer());
                sink.buffer().push(b'\n');
                sink.flush_if_full()?;
            }
        }
    }
    sink.flush()
}

fn write_resource(publisher: &Blueprint, kind: ResourceKind, number: u32, out: &mut Vec<u8>) {
    match kind {
        ResourceKind::Location => publisher.write_location(out, number),
        ResourceKind::Practitioner => publisher.write_practitioner(out, number),
        ResourceKind::PractitionerRole => publisher.write_role(out, number),
        ResourceKind::HealthcareService => publisher.write_service(out, number),
        ResourceKind::Organization => publisher.write_organization(out),
        ResourceKind::Device => publisher.write_device(out, number),
        ResourceKind::Schedule => publisher.write_schedule(out, number),
        // Slots are written a file at a time.
        ResourceKind::Slot => {}
    }
}
