//! Everything that has to hold before anything is touched at AWS.

use super::{explained, iam_of, obstacle};
use crate::app::App;
use crate::aws::iam::{LastUse, ListedKey, NO_SUCH};
use crate::aws::{AwsError, Iam};
use crate::model::access_key::AccessKey;
use crate::portal::instance::{self, Jobs};
use crate::store::access_keys::SealedSecrets;

/// What a person has confirmed after being told.
#[derive(Clone, Debug, Default)]
pub struct Confirmed {
    /// Somebody else may use the key: they have to take the new one over by themselves.
    pub other_use: bool,
    /// The user's other key, which is inactive, may be deleted.
    pub delete_key: Option<String>,
}

/// What has to be confirmed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Somebody else seems to use the key; a sentence.
    OtherUse(String),
    /// The user has a second key, an inactive one; its id and a sentence.
    Leftover(String, String),
}

/// Why it does not begin.
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) sentence: String,
    pub(super) questions: Vec<Question>,
}

pub(super) fn refused(reason: &str, sentence: impl Into<String>) -> Refused {
    Refused { reason: reason.to_owned(), sentence: sentence.into(), questions: Vec::new() }
}

fn by_aws(error: &AwsError) -> Refused {
    refused(&format!("aws:{}", error.code()), explained(error))
}

/// What was found: this instance, the user's keys, and the one that was deleted because a person said so.
pub(super) type Checked = (String, Vec<ListedKey>, Option<String>);

/// Everything that has to hold before anything is touched.
pub(super) async fn check(
    app: &App,
    key: &AccessKey,
    sealed: &SealedSecrets,
    confirmed: &Confirmed,
) -> Result<Checked, Refused> {
    if let Some((reason, sentence)) = obstacle(app, key, sealed).await {
        return Err(refused(reason, sentence));
    }
    let instance = match instance::jobs(app).await {
        Ok(Jobs::Run(instance)) => instance,
        Ok(Jobs::Paused(sentence)) => return Err(refused("paused", sentence)),
        Err(error) => return Err(refused("database", error.to_string())),
    };
    let iam = iam_of(app, key, sealed).await.map_err(|closed| refused("closed", closed.to_string()))?;
    // First: every other call of ours is a use too.
    let last = iam.last_use(&key.key_id).await.map_err(|error| by_aws(&error))?;
    let listed = iam.list().await.map_err(|error| by_aws(&error))?;
    if !listed.iter().any(|listed| listed.id == key.key_id) {
        return Err(refused("not_listed", "AWS does not list this key among its user's. Check the key first."));
    }
    let questions = questions(key, &listed, last.as_ref(), confirmed)?;
    if let Some(first) = questions.first() {
        let reason = match first {
            Question::OtherUse(_) => "other_use",
            Question::Leftover(..) => "two_keys",
        };
        let sentences: Vec<&str> = questions
            .iter()
            .map(|question| match question {
                Question::OtherUse(sentence) | Question::Leftover(_, sentence) => sentence.as_str(),
            })
            .collect();
        return Err(Refused { questions: questions.clone(), ..refused(reason, sentences.join(" ")) });
    }
    let deleted = delete_leftover(&iam, key, &listed).await?;
    Ok((instance, listed, deleted))
}

/// What a person has to confirm first.
fn questions(
    key: &AccessKey,
    listed: &[ListedKey],
    last: Option<&LastUse>,
    confirmed: &Confirmed,
) -> Result<Vec<Question>, Refused> {
    let mut questions = Vec::new();
    let elsewhere = match last {
        None => {
            Some("AWS knows of no use of this key yet, so it cannot be told whether only Daypass uses it.".to_owned())
        }
        Some(last) if !["sts", "iam"].contains(&last.service.as_str()) => Some(format!(
            "Somebody else uses this key: it was used last for {} at {} UTC, and Daypass calls only sts and iam. Whoever it is stops working with the rotation.",
            last.service,
            last.at.format("%Y-%m-%d %H:%M")
        )),
        Some(_) => None,
    };
    questions.extend(elsewhere.filter(|_| !confirmed.other_use).map(Question::OtherUse));
    for other in listed.iter().filter(|listed| listed.id != key.key_id) {
        if other.active {
            let sentence = format!(
                "The user has a second active key, {}, and AWS allows two. Find out who uses it; then delete it in IAM, or make it inactive and start again.",
                other.id
            );
            return Err(refused("two_keys", sentence));
        }
        if confirmed.delete_key.as_ref() != Some(&other.id) {
            let sentence = format!(
                "The user has a second key, {}, made on {}, which is inactive. It has to be deleted first: AWS allows two keys.",
                other.id,
                other.created_at.format("%Y-%m-%d")
            );
            questions.push(Question::Leftover(other.id.clone(), sentence));
        }
    }
    Ok(questions)
}

/// Deletes the inactive key that a person has confirmed by its id.
async fn delete_leftover(iam: &Iam, key: &AccessKey, listed: &[ListedKey]) -> Result<Option<String>, Refused> {
    let Some(other) = listed.iter().find(|listed| listed.id != key.key_id && !listed.active) else { return Ok(None) };
    match iam.delete(&other.id).await {
        Err(error) if error.code() != NO_SUCH => Err(by_aws(&error)),
        _ => Ok(Some(other.id.clone())),
    }
}
