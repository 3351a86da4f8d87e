//! The right word for one that is nearly right.

/// Words longer than this are no slips of ours to guess at.
const LONGEST: usize = 48;

/// The one of `known` that somebody who typed `word` most likely meant.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let small = word.to_ascii_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&small, &known.to_ascii_lowercase());
    let best = known.iter().copied().min_by_key(|known| distance(known))?;
    (distance(best) <= (best.len() / 3).max(1)).then_some(best)
}

/// “…; did you mean “Resource”?”, or `otherwise` where nothing comes near.
pub(super) fn or_meant(word: &str, known: &[&str], otherwise: &str) -> String {
    match nearest(word, known) {
        Some(best) => format!("; did you mean “{best}”?"),
        None => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let known = ["Action", "NotAction", "Resource", "NotResource", "Sid"];
        for (typed, meant) in [
            ("Resouce", Some("Resource")),
            ("resources", Some("Resource")),
            ("Actions", Some("Action")),
            ("notaction", Some("NotAction")),
            ("sid", Some("Sid")),
            ("Service", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
        assert_eq!(nearest(&"Resource".repeat(7), &known), None);
        assert_eq!(nearest("Action", &[]), None);
        let (long, longer) = ("a".repeat(LONGEST), "a".repeat(LONGEST + 1));
        assert_eq!(nearest(&long, &[&long]), Some(long.as_str()));
        assert_eq!(nearest(&longer, &[&longer]), None);
    }
}
