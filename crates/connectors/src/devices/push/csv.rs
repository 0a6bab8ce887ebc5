//! Tables as RFC 4180 has them: commas, quotes, a header. Pure.

use std::collections::BTreeMap;

use ports::devices::Rejected;

/// The most lines of a table.
const ROWS_MAX: usize = 200_000;
/// The most columns.
const COLUMNS_MAX: usize = 256;
/// The most fields of a table, empty ones too: a body of nothing but commas is small, what it would
/// be read into is not.
const FIELDS_MAX: usize = 2_000_000;
/// The longest field, in bytes.
const FIELD_MAX_BYTES: usize = 16 * 1024;

/// One line by the names of its columns, which are in small letters. Empty fields are left out.
pub(super) type Line = BTreeMap<String, String>;

/// The lines of a table; one of another length than its header is refused by its number.
pub(super) fn read(text: &str) -> Result<Vec<Result<Line, Rejected>>, Rejected> {
    let mut rows = rows(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let header = rows.next().ok_or_else(|| Rejected::because("there is no header"))?;
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if names.len() > COLUMNS_MAX {
        return Err(Rejected::because(format!("more than {COLUMNS_MAX} columns")));
    }
    let line = |fields: Vec<String>| {
        if fields.len() != names.len() {
            return Err(Rejected::because("another number of fields than the header has"));
        }
        let pairs = names.iter().cloned().zip(fields);
        Ok(pairs.filter(|(_, text)| !text.trim().is_empty()).collect())
    };
    Ok(rows.map(line).collect())
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, Rejected> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let (mut is_quoted, mut was_quoted) = (false, false);
    let mut fields = 0;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if field.is_empty() && !was_quoted => (is_quoted, was_quoted) = (true, true),
            ',' if !is_quoted => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut field));
                was_quoted = false;
                add(&mut rows, std::mem::take(&mut row))?;
            }
            other => field.push(other),
        }
        if !is_quoted && matches!(letter, ',' | '\n') {
            fields += 1;
        }
        if fields > FIELDS_MAX {
            return Err(Rejected::because(format!("more than {FIELDS_MAX} fields")));
        }
        if field.len() > FIELD_MAX_BYTES {
            return Err(Rejected::because(format!("a field longer than {FIELD_MAX_BYTES} bytes")));
        }
    }
    if is_quoted {
        return Err(Rejected::because("a quote that does not end"));
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        add(&mut rows, row)?;
    }
    Ok(rows)
}

fn add(rows: &mut Vec<Vec<String>>, row: Vec<String>) -> Result<(), Rejected> {
    // An empty line is none.
    if row.len() == 1 && row[0].trim().is_empty() {
        return Ok(());
    }
    if rows.len() > ROWS_MAX {
        return Err(Rejected::because(format!("more than {ROWS_MAX} lines")));
    }
    rows.push(row);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_read_as_the_standard_has_them() {
        let text =
            "\u{feff}Id,Name\r\n1,\"Mia's \"\"Mac\"\", 14\"\"\"\r\n\n2,\"two\nlines\"\n3,\n4,a,b\n";
        let lines = read(text).expect("a table");
        let name = |at: usize| lines[at].as_ref().map(|line| line.get("name").map(String::as_str));
        assert_eq!(name(0), Ok(Some("Mia's \"Mac\", 14\"")));
        assert_eq!(name(1), Ok(Some("two\nlines")));
        assert_eq!(name(2), Ok(None));
        assert!(name(3).is_err(), "it has a field too many");
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_is_no_table_or_too_large_is_refused() {
        let wide = format!("{}\n", "a,".repeat(300));
        let long = format!("a\n{}\n", "x".repeat(FIELD_MAX_BYTES + 1));
        for text in ["", "\n\n", "a,\"b\n", &wide, &long] {
            assert!(read(text).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn a_table_of_nothing_but_commas_is_refused_before_it_fills_the_memory() {
        let row = |fields: usize| format!("{}\n", ",".repeat(fields - 1));
        let header = (0..COLUMNS_MAX).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
        let table = |lines: usize| format!("{header}\n{}", row(COLUMNS_MAX).repeat(lines));
        assert!(read(&table(100)).is_ok());
        assert!(read(&table(FIELDS_MAX / COLUMNS_MAX + 1)).is_err());
        assert!(read(&row(FIELDS_MAX + 2)).is_err(), "a single line");
    }
}
