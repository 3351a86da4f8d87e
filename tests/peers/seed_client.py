#!/usr/bin/env python3
"""Does with Daypass what scripts do with Identity Federation for AWS: only the host is another.

    PASSWORD_OF_ADA=… PASSWORD_OF_EMIL=… seed_client.py http://127.0.0.1:PORT http://127.0.0.1:STS_PORT

The first is a demo's address, the second its sandbox. Prints one line for each step and ends at the first that fails.
Needs requests and boto3.
"""

import os
import sys
import time
import uuid

import boto3
import requests

HOST, STS = (address.rstrip("/") for address in sys.argv[1:3])
BASE = HOST + "/rest/identity-federation-for-aws/2.2"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


def session_of(name):
    session = requests.Session()
    session.trust_env = False
    session.auth = (name, os.environ["PASSWORD_OF_" + name.upper()])
    session.headers["X-Atlassian-Token"] = "no-check"
    return session


def answer(response):
    response.raise_for_status()
    return response.json() if response.content else None


def step(text):
    print(text, flush=True)


def arn_of(credentials):
    client = boto3.client(
        "sts",
        endpoint_url=STS,
        region_name="us-east-1",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    return client.get_caller_identity()["Arn"]


emil, ada = session_of("emil"), session_of("ada")

# A job that finds its connector by name and works with the credentials.
listed = answer(emil.get(BASE + "/connectors"))
assert listed["size"] == len(listed["values"]) > 0, listed
for connector in listed["values"]:
    credentials = answer(emil.get(f"{BASE}/connectors/{connector['id']}/credentials"))
    left = credentials["expiration"] / 1000 - time.time()
    assert 0 < left <= 36 * 3600, left
    identity = answer(emil.get(f"{BASE}/connectors/{connector['id']}/caller-identity"))
    assert arn_of(credentials) == identity["arn"], identity
    step(f"{connector['type']} {connector['name']}: {identity['arn']}")
assert {"ASSUME_ROLE"} <= {connector["type"] for connector in listed["values"]}, listed

# A link for a wiki.
first = next(connector for connector in listed["values"] if connector["type"] == "ASSUME_ROLE")
url = answer(emil.get(f"{BASE}/connectors/{first['id']}/console/url"))["url"]
followed = requests.get(url, allow_redirects=False, timeout=30)
assert followed.status_code == 303 and "/sign-in" in followed.headers["Location"], followed.headers
step(f"console: {url}")

# Setting one up.
account = answer(
    ada.post(
        BASE + "/accounts",
        params={"skipValidation": "true"},
        json={
            "name": "Account of a script",
            "awsAccessKeyId": "FAKEKEYOFASCRIPT0001",
            "awsSecretKey": "fake-secret-of-a-script-not-a-real-one00",
            "cloudProviderKey": "aws",
        },
    )
)["id"]
guid = str(uuid.uuid4())
connector = {
    "id": guid,
    "name": "Connector of a script",
    "type": "FEDERATION_TOKEN",
    "scope": "SYSTEM",
    "partition": "aws",
    "accountId": account,
    "iamPolicy": POLICY,
    "groups": ["developers"],
}
made = answer(ada.post(BASE + "/connectors", json=connector))
assert made["id"] == guid and made["groups"] == ["developers"], made
shown = answer(ada.get(f"{BASE}/connectors/{guid}"))
assert shown == made, shown
assert guid in {one["id"] for one in answer(emil.get(BASE + "/connectors"))["values"]}
shown["name"], shown["groups"] = "Renamed by a script", []
changed = answer(ada.put(f"{BASE}/connectors/{guid}", json=shown))
assert changed["name"] == "Renamed by a script" and changed["groups"] == [], changed
assert guid not in {one["id"] for one in answer(emil.get(BASE + "/connectors"))["values"]}
assert ada.delete(f"{BASE}/connectors/{guid}").status_code == 204
assert ada.get(f"{BASE}/connectors/{guid}").status_code == 404
step(f"made, changed and removed {guid}")

# What a script shows its user where something is wrong.
wrong = ada.post(BASE + "/connectors", json={"name": "", "type": "ASSUME_ROLE", "accountId": account})
assert wrong.status_code == 422 and wrong.json()["errors"]["roleArn"], wrong.text
step(wrong.json()["message"])
assert emil.post(BASE + "/connectors", json=connector).status_code == 403
assert answer(ada.get(BASE + "/status/info"))["state"] == "RUNNING"
print("all steps done")
