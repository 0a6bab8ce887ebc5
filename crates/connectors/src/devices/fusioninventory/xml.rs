//! A reader for XML from strangers: elements and texts, and nothing that XML can do beyond.
//!
//! A document type is refused, so that there are no entities but those that XML itself has; depth,
//! size and number of elements are limited. What it gives is a tree; attributes are left out, and
//! so is what is in elements that nobody needs, which never takes any room.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// The deepest nesting.
const DEPTH_MAX: usize = 16;
/// The most elements: as many as a list of 15,000 packages has, with all that is said of each.
const ELEMENTS_MAX: usize = 200_000;
/// The longest text of an element, in bytes.
const TEXT_MAX_BYTES: usize = 64 * 1024;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    /// Its text without that of its children, trimmed.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum XmlError {
    #[error("not XML")]
    Malformed,
    #[error("a document type is not taken: it could name entities")]
    DocumentType,
    #[error("nested deeper than {DEPTH_MAX}")]
    TooDeep,
    #[error("more than {ELEMENTS_MAX} elements, or a text longer than {TEXT_MAX_BYTES} bytes")]
    TooLarge,
}

/// The root of a document in UTF-8. Elements for which `is_hollow` holds are kept without what is
/// in them.
pub(super) fn read(text: &str, is_hollow: impl Fn(&str) -> bool) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // Around the root, so that it is a child like any.
    let mut open = vec![Element::default()];
    let mut count = 0;
    // How deep it is in one whose content is left out.
    let mut skipped: usize = 0;
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(_) if open.len() + skipped.saturating_sub(1) > DEPTH_MAX => {
                return Err(XmlError::TooDeep);
            }
            Event::Start(_) if skipped > 0 => skipped += 1,
            Event::Start(start) => {
                count += 1;
                if count > ELEMENTS_MAX {
                    return Err(XmlError::TooLarge);
                }
                let name = start.name().into_inner().to_owned();
                skipped = usize::from(is_hollow(&name));
                open.push(Element { name, ..Element::default() });
            }
            Event::End(_) if skipped > 1 => skipped -= 1,
            Event::End(_) => {
                skipped = 0;
                let mut done = open.pop().ok_or(XmlError::Malformed)?;
                done.text = done.text.trim().to_owned();
                open.last_mut().ok_or(XmlError::Malformed)?.children.push(done);
            }
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if skipped > 0 => {}
            Event::Text(piece) => add(&mut open, &piece.into_inner())?,
            Event::CData(piece) => add(&mut open, &piece.into_inner())?,
            Event::GeneralRef(reference) => {
                let of_number = reference.resolve_char_ref().ok().flatten().map(String::from);
                let name = reference.into_inner();
                let own = || resolve_predefined_entity(&name).map(str::to_owned);
                add(&mut open, &of_number.or_else(own).ok_or(XmlError::Malformed)?)?;
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
        }
    }
    let mut around = open.pop().filter(|_| open.is_empty()).ok_or(XmlError::Malformed)?;
    match around.children.len() {
        1 => Ok(around.children.remove(0)),
        _ => Err(XmlError::Malformed),
    }
}

fn add(open: &mut [Element], piece: &str) -> Result<(), XmlError> {
    let text = &mut open.last_mut().ok_or(XmlError::Malformed)?.text;
    if text.len() + piece.len() > TEXT_MAX_BYTES {
        return Err(XmlError::TooLarge);
    }
    text.push_str(piece);
    Ok(())
}

impl Element {
    /// The children of this name.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of this name.
    pub(super) fn one(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// What a child of this name says, where it says something.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        self.one(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, XmlError> {
        super::read(text, |name| name == "SECRET")
    }

    #[test]
    fn elements_and_texts_are_read() {
        let root =
            read("<?xml version=\"1.0\"?>\n<a x='1'><!-- c --><b> 1 &lt;&#38; </b><b/>t</a>\n");
        let root = root.expect("XML");
        assert_eq!((root.name.as_str(), root.text.as_str()), ("a", "t"));
        assert_eq!(root.said("b"), Some("1 <&"));
        assert_eq!(root.all("b").count(), 2);
        assert_eq!(read("<a><![CDATA[<b>]]></a>").expect("XML").text, "<b>");
    }

    #[test]
    fn what_xml_can_do_beyond_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
        assert_eq!(read(bomb), Err(XmlError::DocumentType));
        let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
        assert_eq!(read(outside), Err(XmlError::DocumentType));
        assert_eq!(read("<a>&unknown;</a>"), Err(XmlError::Malformed));
        let deep = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(read(&deep(DEPTH_MAX)).is_ok());
        assert_eq!(read(&deep(DEPTH_MAX + 1)), Err(XmlError::TooDeep));
        assert_eq!(read(&deep(100_000)), Err(XmlError::TooDeep));
        let long = format!("<a>{}</a>", "x".repeat(TEXT_MAX_BYTES + 1));
        assert_eq!(read(&long), Err(XmlError::TooLarge));
        for text in ["", "x", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a", "\u{0}", "<a>&#0;</a>"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_document_of_too_many_elements_is_refused_and_what_nobody_needs_takes_no_room() {
        let list = |name: &str, count: usize| {
            format!("<a>{}</a>", format!("<{name}><x>1</x></{name}>").repeat(count))
        };
        assert!(read(&list("b", ELEMENTS_MAX / 2 - 1)).is_ok());
        assert_eq!(read(&list("b", ELEMENTS_MAX / 2 + 1)), Err(XmlError::TooLarge));
        let hollow = read(&list("SECRET", ELEMENTS_MAX - 1)).expect("XML");
        assert_eq!(hollow.all("SECRET").count(), ELEMENTS_MAX - 1);
        assert!(hollow.children.iter().all(|it| it.children.is_empty() && it.text.is_empty()));
        let nested = "<a><SECRET>x<SECRET>&lt;<b>y</b></SECRET><![CDATA[z]]></SECRET><b>1</b></a>";
        let nested = read(nested).expect("XML");
        assert_eq!((nested.children.len(), nested.said("b")), (2, Some("1")));
        assert_eq!(nested.children[0], Element { name: "SECRET".to_owned(), ..Element::default() });
        let deep = format!("<a><SECRET>{}", "<b>".repeat(DEPTH_MAX));
        assert_eq!(read(&deep), Err(XmlError::TooDeep));
    }
}
