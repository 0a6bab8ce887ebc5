//! The little XML that IAM answers: elements by their names, without attributes. Pure.

/// The text in the first element of this name, which holds no other elements.
pub(super) fn text(xml: &str, name: &str) -> Option<String> {
    let inner = each(xml, name).next()?;
    (!inner.contains('<')).then(|| unescaped(inner.trim()))
}

/// What is inside of each element of this name, in order.
pub(super) fn each<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (inner, after) = after.split_once(&close)?;
        rest = after;
        Some(inner)
    })
}

fn unescaped(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_name_and_their_text_is_unescaped() {
        let xml = "<?xml version=\"1.0\"?><R xmlns=\"x\"><L><member><A>1</A></member><member><A>\
                   a&amp;lt;b &lt;c&gt;</A></member></L><E></E><T>true</T></R>";
        let members: Vec<_> = each(xml, "member").filter_map(|inner| text(inner, "A")).collect();
        assert_eq!(members, ["1", "a&lt;b <c>"]);
        assert_eq!(text(xml, "T").as_deref(), Some("true"));
        assert_eq!(text(xml, "E").as_deref(), Some(""));
        for (xml, name) in [("", "A"), ("<A>1", "A"), ("<A><B>1</B></A>", "A"), ("<html>", "A")] {
            assert_eq!(text(xml, name), None, "{xml}");
        }
    }
}
