//! How much of a record is kept, whatever a source sends.

use std::sync::Arc;

use super::{Attribute, Evidence, Gap, Installed, SourceRecord};
use crate::Problem;

/// The longest text, in bytes.
const TEXT_BYTES_MAX: usize = 512;
/// How many addresses of adapters.
const MACS_MAX: usize = 32;
/// How many possible owners.
const OWNERS_MAX: usize = 8;
/// How many practices.
const PRACTICES_MAX: usize = 128;
/// How many facts of the company's own.
const ATTRIBUTES_MAX: usize = 128;
/// How many parts or volumes of one practice, and lines beside it.
const PARTS_MAX: usize = 64;
/// How many pieces of software, and how many services.
const SOFTWARE_MAX: usize = 20_000;

impl SourceRecord {
    /// Cuts what is longer than any device has, and says what was cut. A connector calls it on
    /// every record it makes.
    pub fn hold_to_limits(&mut self) -> Vec<Problem> {
        let mut cuts = Cuts { problems: Vec::new() };
        for text in self.facts.values_mut() {
            cuts.text("facts", text);
        }
        for text in self.identifiers.scalars.values_mut() {
            cuts.text("identifiers", text);
        }
        cuts.list("identifiers.macs", &mut self.identifiers.macs, MACS_MAX);
        cuts.list("owners", &mut self.owners, OWNERS_MAX);
        while self.practices.len() > PRACTICES_MAX {
            self.practices.pop_last();
            cuts.note("practices");
        }
        while self.attributes.len() > ATTRIBUTES_MAX {
            self.attributes.pop_last();
            cuts.note("attributes");
        }
        for attribute in self.attributes.values_mut() {
            if let Attribute::Text(text) = attribute {
                cuts.text("attributes", text);
            }
        }
        for observation in self.practices.values_mut() {
            cuts.list("practices.details", &mut observation.details, PARTS_MAX);
            observation.details.iter_mut().for_each(|line| cuts.text("practices.details", line));
            cuts.evidence(&mut observation.evidence);
        }
        if let Some(software) = &mut self.software {
            let software = Arc::make_mut(software);
            let is_installed_cut =
                cuts.list("software.installed", &mut software.installed, SOFTWARE_MAX);
            let is_services_cut =
                cuts.list("software.services", &mut software.services, SOFTWARE_MAX);
            software.is_partial |= is_installed_cut || is_services_cut;
            software.services.iter_mut().for_each(|name| cuts.text("software", name));
            for installed in &mut software.installed {
                let Installed { name, version, publisher, path, install_date } = installed;
                cuts.text("software", name);
                let others = [version, publisher, path, install_date];
                others.into_iter().flatten().for_each(|text| cuts.text("software", text));
            }
        }
        cuts.problems
    }
}

struct Cuts {
    problems: Vec<Problem>,
}

impl Cuts {
    fn text(&mut self, field: &str, text: &mut String) {
        let end = text.floor_char_boundary(TEXT_BYTES_MAX);
        if end < text.len() {
            text.truncate(end);
            self.note(field);
        }
    }

    fn list<T>(&mut self, field: &str, list: &mut Vec<T>, max: usize) -> bool {
        let is_long = list.len() > max;
        if is_long {
            list.truncate(max);
            self.note(field);
        }
        is_long
    }

    /// A list that is cut could have lost the one that is not as it should be.
    fn evidence(&mut self, evidence: &mut Evidence) {
        let is_cut = match evidence {
            Evidence::Parts(parts) => {
                parts.iter_mut().for_each(|part| self.text("practices.parts", &mut part.name));
                self.list("practices.parts", parts, PARTS_MAX)
            }
            Evidence::Volumes(volumes) => {
                let names = volumes.iter_mut().map(|volume| &mut volume.name);
                names.for_each(|name| self.text("practices.volumes", name));
                self.list("practices.volumes", volumes, PARTS_MAX)
            }
            Evidence::Stated(_)
            | Evidence::Unknown(_)
            | Evidence::Absent(_)
            | Evidence::Lock(_) => false,
        };
        if is_cut {
            *evidence = Evidence::Unknown(Gap::Unreadable);
        }
    }

    fn note(&mut self, field: &str) {
        let problem = Problem::at(field, "larger than any device has, and cut");
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}
