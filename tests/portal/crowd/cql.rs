//! Crowd's query language, as far as the tests' server needs it: `name = "text"` with stars at either end, `and`, `or`.

/// What a restriction asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Restriction {
    All,
    Name(String),
    Active(bool),
    And(Box<Restriction>, Box<Restriction>),
    Or(Box<Restriction>, Box<Restriction>),
}

impl Restriction {
    /// `None` where it cannot be read.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::All);
        }
        let words = words(text)?;
        let mut words = words.as_slice();
        let mut whole = comparison(&mut words)?;
        while let Some((Word::Plain(joint), rest)) = words.split_first() {
            words = rest;
            let next = comparison(&mut words)?;
            whole = match joint.to_lowercase().as_str() {
                "and" => Self::And(Box::new(whole), Box::new(next)),
                "or" => Self::Or(Box::new(whole), Box::new(next)),
                _ => return None,
            };
        }
        words.is_empty().then_some(whole)
    }

    pub fn fits(&self, name: &str, active: bool) -> bool {
        match self {
            Self::All => true,
            Self::Name(pattern) => matches(&pattern.to_lowercase(), &name.to_lowercase()),
            Self::Active(wanted) => active == *wanted,
            Self::And(one, other) => one.fits(name, active) && other.fits(name, active),
            Self::Or(one, other) => one.fits(name, active) || other.fits(name, active),
        }
    }
}

#[derive(Debug)]
enum Word {
    Plain(String),
    Quoted(String),
    Equals,
}

fn words(text: &str) -> Option<Vec<Word>> {
    let (mut words, mut characters) = (Vec::new(), text.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '=' => words.push(Word::Equals),
            '"' => {
                let mut quoted = String::new();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => quoted.push(characters.next()?),
                        character => quoted.push(character),
                    }
                }
                words.push(Word::Quoted(quoted));
            }
            _ if character.is_whitespace() => {}
            _ => {
                let mut plain = character.to_string();
                while let Some(next) = characters.next_if(|next| !next.is_whitespace() && !"=\"".contains(*next)) {
                    plain.push(next);
                }
                words.push(Word::Plain(plain));
            }
        }
    }
    Some(words)
}

fn comparison(words: &mut &[Word]) -> Option<Restriction> {
    let (Word::Plain(property), Word::Equals, value) = (words.first()?, words.get(1)?, words.get(2)?) else {
        return None;
    };
    *words = &words[3..];
    let (Word::Plain(value) | Word::Quoted(value)) = value else { return None };
    match property.to_lowercase().as_str() {
        "name" => Some(Restriction::Name(value.clone())),
        "active" => value.parse().ok().map(Restriction::Active),
        _ => None,
    }
}

/// Stars stand for anything, at either end only.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(rest), Some(_)) => name.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(end), None) => name.ends_with(end),
        (None, Some(beginning)) => name.starts_with(beginning),
        (None, None) => name == pattern,
    }
}

#[test]
fn a_restriction_finds_what_it_says() {
    let finds = |text: &str, name: &str| Restriction::parse(text).unwrap().fits(name, true);
    assert!(finds("name = \"*MIN*\"", "aws-admins") && !finds("name = \"*min\"", "aws-admins"));
    assert!(finds("name = \"aws*\"", "AWS-admins") && !finds("name = aws", "aws-admins"));
    assert!(finds("name = nothing or name = \"*\"", "x") && !finds("name = \"*\" and active = false", "x"));
    assert!(finds("name = \"a\\\"b\"", "a\"b"));
    for text in ["name", "name = \"", "name = a b", "size = 1", "\"name\" = x", "= x"] {
        assert_eq!(Restriction::parse(text), None, "{text}");
    }
}
