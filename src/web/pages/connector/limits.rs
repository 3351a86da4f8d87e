//! What the form offers to whom: everything to administrators, to restricted ones what some access key's envelope holds.

use crate::model::access_key::AccessKey;
use crate::model::envelope::Envelope;
use crate::model::principal::PrincipalType;
use crate::portal::Who;
use crate::portal::reach::Fixed;
use crate::web::html::Choice;

/// The words of the principal types to choose from; of a connector that is looked at only, all.
pub(super) fn kinds(who: &Who, keys: &[AccessKey], fixed: bool) -> Vec<&'static str> {
    let words = PrincipalType::ALL.into_iter().map(PrincipalType::word);
    if fixed || who.administrator().is_ok() {
        return words.collect();
    }
    let open = |word: &&'static str| keys.iter().filter_map(|key| key.envelope.as_ref()).any(|all| all.opens(word));
    words.filter(open).collect()
}

/// Each access key's name with what may be made of it; nothing for administrators, whom nothing limits.
pub(super) fn envelopes(who: &Who, keys: &[AccessKey]) -> Vec<(String, String)> {
    if who.administrator().is_ok() {
        return Vec::new();
    }
    let words = |key: &AccessKey| Some((key.name.clone(), key.envelope.as_ref().map(Envelope::words)?));
    keys.iter().filter_map(words).collect()
}

/// The access keys to choose from; that of a connector that is looked at only may be none of them.
pub(super) fn choices(keys: &[AccessKey], chosen: &str, fixed: Option<&Fixed>) -> Vec<Choice> {
    let choice = |key: &AccessKey| Choice {
        value: key.id.clone(),
        label: key.name.clone(),
        detail: match key.source.surroundings() {
            Some(surroundings) => format!("{} · {}", surroundings.label(), key.partition),
            None => format!("{} · {}", key.key_id, key.partition),
        },
        selected: key.id == chosen,
    };
    let of_fixed = |fixed: &Fixed| Choice {
        value: "fixed".to_owned(),
        label: fixed.source.clone(),
        selected: true,
        ..Choice::default()
    };
    keys.iter().map(choice).chain(fixed.map(of_fixed)).collect()
}
