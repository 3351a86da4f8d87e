#!/usr/bin/env python3
"""Checks the sandbox with clients that know nothing of it: botocore's signer, boto3, the AWS CLI and urllib.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… sandbox_boto3.py http://127.0.0.1:PORT

The sandbox must serve its sample world, and the key be the one of its user `broker`. Prints one line for each check and
exits 1 at the first that fails. Needs boto3, and `aws` beside this Python.
"""

import base64
import datetime
import http.client
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.session

URL = sys.argv[1].rstrip("/")
PORT = urllib.parse.urlsplit(URL).port
SIGNIN = f"http://localhost:{PORT}/federation"
KEY = botocore.credentials.Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ReadOnly"
CHAINED = f"arn:aws:iam::{ACCOUNT}:role/Chained"
REGION = "eu-central-1"
IDENTITY = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1})


def check(name, got, wanted):
    """Prints the check's name and ends the run where it fails."""
    if got != wanted:
        print(f"FAILED {name}\n  wanted {wanted!r}\n  got    {got!r}", flush=True)
        sys.exit(1)
    print(f"ok {name}", flush=True)


def sts(credentials=KEY, region=REGION):
    """A boto3 client of the sandbox."""
    return boto3.client(
        "sts",
        endpoint_url=URL,
        region_name=region,
        config=CONFIG,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )


def held(answer):
    """The credentials of an answer."""
    given = answer["Credentials"]
    return botocore.credentials.Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def refusal(call, **parameters):
    """Code, status and message of a call that must be refused."""
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as error:
        answer = error.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        assert answer["ResponseMetadata"]["RequestId"], "no request id"
        return answer["Error"]["Code"], status, answer["Error"]["Message"]
    return "no error", 200, ""


