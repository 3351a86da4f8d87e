//! The cap of the duration beside its field: the one in force, and all there are for the module that follows the form.

use super::ConnectorForm;
use crate::model::access_key::{AccessKey, KeyKind};
use crate::model::cap::{Basis, cap};
use crate::model::principal::PrincipalType;
use crate::model::source::Source;

/// What the page says of the duration.
pub struct CapView {
    /// The cap in force and why.
    pub sentence: String,
    /// Each reason's word with its sentence.
    pub all: Vec<(&'static str, String)>,
    /// Ids of the access keys with temporary credentials, with blanks between.
    pub temporary: String,
    /// Ids of the root users' access keys, with blanks between.
    pub root: String,
}

/// The cap of a form as it is typed, with these access keys to choose from.
pub(super) fn of(form: &ConnectorForm, keys: &[AccessKey]) -> CapView {
    let basis = |kind| Basis { kind, chain: false, source: None, root: false };
    let role = basis(PrincipalType::AssumeRole);
    let all = PrincipalType::ALL.into_iter().map(basis).chain([
        Basis { chain: true, ..role },
        Basis { source: Some(Source::Temporary { expires_at: None }), ..role },
        Basis { root: true, ..basis(PrincipalType::IamUser) },
    ]);
    let ids = |which: &dyn Fn(&AccessKey) -> bool| {
        keys.iter().filter(|key| which(key)).map(|key| key.id.as_str()).collect::<Vec<_>>().join(" ")
    };
    let is_root =
        |key: &AccessKey| key.validated.as_ref().is_some_and(|validated| KeyKind::of(&validated.arn) == KeyKind::Root);
    CapView {
        sentence: form.cap(keys.iter().find(|key| key.id == form.access_key)).sentence(),
        all: all.map(cap).map(|cap| (cap.because.word(), cap.sentence())).collect(),
        temporary: ids(&|key| !key.source.is_long_term()),
        root: ids(&is_root),
    }
}
