//! Which installation this is: a copy of the database elsewhere must not do the same jobs at AWS.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::config::Server;
use crate::random;

/// The name of the file in the data folder: the instance's name, and in a second line the place that it was made for.
const FILE: &str = "instance";

/// `server.instance`, else what the data folder's file says, which is made where there is none. In a copy of the data
/// folder the file names another place than its own: then a name that follows from that place is added, so that the copy
/// is an instance of its own, at each of its starts the same.
///
/// # Errors
/// A sentence, where the file can be neither read nor made. Everything but jobs works without.
pub(super) fn id(server: &Server) -> Result<String, String> {
    if let Some(configured) = &server.instance {
        return Ok(configured.clone());
    }
    let path = server.data_dir.join(FILE);
    let read_or_made = match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&server.data_dir, &path),
        read => read,
    };
    let cannot = |why: &str| format!("{}: {why}. Set server.instance, or let Daypass write there", path.display());
    let (text, here) = read_or_made.map_err(|error| cannot(&error.to_string()))?;
    let mut lines = text.lines().map(str::trim);
    let id = lines.next().unwrap_or_default();
    let fits = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| !c.is_control());
    if !fits {
        return Err(cannot("it holds no name"));
    }
    match lines.next().and_then(Place::parse) {
        // Made before places were written down.
        None => bind(&server.data_dir, &path, id).map_err(|error| cannot(&error.to_string()))?,
        Some(made_for) if made_for.may_be(&here) => {}
        Some(_) => return Ok(format!("{id} at {}", here.name())),
    }
    Ok(id.to_owned())
}

/// What a file has that no copy of it has: its number, and when it was born, where the file system says so. Both stay over
/// restarts, other mounts and other containers; the device's number does not. A snapshot of the whole disk has them too.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    number: u64,
    /// Nanoseconds since 1970.
    born: Option<u128>,
}

impl Place {
    fn of(metadata: &Metadata) -> Self {
        let born = metadata.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        Self { number: metadata.ino(), born: born.map(|since| since.as_nanos()) }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("place ")?.split(' ');
        Some(Self { number: words.next()?.parse().ok()?, born: words.next().and_then(|born| born.parse().ok()) })
    }

    fn line(&self) -> String {
        let born = self.born.map(|born| format!(" {born}")).unwrap_or_default();
        format!("place {}{born}", self.number)
    }

    fn may_be(&self, other: &Self) -> bool {
        let same_birth = self.born.zip(other.born).is_none_or(|(one, other)| one == other);
        self.number == other.number && same_birth
    }

    /// A short word for it.
    fn name(&self) -> String {
        let digest = HEXLOWER.encode(&Sha256::digest(self.line()));
        digest.get(..12).unwrap_or_default().to_owned()
    }
}

/// What the file says, and where it is.
fn read(path: &Path) -> io::Result<(String, Place)> {
    let mut file = File::open(path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, Place::of(&file.metadata()?)))
}

/// A file beside the real one, which says `id` and where it is itself.
fn draft(folder: &Path, id: &str) -> io::Result<std::path::PathBuf> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let path = folder.join(format!("{FILE}.{}", random::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let line = Place::of(&file.metadata()?).line();
    let written = file.write_all(format!("{id}\n{line}\n").as_bytes()).and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(path),
        Err(error) => fs::remove_file(&path).and(Err(error)),
    }
}

/// Makes the file whole or not at all: whoever is first wins, also among processes.
fn make(folder: &Path, path: &Path) -> io::Result<(String, Place)> {
    let draft = draft(folder, &random::id())?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => {
            File::open(folder)?.sync_all()?;
            read(path)
        }
    }
}

/// Writes the place into a file that has none.
fn bind(folder: &Path, path: &Path, id: &str) -> io::Result<()> {
    fs::rename(draft(folder, id)?, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &Path) -> Result<String, String> {
        id(&Server { data_dir: folder.to_owned(), ..Server::default() })
    }

    #[test]
    fn it_stays_the_same_and_differs_from_folder_to_folder() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data = here.path().join("data");
        let first = of(&data).unwrap();
        assert_eq!(of(&data).unwrap(), first);
        assert_ne!(of(&there.path().join("data")).unwrap(), first);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
        // The folder may get another name.
        let moved = here.path().join("moved");
        fs::rename(&data, &moved).unwrap();
        assert_eq!(of(&moved).unwrap(), first);
        let named = Server { instance: Some("live".to_owned()), ..Server::default() };
        assert_eq!(id(&named).unwrap(), "live");
    }

    #[test]
    fn a_copy_is_an_instance_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (original, copy, second) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        let first = of(&original).unwrap();
        for (from, to) in [(&original, &copy), (&copy, &second)] {
            fs::create_dir(to).unwrap();
            fs::copy(from.join(FILE), to.join(FILE)).unwrap();
        }
        let ids = [of(&original).unwrap(), of(&copy).unwrap(), of(&second).unwrap()];
        assert_eq!(ids[0], first);
        assert!(ids[1].starts_with(&format!("{first} at ")) && ids[2] != ids[1] && ids[2] != first, "{ids:?}");
        // At its next start the copy is who it was.
        assert_eq!(of(&copy).unwrap(), ids[1]);
    }

    #[test]
    fn a_name_without_a_place_is_bound_to_the_one_where_it_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (old, copy) = (folder.path().join("old"), folder.path().join("copy"));
        fs::create_dir(&old).unwrap();
        fs::write(old.join(FILE), "an-old-name\n").unwrap();
        assert_eq!((of(&old).unwrap(), of(&old).unwrap()), ("an-old-name".to_owned(), "an-old-name".to_owned()));
        fs::create_dir(&copy).unwrap();
        fs::copy(old.join(FILE), copy.join(FILE)).unwrap();
        assert_ne!(of(&copy).unwrap(), "an-old-name");
    }

    #[test]
    fn a_file_system_that_tells_no_births_is_no_other_place() {
        let known = Place { number: 7, born: Some(1) };
        assert!(Place { number: 7, born: None }.may_be(&known) && known.may_be(&Place { number: 7, born: None }));
        assert!(!Place { number: 8, born: None }.may_be(&known) && !Place { number: 7, born: Some(2) }.may_be(&known));
        for place in [known, Place { number: 8, born: None }] {
            assert_eq!(Place::parse(&place.line()), Some(place));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "\n").unwrap();
        assert!(of(folder.path()).unwrap_err().contains("holds no name"));
    }
}
