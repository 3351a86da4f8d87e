//! Finds secrets in bytes, however they are written there.

use std::collections::{BTreeSet, HashMap};

use data_encoding::{BASE64, BASE64URL, HEXLOWER};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// The shortest form that is looked for; anything shorter would be found by chance.
const SHORTEST: usize = 8;

/// A secret and what it is.
#[derive(Clone, Debug)]
pub struct Secret {
    pub name: String,
    pub value: Vec<u8>,
}

struct Form {
    secret: String,
    how: &'static str,
    bytes: Vec<u8>,
}

/// Every form of some secrets.
pub struct Search {
    exact: Side,
    folded: Side,
}

/// Forms by how each begins; first by two bytes, which is quick and sorts out nearly everything.
struct Side {
    pairs: Vec<bool>,
    starts: HashMap<[u8; SHORTEST], Vec<Form>>,
}

impl Side {
    fn new() -> Self {
        Self { pairs: vec![false; 1 << 16], starts: HashMap::new() }
    }

    fn add(&mut self, form: Form) {
        let Some(start) = form.bytes.first_chunk::<SHORTEST>().copied() else { return };
        self.pairs[usize::from(start[0]) << 8 | usize::from(start[1])] = true;
        self.starts.entry(start).or_default().push(form);
    }

    fn find(&self, hay: &[u8], found: &mut BTreeSet<(String, &'static str)>) {
        let mut at = 0;
        while at + SHORTEST <= hay.len() {
            if self.pairs[usize::from(hay[at]) << 8 | usize::from(hay[at + 1])] {
                let start: [u8; SHORTEST] = hay[at..at + SHORTEST].try_into().unwrap();
                for form in self.starts.get(&start).into_iter().flatten() {
                    if hay[at..].starts_with(&form.bytes) {
                        found.insert((form.secret.clone(), form.how));
                    }
                }
            }
            at += 1;
        }
    }
}

impl Search {
    pub fn for_all(secrets: &[Secret]) -> Self {
        let mut search = Self { exact: Side::new(), folded: Side::new() };
        for secret in secrets {
            assert!(secret.value.len() >= SHORTEST, "{} is too short", secret.name);
            let mut seen = BTreeSet::new();
            for (how, bytes) in forms(&secret.value).into_iter().filter(|(_, bytes)| seen.insert(bytes.clone())) {
                // Letters of base64 differ by their case; everything else is found in any case.
                let is_exact = how.starts_with("base64");
                let bytes = if is_exact { bytes } else { bytes.to_ascii_lowercase() };
                let side = if is_exact { &mut search.exact } else { &mut search.folded };
                side.add(Form { secret: secret.name.clone(), how, bytes });
            }
        }
        search
    }

    /// Which secrets `hay` holds, and how each is written there.
    pub fn find(&self, hay: &[u8]) -> BTreeSet<(String, &'static str)> {
        let mut found = BTreeSet::new();
        self.exact.find(hay, &mut found);
        self.folded.find(&hay.to_ascii_lowercase(), &mut found);
        found
    }
}

fn forms(value: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("raw", value.to_vec()),
        ("hex", HEXLOWER.encode(value).into_bytes()),
        ("percent", percent_encode(value, NON_ALPHANUMERIC).to_string().into_bytes()),
        ("form", url::form_urlencoded::byte_serialize(value).collect::<String>().into_bytes()),
        ("numbers", value.iter().map(u8::to_string).collect::<Vec<_>>().join(", ").into_bytes()),
    ];
    if let Ok(text) = std::str::from_utf8(value) {
        let json = serde_json::to_string(text).unwrap();
        let json = json[1..json.len() - 1].to_owned();
        forms.push(("JSON with slashes escaped", json.replace('/', "\\/").into_bytes()));
        forms.push(("JSON in JSON", json.replace('\\', "\\\\").replace('"', "\\\"").into_bytes()));
        forms.push(("JSON", json.into_bytes()));
        let html = |slash: &str| {
            let escaped = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
            escaped.replace('"', "&#34;").replace('\'', "&#39;").replace('/', slash).into_bytes()
        };
        forms.push(("HTML", html("/")));
        forms.push(("HTML with slashes escaped", html("&#x2f;")));
    }
    // Inside a longer text, base64 begins at one of three places; what the neighbours change is left off.
    for before in 0..3 {
        let mut shifted = vec![0; before];
        shifted.extend_from_slice(value);
        let first = (before * 4).div_ceil(3);
        let last = shifted.len() / 3 * 4;
        forms.push(("base64", BASE64.encode(&shifted).as_bytes()[first..last].to_vec()));
        forms.push(("base64url", BASE64URL.encode(&shifted).as_bytes()[first..last].to_vec()));
    }
    forms
}

#[test]
fn every_form_is_found_wherever_it_stands() {
    let value = b"Fake \"secret\" / of <this> test+1 & more\\".to_vec();
    let search = Search::for_all(&[Secret { name: "it".to_owned(), value: value.clone() }]);
    assert!(search.find(b"nothing of it, though it is as long as it might be, or longer").is_empty());
    let text = String::from_utf8(value.clone()).unwrap();
    let long = |before: usize| [vec![b'x'; before], value.clone(), b"yz".to_vec()].concat();
    let mut written: Vec<Vec<u8>> = vec![
        text.to_uppercase().into_bytes(),
        data_encoding::HEXUPPER.encode(&long(3)).into_bytes(),
        format!("{value:?}").into_bytes(),
        format!("{text:?}").into_bytes(),
        serde_json::json!({ "a": serde_json::json!({ "b": text }).to_string() }).to_string().into_bytes(),
        serde_urlencoded::to_string([("a", &text)]).unwrap().into_bytes(),
        percent_encode(&value, NON_ALPHANUMERIC).to_string().to_lowercase().into_bytes(),
        text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;").into_bytes(),
    ];
    for before in 0..4 {
        written.push(BASE64.encode(&long(before)).into_bytes());
        written.push(data_encoding::BASE64URL_NOPAD.encode(&long(before)).into_bytes());
    }
    for bytes in written {
        let hay = [b"before ".as_slice(), &bytes, b" after"].concat();
        assert!(!search.find(&hay).is_empty(), "{}", String::from_utf8_lossy(&hay));
    }
}
