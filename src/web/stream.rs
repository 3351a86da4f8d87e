//! Connections that end when nothing comes of them.
//!
//! The server's own time-outs cover the first head of a connection and the silence between two requests. A byte of a later
//! head ends that silence, and the server would wait for the rest for ever; so it would for a client that never reads.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::flow::{Flow, IDLE};

/// A connection that fails once it was [idle](IDLE) for too long, whatever trickles in.
pub struct Stream {
    io: TcpStream,
    flow: Rc<Flow>,
    timer: Pin<Box<Sleep>>,
}

impl Stream {
    /// Guards a connection.
    #[must_use]
    pub fn new(io: TcpStream) -> Self {
        // A page in several pieces must not wait for the client's delayed acknowledgement (some 40 ms) before its last one.
        if let Err(error) = io.set_nodelay(true) {
            tracing::debug!(%error, "a connection that was closed before it began");
        }
        Self { io, flow: Rc::new(Flow::new()), timer: Box::pin(sleep(IDLE)) }
    }

    /// What is going on on it, for [`super::flow::UnderWay::begin`].
    #[must_use]
    pub fn flow(&self) -> Rc<Flow> {
        self.flow.clone()
    }

    /// Nothing can be read or written now. Whether that has lasted for too long; if not, the task is woken when it has.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        while self.timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            let until = self.flow.idle_since(now) + IDLE;
            if until <= now {
                return true;
            }
            self.timer.as_mut().reset(until);
        }
        false
    }

    fn in_time<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_pending() && self.is_late(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        done
    }

    fn written(&mut self, context: &mut Context<'_>, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(_)) = &done {
            self.flow.moved();
        }
        self.in_time(context, done)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.io).poll_read(context, buffer);
        self.in_time(context, done)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.io).poll_write(context, bytes);
        self.written(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.written(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[actix_web::test]
    async fn what_is_written_is_sent_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        assert!(!server.nodelay().unwrap());
        assert!(Stream::new(server).io.nodelay().unwrap());
        drop(client);
    }
}