class Signer(botocore.auth.SigV4Auth):
    """botocore's signer at another time of day."""

    def __init__(self, credentials, minutes=0, service="sts", region=REGION):
        super().__init__(credentials, service, region)
        self.minutes = minutes

    def add_auth(self, request):
        moved = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=self.minutes)

        class Moved(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return moved.replace(tzinfo=None)

            @classmethod
            def now(cls, tz=None):
                return moved if tz else moved.replace(tzinfo=None)

        kept = {name: getattr(botocore.auth, name) for name in ("datetime", "get_current_datetime") if hasattr(botocore.auth, name)}
        try:
            if "datetime" in kept:
                botocore.auth.datetime = type("module", (), {"datetime": Moved})
            if "get_current_datetime" in kept:
                botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moved.replace(tzinfo=None) if remove_tzinfo else moved
            super().add_auth(request)
        finally:
            for name, value in kept.items():
                setattr(botocore.auth, name, value)


def post(parameters, headers, method="POST", path="/"):
    """Sends a request as it is; answers status, error code and body."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request(method, path, urllib.parse.urlencode(parameters) if parameters else None, dict(headers))
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.headers["x-amzn-RequestId"], "no request id"
    finally:
        connection.close()
    code = body.partition("<Code>")[2].partition("</Code>")[0]
    return answer.status, code, body


def signed(signer, parameters=None):
    """Headers of a request that `signer` signed."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = botocore.awsrequest.AWSRequest("POST", URL + "/", headers, urllib.parse.urlencode(parameters or IDENTITY))
    signer.add_auth(request)
    return request.headers


def signatures():
    """Unsigned, malformed, altered, skewed, foreign and wrongly scoped requests."""
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    check("unsigned", post(IDENTITY, plain)[:2], (403, "MissingAuthenticationToken"))
    check("basic authentication", post(IDENTITY, {**plain, "Authorization": "Basic eDp5"})[:2], (400, "IncompleteSignature"))
    headers = signed(Signer(KEY))
    check("signed", post(IDENTITY, headers)[:2], (200, ""))
    altered = {**IDENTITY, "Extra": "1"}
    check("altered body", post(altered, headers)[:2], (403, "SignatureDoesNotMatch"))
    check("altered header", post(IDENTITY, {**headers, "Content-Type": "text/plain"})[:2], (403, "SignatureDoesNotMatch"))
    cut = headers["Authorization"].replace("SignedHeaders", "Signed")
    check("malformed", post(IDENTITY, {**headers, "Authorization": cut})[:2], (400, "IncompleteSignature"))
    for minutes in (-14, 14):
        check(f"skewed by {minutes} min", post(IDENTITY, signed(Signer(KEY, minutes)))[:2], (200, ""))
    status, code, body = post(IDENTITY, signed(Signer(KEY, -16)))
    check("skewed by -16 min", (status, code, "Signature expired: " in body and "is now earlier than" in body), (403, "SignatureDoesNotMatch", True))
    status, code, body = post(IDENTITY, signed(Signer(KEY, 16)))
    check("skewed by 16 min", (status, code, "Signature not yet current: " in body), (403, "SignatureDoesNotMatch", True))
    check("another service", post(IDENTITY, signed(Signer(KEY, service="iam")))[:2], (403, "SignatureDoesNotMatch"))
    check("a Region that is none", post(IDENTITY, signed(Signer(KEY, region="moon")))[:2], (403, "SignatureDoesNotMatch"))
    foreign = botocore.credentials.Credentials("SBXAFOREIGNEXAMPLE01", KEY.secret_key)
    check("foreign key", refusal(sts(foreign).get_caller_identity)[:2], ("InvalidClientTokenId", 403))
    wrong = botocore.credentials.Credentials(KEY.access_key, "wrong")
    check("wrong secret", refusal(sts(wrong).get_caller_identity)[:2], ("SignatureDoesNotMatch", 403))
    inactive = botocore.credentials.Credentials("SBXAINACTIVEEXAMPLE1", "sandbox/only/not/a/real/secret/EXAMPLE02")
    check("inactive key", refusal(sts(inactive).get_caller_identity)[:2], ("InvalidClientTokenId", 403))
    check("unknown action", post({**IDENTITY, "Action": "Nothing"}, headers)[:2], (400, "InvalidAction"))


def presigned():
    """Signatures in the query."""
    url = sts().generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    path = url[len(URL) :]
    check("presigned", post(None, {}, "GET", path)[:2], (200, ""))
    check("presigned, altered", post(None, {}, "GET", path.replace("Expires=60", "Expires=61"))[:2], (403, "SignatureDoesNotMatch"))
    request = botocore.awsrequest.AWSRequest("GET", f"{URL}/?{urllib.parse.urlencode(IDENTITY)}")

    class Query(Signer, botocore.auth.SigV4QueryAuth):
        pass

    signer = Query(KEY, -2)
    signer._expires = 60
    signer.add_auth(request)
    status, code, body = post(None, {}, "GET", request.url[len(URL) :])
    check("presigned, expired", (status, code, "Signature expired: " in body), (403, "SignatureDoesNotMatch", True))


def calls():
    """The calls of STS and what AWS refuses of them."""
    client = sts()
    identity = client.get_caller_identity()
    check("GetCallerIdentity", (identity["Arn"], identity["Account"]), (f"arn:aws:iam::{ACCOUNT}:user/broker", ACCOUNT))
    tags = {"Tags": [{"Key": "team", "Value": "Blau é"}], "TransitiveTagKeys": ["team"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    role = client.assume_role(RoleArn=ROLE, RoleSessionName="alice@example.org", DurationSeconds=43200, SourceIdentity="alice", Policy=policy, **tags)
    check("AssumeRole", (role["AssumedRoleUser"]["Arn"], role["SourceIdentity"]), (f"arn:aws:sts::{ACCOUNT}:assumed-role/ReadOnly/alice@example.org", "alice"))
    check("AssumeRole, size and id", (0 < role["PackedPolicySize"] < 100, role["AssumedRoleUser"]["AssumedRoleId"].endswith(":alice@example.org")), (True, True))
    left = role["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    check("AssumeRole, 12 h", 43100 < left.total_seconds() <= 43200, True)
    check("the role's identity", sts(held(role)).get_caller_identity()["Arn"], role["AssumedRoleUser"]["Arn"])
    federated = client.get_federation_token(Name="bob", Policy=policy, DurationSeconds=900)
    check("GetFederationToken", federated["FederatedUser"], {"Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob", "FederatedUserId": f"{ACCOUNT}:bob"})
    check("the federated identity", sts(held(federated)).get_caller_identity()["Arn"], federated["FederatedUser"]["Arn"])
    session = client.get_session_token(DurationSeconds=129600)
    check("GetSessionToken", sts(held(session)).get_caller_identity()["Arn"], identity["Arn"])
    check("GetAccessKeyInfo", client.get_access_key_info(AccessKeyId=role["Credentials"]["AccessKeyId"])["Account"], ACCOUNT)

    swapped = held(role)
    swapped.token = held(session).token
    check("another session's token", refusal(sts(swapped).get_caller_identity)[:2], ("InvalidClientTokenId", 403))
    swapped.token = None
    check("no session token", refusal(sts(swapped).get_caller_identity)[:2], ("InvalidClientTokenId", 403))
    code, status, message = refusal(client.assume_role, RoleArn=ROLE, RoleSessionName="a:b")
    check("session name", (code, status), ("ValidationError", 400))
    check("session name, sentence", message, "1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
    for seconds in (899, 43201):
        # botocore itself refuses less than the minimum; the sandbox must, too.
        headers = signed(Signer(KEY), call := {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE, "RoleSessionName": "alice", "DurationSeconds": seconds})
        check(f"{seconds} seconds", post(call, headers)[:2], (400, "ValidationError"))
    unknown = f"arn:aws:iam::{ACCOUNT}:role/Unknown"
    check("unknown role", refusal(client.assume_role, RoleArn=unknown, RoleSessionName="alice"), ("AccessDenied", 403, f"User: {identity['Arn']} is not authorized to perform: sts:AssumeRole on resource: {unknown}"))
    chain = sts(held(role))
    check("chaining", refusal(chain.assume_role, RoleArn=CHAINED, RoleSessionName="alice", DurationSeconds=3601), ("ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."))
    check("chaining keeps the source identity", chain.assume_role(RoleArn=CHAINED, RoleSessionName="alice")["SourceIdentity"], "alice")
    check("session credentials", refusal(chain.get_session_token), ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"))
    return role, federated, session


def signin(expected, credentials, **parameters):
    """Asks the federation endpoint for a token; answers it where the status is the expected one."""
    session = {"sessionId": credentials.access_key, "sessionKey": credentials.secret_key, "sessionToken": credentials.token}
    form = {"Action": "getSigninToken", "Session": json.dumps(session), **parameters}
    try:
        with urllib.request.urlopen(SIGNIN, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, b"{}"
        assert error.headers["Content-Type"].startswith("text/html"), "not an HTML page"
    check(f"getSigninToken {parameters} is {expected}", status, expected)
    return json.loads(body).get("SigninToken")


def federation(role, federated, session):
    """The federation endpoint's rules, and a browser's way through it."""
    for seconds, expected in ((899, 400), (900, 200), (43200, 200), (43201, 400), ("1h", 400)):
        signin(expected, held(role), SessionDuration=seconds)
    signin(200, held(federated))
    signin(400, held(federated), SessionDuration=3600)
    signin(400, held(session))
    chained = sts(held(role)).assume_role(RoleArn=CHAINED, RoleSessionName="alice")
    signin(200, held(chained))
    signin(400, held(chained), SessionDuration=900)
    asked = sts(held(role)).assume_role(RoleArn=CHAINED, RoleSessionName="alice", DurationSeconds=900)
    signin(400, held(asked))
    wrong = held(role)
    wrong.secret_key = "wrong"
    signin(400, wrong)

    token = signin(200, held(role))
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    login = {"Action": "login", "Issuer": "https://portal.example/", "Destination": f"{URL}/ec2/v2/home?region=eu-west-1", "SigninToken": token}
    for bad in ("https://evil.example/", "//evil", f"{URL}.evil/", f"http://user@127.0.0.1:{PORT}/", f"http://localhost:{PORT}/"):
        check(f"destination {bad}", opened(browser, {**login, "Destination": bad})[0], 400)
    status, url, page = opened(browser, login)
    check("login", (status, url), (200, login["Destination"]))
    for text in ("alice@example.org", f"arn:aws:sts::{ACCOUNT}:assumed-role/ReadOnly/alice@example.org", "/ec2/v2/home", "eu-west-1", "https://portal.example/"):
        check(f"the console shows {text}", text in page, True)
    check("a sign-in token works once", opened(browser, login)[0], 400)
    opened(browser, {"Action": "logout"})
    with browser.open(f"{URL}/console/home", timeout=10) as answer:
        check("after sign-out", "You are not signed in" in answer.read().decode(), True)


def opened(browser, parameters):
    """Follows a link of the federation endpoint; answers status, last address and page."""
    try:
        with browser.open(f"{SIGNIN}?{urllib.parse.urlencode(parameters)}", timeout=10) as answer:
            return answer.status, answer.url, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.url, error.read().decode()


def registries(role, federated, session):
    """The log-ins of ECR and CodeArtifact."""

    def client(service, credentials, region=REGION):
        given = {"aws_access_key_id": credentials.access_key, "aws_secret_access_key": credentials.secret_key, "aws_session_token": credentials.token}
        return boto3.client(service, endpoint_url=URL, region_name=region, config=CONFIG, **given)

    for name, credentials in (("a role", held(role)), ("a federated user", held(federated)), ("a user's session", held(session)), ("a user", KEY)):
        (login,) = client("ecr", credentials).get_authorization_token()["authorizationData"]
        check(f"ECR, {name}", base64.b64decode(login["authorizationToken"])[:16], b"AWS:sandbox-ecr-")
        check(f"ECR, {name}: address", login["proxyEndpoint"], f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com")
        left = (login["expiresAt"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        check(f"ECR, {name}: 12 h", 43100 < left <= 43200, True)
    packages = client("codeartifact", held(role)).get_authorization_token
    token = packages(domain="packages", domainOwner=ACCOUNT, durationSeconds=0)
    check("CodeArtifact, 0", token["expiration"], role["Credentials"]["Expiration"])
    for seconds in (900, 43200):
        left = (packages(domain="packages", durationSeconds=seconds)["expiration"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
        check(f"CodeArtifact, {seconds} s", seconds - 100 < left <= seconds, True)
    for seconds in (1, 899):
        check(f"CodeArtifact, {seconds} s", refusal(packages, domain="packages", durationSeconds=seconds)[:2], ("ValidationException", 400))
    by_key = client("codeartifact", KEY).get_authorization_token
    check("CodeArtifact, a user, 0", refusal(by_key, domain="packages", durationSeconds=0)[:2], ("ValidationException", 400))
    check("CodeArtifact, unknown", refusal(packages, domain="others")[:2], ("ResourceNotFoundException", 404))
    elsewhere = client("codeartifact", held(role), "eu-west-1").get_authorization_token
    check("CodeArtifact, elsewhere", refusal(elsewhere, domain="packages")[:2], ("ResourceNotFoundException", 404))
    check("CodeArtifact, another's", refusal(packages, domain="packages", domainOwner="210987654321")[:2], ("AccessDeniedException", 403))
    wrong = held(role)
    wrong.secret_key = "wrong"
    check("ECR, wrong secret", refusal(client("ecr", wrong).get_authorization_token)[:2], ("InvalidSignatureException", 400))
    check("CodeArtifact, wrong secret", refusal(client("codeartifact", wrong).get_authorization_token, domain="packages")[:2], ("InvalidSignatureException", 403))
    wrong.token = None
    check("ECR, no session token", refusal(client("ecr", wrong).get_authorization_token)[:2], ("UnrecognizedClientException", 400))
    strict = held(sts().assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Strict", RoleSessionName="alice"))
    check("ECR, not allowed", refusal(client("ecr", strict).get_authorization_token)[:2], ("AccessDeniedException", 400))
    check("CodeArtifact, not allowed", refusal(client("codeartifact", strict).get_authorization_token, domain="packages")[:2], ("AccessDeniedException", 403))
    check("another call of ECR", refusal(client("ecr", held(role)).describe_repositories)[:2], ("UnknownOperationException", 400))


def command_line():
    """The AWS CLI."""
    aws = pathlib.Path(sys.executable).parent / "aws"
    environment = {**os.environ, "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}

    def run(*arguments):
        return subprocess.run([aws, "sts", *arguments, "--endpoint-url", URL, "--output", "json"], env=environment, capture_output=True, text=True, timeout=60, check=False)

    check("aws get-caller-identity", json.loads(run("get-caller-identity").stdout)["Arn"], f"arn:aws:iam::{ACCOUNT}:user/broker")
    given = json.loads(run("assume-role", "--role-arn", ROLE, "--role-session-name", "carol", "--tags", "Key=a,Value=b", "Key=c,Value=d").stdout)
    check("aws assume-role", given["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/ReadOnly/carol")
    refused = run("assume-role", "--role-arn", CHAINED.replace("Chained", "Operator"), "--role-session-name", "carol")
    check("aws, refused", "(AccessDenied)" in refused.stderr, True)


def faults():
    """Faults over HTTP, and the counters."""

    def control(method, path, body=None):
        request = urllib.request.Request(f"{URL}/_sandbox/{path}", body and json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    before = json.loads(control("GET", "counters"))
    for kind, code, status in (
        ("AccessDenied", "AccessDenied", 403),
        ("Throttling", "Throttling", 400),
        ("InternalFailure", "InternalFailure", 500),
        ("ServiceUnavailable", "ServiceUnavailable", 503),
        ("ExpiredToken", "ExpiredToken", 403),
        ("PackedPolicyTooLarge", "PackedPolicyTooLarge", 400),
        ("RegionDisabled", "RegionDisabledException", 403),
    ):
        control("POST", "faults", {"action": "AssumeRole", "accessKeyId": KEY.access_key, "kind": kind, "times": 1})
        check(f"fault {kind}", refusal(sts().assume_role, RoleArn=ROLE, RoleSessionName="alice")[:2], (code, status))
    control("POST", "faults", {"action": "AssumeRole", "kind": "Reset"})
    try:
        sts().assume_role(RoleArn=ROLE, RoleSessionName="alice")
        check("fault Reset", "an answer", "none")
    except botocore.exceptions.ConnectionClosedError:
        check("fault Reset", True, True)
    except botocore.exceptions.EndpointConnectionError:
        check("fault Reset", True, True)
    control("DELETE", "faults")
    sts().assume_role(RoleArn=ROLE, RoleSessionName="alice")
    after = json.loads(control("GET", "counters"))
    check("counters", (after["issuing"] - before["issuing"], after["issued"] - before["issued"]), (9, 1))


signatures()
presigned()
sessions = calls()
federation(*sessions)
registries(*sessions)
command_line()
faults()
print("all checks passed")
