//! Connectors: listed, and kept by those who administer them.

use actix_web::http::header::LOCATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::body::Sent;
use super::{Named, Version, in_its_words, word};
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::api_token::Part;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::model::partition::Partition;
use crate::model::principal::{Principal, PrincipalType};
use crate::model::slug;
use crate::portal::connectors::visible::visible;
use crate::portal::connectors::{self, ConnectorForm};
use crate::portal::once::Once;
use crate::portal::{PortalError, Who, my_access, permissions};
use crate::web::api::json::Json;
use crate::web::error::WebError;
use crate::web::guard::ApiCaller;

/// `GET /connectors`: `{"values": [{"id", "name", "type", "scope"?}], "size"}`, those that the caller may use; all of them
/// for whoever administers connectors.
///
/// # Errors
/// 403 where the token is for neither; where the database cannot be read.
pub async fn list(app: web::Data<App>, who: ApiCaller, _version: Version) -> Result<HttpResponse, WebError> {
    let listed = visible(&app, &who.0).await?;
    let values: Vec<Value> = listed
        .iter()
        .filter_map(|one| Some(Value::Object(short((&one.id, &one.name), one.kind, one.system_scope)?)))
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "size": values.len(), "values": values })))
}

/// What lists have of a connector; `None` where the API has no word for its type.
fn short((id, name): (&str, &str), kind: PrincipalType, system_scope: bool) -> Option<Map<String, Value>> {
    let mut json = Map::new();
    json.insert("id".to_owned(), id.into());
    json.insert("name".to_owned(), name.into());
    json.insert("type".to_owned(), word(kind)?.into());
    if system_scope {
        json.insert("scope".to_owned(), "SYSTEM".into());
    }
    Some(json)
}

/// `GET /connectors/{id}`: all of it for whoever administers connectors, what lists have for whoever may use it.
///
/// # Errors
/// 404 where it is not theirs.
pub async fn show(app: web::Data<App>, who: ApiCaller, id: Named) -> Result<HttpResponse, WebError> {
    let json = if who.0.actor.may(Part::Connectors) {
        whole(&app, &who.0, &guid(&id.0)?).await?
    } else if who.0.actor.may(Part::Use) {
        let connector = my_access::find(&app, &who.0.actor, &id.0).await?.connector;
        short((&connector.id, &connector.name), connector.principal.kind(), connector.system_scope)
            .ok_or(PortalError::NotFound("connector"))?
    } else {
        return Err(PortalError::TokenScope(Part::Use).into());
    };
    Ok(HttpResponse::Ok().json(json))
}

fn guid(id: &str) -> Result<String, PortalError> {
    slug::guid(id).ok_or(PortalError::NotFound("connector"))
}

async fn whole(app: &App, who: &Who, id: &str) -> Result<Map<String, Value>, PortalError> {
    let (connector, grants) = connectors::show(app, who, id).await?;
    // Which groups may use it is for those whose token is for grants.
    let grants = who.actor.may(Part::Grants).then_some(grants);
    described(app, &connector, grants.as_deref()).ok_or(PortalError::NotFound("connector"))
}

/// All that the API has of a connector; with its groups where `grants` are told.
fn described(app: &App, connector: &Connector, grants: Option<&[Grant]>) -> Option<Map<String, Value>> {
    let kind = connector.principal.kind();
    let mut json = short((&connector.id, &connector.name), kind, connector.system_scope)?;
    let mut put = |name: &str, value: Value| {
        json.insert(name.to_owned(), value);
    };
    put("partition", connector.partition.id().into());
    put("accountId", connector.access_key_id.as_str().into());
    if let Principal::AssumeRole { role, external_id, .. } = &connector.principal {
        put("roleArn", role.as_str().into());
        if let Some(external_id) = external_id {
            put("externalId", external_id.as_str().into());
        }
    }
    let policy = connector.principal.policies().and_then(|policies| policies.inline.as_ref());
    if let Some(policy) = policy {
        put("iamPolicy", policy.text().into());
    }
    if let Some(grants) = grants {
        let groups = grants.iter().map(|grant| permissions::shown(app, grant, grants));
        put("groups", groups.collect::<Vec<_>>().into());
    }
    Some(json)
}

/// `POST /connectors` with the fields of [`Sent`]; an `id` that is given is the connector's from then on. Answers with it.
///
/// # Errors
/// 422 with the wrong fields; 403 with a token that is not for grants and groups.
pub async fn create(
    app: web::Data<App>,
    who: ApiCaller,
    _version: Version,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let Json(body) = Json::from_request(&request, &mut payload.into_inner()).await?;
    let id = made(&app, &who.0, body).await.map_err(in_its_words)?;
    let json = whole(&app, &who.0, &id).await.map_err(WebError)?;
    let address = app.address(&format!("{}/{id}", request.path().trim_end_matches('/')));
    Ok(HttpResponse::Created().insert_header((LOCATION, address)).json(json))
}

