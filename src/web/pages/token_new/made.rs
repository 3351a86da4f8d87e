//! A token that was just made, with lines to paste.

use askama::Template;
use secrecy::ExposeSecret;

use crate::app::App;
use crate::model::api_token::{Connectors, Holder, Part};
use crate::portal::Who;
use crate::portal::tokens::{self, Made, TokenStatus};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::html::Moment;
use crate::web::pages::credentials::CopyBlock;

/// The answer of a `POST` that made a token. No `Debug`: it holds its text.
#[derive(Template)]
#[template(path = "pages/token_made.html")]
pub struct TokenMadePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the list is.
    pub back: &'static str,
    /// The token's name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// When it ends.
    pub ends: Moment,
    /// What is kept otherwise than it was typed.
    pub notes: Vec<String>,
    /// Lines to paste.
    pub blocks: Vec<CopyBlock>,
    /// The connector that the lines are for; empty where they have a place to fill in.
    pub connector: String,
}

/// The page of a token that was just made.
pub async fn page(app: &App, who: &Who, mut frame: Frame, made: Made) -> Result<TokenMadePage, WebError> {
    let status = tokens::show(app, who, &made.token.id).await?;
    let is_program = matches!(status.token.holder, Holder::Program(_));
    let (slug, name) = first(app, who, &status, is_program).await?;
    let text = made.text.expose_secret().to_owned();
    let mut blocks = vec![block(
        "daypass",
        "Programs that ask Daypass's API",
        format!("export DAYPASS_URL='{}'\nexport DAYPASS_TOKEN='{text}'", app.address("")),
    )];
    if status.token.scope.has(Part::Use) {
        let place = if slug.is_empty() { "CONNECTOR" } else { slug.as_str() };
        let address = app.address(&format!("/api/v1/connectors/{place}/container-credentials"));
        let lines = format!(
            "export AWS_CONTAINER_CREDENTIALS_FULL_URI='{address}'\nexport AWS_CONTAINER_AUTHORIZATION_TOKEN='{text}'"
        );
        blocks.push(block("sdk", "Every AWS SDK and the AWS CLI", lines));
    }
    frame.title = "API token made".to_owned();
    Ok(TokenMadePage {
        frame,
        back: if is_program { "/admin/tokens" } else { "/tokens" },
        name: status.token.name.clone(),
        text,
        ends: Moment(status.token.ends_at()),
        notes: made.notes,
        blocks,
        connector: name,
    })
}

/// Slug and name of the first connector that it is for; empty where there is none.
async fn first(app: &App, who: &Who, status: &TokenStatus, is_program: bool) -> Result<(String, String), WebError> {
    if let Some((_, slug, name)) = status.connectors.first() {
        return Ok((slug.clone(), name.clone()));
    }
    if status.token.scope.connectors != Connectors::All {
        return Ok(Default::default());
    }
    let all = tokens::choices(app, who, is_program).await?;
    Ok(all.first().map(|connector| (connector.slug.clone(), connector.name.clone())).unwrap_or_default())
}

fn block(id: &str, label: &str, text: String) -> CopyBlock {
    CopyBlock { id: id.to_owned(), label: label.to_owned(), text }
}
