//! Temporary credentials to copy.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::model::credentials::Shape;
use crate::model::session::{parse_duration, show_duration};
use crate::portal::my_access::{self, MyConnector};
use crate::portal::use_connector::{Ask, Gift, Handed, Purpose, use_connector};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, FieldErrors, Moment, manage, ok, respond};
use crate::web::session::Session;

/// `GET` and `POST /connectors/{slug}/credentials`, with the field `duration`.
///
/// No `Debug`: after the `POST` it holds a secret.
#[derive(Template)]
#[template(path = "pages/credentials.html")]
pub struct CredentialsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's slug.
    pub slug: String,
    /// The connector's name.
    pub name: String,
    /// One line about the connector; may be empty.
    pub description: String,
    /// The account that the credentials are for.
    pub account: AccountTag,
    /// The principal type in words.
    pub principal: String,
    /// Whether AWS sees who the person is.
    pub names_person: bool,
    /// Whether the connector opens the console too.
    pub console: bool,
    /// The wanted life as typed, `1h` or `30m`; empty means the connector's own.
    pub duration: String,
    /// The longest life, as "1 h".
    pub longest: String,
    /// What is wrong, by field.
    pub errors: FieldErrors,
    /// Where administrators change the connector, where something was refused; empty: nowhere.
    pub manage: String,
    /// What was issued; shown once.
    pub issued: Option<IssuedView>,
}

/// Issued credentials. No `Debug`: it holds a secret.
pub struct IssuedView {
    /// The temporary key's id.
    pub access_key_id: String,
    /// Whom AWS sees.
    pub arn: String,
    /// The session's name.
    pub session_name: String,
    /// When they end.
    pub expires: Moment,
    /// How long that is, as "59 min"; a static module counts it down.
    pub remaining: String,
    /// The same credentials in each form.
    pub blocks: Vec<CopyBlock>,
}

/// Credentials in one form to copy. No `Debug`: it holds a secret.
pub struct CopyBlock {
    /// Short word for addresses, as `bash`.
    pub id: String,
    /// What it is for, as "bash, zsh".
    pub label: String,
    /// The text to copy.
    pub text: String,
}

/// The form.
#[derive(Default, Deserialize)]
pub struct CredentialsForm {
    #[serde(default)]
    duration: String,
}

fn page(
    frame: Frame,
    mine: &MyConnector,
    duration: String,
    errors: FieldErrors,
    issued: Option<IssuedView>,
) -> CredentialsPage {
    let connector = &mine.connector;
    let kind = connector.principal.kind();
    CredentialsPage {
        frame,
        slug: connector.slug.clone(),
        name: connector.name.clone(),
        description: connector.description.clone(),
        account: AccountTag::of(mine.account.as_ref()),
        principal: kind.label().to_owned(),
        names_person: kind.names_person(),
        console: kind.opens_console(),
        duration,
        longest: show_duration(connector.longest()),
        errors,
        manage: String::new(),
        issued,
    }
}

fn frame(app: &App, who: &Who, session: &Session) -> Frame {
    Frame::new(app, who, session, Section::MyAccess, "Credentials").below("My access", "/")
}

/// `GET /connectors/{slug}/credentials`: only the form; nothing is issued.
///
/// # Errors
/// 404 where the connector is unknown or not granted.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    connector: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let mine = my_access::find(&app, &who.0.actor(), &connector).await?;
    Ok(ok(&page(frame(&app, &who.0, &session), &mine, String::new(), FieldErrors::default(), None)))
}

/// `POST /connectors/{slug}/credentials`: issues, records, shows once.
///
/// # Errors
/// Whatever keeps the credentials from being issued.
pub async fn issue(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    connector: web::Path<String>,
    form: Form<CredentialsForm>,
) -> Result<HttpResponse, WebError> {
    let (app, who) = (app.into_inner(), who.0);
    let duration = form.0.duration;
    // What is no duration is decided and recorded like one that no connector gives.
    let (seconds, unreadable) = match duration.trim() {
        "" => (None, None),
        typed => match parse_duration(typed) {
            Ok(seconds) => (Some(seconds), None),
            Err(sentence) => (Some(0), Some(sentence)),
        },
    };
    let ask = Ask::by(who.clone(), connector.clone(), Purpose::Credentials { seconds });
    match use_connector(&app, ask).await {
        Ok(handed) => {
            let mine = my_access::find(&app, &who.actor(), &connector).await?;
            let issued = issued_view(&app, handed)?;
            Ok(ok(&page(frame(&app, &who, &session), &mine, duration, FieldErrors::default(), Some(issued))))
        }
        Err(error) => {
            let error = match (error, unreadable) {
                (PortalError::Invalid(_), Some(sentence)) => PortalError::Invalid(("duration", sentence).into()),
                (error, _) => error,
            };
            let (mut response, errors) = again(error, &who.origin)?;
            let mine = my_access::find(&app, &who.actor(), &connector).await?;
            let manage = manage(&who, &mine.connector.id);
            let page = page(frame(&app, &who, &session), &mine, duration, errors, None);
            Ok(respond(&mut response, &CredentialsPage { manage, ..page }))
        }
    }
}

fn issued_view(app: &App, handed: Handed) -> Result<IssuedView, WebError> {
    let Gift::Credentials(credentials) = handed.gift else {
        return Err(PortalError::Internal("a link where credentials were asked for".to_owned()).into());
    };
    let left = (credentials.expires_at - app.clock.now()).num_minutes().max(0);
    let block = |shape: Shape| CopyBlock {
        id: shape.word().to_owned(),
        label: shape.label().to_owned(),
        text: shape.write(&credentials, &handed.connector.slug),
    };
    Ok(IssuedView {
        access_key_id: credentials.access_key_id.clone(),
        arn: handed.arn.unwrap_or_else(|| "the access key's own IAM user".to_owned()),
        session_name: handed.session_name.unwrap_or_else(|| "none: AWS does not see the person".to_owned()),
        expires: Moment(credentials.expires_at),
        remaining: show_duration(u32::try_from(left * 60).unwrap_or(u32::MAX)),
        blocks: Shape::ALL.into_iter().map(block).collect(),
    })
}
