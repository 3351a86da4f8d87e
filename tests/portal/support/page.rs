//! An answer, read.

use reqwest::Response;
use reqwest::header::HeaderMap;

#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// What a reader sees: no tags, entities resolved, blanks folded.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut inside = false;
        for character in self.body.chars() {
            match character {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    text.push(' ');
                }
                _ if !inside => text.push(character),
                _ => {}
            }
        }
        let entities = [
            ("&#60;", "<"),
            ("&#62;", ">"),
            ("&#34;", "\""),
            ("&#39;", "'"),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#38;", "&"),
            ("&amp;", "&"),
        ];
        for (entity, character) in entities {
            text = text.replace(entity, character);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a reader sees `part`.
    #[track_caller]
    pub fn says(&self, part: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(part), "{} does not say “{part}”:\n{text}", self.status);
        self
    }

    /// The sentence at a field of a form.
    #[track_caller]
    pub fn field_error(&self, field: &str) -> String {
        let mark = format!("id=\"f-{field}-error\">");
        let Some((_, rest)) = self.body.split_once(&mark) else { panic!("no error at {field}:\n{}", self.text()) };
        let sentence = rest.split("</p>").next().unwrap().to_owned();
        Self { status: 0, headers: HeaderMap::new(), body: sentence }.text()
    }

    /// A block of credentials to copy, by its word, as it stands there with its line ends.
    pub fn block(&self, word: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("id=\"block-{word}\"")).unwrap_or_else(|| panic!("no {word}"));
        let (_, text) = rest.split_once('>').unwrap();
        let text = text.split("</pre>").next().unwrap();
        text.replace("&#34;", "\"").replace("&#38;", "&").replace("&#39;", "'")
    }

    /// The value of an input.
    pub fn value_of(&self, field: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("name=\"{field}\" value=\""))?;
        let value = rest.split('"').next()?.to_owned();
        Some(Self { status: 0, headers: HeaderMap::new(), body: value }.text())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
