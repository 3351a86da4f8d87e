//! One access key: create, look at, change.

mod folds;
mod typed;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::access_keys::state::{age_of, state_of};
use crate::app::App;
use crate::model::access_key::KeyKind;
use crate::model::account::grouped;
use crate::model::event::Kind;
use crate::model::partition::Partition;
use crate::model::source::Source;
use crate::portal::access_keys::{self, AccessKeyForm, KeyStatus};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::detour::Detour;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::gone::Gone;
use crate::web::guard::SignedIn;
use crate::web::html::{Badge, Choice, FieldErrors, Moment, Tone, ok, respond, see_other};
use crate::web::session::Session;
pub use typed::Typed;

/// `GET` and `POST /admin/access-keys/new` and `/{id}`. The secrets are never echoed.
#[derive(Template)]
#[template(path = "pages/access_key.html")]
pub struct AccessKeyPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Its id; none for a new one.
    pub id: Option<String>,
    /// Where the form is sent; empty: to its own address.
    pub action: String,
    /// The form as typed.
    pub f: AccessKeyForm,
    /// The partitions to choose from.
    pub partitions: Vec<Choice>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// What is known about it; none for a new one.
    pub about: Option<About>,
}

impl AccessKeyPage {
    /// Whether a session token is kept, so that none has to be typed.
    fn keeps_token(&self) -> bool {
        self.about.as_ref().is_some_and(|about| about.keeps_token)
    }

    /// Whether the form asks if the key is meant to be of another account: where that is in doubt.
    fn asks_other_account(&self) -> bool {
        let expected = self.about.as_ref().is_some_and(|about| about.expected.is_some());
        expected || self.f.other_account || self.errors.get("other_account").is_some()
    }

    /// Whether the seed of an MFA device is kept.
    fn keeps_seed(&self) -> bool {
        self.about.as_ref().is_some_and(|about| about.keeps_seed)
    }
}

