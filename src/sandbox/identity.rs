//! `GetCallerIdentity` and `GetAccessKeyInfo`.

use super::caller::Caller;
use super::error::Refusal;
use super::rules::{self, Constraints};
use super::sts::Call;
use super::tokens;
use super::xml::Answer;

/// Answers `GetCallerIdentity`, which every caller may call.
pub(super) fn caller(caller: &Caller<'_>) -> Answer {
    let mut answer = Answer::open("GetCallerIdentity");
    answer.field("Arn", &caller.arn()).field("UserId", &caller.user_id()).field("Account", caller.account());
    answer
}

/// Answers `GetAccessKeyInfo`: the account of any key id, active or not.
///
/// # Errors
/// 400 `ValidationError`: broken constraints, or an id that no account has.
pub(super) fn access_key(call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.params.get("AccessKeyId");
    let mut constraints = Constraints::default();
    constraints.required("accessKeyId", id).text("accessKeyId", id, (16, 128), &rules::WORD).finish()?;
    let id = id.unwrap_or_default();
    let account = call.index.owner(id).map(|owner| owner.account.id.clone()).or_else(|| tokens::account_of(id));
    let Some(account) = account else {
        return Err(Refusal::validation("The specified access key ID is not valid"));
    };
    let mut answer = Answer::open("GetAccessKeyInfo");
    answer.field("Account", &account);
    Ok(answer)
}
