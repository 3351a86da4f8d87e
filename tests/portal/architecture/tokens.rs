//! A file of Rust as words and signs: comments, strings and characters are left out, lines are kept.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// The words and signs of `source`; `::`, `->` and `=>` are one sign each.
pub fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let next = |ahead: usize| text.get(at + ahead).copied().unwrap_or('\0');
        let end = match text[at] {
            '/' if next(1) == '/' => past(&text, at, |rest| rest[0] == '\n'),
            '/' if next(1) == '*' => past_comment(&text, at),
            '"' => past_string(&text, at + 1),
            '\'' if next(1) == '\\' => past(&text, at + 3, |rest| rest[0] == '\'') + 1,
            '\'' if next(2) == '\'' => at + 3,
            c if c.is_alphanumeric() || c == '_' => {
                let end = past(&text, at, |rest| !rest[0].is_alphanumeric() && rest[0] != '_');
                let word: String = text[at..end].iter().collect();
                match raw_string(&text, &word, end) {
                    Some(end) => end,
                    None => {
                        found.push(Token { text: word, line });
                        end
                    }
                }
            }
            c if c.is_whitespace() => at + 1,
            c => {
                let pair: String = [c, next(1)].iter().collect();
                let sign = if ["::", "->", "=>"].contains(&pair.as_str()) { pair } else { c.to_string() };
                let end = at + sign.len();
                found.push(Token { text: sign, line });
                end
            }
        }
        .min(text.len());
        line += text[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    found
}

fn past(text: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..text.len()).find(|at| stop(&text[*at..])).unwrap_or(text.len())
}

fn past_comment(text: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn past_string(text: &[char], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of the string that begins with the prefix `word`, if it does.
fn raw_string(text: &[char], word: &str, from: usize) -> Option<usize> {
    match word {
        "b" if text.get(from) == Some(&'"') => Some(past_string(text, from + 1)),
        "b" if text.get(from) == Some(&'\'') => {
            let escaped = text.get(from + 1) == Some(&'\\');
            Some(past(text, from + if escaped { 3 } else { 2 }, |rest| rest[0] == '\'') + 1)
        }
        "r" | "br" => {
            let signs = text[from..].iter().take_while(|c| **c == '#').count();
            if text.get(from + signs) != Some(&'"') {
                return None;
            }
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', signs)).collect();
            Some(past(text, from + signs + 1, |rest| rest.starts_with(&close)) + close.len())
        }
        _ => None,
    }
}

#[test]
fn comments_strings_and_characters_are_left_out() {
    let source = "a /* b /* c */ d */ e // f\n\"g \\\" h\" r#\"i \" j\"# b'k' '\\'' 'l' 'm: &'n o::p -> q";
    let words: Vec<String> = tokens(source).into_iter().map(|token| token.text).collect();
    assert_eq!(words.join(" "), "a e ' m : & ' n o :: p -> q");
    assert_eq!(tokens(source).last().unwrap().line, 2);
}
