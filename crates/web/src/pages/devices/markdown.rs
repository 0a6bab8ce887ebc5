//! Directions written by staff, as HTML: paragraphs, lists, **strong**, *emphasis*, `code` and
//! links to a few kinds of address. Everything else is text, and every text is escaped: no markup
//! passes through.

use std::fmt::Write as _;

/// The longest text that is rendered, in characters.
const TEXT_CHARS: usize = 16_000;
/// The beginnings of addresses that may be links: pages, and places in a device's own settings.
const LINKS: [&str; 4] = ["https://", "mailto:", "ms-settings:", "x-apple.systempreferences:"];

/// HTML that was made here of escaped text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// What stands in the page as it is.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Paragraph,
    Ordered,
    Unordered,
}

impl Block {
    fn tag(self) -> &'static str {
        match self {
            Self::Paragraph => "p",
            Self::Ordered => "ol",
            Self::Unordered => "ul",
        }
    }
}

/// Renders a text.
pub(crate) fn html(text: &str) -> Html {
    let text: String = text.chars().take(TEXT_CHARS).filter(|it| is_shown(*it)).collect();
    let mut out = String::new();
    let mut open: Option<(Block, Vec<String>)> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let (block, words) = begin(trimmed);
        match &mut open {
            _ if trimmed.is_empty() => close(&mut out, open.take_if(|it| it.0 == Block::Paragraph)),
            Some((kind, items)) if *kind == block && block != Block::Paragraph => {
                items.push(words.to_owned());
            }
            // A line that goes on.
            Some((_, items)) if block == Block::Paragraph && !items.is_empty() => {
                if let Some(last) = items.last_mut() {
                    let _ = write!(last, " {words}");
                }
            }
            _ => close(&mut out, open.replace((block, vec![words.to_owned()]))),
        }
    }
    close(&mut out, open);
    Html(out)
}

fn begin(line: &str) -> (Block, &str) {
    let digits = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(0);
    let numbered = line.get(digits..).and_then(|rest| rest.strip_prefix(". "));
    if let Some(words) = numbered.filter(|_| digits > 0) {
        return (Block::Ordered, words.trim());
    }
    match line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        Some(words) => (Block::Unordered, words.trim()),
        None => (Block::Paragraph, line.trim_start_matches('#').trim()),
    }
}

fn close(out: &mut String, block: Option<(Block, Vec<String>)>) {
    let Some((kind, items)) = block else { return };
    let tag = kind.tag();
    let _ = write!(out, "<{tag}>");
    for item in &items {
        match kind {
            Block::Paragraph => inline(out, item),
            Block::Ordered | Block::Unordered => {
                out.push_str("<li>");
                inline(out, item);
                out.push_str("</li>");
            }
        }
    }
    let _ = write!(out, "</{tag}>");
}

/// Between the marks of one line. What is marked as strong may hold code and links.
fn inline(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, marked) = rest.split_at(at);
        escape(out, before);
        rest = span(out, marked);
    }
    escape(out, rest);
}

/// What begins with a mark; gives what follows it.
fn span<'t>(out: &mut String, marked: &'t str) -> &'t str {
    for (mark, tag) in [("`", "code"), ("**", "strong"), ("*", "em")] {
        let found = marked.strip_prefix(mark).and_then(|rest| rest.split_once(mark));
        let is_marked = |words: &str| !words.is_empty() && words.trim() == words;
        if let Some((words, after)) = found.filter(|(words, _)| is_marked(words)) {
            let _ = write!(out, "<{tag}>");
            if tag == "strong" {
                inline(out, words)
            } else {
                escape(out, words)
            }
            let _ = write!(out, "</{tag}>");
            return after;
        }
    }
    if let Some((words, address, after)) = link(marked) {
        out.push_str("<a rel=\"noreferrer noopener\" href=\"");
        escape(out, address);
        out.push_str("\">");
        escape(out, words);
        out.push_str("</a>");
        return after;
    }
    let mut letters = marked.chars();
    let first = letters.next().map(String::from).unwrap_or_default();
    escape(out, &first);
    letters.as_str()
}

/// `[words](address)`, where the address is of a kind that leads where it says.
fn link(marked: &str) -> Option<(&str, &str, &str)> {
    let (words, rest) = marked.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    let is_known = LINKS.iter().any(|start| address.starts_with(start));
    (is_plain && is_known && !words.contains('[')).then_some((words, address, after))
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
}

/// No control characters, and no marks that turn the direction of a text or hide in it.
fn is_shown(letter: char) -> bool {
    let is_hidden = matches!(letter,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter == '\n' || !letter.is_control() && !is_hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_become_paragraphs_lists_and_marks() {
        for (text, wanted) in [
            ("One\ntwo.\n\nThree.", "<p>One two.</p><p>Three.</p>"),
            (
                "1. Open **Settings**.\n2. Choose *it*.",
                "<ol><li>Open <strong>Settings</strong>.</li><li>Choose <em>it</em>.</li></ol>",
            ),
            ("- a\n  goes on\n- b", "<ul><li>a goes on</li><li>b</li></ul>"),
            (
                "Run `sudo ufw enable && x`.",
                "<p>Run <code>sudo ufw enable &#38;&#38; x</code>.</p>",
            ),
            (
                "[It](ms-settings:windowsupdate)",
                "<p><a rel=\"noreferrer noopener\" href=\"ms-settings:windowsupdate\">It</a></p>",
            ),
            ("### Heading", "<p>Heading</p>"),
            ("2 * 3 ** 4 [x", "<p>2 * 3 ** 4 [x</p>"),
            ("", ""),
        ] {
            assert_eq!(html(text).as_str(), wanted, "{text}");
        }
    }

    #[test]
    fn u4_scripts_handlers_and_javascript_links_never_run() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JavaScript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](https://a\" onclick=\"alert(1))",
            "[x](https://a.example/\"onclick=alert(1))",
            "`<b>` **<i onload=x>** *<u>*",
            "1. <svg/onload=alert(1)>",
            "a\u{202e}b\u{0}c",
        ] {
            let html = html(hostile).0;
            let tags = html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or(""));
            for tag in tags {
                let name = tag.trim_start_matches('/').split(' ').next().unwrap_or("");
                let own = ["p", "ol", "ul", "li", "strong", "em", "code", "a"];
                assert!(own.contains(&name), "{hostile}: {html}");
                assert!(!tag.contains("javascript:") && !tag.contains(" on"), "{html}");
                assert_eq!(tag.matches('"').count() % 2, 0, "{html}");
                assert!(tag.matches('"').count() <= 4, "{html}");
            }
            assert!(!html.contains('\u{202e}') && !html.contains('\u{0}'));
        }
    }
}
