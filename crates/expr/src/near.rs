//! What somebody probably meant.

/// Below this a suggestion is a guess.
const LIKENESS: f64 = 0.7;

/// The known word that is most like this one, when one is like it at all.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    let rated = known.into_iter().map(|each| (strsim::jaro_winkler(word, each), each));
    let best =
        rated.filter(|(likeness, _)| *likeness >= LIKENESS).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, each)| each.to_owned())
}
