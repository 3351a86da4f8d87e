//! Asking AWS whose key it is.

use crate::app::App;
use crate::aws::{AwsError, Caller, Signer, issuer};
use crate::model::access_key::{AccessKey, KeyState, Validated};
use crate::portal::{PortalError, Who, source};

/// Asks AWS whose key it is, and refuses a root user's. Whoever sits at a page sees the form again, whatever AWS does.
///
/// # Errors
/// [`PortalError::Invalid`] at the field that AWS's refusal is about; to programs as [`whose_or_silence`].
pub(super) async fn whose(app: &App, who: &Who, key: &AccessKey, signer: &Signer<'_>) -> Result<Caller, PortalError> {
    if !who.is_at_page() {
        return whose_or_silence(app, key, signer).await;
    }
    ask(app, key, signer).await?.map_err(|error| at_field(key, &error))
}

/// The same for programs: where AWS gives no answer, that is no mistake of what they sent.
///
/// # Errors
/// [`PortalError::Invalid`] at the field that AWS's refusal is about, [`PortalError::Aws`] where it gave none.
pub(super) async fn whose_or_silence(app: &App, key: &AccessKey, signer: &Signer<'_>) -> Result<Caller, PortalError> {
    let silent = |error: &AwsError| error.is_passing() || error.is_clock_skew();
    ask(app, key, signer).await?.map_err(|error| if silent(&error) { error.into() } else { at_field(key, &error) })
}

async fn ask(app: &App, key: &AccessKey, signer: &Signer<'_>) -> Result<Result<Caller, AwsError>, PortalError> {
    let client = app.clients.once(signer, key.partition);
    let caller = match issuer::caller_identity(&client).await {
        Ok(caller) => caller,
        Err(error) => return Ok(Err(error)),
    };
    source::root_rule(app, &caller.arn).map_err(|sentence| PortalError::Invalid(("key_id", sentence).into()))?;
    Ok(Ok(caller))
}

/// Notes AWS's answer at the key.
pub(super) fn validated(app: &App, key: &mut AccessKey, caller: Caller) {
    let Caller { account_id, arn, .. } = caller;
    let now = app.clock.now();
    key.validated = Some(Validated { account_id, arn, at: now });
    key.expected_account = None;
    key.state = KeyState::Good;
    key.trouble = None;
    key.checked_at = Some(now);
}

/// AWS's refusal, at the field that it is about.
fn at_field(key: &AccessKey, error: &AwsError) -> PortalError {
    let field = match error.code() {
        _ if error.is_clock_skew() || key.source.surroundings().is_some() => "",
        "InvalidClientTokenId" => "key_id",
        "SignatureDoesNotMatch" => "secret",
        "ExpiredToken" | "ExpiredTokenException" => "session_token",
        _ => "",
    };
    let partition = if error.code() == "InvalidClientTokenId" {
        format!(" It was asked in {}: check the partition.", key.partition.label())
    } else {
        String::new()
    };
    let skip = if error.is_passing() { " You may also tick “Save without asking AWS”." } else { "" };
    PortalError::Invalid((field, format!("{error}. {}{partition}{skip}", error.advice())).into())
}
