//! The snapshot's own form: JSON, one line of text for each line of releases, so that a change of
//! it can be read in review.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Currency, Product};

/// The largest snapshot taken, in bytes.
const BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Why a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is larger than any is.
    #[error("larger than {BYTES_MAX} bytes")]
    TooLarge,
    /// It is not of this form.
    #[error("not a snapshot of operating systems")]
    Unreadable(#[source] serde_json::Error),
}

impl Currency {
    /// Reads a snapshot.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        if text.len() > BYTES_MAX {
            return Err(SnapshotError::TooLarge);
        }
        serde_json::from_str(text).map_err(SnapshotError::Unreadable)
    }

    /// Writes a snapshot: the same bytes for the same content.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = format!("{{\n\"notices\": [\n{}\n],\n\"products\": {{", list(&self.notices));
        for (at, (name, product)) in self.products.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n{}: {}", json(name), of(product));
        }
        text.push_str("\n}\n}\n");
        text
    }
}

fn of(product: &Product) -> String {
    let models: Vec<String> = product
        .models
        .iter()
        .map(|(model, lines)| format!("{}: {}", json(model), json(lines)))
        .collect();
    format!(
        "{{\"as_of\": {}, \"lines\": [\n{}\n], \"models\": {{{}}}}}",
        json(&product.as_of),
        list(&product.lines),
        models.join(",\n")
    )
}

fn list<T: Serialize>(items: &[T]) -> String {
    items.iter().map(json).collect::<Vec<_>>().join(",\n")
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have string keys and finite numbers")
}