async fn made(app: &App, who: &Who, body: Map<String, Value>) -> Result<String, PortalError> {
    let mut sent = Sent::read(body)?;
    let given = match sent.id.take() {
        None => None,
        Some(id) => Some(given(&id)?),
    };
    let (partition, groups) = (sent.partition.take(), sent.groups.take().unwrap_or_default());
    let mut form = ConnectorForm { enabled: true, ..ConnectorForm::default() };
    sent.put_into(&mut form);
    same_partition(app, who, &form, partition.as_deref()).await?;
    // What is no group is said together with everything else.
    form.groups = groups.join("\n");
    form.slug = readable(app, who, &form.name).await?;
    connectors::create_as(app, who, &form, given, &Once::UNNAMED).await
}

/// An id as we keep it.
fn given(id: &str) -> Result<String, PortalError> {
    let guid = slug::guid(id).filter(|guid| guid.bytes().any(|byte| byte != b'0' && byte != b'-'));
    guid.ok_or_else(|| {
        PortalError::Invalid(("id", "id has to be a GUID. Leave it out for a new one.".to_owned()).into())
    })
}

/// A slug for whoever has given none.
async fn readable(app: &App, who: &Who, name: &str) -> Result<String, PortalError> {
    let slug = slug::from_name(name);
    let slug = match slug::parse(&slug) {
        Ok(slug) => slug,
        Err(_) if name.trim().is_empty() => return Ok(String::new()),
        Err(_) => "connector".to_owned(),
    };
    connectors::free_slug(app, who, &slug).await
}

/// A connector is in the partition of its access key.
async fn same_partition(
    app: &App,
    who: &Who,
    form: &ConnectorForm,
    partition: Option<&str>,
) -> Result<(), PortalError> {
    let Some(partition) = partition else { return Ok(()) };
    let partition = Partition::parse(partition).map_err(|sentence| FieldErrors::from(("partition", sentence)))?;
    let keys = connectors::sources(app, who).await?;
    match keys.iter().find(|key| key.id == form.access_key) {
        Some(key) if key.partition != partition => {
            let sentence = format!("The account of accountId is in {}, not in {partition}.", key.partition);
            Err(PortalError::Invalid(("partition", sentence).into()))
        }
        // What is no access key of theirs is said of accountId.
        _ => Ok(()),
    }
}

/// `PUT /connectors/{id}` with the fields of [`Sent`]: what is not sent stays, `null` takes it away, and `groups` are then
/// exactly those that may use it. Answers with it.
///
/// # Errors
/// As [`create`], with a token that is not for grants wherever `groups` are sent; 404; 409 where somebody else saves it at the same time.
pub async fn update(
    app: web::Data<App>,
    who: ApiCaller,
    id: Named,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let Json(body) = Json::from_request(&request, &mut payload.into_inner()).await?;
    let id = guid(&id.0).map_err(WebError)?;
    change(&app, &who.0, &id, body).await.map_err(in_its_words)?;
    let json = whole(&app, &who.0, &id).await.map_err(WebError)?;
    Ok(HttpResponse::Ok().json(json))
}

async fn change(app: &App, who: &Who, id: &str, body: Map<String, Value>) -> Result<(), PortalError> {
    let (before, grants) = of_the_api(app, who, id).await?;
    let mut sent = Sent::read(body)?;
    if sent.id.take().is_some_and(|sent| slug::guid(&sent).as_deref() != Some(id)) {
        return Err(PortalError::Invalid(("id", "A connector keeps its id.".to_owned()).into()));
    }
    let (partition, groups) = (sent.partition.take(), sent.groups.take());
    let before = ConnectorForm::from(&before);
    let mut form = before.clone();
    sent.put_into(&mut form);
    same_partition(app, who, &form, partition.as_deref()).await?;
    let change = match groups {
        Some(groups) => permissions::changes(app, who, &grants, &groups).await?,
        None => permissions::Change::default(),
    };
    form.groups = change.grant.join("\n");
    if form != before {
        connectors::update(app, who, id, &form).await?;
    }
    for grant in &change.revoke {
        match permissions::revoke(app, who, grant).await {
            // Somebody else was quicker.
            Err(PortalError::NotFound(_)) => {}
            revoked => drop(revoked?),
        }
    }
    Ok(())
}

/// The connector, where the API has a word for its type.
async fn of_the_api(app: &App, who: &Who, id: &str) -> Result<(Connector, Vec<Grant>), PortalError> {
    let (connector, grants) = connectors::show(app, who, id).await?;
    match word(connector.principal.kind()) {
        Some(_) => Ok((connector, grants)),
        None => Err(PortalError::NotFound("connector")),
    }
}

/// `DELETE /connectors/{id}`: 204.
///
/// # Errors
/// 404; 403 where it lies outside what they may change, or groups may use it and the token is not for grants.
pub async fn delete(app: web::Data<App>, who: ApiCaller, id: Named) -> Result<HttpResponse, WebError> {
    let id = guid(&id.0)?;
    of_the_api(&app, &who.0, &id).await?;
    connectors::delete(&app, &who.0, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}
