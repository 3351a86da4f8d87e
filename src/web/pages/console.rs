//! The page that a deep link opens: who opens what, where.

use actix_web::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use actix_web::{HttpResponse, web};
use askama::Template;
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::app::App;
use crate::model::destination::is_known_service;
use crate::portal::my_access::{self, MyConnector};
use crate::portal::use_connector::{Ask, Gift, Handed, Purpose, destination_of, use_connector};
use crate::portal::{PortalError, Who};
use crate::web::again::again;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::frame::{Frame, Section};
use crate::web::guard::SignedIn;
use crate::web::html::{AccountTag, FieldErrors, manage, ok, respond, unprocessable};
use crate::web::session::Session;

/// `GET` and `POST /console/{slug}`, with `destination` and `region`. Only the `POST` issues.
#[derive(Template)]
#[template(path = "pages/console.html")]
pub struct ConsolePage {
    /// What surrounds it.
    pub frame: Frame,
    /// The connector's slug.
    pub slug: String,
    /// The connector's name.
    pub name: String,
    /// One line about the connector; may be empty.
    pub description: String,
    /// The account whose console opens.
    pub account: AccountTag,
    /// The principal type in words.
    pub principal: String,
    /// The full address that will open; empty when it is not known.
    pub destination: String,
    /// The destination as it was asked for.
    pub destination_typed: String,
    /// The region as it was asked for; may be empty.
    pub region: String,
    /// Nothing: what is wrong stands in [`problem`](Self::problem).
    pub errors: FieldErrors,
    /// Whether the form submits itself.
    pub opens_itself: bool,
    /// Why it cannot be opened; then there is no button, unless it may be tried again.
    pub problem: Option<String>,
    /// Where administrators change the connector, where something was refused; empty: nowhere.
    pub manage: String,
    /// Whether this comes back from a try: what was typed can be changed and sent again.
    pub again: bool,
}

/// What a link or form asks to open.
#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    destination: String,
    #[serde(default)]
    region: String,
}

fn page(app: &App, frame: Frame, mine: &MyConnector, wanted: Wanted, problem: Option<String>) -> ConsolePage {
    let connector = &mine.connector;
    let kind = connector.principal.kind();
    let url = destination_of(app, connector, &wanted.destination, Some(&wanted.region));
    let refused = (!kind.opens_console()).then(|| {
        format!("“{}” gives session tokens of an IAM user, which AWS does not let into the console. Take its credentials instead.", connector.name)
    });
    let problem = problem.or(refused).or_else(|| url.as_ref().err().cloned());
    // A query that some console pages act on is never opened without asking, whatever the connector says.
    let known = url.as_ref().is_ok_and(is_known_service);
    ConsolePage {
        frame,
        slug: connector.slug.clone(),
        name: connector.name.clone(),
        description: connector.description.clone(),
        account: AccountTag::of(mine.account.as_ref()),
        principal: kind.label().to_owned(),
        destination: url.map(String::from).unwrap_or_default(),
        destination_typed: wanted.destination,
        region: wanted.region,
        errors: FieldErrors::default(),
        opens_itself: connector.open_without_asking && known && problem.is_none(),
        problem,
        manage: String::new(),
        again: false,
    }
}

fn frame(app: &App, who: &Who, session: &Session) -> Frame {
    Frame::new(app, who, session, Section::MyAccess, "Open the AWS console").below("My access", "/")
}

/// `GET /console/{slug}`: shows who opens what, in which account and where to. Nothing is issued.
///
/// # Errors
/// 404 where the connector is unknown or not granted.
pub async fn show(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    connector: web::Path<String>,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, WebError> {
    let mine = my_access::find(&app, &who.0.actor(), &connector).await?;
    let page = page(&app, frame(&app, &who.0, &session), &mine, wanted.into_inner(), None);
    if page.problem.is_none() {
        return Ok(ok(&page));
    }
    Ok(unprocessable(&ConsolePage { manage: manage(&who.0, &mine.connector.id), ..page }))
}

/// `POST /console/{slug}`: issues, records, and sends the browser on to AWS.
///
/// # Errors
/// Whatever keeps the console from being opened.
pub async fn open(
    app: web::Data<App>,
    session: Session,
    who: SignedIn,
    connector: web::Path<String>,
    form: Form<Wanted>,
) -> Result<HttpResponse, WebError> {
    let (app, who, wanted) = (app.into_inner(), who.0, form.0);
    let region = Some(wanted.region.clone()).filter(|region| !region.is_empty());
    let purpose = Purpose::Console { destination: wanted.destination.clone(), region };
    let ask = Ask::by(who.clone(), connector.clone(), purpose);
    let error = match use_connector(&app, ask).await {
        Ok(Handed { gift: Gift::ConsoleLink(link), .. }) => {
            // The link is a secret for 15 minutes: no page and no log of ours shows it, and AWS is not told where it came from.
            return Ok(HttpResponse::SeeOther()
                .insert_header((LOCATION, link.expose_secret()))
                .insert_header((REFERRER_POLICY, "no-referrer"))
                .insert_header((CACHE_CONTROL, "no-store"))
                .finish());
        }
        Ok(_) => PortalError::Internal("credentials where a link was asked for".to_owned()),
        Err(error) => error,
    };
    let opens = !matches!(error, PortalError::NoConsole(_));
    let (mut response, errors) = again(error, &who.origin)?;
    let mine = my_access::find(&app, &who.actor(), &connector).await?;
    let sentence = errors.iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join(" ");
    let page = page(&app, frame(&app, &who, &session), &mine, wanted, Some(sentence).filter(|_| opens));
    let manage = manage(&who, &mine.connector.id);
    Ok(respond(&mut response, &ConsolePage { again: opens, manage, ..page }))
}
