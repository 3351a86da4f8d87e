//! What was sent, field by field: none wrong, none unknown, and all that is wrong said at once.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::FieldErrors;
use crate::portal::PortalError;

/// The fields of a JSON object, or of a query.
pub struct Fields {
    given: Map<String, Value>,
    known: Vec<&'static str>,
    errors: FieldErrors,
    /// What is no JSON: everything is a text.
    is_query: bool,
    /// The query as it came.
    pairs: Vec<(String, String)>,
}

impl Fields {
    /// Of a JSON object.
    #[must_use]
    pub fn of(given: Map<String, Value>) -> Self {
        Self { given, known: Vec::new(), errors: FieldErrors::default(), is_query: false, pairs: Vec::new() }
    }

    /// Of a query.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut errors = FieldErrors::default();
        let mut given = Map::new();
        for (name, value) in &pairs {
            if given.insert(name.clone(), Value::String(value.clone())).is_some() {
                errors.add("", format!("“{}” stands twice in the query.", shown(name)));
            }
        }
        Self { given, known: Vec::new(), errors, is_query: true, pairs }
    }

    /// The names and values of a query, as they came.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Takes a field out; nothing and `null` are the same.
    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.given.remove(name).filter(|value| !value.is_null())
    }

    /// Whether a field was sent and not taken out yet; `null` is as good as nothing.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|value| !value.is_null())
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, name: &'static str, sentence: impl Into<String>) {
        self.errors.add(name, sentence);
    }

    /// A text that is not empty.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.any_text(name)?;
        if text.trim().is_empty() {
            self.wrong(name, format!("{name} is empty. Leave it out, or give it a value."));
            return None;
        }
        Some(text)
    }

    /// A text, which may be empty.
    pub fn any_text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            _ => {
                self.wrong(name, format!("{name} has to be a text."));
                None
            }
        }
    }

    /// A text, or an object as the text of its JSON.
    pub fn text_or_object(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            object @ Value::Object(_) => Some(object.to_string()),
            _ => {
                self.wrong(name, format!("{name} has to be a text, or an object."));
                None
            }
        }
    }

    /// A text that has to be there.
    pub fn required(&mut self, name: &'static str) -> Option<String> {
        let given = self.has(name);
        let text = self.text(name);
        if !given {
            self.wrong(name, format!("Send {name}."));
        }
        text
    }

    /// A whole number from 0 on.
    pub fn number<N: TryFrom<u64>>(&mut self, name: &'static str) -> Option<N> {
        let number = match self.take(name)? {
            Value::String(text) if self.is_query => text.parse().ok(),
            // JSON knows one kind of number: 900.0 is 900.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in range")]
            Value::Number(number) => number.as_u64().or_else(|| {
                let number = number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number))?;
                Some(number as u64)
            }),
            _ => None,
        };
        let number = number.and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            self.wrong(name, format!("{name} has to be a whole number that is not negative and not too large."));
        }
        number
    }

    /// True or false.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if self.is_query && text == "true" => Some(true),
            Value::String(text) if self.is_query && text == "false" => Some(false),
            _ => {
                self.wrong(name, format!("{name} has to be true or false."));
                None
            }
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let texts = match self.take(name)? {
            Value::Array(values) => values.into_iter().map(text_of).collect(),
            _ => None,
        };
        if texts.is_none() {
            self.wrong(name, format!("{name} has to be a list of texts."));
        }
        texts
    }

    /// Opens an object: its field `a` is this one's `name.a` from then on. Says whether there is one.
    pub fn open(&mut self, name: &'static str) -> bool {
        let is_inside = |field: &String| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        if let Some(unknown) = self.given.keys().find(|field| is_inside(field)) {
            // Written so, and not as an object: it would be taken for one otherwise.
            let sentence = format!("There is no field “{}”; {name} is an object.", shown(unknown));
            self.errors.add("", sentence);
        }
        match self.take(name) {
            None => false,
            Some(Value::Object(inner)) => {
                self.given.extend(inner.into_iter().map(|(field, value)| (format!("{name}.{field}"), value)));
                true
            }
            Some(_) => {
                self.wrong(name, format!("{name} has to be an object."));
                false
            }
        }
    }

    /// An object, whatever is in it.
    pub fn object(&mut self, name: &'static str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong(name, format!("{name} has to be an object."));
                None
            }
        }
    }

    /// A list of objects.
    pub fn objects(&mut self, name: &'static str) -> Option<Vec<Map<String, Value>>> {
        let object = |value| if let Value::Object(object) = value { Some(object) } else { None };
        let objects = match self.take(name)? {
            Value::Array(values) => values.into_iter().map(object).collect(),
            _ => None,
        };
        if objects.is_none() {
            self.wrong(name, format!("{name} has to be a list of objects."));
        }
        objects
    }

    /// Takes what follows from the rest and counts for nothing: a thing may be sent back as a GET gave it.
    pub fn follow(&mut self, names: &[&'static str]) {
        names.iter().for_each(|name| drop(self.take(name)));
    }

    /// Takes what may be sent back and not changed: fields of the thing as it is `now`. Here `null` is not nothing: it may be
    /// meant to take something away.
    pub fn stay(&mut self, names: &[&'static str], now: &impl Serialize) {
        let now = serde_json::to_value(now).unwrap_or_default();
        for name in names {
            self.known.push(name);
            if self.given.remove(*name).is_some_and(|sent| sent != now[*name]) {
                self.wrong(name, format!("{name} is not changed here. Leave it out, or send it as a GET gives it."));
            }
        }
    }

    /// The end: what was not taken is unknown.
    ///
    /// # Errors
    /// [`PortalError::Invalid`] with all that is wrong.
    pub fn end(mut self) -> Result<(), PortalError> {
        if let Some(unknown) = self.given.keys().next() {
            let what = if self.is_query { "parameter" } else { "field" };
            let known = match self.known.as_slice() {
                [] => "there is none at all".to_owned(),
                known => format!("known are {}", known.join(", ")),
            };
            self.errors.add("", format!("There is no {what} “{}”; {known}.", shown(unknown)));
        }
        Ok(self.errors.into_result()?)
    }
}

fn text_of(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// What somebody sent, short enough for a sentence.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Fields {
        let Ok(Value::Object(body)) = serde_json::from_str(body) else { panic!("no object: {body}") };
        Fields::of(body)
    }

    fn said(fields: Fields) -> Vec<(&'static str, String)> {
        match fields.end() {
            Err(PortalError::Invalid(errors)) => errors.iter().map(|(field, text)| (field, text.to_owned())).collect(),
            other => other.map(|()| Vec::new()).unwrap(),
        }
    }

    #[test]
    fn numbers_are_whole_and_fit() {
        for (text, number) in [
            ("900", Some(900)),
            ("0", Some(0)),
            ("900.0", Some(900)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("-1", None),
            ("900.5", None),
            ("1e30", None),
            ("\"900\"", None),
            ("true", None),
            ("[]", None),
        ] {
            let mut fields = fields(&format!("{{\"duration\":{text}}}"));
            assert_eq!(fields.number::<u32>("duration"), number, "{text}");
            assert_eq!(said(fields).len(), usize::from(number.is_none()), "{text}");
        }
        let mut query = Fields::of_query("limit=7&before=x");
        assert_eq!((query.number::<u32>("limit"), query.number::<u32>("before")), (Some(7), None));
        assert_eq!(said(query)[0].0, "before");
    }

    #[test]
    fn flags_are_words_in_a_query_and_nothing_else_in_json() {
        let mut query = Fields::of_query("a=true&b=false&c=1&d=");
        assert_eq!(["a", "b", "c", "d"].map(|name| query.flag(name)), [Some(true), Some(false), None, None]);
        assert_eq!(said(query).len(), 2);
        let mut json = fields(r#"{"a":true,"b":"true"}"#);
        assert_eq!((json.flag("a"), json.flag("b")), (Some(true), None));
        assert_eq!(said(json).len(), 1);
    }

    #[test]
    fn an_object_may_stand_for_its_text() {
        let mut fields = fields(r#"{"a":{"z":1,"b":[2]},"c":"{ }","d":[],"e":5}"#);
        let read = ["a", "c", "d", "e"].map(|name| fields.text_or_object(name));
        assert_eq!(read, [Some(r#"{"z":1,"b":[2]}"#.to_owned()), Some("{ }".to_owned()), None, None]);
        assert_eq!(said(fields).len(), 2);
    }

    #[test]
    fn nothing_and_null_are_the_same_and_empty_is_wrong() {
        let mut fields = fields(r#"{"a":null,"c":" ","d":5,"e":"x"}"#);
        let read = ["a", "b", "c", "d", "e"].map(|name| fields.text(name));
        assert_eq!(read, [None, None, None, None, Some("x".to_owned())]);
        assert_eq!(said(fields).iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["c", "d"]);
    }

    #[test]
    fn what_is_required_is_missed_by_name() {
        let mut fields = fields(r#"{"a":null}"#);
        assert_eq!((fields.required("a"), fields.required("b")), (None, None));
        assert_eq!(said(fields), [("a", "Send a.".to_owned()), ("b", "Send b.".to_owned())]);
    }

    #[test]
    fn the_unknown_is_named() {
        let mut fields = fields(r#"{"a":"x","durat\u0007ion":1}"#);
        fields.text("a");
        assert_eq!(said(fields), [("", "There is no field “duration”; known are a.".to_owned())]);
        assert_eq!(said(Fields::of_query("x=1"))[0].1, "There is no parameter “x”; there is none at all.");
        let mut twice = Fields::of_query("limit=1&limit=2");
        twice.number::<u32>("limit");
        assert_eq!(said(twice)[0].1, "“limit” stands twice in the query.");
    }

    #[test]
    fn what_is_in_an_object_is_named_with_it() {
        let mut open = fields(r#"{"a":{"b":"x","c":1,"d":null},"e":null,"f":[],"g":{"h":1}}"#);
        assert_eq!((open.open("a"), open.open("e"), open.open("f")), (true, false, false));
        assert_eq!((open.text("a.b"), open.text("a.c"), open.text("a.d")), (Some("x".to_owned()), None, None));
        assert_eq!(open.object("g").map(|object| object.len()), Some(1));
        assert_eq!(said(open).iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["a.c", "f"]);
        for wrong in [r#"{"a":{"x":1}}"#, r#"{"a.b":"x"}"#, r#"{"a.b":"x","a":{}}"#, r#"{"a":{"b":{"c":1}},"a.b.c":1}"#]
        {
            let mut open = fields(wrong);
            open.open("a");
            open.text("a.b");
            assert!(said(open).iter().any(|(field, _)| field.is_empty()), "{wrong}");
        }
    }

    #[test]
    fn what_a_get_gave_may_be_sent_back() {
        let now = serde_json::json!({"id": "x", "plan": {"days": 90}, "none": null});
        let mut same = fields(r#"{"id":"x","plan":{"days":90},"none":null,"version":[7],"at":null}"#);
        same.stay(&["id", "plan", "none", "other"], &now);
        same.follow(&["version", "at", "by"]);
        assert_eq!(said(same), []);
        for other in [r#"{"plan":{"days":91}}"#, r#"{"plan":null}"#, r#"{"plan":"x"}"#] {
            let mut other = fields(other);
            other.stay(&["id", "plan"], &now);
            assert_eq!(said(other).iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["plan"]);
        }
        let mut unknown = fields(r#"{"version":1}"#);
        unknown.stay(&["id"], &now);
        assert_eq!(said(unknown)[0].1, "There is no field “version”; known are id.");
    }

    #[test]
    fn lists_hold_one_kind_of_thing() {
        let mut fields = fields(r#"{"a":["x"],"b":["x",1],"c":[{}],"d":[1],"e":{}}"#);
        assert_eq!(fields.texts("a"), Some(vec!["x".to_owned()]));
        assert_eq!((fields.texts("b"), fields.objects("c").map(|list| list.len())), (None, Some(1)));
        assert_eq!((fields.objects("d"), fields.flag("e")), (None, None));
        assert_eq!(said(fields).len(), 3);
    }
}
