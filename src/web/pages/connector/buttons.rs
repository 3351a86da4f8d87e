//! The buttons of a connector's form that put something in.

use super::{Typed, hops};
use crate::app::App;
use crate::model::policy_example::{ExampleKind, text_in};
use crate::portal::connectors::{self, ConnectorForm};
use crate::portal::{Who, policy_examples};
use crate::web::error::WebError;

/// The buttons of a form that save nothing.
pub(super) struct Pressed {
    example: String,
    generate: bool,
    hop: String,
    pub(super) go: String,
}

impl Pressed {
    pub(super) fn of(typed: &Typed) -> Self {
        Self { example: typed.insert.clone(), generate: typed.generate, hop: typed.hop.clone(), go: typed.go.clone() }
    }

    /// The form with an example or a new external id put in, or with other rows, where such a button was pressed: then nothing
    /// is saved.
    pub(super) async fn fill_in(&self, app: &App, who: &Who, form: &mut ConnectorForm) -> Result<bool, WebError> {
        let Self { example, generate, hop, .. } = self;
        if !hop.is_empty() {
            form.through = hops::press(&form.through, hop);
            return Ok(true);
        }
        if *generate {
            form.external_id = connectors::new_external_id();
            return Ok(true);
        }
        if example.is_empty() {
            return Ok(false);
        }
        if let Some(example) = policy_examples::offered(app, who).await?.into_iter().find(|known| known.id == *example)
        {
            let keys = connectors::sources(app, who).await?;
            let key = keys.iter().find(|key| key.id == form.access_key);
            let text = key.map_or(example.example.text.clone(), |key| text_in(&example.example.text, key.partition));
            if example.example.kind == ExampleKind::Policy {
                form.policy = text;
            } else {
                let arns = form.policy_arns.trim_end();
                form.policy_arns = if arns.is_empty() { text } else { format!("{arns}\n{text}") };
            }
        }
        Ok(true)
    }
}