/// What is known about a key.
pub struct About {
    /// Its state.
    pub state: Badge,
    /// Why, in one sentence; may be empty.
    pub state_detail: String,
    /// What AWS said about it.
    pub validated: Option<ValidatedView>,
    /// The account that it is expected to be of, in its shown form, where AWS was not asked.
    pub expected: Option<String>,
    /// When AWS was asked last.
    pub checked: Option<Moment>,
    /// Since when this very key pair is here.
    pub since: Moment,
    /// Its age in words, marked where it is too old.
    pub age: Badge,
    /// When it was used last.
    pub last_used: Option<Moment>,
    /// Whether its session token is kept.
    pub keeps_token: bool,
    /// Whether the seed of its MFA device is kept.
    pub keeps_seed: bool,
    /// Whether it can be rotated at AWS.
    pub rotates: bool,
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

const RAIL: &str = "/admin/access-keys";

fn frame(app: &App, who: &Who, session: &Session, title: &str) -> Frame {
    Frame::administration(app, who, session, RAIL, title).below("Administration", "/admin").below("Access keys", RAIL)
}

/// The page with what was typed; the secrets are never part of it.
fn page(frame: Frame, id: Option<String>, f: AccessKeyForm, errors: FieldErrors) -> AccessKeyPage {
    let choice = |partition: Partition| Choice {
        value: partition.id().to_owned(),
        label: partition.label().to_owned(),
        detail: partition.id().to_owned(),
        selected: partition.id() == f.partition,
    };
    let partitions = Partition::ALL.into_iter().map(choice).collect();
    AccessKeyPage { frame, id, action: String::new(), partitions, f, errors, about: None }
}

/// With how the key stands and who uses it.
fn with_status(
    app: &App,
    mut page: AccessKeyPage,
    status: &KeyStatus,
    used_by: Vec<(String, String)>,
) -> AccessKeyPage {
    let (state, state_detail) = state_of(status);
    let key = &status.key;
    page.about = Some(About {
        state,
        state_detail,
        validated: key.validated.as_ref().map(|validated| ValidatedView {
            account: grouped(&validated.account_id),
            arn: validated.arn.clone(),
            kind: KeyKind::of(&validated.arn).word().to_owned(),
            at: Moment(validated.at),
        }),
        expected: key.expected_account.as_deref().map(grouped),
        checked: key.checked_at.map(Moment),
        since: Moment(key.key_since),
        age: age_of(app, status),
        last_used: key.last_used_at.map(Moment),
        keeps_token: matches!(key.source, Source::Temporary { .. }),
        keeps_seed: key.mfa_serial.is_some(),
        rotates: key.source.is_long_term(),
        used_by: used_by.into_iter().map(|(id, name)| (name, format!("/admin/connectors/{id}"))).collect(),
    });
    page
}

/// `GET /admin/access-keys/new`
///
/// # Errors
/// None of its own.
pub async fn new(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    detour: web::Query<Detour>,
) -> Result<HttpResponse, WebError> {
    let empty = AccessKeyForm { partition: Partition::Aws.id().to_owned(), ..AccessKeyForm::default() };
    Ok(ok(&page(detour.on(frame(&app, &who.0, &session, "New access key"), ""), None, empty, FieldErrors::default())))
}

/// Says what was done to the values that were typed, and whether there is another entry of the same key.
async fn remark(app: &App, who: &Who, session: &Session, id: &str, cuts: Vec<String>) -> Result<(), PortalError> {
    for sentence in cuts {
        session.say(Tone::Info, sentence);
    }
    let twins = access_keys::twins(app, who, id).await?;
    if !twins.is_empty() {
        let sentence = format!(
            "The same key of AWS is kept as “{}” too. A change of its secret has to be made in each of them.",
            twins.join("”, “")
        );
        session.say(Tone::Warning, sentence);
    }
    Ok(())
}

/// `POST /admin/access-keys/new`
///
/// # Errors
/// Where the database or the keyring cannot be used.
pub async fn create(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    detour: web::Query<Detour>,
    form: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let form = AccessKeyForm::from(form.0);
    match access_keys::create(&app, &who.0, form.clone()).await {
        Ok(id) => {
            let sealed = if form.is("long_term") || form.is("temporary") {
                "Its secret is sealed and will not be shown again."
            } else {
                "Nothing secret is kept of it."
            };
            session.say(Tone::Good, format!("The access key “{}” is kept. {sealed}", form.name.trim()));
            remark(&app, &who.0, &session, &id, form.cuts()).await?;
            Ok(see_other(&detour.back(&id).unwrap_or_else(|| format!("{RAIL}/{id}"))))
        }
        Err(error) => {
            let (mut response, errors) = again(error, &who.0.origin)?;
            let page = page(detour.on(frame(&app, &who.0, &session, "New access key"), ""), None, form, errors);
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
    detour: web::Query<Detour>,
) -> Result<HttpResponse, WebError> {
    let (status, used_by) = access_keys::show(&app, &who.0, &id).await?;
    let form = AccessKeyForm::from(&status.key);
    let frame = detour.on(frame(&app, &who.0, &session, &status.key.name), &id);
    let page = page(frame, Some(id.into_inner()), form, FieldErrors::default());
    Ok(ok(&with_status(&app, page, &status, used_by)))
}

/// `POST /admin/access-keys/{id}`
///
/// # Errors
/// 404 where there is none, with the form of a new one; 409 where somebody else saved it since.
pub async fn update(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    id: web::Path<String>,
    detour: web::Query<Detour>,
    form: Form<Typed>,
) -> Result<HttpResponse, WebError> {
    let mut form = AccessKeyForm::from(form.0);
    let saved = access_keys::update(&app, &who.0, &id, form.clone()).await;
    let (status, used_by) = match access_keys::show(&app, &who.0, &id).await {
        Err(PortalError::NotFound(_)) => return deleted(&app, &who.0, &session, (&id, &detour), form).await,
        found => found?,
    };
    let frame = detour.on(frame(&app, &who.0, &session, &status.key.name), &id);
    match saved {
        Ok(()) => {
            session.say(Tone::Good, said_of(&used_by));
            remark(&app, &who.0, &session, &id, form.cuts()).await?;
            Ok(see_other(&detour.back(&id).unwrap_or_else(|| format!("{RAIL}/{id}"))))
        }
        Err(error) => {
            if matches!(error, PortalError::Stale) {
                form.version = status.key.version;
            }
            let (mut response, errors) = again(error, &who.0.origin)?;
            let page = page(frame, Some(id.into_inner()), form, errors);
            Ok(respond(&mut response, &with_status(&app, page, &status, used_by)))
        }
    }
}

/// The form of a key that somebody deleted while it was open, as that of a new one.
async fn deleted(
    app: &App,
    who: &Who,
    session: &Session,
    (id, detour): (&str, &Detour),
    form: AccessKeyForm,
) -> Result<HttpResponse, WebError> {
    let way = "What you typed stands below, but for secrets, which have to be typed again: “Add access key” makes a new one of it.";
    let Gone { errors, .. } = Gone::of(app, who, "access key", way, (Kind::AccessKeyDelete, id)).await?;
    let form = AccessKeyForm { version: 0, ..form };
    let mut page = page(detour.on(frame(app, who, session, "New access key"), ""), None, form, errors);
    page.action = detour.along(&format!("{RAIL}/new"));
    Ok(respond(&mut HttpResponse::NotFound(), &page))
}

/// The most connectors that a notice names.
const NAMED: usize = 10;

/// Which connectors changed with their key.
fn said_of(used_by: &[(String, String)]) -> String {
    let names: Vec<&str> = used_by.iter().take(NAMED).map(|(_, name)| name.as_str()).collect();
    let more = used_by.len().saturating_sub(NAMED);
    match (names.as_slice(), more) {
        ([], _) => "Saved. No connector uses this access key.".to_owned(),
        (names, 0) => format!("Saved. These connectors use it as it is now: {}.", names.join(", ")),
        (names, more) => format!("Saved. These connectors use it as it is now: {} and {more} more.", names.join(", ")),
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
            action: String::new(),
            f: AccessKeyForm {
                name: "a <broker>".to_owned(),
                key_id: "SBX".to_owned(),
                partition: "aws".to_owned(),
                note: "whose it is".to_owned(),
                skip_validation: true,
                version: 7,
                secret: "a secret that does not come back".into(),
                ..AccessKeyForm::default()
            },
            partitions: Vec::new(),
            errors,
            about: None,
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
        assert!(!html.contains("does not come back"), "a secret comes back: {html}");
    }
}
