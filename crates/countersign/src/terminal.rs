//! What a person at a terminal sees, and what a program behind a pipe reads.

use std::io::{self, IsTerminal as _, Write};

/// Between two columns of a table.
const GAP: &str = "  ";
/// The widest column, in characters; longer values are cut on a terminal and never in a pipe.
const COLUMN_MAX: usize = 60;

/// Whether colour is wanted: <https://no-color.org>.
pub(crate) fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// How standard output is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// A table with a head, or one line of values with tabs between them.
    is_table: bool,
    is_coloured: bool,
}

impl Look {
    /// As suits standard output.
    pub(crate) fn of_stdout() -> Self {
        let is_table = io::stdout().is_terminal();
        Self { is_table, is_coloured: is_table && wants_colour() }
    }

    /// Writes rows. Every cell is made harmless: it may hold text from outside.
    pub(crate) fn table(
        self,
        out: &mut impl Write,
        head: &[&str],
        rows: &[Vec<String>],
    ) -> io::Result<()> {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect();
        if !self.is_table {
            return rows.iter().try_for_each(|row| writeln!(out, "{}", row.join("\t")));
        }
        let widths = widths(head, &rows);
        let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
        self.line(out, &head, &widths, true)?;
        rows.iter().try_for_each(|row| self.line(out, row, &widths, false))
    }

    fn line(
        self,
        out: &mut impl Write,
        cells: &[String],
        widths: &[usize],
        is_head: bool,
    ) -> io::Result<()> {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, &width)| padded(cell, width)).collect();
        let line = padded.join(GAP);
        let line = line.trim_end();
        if is_head && self.is_coloured {
            writeln!(out, "\x1b[1m{line}\x1b[0m")
        } else {
            writeln!(out, "{line}")
        }
    }

    /// A word in bold, where that can be seen.
    pub(crate) fn bold(self, text: &str) -> String {
        if self.is_coloured { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn widths(head: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let names = head.iter().enumerate();
    names.map(|(column, name)| widest(column).max(name.len()).min(COLUMN_MAX)).collect()
}

fn padded(cell: &str, width: usize) -> String {
    if cell.chars().count() > width {
        let cut: String = cell.chars().take(width.saturating_sub(1)).collect();
        return format!("{cut}…");
    }
    format!("{cell:width$}")
}

/// Text from outside as one line that a terminal only shows: no escapes, no marks that turn the
/// direction of writing.
pub(crate) fn harmless(text: &str) -> String {
    let is_turning = |letter: char| matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    let shown = text.chars().filter(|letter| !is_turning(*letter));
    shown.map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Prints a line to standard output; a reader that went away is no failure of ours.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    written(writeln!(io::stdout().lock(), "{text}"))
}

/// A reader that has read enough, such as `head`, is not an error.
pub(crate) fn written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(look: Look) -> String {
        let rows = [
            vec!["case_1".to_owned(), "Root\u{1b}[31m signed\nin".to_owned()],
            vec!["case_22".to_owned(), "x".repeat(80)],
        ];
        let mut out = Vec::new();
        look.table(&mut out, &["CASE", "WHAT"], &rows).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_terminal_gets_a_table_and_a_pipe_gets_whole_values() {
        let shown = table(Look { is_table: true, is_coloured: false });
        assert!(shown.starts_with("CASE     WHAT\ncase_1   Root [31m signed in\n"), "{shown}");
        assert!(shown.ends_with("…\n"), "{shown}");
        let piped = table(Look { is_table: false, is_coloured: false });
        assert!(piped.ends_with(&format!("case_22\t{}\n", "x".repeat(80))), "{piped}");
    }

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        for look in [(true, true), (true, false), (false, false)] {
            let shown = table(Look { is_table: look.0, is_coloured: look.1 });
            let own = shown.replace("\x1b[1m", "").replace("\x1b[0m", "");
            assert!(!own.contains('\x1b'), "{own:?}");
        }
        assert_eq!(harmless("a\u{202E}b\r\nc\u{200B}"), "ab  c");
    }
}
