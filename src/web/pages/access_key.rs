//! One access key: create, look at, change.

use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::SecretString;
use serde::Deserialize;

use super::access_keys::state_of;
use crate::app::App;
use crate::model::access_key::KeyKind;
use crate::model::account::grouped;
use crate::model::partition::Partition;
use crate::portal::access_keys::{self, AccessKeyForm, KeyStatus};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Choice, FieldErrors, Moment, Tone, ok, respond, see_other};
use crate::web::session::Session;

/// `GET` and `POST /admin/access-keys/new` and `/{id}`, with the fields `name`, `key_id`, `secret` (never echoed),
/// `partition`, `note`, `skip_validation`, `version`.
#[derive(Template)]
#[template(path = "pages/access_key.html")]
pub struct AccessKeyPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Name as typed.
    pub name: String,
    /// AWS's id of the key, as typed.
    pub key_id: String,
    /// The chosen partition.
    pub partition: String,
    /// The partitions to choose from.
    pub partitions: Vec<Choice>,
    /// A note for administrators, as typed.
    pub note: String,
    /// Whether AWS is not to be asked on save.
    pub skip_validation: bool,
    /// The version that the form was made from.
    pub version: i32,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What AWS said about it.
    pub validated: Option<ValidatedView>,
    /// Its state; none for a new one.
    pub state: Option<Badge>,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// The connectors that use it as (name, address).
    pub used_by: Vec<(String, String)>,
}

/// What AWS said about a key.
pub struct ValidatedView {
    /// The account in its shown form.
    pub account: String,
    /// Whom the key belongs to.
    pub arn: String,
    /// user, role or root.
    pub kind: String,
    /// When AWS was asked.
    pub at: Moment,
}

/// The form as it arrives.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    key_id: String,
    secret: SecretString,
    partition: String,
    note: String,
    skip_validation: bool,
    version: i32,
}

impl Typed {
    fn form(&self) -> AccessKeyForm {
        AccessKeyForm {
            name: self.name.clone(),
            key_id: self.key_id.clone(),
            secret: self.secret.clone(),
            partition: self.partition.clone(),
            note: self.note.clone(),
            skip_validation: self.skip_validation,
            version: self.version,
        }
    }
}

const RAIL: &str = "/admin/access-keys";

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Access keys", RAIL)
}

/// The page with what was typed; the secret is never part of it.
fn page(frame: Frame, id: Option<String>, typed: &Typed, errors: FieldErrors) -> AccessKeyPage {
    let choice = |partition: Partition| Choice {
        value: partition.id().to_owned(),
        label: partition.label().to_owned(),
        detail: partition.id().to_owned(),
        selected: partition.id() == typed.partition,
    };
    AccessKeyPage {
        frame,
        id,
        name: typed.name.clone(),
        key_id: typed.key_id.clone(),
        partition: typed.partition.clone(),
        partitions: Partition::ALL.into_iter().map(choice).collect(),
        note: typed.note.clone(),
        skip_validation: typed.skip_validation,
        version: typed.version,
        errors,
        validated: None,
        state: None,
        state_detail: String::new(),
        used_by: Vec::new(),
    }
}

/// With how the key stands and who uses it.
fn with_status(mut page: AccessKeyPage, status: &KeyStatus, used_by: Vec<(String, String)>) -> AccessKeyPage {
    let (state, detail) = state_of(status);
    page.state = Some(state);
    page.state_detail = detail;
    page.validated = status.key.validated.as_ref().map(|validated| ValidatedView {
        account: grouped(&validated.account_id),
        arn: validated.arn.clone(),
        kind: KeyKind::of(&validated.arn).word().to_owned(),
        at: Moment(validated.at),
    });
    page.used_by = used_by.into_iter().map(|(id, name)| (name, format!("/admin/connectors/{id}"))).collect();
    page
}

/// `GET /admin/access-keys/new`
///
/// # Errors
/// None of its own.
pub async fn new(app: web::Data<App>, session: Session, who: SignedIn) -> Result<HttpResponse, WebError> {
    let empty = Typed { partition: Partition::Aws.id().to_owned(), ..Typed::default() };
    Ok(ok(&page(frame(&app, &who.0, &session, "New access key"), None, &empty, FieldErrors::default())))
}

/// `POST /admin/access-keys/new`
///
/// # Errors
/// Where the database or the keyring cannot be used.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    form: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    match access_keys::create(&app, &who.0, form.0.form()).await {
        Ok(id) => {
            session.say(
                Tone::Good,
                format!(
                    "The access key “{}” is kept. Its secret is sealed and will not be shown again.",
                    form.0.name.trim()
                ),
            );
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.0.origin)?;
            let page = page(frame(&app, &who.0, &session, "New access key"), None, &form.0, errors);
            Ok(respond(&mut response, &page))
        }
    }
}

/// `GET /admin/access-keys/{id}`
///
/// # Errors
/// 404 where there is none.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let (status, used_by) = access_keys::show(&app, &who.0, &id).await?;
    let typed = Typed {
        name: status.key.name.clone(),
        key_id: status.key.key_id.clone(),
        partition: status.key.partition.id().to_owned(),
        note: status.key.note.clone(),
        version: status.key.version,
        ..Typed::default()
    };
    let page =
        page(frame(&app, &who.0, &session, &status.key.name), Some(id.into_inner()), &typed, FieldErrors::default());
    Ok(ok(&with_status(page, &status, used_by)))
}

/// `POST /admin/access-keys/{id}`
///
/// # Errors
/// 404 where there is none; 409 where somebody else saved it since.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    match access_keys::update(&app, &who.0, &id, form.0.form()).await {
        Ok(()) => {
            session.say(Tone::Good, "Saved. Every connector that uses this access key uses it as it is now.");
            Ok(see_other(&format!("{RAIL}/{id}")))
        }
        Err(error) => {
            let is_stale = matches!(error, PortalError::Stale);
            let (mut response, errors) = again(error, &who.0.origin)?;
            let (status, used_by) = access_keys::show(&app, &who.0, &id).await?;
            let version = if is_stale { status.key.version } else { form.0.version };
            let typed = Typed { version, ..form.0 };
            let frame = frame(&app, &who.0, &session, &status.key.name);
            let page = page(frame, Some(id.into_inner()), &typed, errors);
            Ok(respond(&mut response, &with_status(page, &status, used_by)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_in_its_field_and_errors_stand_at_theirs() {
        let mut errors = FieldErrors::default();
        errors.add("key_id", "Too short.");
        let page = AccessKeyPage {
            frame: Frame::default(),
            id: None,
            name: "a <broker>".to_owned(),
            key_id: "SBX".to_owned(),
            partition: "aws".to_owned(),
            partitions: Vec::new(),
            note: "whose it is".to_owned(),
            skip_validation: true,
            version: 7,
            errors,
            validated: None,
            state: None,
            state_detail: String::new(),
            used_by: Vec::new(),
        };
        let html = page.render().unwrap();
        for part in [
            r#"name="name" value="a &#60;broker&#62;""#,
            r#"name="key_id" value="SBX""#,
            r#"aria-invalid="true" aria-describedby="f-key_id-error""#,
            r#"<p class="error" id="f-key_id-error">Too short.</p>"#,
            r##"<a href="#f-key_id">Too short.</a>"##,
            r#"name="skip_validation" value="true" checked"#,
            r#"name="version" value="7""#,
            "whose it is</textarea>",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
    }
}
