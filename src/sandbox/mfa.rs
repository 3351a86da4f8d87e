//! One-time codes of users' MFA devices: RFC 6238 with SHA-1, 30 seconds and 6 digits. Written for the sandbox alone.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::caller::Caller;
use super::error::Refusal;
use super::hash;
use super::sts::Call;

/// How long a code counts, seconds.
const STEP: i64 = 30;

/// Whether the call comes with MFA: by a right code of the caller's own device, or in a session that was made with one.
///
/// # Errors
/// 403 `AccessDenied` for half of a code, for another device than the caller's, and for a code that is wrong or was used
/// before; of the last, AWS's documentation says that a code counts once.
pub(super) fn present(call: &Call<'_>, caller: &Caller<'_>) -> Result<bool, Refusal> {
    let failed = |why: &'static str| Refusal::denied(format!("MultiFactorAuthentication failed{why}"));
    let (serial, code) = match (call.params.get("SerialNumber"), call.params.get("TokenCode")) {
        (None, None) => return Ok(matches!(caller, Caller::Session(claims) if claims.mfa)),
        (Some(serial), Some(code)) => (serial, code),
        _ => return Err(failed(", must provide both MFA serial number and one time pass code.")),
    };
    let wrong = || failed(" with invalid MFA one time pass code.");
    let Caller::LongTerm(owner) = caller else { return Err(wrong()) };
    let device = owner.user.and_then(|user| user.mfa.as_ref()).filter(|device| device.serial == serial);
    let device = device.ok_or_else(wrong)?;
    let now = call.now.timestamp();
    // AWS lets clocks differ by a step.
    let step = (now / STEP - 1..=now / STEP + 1).find(|step| code_at(&device.seed, *step) == code).ok_or_else(wrong)?;
    let digest = hash::hmac(serial.as_bytes(), &step.to_be_bytes());
    let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
    if call.codes.first_use(number, now + 4 * STEP, now) { Ok(true) } else { Err(wrong()) }
}

fn code_at(seed: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(seed) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = (digest[digest.len() - 1] & 15) as usize;
    let four = digest.iter().skip(offset).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (four & (u32::MAX >> 1)) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of the eight digits.
    #[test]
    fn codes_agree_with_the_published_vectors() {
        for (time, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(b"12345678901234567890", time / STEP), code);
        }
    }
}
