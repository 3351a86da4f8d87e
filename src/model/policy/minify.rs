//! A policy without the white space between its values: as AWS gets it and counts it.

use std::ops::Range;

/// `text` without white space outside of strings; names, their order, numbers and escapes stay as they were typed. A text
/// that is no JSON gives a text that is none either.
pub(super) fn minify(text: &str) -> String {
    kept(text).map(|(_, character)| character).collect()
}

/// How many characters [`minify`] leaves.
pub(super) fn minified_length(text: &str) -> usize {
    kept(text).count()
}

/// The bytes of the character that is the first one too many where `most` are taken; nothing at the end where all fit.
pub(super) fn place_of(text: &str, most: usize) -> Range<usize> {
    kept(text).nth(most).map_or(text.len()..text.len(), |(at, character)| at..at + character.len_utf8())
}

/// The characters that stay, and where they stand.
fn kept(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut in_string, mut after_backslash) = (false, false);
    text.char_indices().filter(move |(_, character)| {
        let stays = in_string || !matches!(character, ' ' | '\t' | '\n' | '\r');
        if after_backslash {
            after_backslash = false;
        } else if *character == '"' {
            in_string = !in_string;
        } else {
            after_backslash = in_string && *character == '\\';
        }
        stays
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_space_between_values_goes() {
        let text = "{ \"b\" :\t[ 1.0 ,\r\n1e2, -0 ], \"a \\\" b\\\\\" : \" \\u0041\" }\n";
        assert_eq!(minify(text), "{\"b\":[1.0,1e2,-0],\"a \\\" b\\\\\":\" \\u0041\"}");
        assert_eq!(minified_length(text), minify(text).chars().count());
        assert_eq!((minify(""), minified_length(" \n")), (String::new(), 0));
    }

    #[test]
    fn the_first_character_too_many_is_found() {
        assert_eq!(place_of(" ä b", 1), 4..5);
        assert_eq!(place_of(" ä b", 2), 5..5);
        assert_eq!(place_of(" äb", 0), 1..3);
    }
}
