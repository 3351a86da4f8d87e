//! What the keyring asks of a key management service.

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

/// A data key, and how the service wrapped it.
pub struct DataKey {
    /// The key itself.
    pub key: Zeroizing<[u8; 32]>,
    /// Its wrapped form, which only the service can open.
    pub wrapped: Vec<u8>,
    /// Which of the service's keys wrapped it.
    pub wrapped_by: String,
}

/// A key management service. Errors are sentences that say what it answered and what to do.
pub trait Wrapper: Send + Sync {
    /// The service's key that wraps, as people know it.
    fn name(&self) -> &str;
    /// A new data key.
    fn generate(&self) -> BoxFuture<'_, Result<DataKey, String>>;
    /// A data key from its wrapped form.
    fn unwrap<'a>(&'a self, wrapped: &'a [u8]) -> BoxFuture<'a, Result<DataKey, String>>;
}
