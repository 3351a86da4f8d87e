//! One pass over everything that is sealed.

use zeroize::Zeroizing;

use super::super::{Value, others, page};
use super::{Progress, Wishes};
use crate::app::App;
use crate::keyring::{KeyName, Keyring, OpenError};
use crate::portal::PortalError;
use crate::random;
use crate::store::sealed::{self, Cell};

/// What is being done, and what came of it so far.
pub(super) struct Work<'a> {
    pub(super) app: &'a App,
    pub(super) wishes: Wishes,
    pub(super) progress: Progress,
    pub(super) sealed: usize,
    pub(super) closed: Vec<(String, OpenError, &'static str)>,
}

impl Work<'_> {
    /// Goes through everything once. Gives how many values changed while they were being sealed anew.
    pub(super) async fn pass(&mut self, key: &KeyName, told: &mut impl FnMut(Progress)) -> Result<usize, PortalError> {
        let found = self.app.database.read(others).await?;
        let mut missed = self.batch(key, found).await?;
        let mut after = String::new();
        loop {
            let from = std::mem::take(&mut after);
            let (found, last) = self.app.database.read(move |connection| page(connection, &from)).await?;
            missed += self.batch(key, found).await?;
            told(self.progress);
            match last {
                Some(last) => after = last,
                None => return Ok(missed),
            }
        }
    }

    /// Seals a few hundred values anew in one write, so that what the portal writes meanwhile gets its turn.
    async fn batch(&mut self, key: &KeyName, found: Vec<Value>) -> Result<usize, PortalError> {
        self.progress.done += found.len();
        let blobs: Vec<&[u8]> = found.iter().map(|value| value.blob.as_slice()).collect();
        self.app.keyring.prepare(&blobs).await;
        let mut changes = Vec::new();
        for value in &found {
            if Keyring::name_of(&value.blob).as_ref() == Some(key) && self.opens_or_stays(value) {
                continue;
            }
            let Some(opened) = self.open(value) else { continue };
            let sealed = self.app.keyring.seal(&value.place(), &opened).await?;
            changes.push((value.cell, value.row.clone(), value.blob.clone(), sealed));
        }
        let wanted = changes.len();
        if wanted == 0 {
            return Ok(0);
        }
        let write = self.app.database.write(move |connection| {
            let mut replaced = 0;
            for (cell, row, old, new) in &changes {
                replaced += usize::from(sealed::replace(connection, *cell, row, (old, new))?);
            }
            Ok((replaced, Vec::new()))
        });
        let replaced = write.await?;
        self.sealed += replaced;
        Ok(wanted - replaced)
    }

    /// What is under the newest key already is only looked at: `false` asks for a new cookie key in its place.
    fn opens_or_stays(&mut self, value: &Value) -> bool {
        match self.app.keyring.open_prepared(&value.place(), &value.blob) {
            Ok(_) => true,
            Err(_) if self.replaces(value) => false,
            Err(cause) => {
                self.closed.push((value.label(), cause.clone(), value.advice(&cause)));
                true
            }
        }
    }

    fn open(&mut self, value: &Value) -> Option<Zeroizing<Vec<u8>>> {
        match self.app.keyring.open_prepared(&value.place(), &value.blob) {
            Ok(opened) => Some(opened),
            Err(_) if self.replaces(value) => Some(Zeroizing::new(random::bytes::<64>().to_vec())),
            Err(cause) => {
                self.closed.push((value.label(), cause.clone(), value.advice(&cause)));
                None
            }
        }
    }

    fn replaces(&self, value: &Value) -> bool {
        self.wishes.new_cookie_key && value.cell == Cell::Setting
    }
}
