//! The list of access keys.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::keyring::OpenError;
use crate::model::access_key::{KeyKind, KeyState, Validated};
use crate::model::account::grouped;
use crate::portal::access_keys::{self, KeyStatus};
use crate::web::error::WebError;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Moment, Tone, ok};
use crate::web::session::Session;

/// `GET /admin/access-keys?q=`
#[derive(Template)]
#[template(path = "pages/access_keys.html")]
pub struct AccessKeysPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The search as typed.
    pub query: String,
    /// The keys that match.
    pub rows: Vec<AccessKeyRow>,
    /// How many keys there are, whether they match or not.
    pub total: usize,
}

/// One access key.
pub struct AccessKeyRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// AWS's id of the key.
    pub key_id: String,
    /// The partition, as `aws`.
    pub partition: String,
    /// The account in its shown form; empty when never validated.
    pub account: String,
    /// Whom the key belongs to; empty when never validated.
    pub arn: String,
    /// user, role or root; empty when never validated.
    pub kind: String,
    /// Good, Refused by AWS, Cannot be opened, Not validated.
    pub state: Badge,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// How many connectors use it.
    pub used_by: usize,
    /// When it was changed last.
    pub updated: Moment,
}

/// `?q=`
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /admin/access-keys`
///
/// # Errors
/// Where the database does not answer.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    query: web::Query<Search>,
) -> Result<HttpResponse, WebError> {
    let keys = access_keys::list(&app, &who.0).await?;
    let query = query.into_inner().q;
    let total = keys.len();
    let wanted = query.trim().to_lowercase();
    let rows = keys.into_iter().map(row).filter(|row| {
        format!("{} {} {} {} {}", row.id, row.name, row.key_id, row.account, row.arn).to_lowercase().contains(&wanted)
    });
    let rows = rows.collect();
    let frame = Frame::administration(&app, &who.0, &session, "/admin/access-keys", "Access keys");
    Ok(ok(&AccessKeysPage { frame, query, rows, total }))
}

fn row(status: KeyStatus) -> AccessKeyRow {
    let (state, state_detail) = state_of(&status);
    let (key, validated) = (status.key, |part: fn(&Validated) -> String, of: &Option<Validated>| {
        of.as_ref().map(part).unwrap_or_default()
    });
    AccessKeyRow {
        account: validated(|v| grouped(&v.account_id), &key.validated),
        arn: validated(|v| v.arn.clone(), &key.validated),
        kind: validated(|v| KeyKind::of(&v.arn).word().to_owned(), &key.validated),
        id: key.id,
        name: key.name,
        key_id: key.key_id,
        partition: key.partition.id().to_owned(),
        state,
        state_detail,
        used_by: usize::try_from(status.used_by).unwrap_or(0),
        updated: Moment(key.updated_at),
    }
}

/// How a key stands, and what to do about it. What cannot be opened here comes before what AWS says.
#[must_use]
pub fn state_of(status: &KeyStatus) -> (Badge, String) {
    match (&status.closed, status.key.state) {
        (Some(OpenError::KeyFile { file, cause }), _) => {
            let detail = format!(
                "Unable to read encryption key file {file}: {cause}. Put the file back, or enter the secret again."
            );
            (Badge::new(Tone::Danger, "Cannot be opened"), detail)
        }
        (Some(closed @ OpenError::Kms { kms_key, cause, .. }), _) => (
            Badge::new(Tone::Danger, "Cannot be opened"),
            format!("{closed} key {kms_key}: {cause} {}", closed.advice()),
        ),
        (Some(OpenError::Decrypt { file }), _) => {
            let detail = format!("Unable to decrypt AWS Secret Key with key file {file}. Enter the secret again.");
            (Badge::new(Tone::Danger, "Cannot be opened"), detail)
        }
        (None, KeyState::Good) => (Badge::new(Tone::Good, "Good"), String::new()),
        (None, KeyState::Refused) => {
            let detail = "AWS no longer takes this key. Enter a new one, or check it at AWS.";
            (Badge::new(Tone::Danger, "Refused by AWS"), detail.to_owned())
        }
        (None, KeyState::Unverified) => {
            (Badge::new(Tone::Neutral, "Not validated"), "Saved without asking AWS.".to_owned())
        }
    }
}
