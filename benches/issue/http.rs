//! A caller's end of one keep-alive connection. It does no more than it must, because it shares the machine with the
//! server that is measured.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it goes onto the wire, and the status that is right for it.
#[derive(Clone)]
pub struct Request {
    bytes: Vec<u8>,
    status: u16,
}

impl Request {
    /// A GET that is answered by 200.
    pub fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Self {
        Self::new("GET", address, path, headers, None, 200)
    }

    /// A form that is answered by 303.
    pub fn post(address: &str, path: &str, headers: &[(&str, &str)], form: &str) -> Self {
        Self::new("POST", address, path, headers, Some(("application/x-www-form-urlencoded", form)), 303)
    }

    /// A JSON object that is answered by 200.
    pub fn json(address: &str, path: &str, headers: &[(&str, &str)], json: &str) -> Self {
        Self::new("POST", address, path, headers, Some(("application/json", json)), 200)
    }

    /// A request that changes the sandbox's faults, answered by 204.
    pub fn faults(address: &str, method: &str, fault: &str) -> Self {
        Self::new(method, address, "/_sandbox/faults", &[], Some(("application/json", fault)), 204)
    }

    fn new(
        method: &str,
        address: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, &str)>,
        status: u16,
    ) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        match body {
            Some((kind, body)) => {
                text.push_str(&format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
            }
            None => text.push_str("\r\n"),
        }
        Self { bytes: text.into_bytes(), status }
    }
}

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads all of its answer; an error where the status is another than the right one.
    pub async fn send(&mut self, request: &Request) -> io::Result<&[u8]> {
        self.stream.write_all(&request.bytes).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if is_whole(&self.buffer) {
                break;
            }
        }
        let status = std::str::from_utf8(&self.buffer[9..12]).ok().and_then(|status| status.parse::<u16>().ok());
        if status != Some(request.status) {
            return Err(io::Error::other(String::from_utf8_lossy(&self.buffer).into_owned()));
        }
        Ok(&self.buffer)
    }
}

/// Whether an answer is there to its end.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&answer[..end]).unwrap_or_default();
    let length = head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse::<usize>().ok() } else { None }
    });
    match length {
        Some(length) => answer.len() >= end + 4 + length,
        // In chunks, or with no body at all.
        None => answer.ends_with(b"\r\n0\r\n\r\n") || head.contains(" 204 "),
    }
}
