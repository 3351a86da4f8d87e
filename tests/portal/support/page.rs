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
        // A long id is one word in two parts.
        let body = self.body.replace("</span><span class=\"long-tail\">", "");
        for character in body.chars() {
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

    /// Whether a reader does not see `part`.
    #[track_caller]
    pub fn does_not_say(&self, part: &str) -> &Self {
        let text = self.text();
        assert!(!text.contains(part), "{} says “{part}”:\n{text}", self.status);
        self
    }

    /// Whether it came with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Whether it leads to `address`.
    #[track_caller]
    pub fn leads_to(&self, address: &str) -> &Self {
        assert_eq!((self.status, self.location()), (303, address), "{}", self.text());
        self
    }

    /// The text without the id of the request, which no two answers share.
    pub fn text_but_request_id(&self) -> String {
        self.text().replace(self.header("x-request-id"), "")
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
