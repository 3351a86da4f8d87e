//! AWS's refusals and silences, explained.

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;

use super::outbound::explained;

/// Why AWS gave nothing. Shown to people with AWS's code, its text and its request id; none of it holds a secret.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AwsError {
    /// AWS said no.
    #[error("AWS refused: {} ({code})", message.trim_end_matches('.'))]
    Refused {
        /// AWS's error code.
        code: String,
        /// AWS's own text.
        message: String,
        /// AWS's id of the request, for its support.
        request_id: Option<String>,
    },
    /// AWS has too many requests, or is out of order; all retries are used up.
    #[error("AWS is busy or out of order: {} ({code})", message.trim_end_matches('.'))]
    Busy {
        /// AWS's error code.
        code: String,
        /// AWS's own text.
        message: String,
        /// AWS's id of the request, for its support.
        request_id: Option<String>,
    },
    /// Each one-time code of the access key's MFA device counts once, and this one was used.
    #[error("The one-time code of the access key's MFA device was used already; the next one comes in {seconds} s")]
    CodeUsed {
        /// When the next one comes, in seconds from then.
        seconds: i64,
    },
    /// No answer in time.
    #[error("AWS did not answer in time")]
    TimedOut,
    /// No connection.
    #[error("AWS cannot be reached: {0}")]
    Unreachable(String),
    /// Something on our side of AWS stands in the way, and it is known what.
    #[error("{sentence}")]
    Setup {
        /// A word for the log.
        code: &'static str,
        /// What is in the way.
        sentence: String,
        /// What to do.
        advice: &'static str,
    },
    /// One of several roles on the way was not reached.
    #[error("At role {at} of {of}, {role}: {cause}")]
    AtRole {
        /// Its number, from 1.
        at: usize,
        /// How many roles there are, the last one included.
        of: usize,
        /// Its ARN.
        role: String,
        /// Why.
        cause: Box<Self>,
    },
    /// Another service than STS gave nothing, for a session that STS had given.
    #[error("{service} in {region}: {cause}")]
    AtService {
        /// What it is called.
        service: &'static str,
        /// Its region.
        region: String,
        /// Why.
        cause: Box<Self>,
    },
    /// An answer that is not AWS's.
    #[error("The answer did not come from AWS: {0}")]
    Garbled(String),
}

/// An answer that says what time it was where it came from.
pub(super) trait Dated {
    /// The `Date` header.
    fn date(&self) -> Option<&str>;
}

impl Dated for HttpResponse {
    fn date(&self) -> Option<&str> {
        self.headers().get("date")
    }
}

impl AwsError {
    /// What the SDK gives, for any call of any service.
    pub(super) fn from_sdk<E, R>(error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + Dated + 'static,
        SdkError<E, R>: RequestId,
    {
        if let Some(explained) = explained(&error) {
            return explained.clone();
        }
        let request_id = error.request_id().map(str::to_owned);
        match &error {
            SdkError::ServiceError(service) => {
                let Some(code) = service.err().code().map(str::to_owned) else {
                    return Self::Garbled("an error without a code".to_owned());
                };
                let mut message = service.err().message().unwrap_or("AWS gave no reason").to_owned();
                if let Some(date) = service.raw().date().filter(|_| is_clock_skew(&code, &message)) {
                    message = format!("{} It was {date} at AWS", message.trim_end_matches('.').to_owned() + ".");
                }
                if is_passing(&code) {
                    Self::Busy { code, message, request_id }
                } else {
                    Self::Refused { code, message, request_id }
                }
            }
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::TimedOut,
            SdkError::DispatchFailure(_) => {
                tracing::warn!(cause = %DisplayErrorContext(&error), "AWS cannot be reached");
                Self::Unreachable("no connection".to_owned())
            }
            SdkError::ResponseError(_) => Self::Garbled("it could not be read".to_owned()),
            _ => {
                tracing::warn!(cause = %DisplayErrorContext(&error), "a call to AWS failed in an unknown way");
                Self::Garbled("it could not be understood".to_owned())
            }
        }
    }

    /// What happened at AWS, wherever on the way it was.
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::AtRole { cause, .. } | Self::AtService { cause, .. } => cause.cause(),
            _ => self,
        }
    }

    /// Which role of how many was not reached, where there are several.
    #[must_use]
    pub const fn place(&self) -> Option<(usize, usize)> {
        if let Self::AtRole { at, of, .. } = self { Some((*at, *of)) } else { None }
    }

    /// Whether it is no refusal of the source or of STS: another service was asked, with a session.
    #[must_use]
    pub const fn is_of_service(&self) -> bool {
        matches!(self, Self::AtService { .. })
    }

    /// AWS's code, or a word of ours, for the log.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::AtRole { cause, .. } | Self::AtService { cause, .. } => cause.code(),
            Self::Refused { code, .. } | Self::Busy { code, .. } => code,
            Self::CodeUsed { .. } => "mfa_code_used",
            Self::Setup { code, .. } => code,
            Self::TimedOut => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Garbled(_) => "garbled_answer",
        }
    }

    /// AWS's request id.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused { request_id, .. } | Self::Busy { request_id, .. } => request_id.as_deref(),
            Self::AtRole { cause, .. } | Self::AtService { cause, .. } => cause.request_id(),
            Self::CodeUsed { .. } | Self::TimedOut | Self::Unreachable(_) | Self::Setup { .. } | Self::Garbled(_) => {
                None
            }
        }
    }

    /// Whether trying again later may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        !matches!(self.cause(), Self::Refused { .. })
    }

    /// Whether it may be over in a while without anybody changing anything: AWS or what stands on the way is busy, out of order or
    /// silent. What AWS refused it goes on to refuse.
    #[must_use]
    pub fn may_pass_by_itself(&self) -> bool {
        match self.cause() {
            Self::Busy { .. } | Self::CodeUsed { .. } | Self::TimedOut | Self::Unreachable(_) | Self::Garbled(_) => {
                true
            }
            Self::Setup { code, .. } => matches!(*code, "proxy" | "surroundings"),
            Self::Refused { .. } | Self::AtRole { .. } | Self::AtService { .. } => false,
        }
    }

    /// Whether AWS refused because this server's clock and AWS's differ: the key is not to blame.
    #[must_use]
    pub fn is_clock_skew(&self) -> bool {
        matches!(self.cause(), Self::Refused { code, message, .. } if is_clock_skew(code, message))
    }

    /// The likely cause, and what to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::AtRole { at, cause, .. } if *at > 1 && cause.code() == "AccessDenied" => {
                "The role does not trust the one before it in the chain, or that one lacks the permission. An administrator should look at both."
            }
            Self::AtRole { cause, .. } => cause.advice(),
            Self::AtService { cause, .. } => match &**cause {
                Self::Refused { code, message, .. } => advice_of_service(code, message),
                cause => cause.advice(),
            },
            Self::Refused { code, message, .. } => advice_on(code, message),
            Self::Busy { .. } => "AWS limits how often this account may call. Try again in a minute.",
            Self::CodeUsed { .. } => "Try again then.",
            Self::TimedOut => {
                "Try again. If it stays so, an administrator should check the way from this server to AWS."
            }
            Self::Unreachable(_) => "An administrator should check this server's network, proxy and certificates.",
            Self::Setup { advice, .. } => advice,
            Self::Garbled(_) => "A proxy or a captive portal may stand between this server and AWS.",
        }
    }
}

