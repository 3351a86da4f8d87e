//! All directories in the order of the configuration. A person and a group belong to one of them for ever: the same name
//! in another directory is somebody else.

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::{Directory, DirectoryError, Groups, Headcount, MOST_GROUPS, Members, SignInError};
use crate::model::identity::{Entry, Group, GroupRef};

/// The directories of an installation, at least one, each with its latest answers.
pub struct Directories {
    all: Vec<Members>,
}

/// A sign-in name as it was typed, and where it is to be looked for.
pub struct Typed<'a> {
    /// The name without its directory and without blanks around it.
    pub name: &'a str,
    /// The directories that are asked, in order: all, or the one that was typed in front as `directory\name`.
    pub among: Vec<&'a Members>,
    /// Whether one was typed in front, or there is just one.
    pub is_chosen: bool,
}

/// Groups that fit a search, of all directories.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// At most [`MOST_GROUPS`], best fit first.
    pub groups: Groups,
    /// The directories that do not answer, whose groups are missing.
    pub silent: Vec<DirectoryError>,
    /// When the oldest list that was searched was made; `None` where all directories were asked just now.
    pub listed_at: Option<DateTime<Utc>>,
}

impl Directories {
    /// These, in this order. Their names have to differ.
    #[must_use]
    pub const fn new(all: Vec<Members>) -> Self {
        Self { all }
    }

    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> &[Members] {
        &self.all
    }

