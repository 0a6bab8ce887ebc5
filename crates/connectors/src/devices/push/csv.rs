//! Tables as RFC 4180 has them: commas, quotes, a header. Pure.
//!
//! A table is read line by line, and a line is gone once it was handed on: what a body takes in
//! memory is what is kept of it, however many commas it is made of.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

use ports::devices::Rejected;

/// The most columns.
const COLUMNS_MAX: usize = 256;
/// The longest field, in bytes.
const FIELD_MAX_BYTES: usize = 16 * 1024;

/// One line by the names of its columns, which are in small letters. Empty fields are left out.
pub(super) type Line<'n> = BTreeMap<&'n str, String>;

/// Hands on the lines of a table, each with its number; one of another length than the header is
/// refused. With more than `lines_max` of them the whole is, as it is when `take` says so.
pub(super) fn read(
    text: &str,
    lines_max: usize,
    mut take: impl FnMut(usize, Result<Line<'_>, Rejected>) -> Result<(), Rejected>,
) -> Result<(), Rejected> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut letters = text.chars().peekable();
    let header = row(&mut letters)?.ok_or_else(|| Rejected::because("there is no header"))?;
    if header.len() > COLUMNS_MAX {
        return Err(Rejected::because(format!("more than {COLUMNS_MAX} columns")));
    }
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut number = 0;
    while let Some(fields) = row(&mut letters)? {
        if number >= lines_max {
            return Err(Rejected::because(format!(
                "more than {lines_max} lines: send it in parts"
            )));
        }
        take(number, line(&names, fields))?;
        number += 1;
    }
    Ok(())
}

fn line(names: &[String], fields: Vec<String>) -> Result<Line<'_>, Rejected> {
    if fields.len() != names.len() {
        return Err(Rejected::because("another number of fields than the header has"));
    }
    let pairs = names.iter().map(String::as_str).zip(fields);
    Ok(pairs.filter(|(_, text)| !text.trim().is_empty()).collect())
}

/// The fields of the next line that is not empty: of one with more than there may be columns, only
/// so many that it shows.
fn row(letters: &mut Peekable<Chars<'_>>) -> Result<Option<Vec<String>>, Rejected> {
    while letters.peek().is_some() {
        let mut fields = Vec::new();
        loop {
            let (text, is_last) = field(letters)?;
            if fields.len() <= COLUMNS_MAX {
                fields.push(text);
            }
            if is_last {
                break;
            }
        }
        if fields.len() > 1 || !fields[0].trim().is_empty() {
            return Ok(Some(fields));
        }
    }
    Ok(None)
}

/// The next field, and whether it is the last of its line.
fn field(letters: &mut Peekable<Chars<'_>>) -> Result<(String, bool), Rejected> {
    let mut text = String::new();
    let (mut is_quoted, mut was_quoted) = (false, false);
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                text.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if text.is_empty() && !was_quoted => (is_quoted, was_quoted) = (true, true),
            ',' if !is_quoted => return Ok((text, false)),
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !is_quoted => return Ok((text, true)),
            other => text.push(other),
        }
        if text.len() > FIELD_MAX_BYTES {
            return Err(Rejected::because(format!("a field longer than {FIELD_MAX_BYTES} bytes")));
        }
    }
    if is_quoted {
        return Err(Rejected::because("a quote that does not end"));
    }
    Ok((text, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in a table, or why a line or all of it is refused.
    fn names(text: &str) -> Result<Vec<Result<Option<String>, Rejected>>, Rejected> {
        let mut names = Vec::new();
        read(text, 1_000, |number, line| {
            assert_eq!(number, names.len());
            names.push(line.map(|line| line.get("name").cloned()));
            Ok(())
        })?;
        Ok(names)
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read_as_the_standard_has_them() {
        let text = "\u{feff}Id,Name\r\n1,\"Mia's \"\"Mac\"\", 14\"\"\"\r\n\n2,\"two\nlines\"\n3,\n4,a,b\n5,x";
        let names = names(text).expect("a table");
        let said = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(names[..3], [said("Mia's \"Mac\", 14\""), said("two\nlines"), Ok(None)]);
        assert!(names[3].is_err(), "it has a field too many");
        assert_eq!(names[4..], [said("x")]);
    }

    #[test]
    fn what_is_no_table_or_too_large_is_refused() {
        let wide = format!("{}\n", "a,".repeat(300));
        let long = format!("a\n{}\n", "x".repeat(FIELD_MAX_BYTES + 1));
        let many = format!("a\n{}", "x\n".repeat(1_001));
        for text in ["", "\n\n", "a,\"b\n", &wide, &long, &many] {
            assert!(names(text).is_err(), "{text:.20}");
        }
        assert_eq!(names(&many[..many.len() - 2]).map(|it| it.len()), Ok(1_000));
    }

    #[test]
    fn of_a_line_of_nothing_but_commas_no_more_is_gathered_than_there_may_be_columns() {
        let commas = ",".repeat(1_000_000);
        let mut letters = commas.chars().peekable();
        let fields = row(&mut letters).expect("a line").expect("one");
        assert_eq!(fields.len(), COLUMNS_MAX + 1);
        let table = format!("id,name\n{commas}\n1,x\n");
        let names = names(&table).expect("a table");
        assert!(names[0].is_err() && names[1] == Ok(Some("x".to_owned())));
    }

    #[test]
    fn whoever_takes_the_lines_may_refuse_the_rest() {
        let mut taken = 0;
        let refused = read("a\n1\n2\n3\n", 10, |number, _| {
            taken += 1;
            if number == 1 { Err(Rejected::because("enough")) } else { Ok(()) }
        });
        assert_eq!((refused, taken), (Err(Rejected::because("enough")), 2));
    }
}
