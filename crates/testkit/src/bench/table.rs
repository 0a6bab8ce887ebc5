//! The table that is printed.

/// Rows of the table.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<[String; 4]>,
}

/// Whether a target is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    Yes,
    No,
    /// There was nothing to compare with.
    Unknown,
}

impl Met {
    pub(super) fn when(is_met: bool) -> Self {
        if is_met { Self::Yes } else { Self::No }
    }
}

impl Table {
    pub(super) fn row(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        beside: impl Into<String>,
        met: Met,
    ) {
        let met = match met {
            Met::Yes => "met",
            Met::No => "missed",
            Met::Unknown => "not compared",
        };
        let row = [what.into(), measured.into(), beside.into(), met.to_owned()];
        eprintln!("{}: {} ({}; {})", row[0], row[1], row[2], row[3]);
        self.rows.push(row);
    }

    pub(super) fn markdown(&self) -> String {
        let head = "| what | measured | peer or limit | target |\n|---|---|---|---|\n";
        let rows = self.rows.iter().map(|row| format!("| {} |\n", row.join(" | ")));
        format!("{head}{}", rows.collect::<String>())
    }
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which so many in a thousand lie.
pub(super) fn quantile(values: &mut [f64], permille: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * permille / 1000).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}
