//! The sentences of details in one language: `note: text with {{ holes }}`.

use std::collections::BTreeMap;

use content::{FileProblem, Problems, Section};

use crate::detail::Note;

#[derive(Debug, Default)]
pub(super) struct Sentences {
    by_note: BTreeMap<Note, String>,
}

impl Sentences {
    pub(super) fn read(file: &str, yaml: &str) -> Result<Self, Vec<FileProblem>> {
        let mut problems = Problems::of(file);
        let value = match serde_norway::from_str(yaml) {
            Ok(value) => value,
            Err(error) => return Err(vec![FileProblem::new(file, "", error.to_string())]),
        };
        let known: Vec<&str> = Note::ALL.iter().map(|note| note.name()).collect();
        let section = Section::read(&value, "", &known, &mut problems);
        let mut sentences = Self::default();
        for note in section.iter().flat_map(|_| Note::ALL) {
            let Some(text) = section.as_ref().and_then(|it| it.text(note.name(), &mut problems))
            else {
                continue;
            };
            for hole in holes(text).filter(|hole| !note.holes().contains(hole)) {
                let nearest = content::nearest(hole, note.holes().iter().copied());
                problems.add_near(note.name(), format!("knows no `{hole}`"), nearest);
            }
            sentences.by_note.insert(*note, text.to_owned());
        }
        if problems.is_empty() { Ok(sentences) } else { Err(problems.into_vec()) }
    }

    pub(super) fn get(&self, note: Note) -> Option<&str> {
        self.by_note.get(&note).map(String::as_str)
    }

    /// Takes the sentences of a later file.
    pub(super) fn lay_over(&mut self, later: Self) {
        self.by_note.extend(later.by_note);
    }
}

fn holes(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(hole, _)| hole.trim())
}

/// Puts values into holes. What is in a value is never a hole.
pub(super) fn fill(text: &str, holes: &[&str], values: &[String]) -> String {
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((hole, rest)) = part.split_once("}}") else {
            filled.push_str("{{");
            filled.push_str(part);
            continue;
        };
        let at = holes.iter().position(|it| *it == hole.trim());
        filled.push_str(at.and_then(|at| values.get(at)).map(String::as_str).unwrap_or_default());
        filled.push_str(rest);
    }
    filled
}
