//! What stands between the server and the LDAP library: only whole messages pass, only answers to the open question.

use std::convert::Infallible;
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};

use super::answer::{Question, Verdict};
use super::ber::{LONGEST_MESSAGE, length_within};

/// Anything that carries bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// [`stand_for`] messages of the usual length.
#[cfg(test)]
pub async fn stand(server: impl Stream, library: impl Stream, fault: &OnceLock<String>) {
    stand_for(LONGEST_MESSAGE, server, library, fault).await;
}

/// Carries messages between `server` and `library` until one of them ends or the server sends what may not pass, such as one
/// longer than `longest` bytes; leaves the reason in `fault` and closes both.
pub async fn stand_for(longest: usize, server: impl Stream, library: impl Stream, fault: &OnceLock<String>) {
    let open = Mutex::new(None);
    let (from_server, to_server) = split(server);
    let (from_library, to_library) = split(library);
    let Err(reason) = tokio::select! {
        biased;
        end = answers(longest, from_server, to_library, &open) => end,
        end = questions(from_library, to_server, &open) => end,
    };
    // It is set once only.
    drop(fault.set(reason));
}

/// The library's messages on their way to the server.
async fn questions<R, W>(mut library: R, mut server: W, open: &Mutex<Option<Question>>) -> Result<Infallible, String>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut messages = Messages::new(LONGEST_MESSAGE);
    loop {
        while let Some(message) = messages.take()? {
            let question = Question::of(&message)?;
            *open.lock().unwrap_or_else(PoisonError::into_inner) = question;
            server.write_all(&message).await.map_err(|error| broke(&error))?;
            server.flush().await.map_err(|error| broke(&error))?;
        }
        if !messages.read_from(&mut library).await? {
            return Err("we closed the connection".to_owned());
        }
    }
}

/// The server's messages on their way to the library.
async fn answers<R, W>(
    longest: usize,
    mut server: R,
    mut library: W,
    open: &Mutex<Option<Question>>,
) -> Result<Infallible, String>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut messages = Messages::new(longest);
    loop {
        while let Some(message) = messages.take()? {
            let verdict = judge(&message, &mut open.lock().unwrap_or_else(PoisonError::into_inner))?;
            if verdict != Verdict::Drop {
                library.write_all(&message).await.map_err(|error| broke(&error))?;
            }
        }
        if !messages.read_from(&mut server).await? {
            return Err("it closed the connection".to_owned());
        }
    }
}

fn judge(message: &[u8], open: &mut Option<Question>) -> Result<Verdict, String> {
    let verdict = open.as_mut().ok_or("it spoke without being asked")?.judge(message)?;
    if verdict == Verdict::Last {
        *open = None;
    }
    Ok(verdict)
}

fn broke(error: &std::io::Error) -> String {
    format!("the connection broke: {error}")
}

/// Bytes on their way to being whole messages, and how long one may be.
struct Messages(Vec<u8>, usize);

impl Messages {
    const fn new(longest: usize) -> Self {
        Self(Vec::new(), longest)
    }

    /// The first message, if it is whole.
    fn take(&mut self) -> Result<Option<Vec<u8>>, String> {
        match length_within(&self.0, self.1)? {
            Some(length) if length <= self.0.len() => Ok(Some(self.0.drain(..length).collect())),
            _ => Ok(None),
        }
    }

    /// Waits for more bytes; false at the end.
    async fn read_from(&mut self, source: &mut (impl AsyncRead + Unpin)) -> Result<bool, String> {
        let mut bytes = [0; 8 * 1024];
        let count = source.read(&mut bytes).await.map_err(|error| broke(&error))?;
        self.0.extend_from_slice(bytes.get(..count).unwrap_or_default());
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    const SEARCH: &[u8] = &[0x30, 5, 0x02, 1, 1, 0x63, 0];
    const DONE: &[u8] = &[0x30, 12, 0x02, 1, 1, 0x65, 7, 0x0a, 1, 0, 0x04, 0, 0x04, 0];

    /// Asks one question, lets the server send `bytes` in pieces; what the library gets and why it ended.
    async fn answered(bytes: &[u8], piece: usize) -> (Vec<u8>, Option<String>) {
        let (mut server, outer) = duplex(64);
        let (mut library, inner) = duplex(64);
        let fault = OnceLock::new();
        let talk = async {
            library.write_all(SEARCH).await.unwrap();
            let mut question = [0; SEARCH.len()];
            server.read_exact(&mut question).await.unwrap();
            assert_eq!(question, SEARCH);
            let send = async {
                for piece in bytes.chunks(piece) {
                    // Where the gate has closed, nobody reads the rest.
                    drop(server.write_all(piece).await);
                }
                drop(server);
            };
            let mut got = Vec::new();
            tokio::join!(send, async { library.read_to_end(&mut got).await.unwrap() });
            got
        };
        let ((), got) = tokio::join!(stand(outer, inner, &fault), talk);
        (got, fault.into_inner())
    }

    #[tokio::test]
    async fn messages_pass_whole_however_they_arrive() {
        for piece in [1, 3, 14, 100] {
            let (got, fault) = answered(DONE, piece).await;
            assert_eq!(got, DONE);
            assert_eq!(fault.as_deref(), Some("it closed the connection"));
        }
    }

    #[tokio::test]
    async fn nothing_of_a_message_passes_that_may_not() {
        let mut nested = vec![0x30, 0x82, 0x4e, 0x20];
        nested.extend([0x30, 0x80].repeat(10_000));
        for bytes in [&nested[..], b"HTTP/1.1 400 Bad Request\r\n", &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], &DONE[..9]] {
            let (got, fault) = answered(bytes, 50).await;
            assert_eq!(got, b"", "{bytes:?}");
            assert!(fault.is_some());
        }
    }

    #[tokio::test]
    async fn nobody_speaks_without_being_asked() {
        let (mut server, outer) = duplex(64);
        let (_library, inner) = duplex(64);
        let fault = OnceLock::new();
        server.write_all(DONE).await.unwrap();
        stand(outer, inner, &fault).await;
        assert_eq!(fault.get().map(String::as_str), Some("it spoke without being asked"));
        let (got, fault) = answered(&DONE.repeat(2), 100).await;
        assert_eq!((got.as_slice(), fault.as_deref()), (DONE, Some("it spoke without being asked")));
    }
}
