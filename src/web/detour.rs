//! The way from a half-filled form of a connector to an access key, and back.

use serde::Deserialize;

use super::frame::{Frame, Notice};
use super::html::Tone;

/// `?draft=`: what was typed for a connector waits until the access key is done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Detour {
    draft: String,
}

impl Detour {
    /// The address of `path` on the way from the draft with this id.
    #[must_use]
    pub fn to(path: &str, draft: &str) -> String {
        format!("{path}?draft={draft}")
    }

    /// Back to the connector with `key` chosen, or none; nowhere where nobody came from one.
    #[must_use]
    pub fn back(&self, key: &str) -> Option<String> {
        let query = serde_urlencoded::to_string([("draft", self.draft.as_str()), ("key", key)]).unwrap_or_default();
        (!self.draft.is_empty()).then(|| format!("/admin/connectors/draft?{query}"))
    }

    /// The address of `path` on the same way; where nobody came from a connector, `path` itself.
    #[must_use]
    pub fn along(&self, path: &str) -> String {
        if self.draft.is_empty() {
            return path.to_owned();
        }
        let query = serde_urlencoded::to_string([("draft", self.draft.as_str())]).unwrap_or_default();
        format!("{path}?{query}")
    }

    /// Says on the access key's page that the connector waits; `key` is the one that is chosen there without a change.
    #[must_use]
    pub fn on(&self, frame: Frame, key: &str) -> Frame {
        let Some(back) = self.back(key) else { return frame };
        let mut frame = frame.below("Back to the connector", &back);
        let sentence = "What you typed for the connector is kept; you come back to it from here.";
        frame.notices.push(Notice::new(Tone::Info, sentence));
        frame
    }
}
