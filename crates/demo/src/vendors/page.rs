//! Plain pages of the stand-ins, for people who try the demo.

use axum::response::Html;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;\
    padding:0 1rem;color-scheme:light dark}article{border:1px solid #8886;border-radius:8px;\
    padding:.2rem 1rem .8rem;margin:1rem 0}button{font:inherit;padding:.5rem 1rem;margin:.2rem;\
    min-height:44px}p,dd{white-space:pre-wrap;overflow-wrap:anywhere}dt{font-weight:600}\
    small{opacity:.7}form{display:inline}";

/// A whole page around a body that is already escaped. One that refreshes does so each 2 seconds.
pub(crate) fn page(title: &str, refreshes: bool, body: &str) -> Html<String> {
    let refresh = if refreshes { r#"<meta http-equiv="refresh" content="2">"# } else { "" };
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content='width=device-width'>{refresh}\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\
         <p><small>A stand-in on this machine. Nothing here reaches the real service.</small></p>\
         {body}",
        title = escape(title),
    ))
}

/// Text as HTML shows it, also inside a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for each in text.chars() {
        match each {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(each),
        }
    }
    escaped
}
