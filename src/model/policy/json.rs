//! JSON with positions: what serde_json takes, and where each value, name and mistake stands.
//!
//! Beside serde_json because that keeps neither places nor names that stand twice; the crates that do are larger than
//! this or take more than JSON. Property tests hold the two together.

use std::ops::Range;

/// How deep lists and objects may lie in each other; a policy needs six.
pub(super) const DEEPEST: usize = 32;

/// A value and the bytes that it takes in the text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// As it is written at the node's place.
    Number,
    Text(String),
    List(Vec<Node>),
    /// In the order of the text; a name may stand more than once.
    Object(Vec<Member>),
}

/// A name of an object and its value.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) at: Range<usize>,
    pub(super) name: String,
    pub(super) value: Node,
}

/// Where the text stops being JSON, and why: the end of a sentence.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) at: Range<usize>,
    pub(super) why: String,
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Node, Broken> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let node = reader.value()?;
    reader.space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.broken("the policy ends before this; take the rest away")),
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Always between two characters.
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += if there { wanted.len_utf8() } else { 0 };
        there
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\n', '\t', '\r']).len();
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest();
        let count = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.at += count;
        count
    }

    /// Breaks off at the next character: `expected`, or what people type there instead of JSON.
    fn broken(&self, expected: &str) -> Broken {
        let at = self.at..self.at + self.peek().map_or(0, char::len_utf8);
        let why = match self.peek() {
            None => format!("it ends here, and {expected}"),
            Some('\'') => "texts stand in double quotation marks, \"…\"".to_owned(),
            Some(c @ ('“' | '”' | '„' | '‘' | '’' | '«' | '»')) => {
                format!("“{c}” (U+{:04X}) is typographic; texts stand in straight quotation marks, \"…\"", u32::from(c))
            }
            Some(c) if c == '\u{FEFF}' || (!c.is_ascii() && c.is_whitespace()) => {
                format!("a space stands here that JSON does not take (U+{:04X}); type an ordinary one", u32::from(c))
            }
            Some('/' | '#') => "JSON has no comments".to_owned(),
            Some(_) => expected.to_owned(),
        };
        Broken { at, why }
    }

    fn broken_from(&self, start: usize, why: &str) -> Broken {
        Broken { at: start..self.at, why: why.to_owned() }
    }

    fn value(&mut self) -> Result<Node, Broken> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            Some('{') => self.nested(Self::object)?,
            Some('[') => self.nested(Self::list)?,
            Some('"') => Value::Text(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(c) if c.is_ascii_alphabetic() => self.word()?,
            _ => return Err(self.broken("a value is expected here: a text in quotation marks, a list or an object")),
        };
        Ok(Node { at: start..self.at, value })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Broken>) -> Result<Value, Broken> {
        if self.depth == DEEPEST {
            return Err(self.broken("lists and objects lie too deep in each other here"));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, Broken> {
        let mut members = Vec::new();
        self.space();
        if self.take('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some('"') {
                return Err(self.broken("a name in quotation marks is expected here"));
            }
            let name = self.string()?;
            let at = start..self.at;
            self.space();
            if !self.take(':') {
                return Err(self.broken("a colon is missing between the name and its value"));
            }
            members.push(Member { at, name, value: self.value()? });
            if !self.goes_on('}', "a comma or “}” is missing before this")? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn list(&mut self) -> Result<Value, Broken> {
        let mut nodes = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(Value::List(nodes));
        }
        loop {
            nodes.push(self.value()?);
            if !self.goes_on(']', "a comma or “]” is missing before this")? {
                return Ok(Value::List(nodes));
            }
        }
    }

    /// Whether a comma, not the end, follows.
    fn goes_on(&mut self, end: char, missing: &str) -> Result<bool, Broken> {
        self.space();
        if self.take(end) {
            return Ok(false);
        }
        let comma = self.at;
        if !self.take(',') {
            return Err(self.broken(missing));
        }
        self.space();
        if self.peek() == Some(end) {
            return Err(Broken { at: comma..comma + 1, why: "nothing follows this comma; take it away".to_owned() });
        }
        Ok(true)
    }

    fn word(&mut self) -> Result<Value, Broken> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        match self.text.get(start..self.at) {
            Some("null") => Ok(Value::Null),
            Some("true") => Ok(Value::Bool(true)),
            Some("false") => Ok(Value::Bool(false)),
            _ => Err(self.broken_from(
                start,
                "texts stand in quotation marks; true, false and null are written in small letters",
            )),
        }
    }

    fn number(&mut self) -> Result<Value, Broken> {
        let start = self.at;
        self.take('-');
        let zero = self.peek() == Some('0');
        let whole = self.digits();
        let fraction = !self.take('.') || self.digits() > 0;
        let exponent = if self.take('e') || self.take('E') {
            if !self.take('+') {
                self.take('-');
            }
            self.digits() > 0
        } else {
            true
        };
        let fits = || self.text.get(start..self.at).and_then(|n| n.parse().ok()).is_some_and(f64::is_finite);
        if whole == 0 || (zero && whole > 1) || !fraction || !exponent || !fits() {
            return Err(self.broken_from(start, "this number is too large, or written in another way than 12 or -1.5"));
        }
        Ok(Value::Number)
    }

    fn string(&mut self) -> Result<String, Broken> {
        let mut text = String::new();
        let opened = self.at;
        self.at += 1;
        loop {
            let start = self.at;
            match self.next() {
                None => return Err(Broken { at: opened..opened + 1, why: "this text is never closed".to_owned() }),
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(start)?),
                Some(c) if c < ' ' => {
                    let line = "a text ends on its own line; close it with a quotation mark";
                    let why = if c == '\n' || c == '\r' { line } else { "a text holds no control characters" };
                    return Err(self.broken_from(start, why));
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<char, Broken> {
        let character = match self.next() {
            Some(c @ ('"' | '\\' | '/')) => Some(c),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{C}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unit().and_then(|unit| match unit {
                0xD800..=0xDBFF if self.take('\\') && self.take('u') => {
                    let low = self.unit().filter(|low| (0xDC00..=0xDFFF).contains(low))?;
                    char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
                }
                unit => char::from_u32(unit),
            }),
            _ => None,
        };
        character.ok_or_else(|| self.broken_from(start, "this is no escape of JSON; a backslash is written \\\\"))
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }
}