    /// The one of this name; `None` where the configuration has none, or none any more.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Members> {
        self.all.iter().find(|members| members.name() == name)
    }

    /// The one there is; `None` where there are several.
    #[must_use]
    pub fn only(&self) -> Option<&Members> {
        if let [one] = self.all.as_slice() { Some(one) } else { None }
    }

    /// The local directory, where there is one.
    #[must_use]
    pub fn local(&self) -> Option<&Members> {
        self.all.iter().find(|members| members.is_local())
    }

    /// The directory and the group's name of a text as `[access]` has it: `corp:aws-admins`, or a name alone while there
    /// is just one directory.
    #[must_use]
    pub fn group_setting<'a>(&'a self, text: &'a str) -> Option<(&'a Members, &'a str)> {
        match text.split_once(':') {
            Some((directory, name)) => Some((self.get(directory)?, name)),
            None => Some((self.only()?, text)),
        }
    }

    /// Where a typed sign-in name is looked for. A prefix that names no directory is part of the name.
    #[must_use]
    pub fn typed<'a>(&'a self, text: &'a str) -> Typed<'a> {
        if let Some((prefix, name)) = text.split_once('\\')
            && let Some(chosen) = self.all.iter().find(|members| members.name().eq_ignore_ascii_case(prefix.trim()))
        {
            return Typed { name: name.trim(), among: vec![chosen], is_chosen: true };
        }
        Typed { name: text.trim(), among: self.all.iter().collect(), is_chosen: self.all.len() == 1 }
    }

    /// [`Members::look_up`] in the person's own directory; `None` too where that is not configured any more.
    ///
    /// # Errors
    /// Where nothing is remembered and the directory does not answer.
    pub async fn look_up(&self, directory: &str, external_id: &str) -> Result<Option<Entry>, DirectoryError> {
        match self.get(directory) {
            Some(members) => members.look_up(external_id).await,
            None => Ok(None),
        }
    }

    /// What is another text as soon as the local person with the typed name has another password; `None` where nobody
    /// local has it. Other directories give nothing like it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn password_stamp(&self, text: &str) -> Result<Option<String>, DirectoryError> {
        match self.local().map(Members::directory) {
            Some(Directory::Local(local)) => local.password_stamp(self.typed(text).name).await,
            _ => Ok(None),
        }
    }

    /// Forgets a person, so that the next answer is new: they just signed in.
    pub fn forget(&self, directory: &str, external_id: &str) {
        if let Some(members) = self.get(directory) {
            members.forget(external_id);
        }
    }

    /// The person of the first directory that knows the typed name, for administrators to look at. Nobody of a later one
    /// is shown while an earlier one is silent: it may have somebody of that name.
    ///
    /// # Errors
    /// [`SignInError::Unknown`], [`SignInError::Ambiguous`], or where a directory does not answer.
    pub async fn named(&self, text: &str) -> Result<Entry, SignInError> {
        let typed = self.typed(text);
        for members in typed.among {
            match members.named(typed.name).await {
                Err(SignInError::Unknown) => {}
                answer => return answer,
            }
        }
        Err(SignInError::Unknown)
    }

    /// The group, asked of its own directory; `None` where that, or the group, is gone.
    ///
    /// # Errors
    /// Where the directory does not answer.
    pub async fn group(&self, group: &GroupRef) -> Result<Option<Group>, DirectoryError> {
        match self.get(&group.directory) {
            Some(members) => members.directory().group(&group.id).await,
            None => Ok(None),
        }
    }

    /// Every group with exactly this name, without regard to case, of all directories.
    ///
    /// # Errors
    /// Where one of them does not answer: it may have one too.
    pub async fn groups_named(&self, name: &str) -> Result<Vec<Group>, DirectoryError> {
        let answers = join_all(self.all.iter().map(|members| members.directory().groups_named(name))).await;
        answers.into_iter().try_fold(Vec::new(), |mut all, answer| {
            all.extend(answer?);
            Ok(all)
        })
    }

    /// Groups whose name holds `part`, of all directories at once: first of exactly that name, then what begins so, then the
    /// rest.
    pub async fn find_groups(&self, part: &str) -> Found {
        let answers = join_all(self.all.iter().map(|members| members.find_groups(part))).await;
        let (mut found, mut ranked) = (Found::default(), Vec::new());
        for answer in answers {
            match answer {
                Ok((groups, more)) => {
                    found.groups.more |= more;
                    ranked.extend(groups);
                }
                Err(error) => found.silent.push(error),
            }
        }
        found.listed_at = self.all.iter().filter_map(|members| Some(members.listed()?.at)).min();
        // Stable: of one name, the groups stay in the order of the directories.
        ranked.sort_by(|one, other| (one.rank, &one.folded).cmp(&(other.rank, &other.folded)));
        found.groups.more |= ranked.len() > MOST_GROUPS;
        found.groups.groups = ranked.into_iter().take(MOST_GROUPS).map(|ranked| ranked.group).collect();
        found
    }

    /// The group as the latest list has it, else as its own directory says now; `None` where that, or the group, is gone.
    ///
    /// # Errors
    /// Where it is on no list and the directory does not answer.
    pub async fn known_group(&self, group: &GroupRef) -> Result<Option<Group>, DirectoryError> {
        let listed = self.get(&group.directory).and_then(Members::listed);
        match listed.and_then(|listed| listed.index.get(&group.id)) {
            Some(found) => Ok(Some(found)),
            None => self.group(group).await,
        }
    }

    /// Which of these groups are gone, each with when it was known to be there, as far as that is known without asking a
    /// server: from the list of all groups where that is from after `oldest`, and of the local directory.
    pub async fn known_gone(&self, groups: &[(&GroupRef, DateTime<Utc>)], oldest: DateTime<Utc>) -> Vec<Option<bool>> {
        let local = match self.local() {
            Some(members) => {
                let own = groups.iter().filter(|(group, _)| group.directory == members.name());
                members.existing(own.map(|(group, _)| group.id.clone()).collect()).await
            }
            None => None,
        };
        let gone = |(group, since): &(&GroupRef, DateTime<Utc>)| {
            let Some(members) = self.get(&group.directory) else { return Some(true) };
            if members.is_local() {
                return local.as_ref().map(|local| !local.contains(&group.id));
            }
            let listed = members.listed().filter(|listed| listed.at >= oldest)?;
            // It may have come to be after the list was made.
            if listed.index.has(&group.id) { Some(false) } else { (listed.at > *since).then_some(true) }
        };
        groups.iter().map(gone).collect()
    }

    /// How many people who may sign in are in any of these groups, for each directory that has some of them, in order; people
    /// of two directories are two.
    pub async fn people_in(&self, groups: &[GroupRef]) -> Vec<(String, Result<Headcount, DirectoryError>)> {
        let of = |members: &Members| -> Vec<String> {
            groups.iter().filter(|group| group.directory == members.name()).map(|group| group.id.clone()).collect()
        };
        let asked = self.all.iter().map(|members| (members, of(members))).filter(|(_, ids)| !ids.is_empty());
        join_all(asked.map(async |(members, ids)| (members.name().to_owned(), members.people_in(ids).await))).await
    }

    /// Whether the group is gone from its directory, or with it; `None` where the directory does not say. Asked of the list of
    /// all groups where that is from after `oldest`, else of the directory; `since` is when it was known to be there.
    pub async fn is_gone(&self, group: &GroupRef, since: DateTime<Utc>, oldest: DateTime<Utc>) -> Option<bool> {
        let Some(members) = self.get(&group.directory) else { return Some(true) };
        match members.listed().filter(|listed| listed.at >= oldest) {
            Some(listed) if listed.index.has(&group.id) => Some(false),
            // It may have come to be after the list was made.
            Some(listed) if listed.at > since => Some(true),
            _ => self.group(group).await.ok().map(|group| group.is_none()),
        }
    }
}
