#!/usr/bin/env python3
"""Checks the tests' Crowd server with clients that know nothing of it.

    crowd_clients.py crowd|atlassian URL APPLICATION PASSWORD

`crowd` is python-crowd, `atlassian` is atlassian-python-api. Prints one line for each check and exits 1 at the first
that fails.
"""

import sys

KIND, URL, APPLICATION, PASSWORD = sys.argv[1:]
ODD = "J\N{LATIN SMALL LETTER O WITH DIAERESIS}rg & Co +"


def check(what, is_so):
    print(what, "as it should be" if is_so else "WRONG", flush=True)
    if not is_so:
        sys.exit(1)


def nested(groups):
    print(f"nested groups of alice: {', '.join(sorted(groups))}")


def with_python_crowd():
    import crowd

    server = crowd.CrowdServer(URL, APPLICATION, PASSWORD, timeout=10)
    check("application", server.auth_ping())
    check("wrong application", not crowd.CrowdServer(URL, APPLICATION, "wrong", timeout=10).auth_ping())
    user = server.auth_user("alice", "fake-password-alice")
    check("sign-in", user["name"] == "alice" and user["active"] is True and user["email"] == "alice@example.test")
    check("wrong password", server.auth_user("alice", "wrong") is None)
    check("closed account", server.auth_user("carla", "fake-password-carla") is None)
    check("odd name", server.auth_user(ODD, f"fake-password-{ODD}")["name"] == ODD)
    check("nobody", server.auth_user("nobody", "x") is None and not server.user_exists("nobody"))
    check("look-up", server.get_user("alice")["key"] == "32769:id-of-alice")
    check("direct groups", server.get_groups("alice") == ["developers"])
    check("cookie", server.get_cookie_conf()["name"] == "crowd.token_key")
    check("session of a wrong password", server.get_session("alice", "wrong") is None)
    token = server.get_session("alice", "fake-password-alice", remote="192.0.2.7")["token"]
    check("session", server.validate_session(token, remote="192.0.2.7")["user"]["name"] == "alice")
    check("session from elsewhere", server.validate_session(token, remote="192.0.2.8") is None)
    check("ended session", server.terminate_session(token) and server.validate_session(token, remote="192.0.2.7") is None)
    nested(server.get_nested_groups("alice"))


def with_atlassian():
    import requests
    from atlassian.crowd import Crowd

    server = Crowd(url=URL, username=APPLICATION, password=PASSWORD, timeout=10)

    def refused(work, reason):
        try:
            work()
        except requests.HTTPError as error:
            return error.response.json()["reason"] == reason
        return False

    user = server.user_authenticate("alice", "fake-password-alice")
    check("sign-in", user["name"] == "alice" and user["active"] is True)
    wrong = refused(lambda: server.user_authenticate("alice", "wrong"), "INVALID_USER_AUTHENTICATION")
    check("wrong password", wrong)
    closed = refused(lambda: server.user_authenticate("carla", "fake-password-carla"), "INACTIVE_ACCOUNT")
    check("closed account", closed)
    check("odd name", server.user_authenticate(ODD, f"fake-password-{ODD}")["name"] == ODD)
    check("nobody", refused(lambda: server.user("nobody"), "USER_NOT_FOUND"))
    check("direct groups", server.user_groups("alice") == ["developers"])
    check("members", "alice" in server.group_members("developers"))
    check("a group", server.group("DEVELOPERS")["name"] == "developers")
    found = server.search_cql("group", 'name = "*OPS*"')["groups"]
    check("search", [group["name"] for group in found] == ["Payments Ops"])
    check("no group", refused(lambda: server.group("nothing"), "GROUP_NOT_FOUND"))
    nested(server.nested_user_groups("alice"))


{"crowd": with_python_crowd, "atlassian": with_atlassian}[KIND]()
print("all checks passed")
