#!/usr/bin/env python3
"""An AWS account for one test, and calls with credentials that the portal handed out.

    aws_account.py make URL ACCOUNT                         makes users and roles; prints their keys as JSON
    aws_account.py web URL ACCOUNT OTHER            makes a role for a service account, and one of the other account that trusts it
    aws_account.py call URL < {"credentials", "calls"}      prints for each call "ok" or AWS's code, as JSON

A call is [service, operation, parameters, region]. The credentials are as `credential_process` gives them.
"""

import json
import sys

import boto3
import botocore.config
import botocore.exceptions

MODE, URL = sys.argv[1:3]
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})

# What the portal says that a user needs to rotate its own keys.
OWN_KEYS = [
    f"iam:{action}"
    for action in (
        "CreateAccessKey",
        "DeleteAccessKey",
        "GetAccessKeyLastUsed",
        "GetUser",
        "ListAccessKeys",
        "UpdateAccessKey",
    )
]


def client(service, key, secret, token=None, region="us-east-1"):
    """A boto3 client."""
    given = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.client(service, endpoint_url=URL, region_name=region, config=CONFIG, **given)


def document(*statements):
    """A policy's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resource="*"):
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def make(account):
    """`broker` may assume roles, federate and rotate its own keys, `session` only use S3; the roles may do everything but leave the account."""
    iam = client("iam", account, "test")
    keys = {}
    rights = {
        "broker": [
            allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:GetFederationToken", "s3:*"]),
            allow(OWN_KEYS, f"arn:aws:iam::{account}:user/broker"),
            # AWS looks at the user for this one; ministack, where the call names none, at everything.
            allow("iam:GetAccessKeyLastUsed"),
        ],
        "session": [allow("s3:*")],
    }
    for user, statements in rights.items():
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="rights", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = {"keyId": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    broker = f"arn:aws:iam::{account}:user/broker"
    role(iam, "Work", broker)
    role(iam, "External", broker, {"StringEquals": {"sts:ExternalId": "right-id"}})
    role(iam, "Stranger", f"arn:aws:iam::{account}:user/session")
    # A chain: the broker may enter the first alone, each further one only the role before it.
    role(iam, "Entry", broker)
    role(iam, "Middle", f"arn:aws:iam::{account}:role/Entry", {"StringEquals": {"sts:ExternalId": "middle-id"}})
    role(iam, "Goal", f"arn:aws:iam::{account}:role/Middle")
    s3 = client("s3", account, "test")
    for bucket in ("one", "two"):
        s3.create_bucket(Bucket=f"{bucket}-{account}")
        s3.put_object(Bucket=f"{bucket}-{account}", Key="thing", Body=b"thing")
    ec2 = client("ec2", account, "test")
    started = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
    keys["instance"] = started["Instances"][0]["InstanceId"]
    print(json.dumps(keys))


def web(account, other):
    """`Web` trusts one service account of a cluster; `Far`, of the other account, trusts `Web`."""
    iam = client("iam", account, "test")
    provider = "oidc.example.test/cluster"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{provider}:sub": "system:serviceaccount:daypass:daypass"}},
    }
    iam.create_role(RoleName="Web", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="Web", PolicyName="rights", PolicyDocument=document(allow("*")))
    role(client("iam", other, "test"), "Far", f"arn:aws:iam::{account}:role/Web")
    print("{}")


def role(iam, name, trusted, condition=None):
    """A role that may do everything, trusting one principal."""
    statement = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    if condition:
        # The condition is on the assuming only: tags and source identity come in the same call.
        statement["Condition"] = condition
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(statement), MaxSessionDuration=43200)
    iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document(allow("*")))


def call():
    """Makes the calls of standard input."""
    asked = json.load(sys.stdin)
    given = asked["credentials"]
    answers = []
    for service, operation, parameters, region in asked["calls"]:
        caller = client(service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)
        try:
            answer = getattr(caller, operation)(**parameters)
            answers.append(answer.get("Arn", "ok"))
        except botocore.exceptions.ClientError as error:
            answers.append(error.response["Error"]["Code"])
    print(json.dumps(answers))


if MODE == "make":
    make(sys.argv[3])
elif MODE == "web":
    web(*sys.argv[3:5])
else:
    call()
