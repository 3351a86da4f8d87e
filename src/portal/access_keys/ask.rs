//! Asking AWS whose key it is.

use crate::app::App;
use crate::aws::{AwsError, Caller, Signer, issuer};
use crate::model::access_key::{AccessKey, KeyKind, KeyState, Validated};
use crate::portal::PortalError;

/// What is said of a root user's key.
pub(super) const ROOT_KEY: &str = "This key belongs to the account's root user, whose sessions cannot be restricted. Make an IAM user and use its key.";

/// Asks AWS whose key it is, and refuses a root user's.
///
/// # Errors
/// [`PortalError::Invalid`] at the field that AWS's refusal is about.
pub(super) async fn whose(app: &App, key: &AccessKey, signer: &Signer<'_>) -> Result<Caller, PortalError> {
    ask(app, key, signer).await?.map_err(|error| at_field(key, &error))
}

/// As [`whose`], for programs: where AWS gives no answer, that is no mistake of what they sent.
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
    if is_refused_root(app, &caller.arn) {
        return Err(PortalError::Invalid(("key_id", ROOT_KEY.to_owned()).into()));
    }
    Ok(Ok(caller))
}

/// Whether an ARN is a root user's, and the settings do not allow those.
pub(super) fn is_refused_root(app: &App, arn: &str) -> bool {
    KeyKind::of(arn) == KeyKind::Root && !app.config.aws.allow_root_keys
}

/// Notes AWS's answer at the key.
pub(super) fn validated(app: &App, key: &mut AccessKey, caller: Caller) {
    let Caller { account_id, arn } = caller;
    let now = app.clock.now();
    key.validated = Some(Validated { account_id, arn, at: now });
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
    let skip = if error.is_passing() { " You may also save without validating." } else { "" };
    PortalError::Invalid((field, format!("{error}. {}{partition}{skip}", error.advice())).into())
}