/// STS says it with the code of a wrong signature; other services have codes for it.
fn is_clock_skew(code: &str, message: &str) -> bool {
    let by_text = message.starts_with("Signature expired") || message.starts_with("Signature not yet current");
    let of_signature = code == "SignatureDoesNotMatch" || code == "InvalidSignatureException";
    code == "RequestTimeTooSkewed" || code == "RequestExpired" || of_signature && by_text
}

/// Codes that go away by themselves.
fn is_passing(code: &str) -> bool {
    [
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "RequestTimeout",
        "IDPCommunicationError",
        "ServiceFailure",
        "ServerException",
        "InternalServerException",
        "EntityTemporarilyUnmodifiable",
        "ConcurrentModification",
    ]
    .contains(&code)
}

/// Of services that were asked with a session that STS had given: the source is not to blame.
fn advice_of_service(code: &str, message: &str) -> &'static str {
    match code {
        "AccessDeniedException" if message.contains("sts:GetServiceBearerToken") => {
            "CodeArtifact needs sts:GetServiceBearerToken beside codeartifact:GetAuthorizationToken. An administrator should add it to what the role may do, and to the connector's policy where it has one."
        }
        "AccessDeniedException" => {
            "The session lacks the permission GetAuthorizationToken. An administrator should add it (of ECR for every resource, of CodeArtifact for the domain) to what the role may do, and to the connector's policy where it has one."
        }
        "ResourceNotFoundException" => {
            "There is no such domain in this region and account. Check its name, its owner and the region."
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "The service does not take the session there; the region may not be active for the account."
        }
        _ if is_clock_skew(code, message) => advice_on(code, message),
        _ => "An administrator should look at the connector, and at what its sessions may do.",
    }
}

fn advice_on(code: &str, message: &str) -> &'static str {
    match code {
        _ if is_clock_skew(code, message) => {
            "This server's clock and AWS's differ by more than the minutes that AWS allows. An administrator should set the server's clock, best by NTP; the access key is not to blame."
        }
        "AccessDenied" if message.contains("MultiFactorAuthentication") => {
            "AWS does not take the one-time code of the access key's MFA device: its serial number or seed is wrong, or this server's clock."
        }
        "AccessDenied" if message.contains("TagSession") => {
            "The role's trust policy or the access key's user lacks sts:TagSession."
        }
        "AccessDenied" if message.contains("SetSourceIdentity") => {
            "Add sts:SetSourceIdentity to the role's trust policy and the access key's user, or switch source identity off in the connector."
        }
        "AccessDenied" => {
            "Either the role does not trust this access key (its trust policy has to name the key's user or account, and the external id if it asks for one), or the key's user lacks the permission."
        }
        "InvalidClientTokenId" => {
            "AWS does not know this access key: it was deleted, made inactive, or belongs to another partition."
        }
        "SignatureDoesNotMatch" => "The secret does not belong to this access key id, or this server's clock is wrong.",
        "ExpiredToken" | "ExpiredTokenException" => "The credentials that call STS have expired.",
        "MalformedPolicyDocument" => {
            "AWS does not accept the connector's policy; an administrator should check its grammar."
        }
        "PackedPolicyTooLarge" => {
            "Policy, policy ARNs and tags together are too large for AWS; shorten the connector's policy."
        }
        "RegionDisabledException" => {
            "STS is not active in this region for the account; activate it, or choose another region in the connector."
        }
        "ValidationError" if message.contains("MaxSessionDuration") => {
            "The connector asks for a longer session than the role allows; shorten the connector's duration or raise the role's maximum."
        }
        "ValidationError" => "AWS does not accept a value of the connector.",
        _ => "An administrator should look at the connector and its access key.",
    }
}
