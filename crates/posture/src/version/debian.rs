//! Versions of Debian packages, in dpkg's order (deb-version(7)): an epoch, then what upstream
//! calls it, then the package's own revision; `~` sorts before the end of a text.

use std::cmp::Ordering;

use super::Version;

/// A version in its three parts.
struct Parts<'t> {
    epoch: u64,
    upstream: &'t str,
    revision: &'t str,
}

fn parts(text: &str) -> Parts<'_> {
    let text = text.trim();
    let epoch = text.split_once(':').and_then(|(epoch, rest)| Some((epoch.parse().ok()?, rest)));
    let (epoch, rest) = epoch.unwrap_or((0, text));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    Parts { epoch, upstream, revision }
}

/// dpkg's order of two versions.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    let upstream = || order(one.upstream, other.upstream);
    one.epoch
        .cmp(&other.epoch)
        .then_with(upstream)
        .then_with(|| order(one.revision, other.revision))
}

/// What upstream calls it, as far as that is numbers: `1:13.3.0-2build1~18.04.1` is 13.3.0.
#[must_use]
pub fn upstream(text: &str) -> Option<Version> {
    Version::read(parts(text).upstream)
}

/// Letters and digits take turns: letters by [`weight`], digits as numbers.
fn order(mut one: &str, mut other: &str) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let (text, rest) = split(one, |each| !each.is_ascii_digit());
        let (other_text, other_rest) = split(other, |each| !each.is_ascii_digit());
        let (number, rest) = split(rest, |each| each.is_ascii_digit());
        let (other_number, other_rest) = split(other_rest, |each| each.is_ascii_digit());
        let order =
            order_of_texts(text, other_text).then_with(|| order_of_numbers(number, other_number));
        if order != Ordering::Equal {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

fn split(text: &str, is_part: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|each| !is_part(each)).unwrap_or(text.len()))
}

fn order_of_texts(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (a, b) = (one.next(), other.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let order = weight(a).cmp(&weight(b));
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// `~` before the end, the end before letters, letters before everything else.
fn weight(letter: Option<char>) -> (u8, u32) {
    match letter {
        Some('~') => (0, 0),
        None => (1, 0),
        Some(each) if each.is_ascii_alphabetic() => (2, u32::from(each)),
        Some(each) => (3, u32::from(each)),
    }
}

/// Of any length, so that no number is too large.
fn order_of_numbers(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_packages_come_in_the_order_of_dpkg() {
        let ascending = [
            "0.9~rc1",
            "0.9",
            "1.0~beta1~svn1245",
            "1.0~beta1",
            "1.0",
            "1.0-1~deb12u1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-2",
            "1.0-10",
            "1.0a-1",
            "1.0+dfsg-1",
            "1.2",
            "1.10",
            "5.2.15-2+b8",
            "99999999999999999999999.1",
            "1:0.1",
            "1:9.2p1-2+deb12u6",
            "2:0",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(compare("1.0", "1.00"), Ordering::Equal);
        assert_eq!(compare("0:1.0", "1.0"), Ordering::Equal);
    }

    #[test]
    fn t7_the_upstream_part_is_what_a_plain_floor_is_compared_with() {
        for (text, upstream_text) in [
            ("2:1.0.0", "1.0.0"),
            ("2:8.39-9", "8.39"),
            ("1:13.3.0-2build1~18.04.1", "13.3.0"),
            ("5.36.0-7+deb12u2", "5.36.0"),
            ("1:9.2p1-2+deb12u6", "9.2"),
        ] {
            assert_eq!(upstream(text).expect(text).to_string(), upstream_text);
        }
        assert!(upstream("~").is_none());
    }
}
