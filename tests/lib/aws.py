#!/usr/bin/env python3
"""STS, the portal of SSO, and an SSM that refuses; for tests.

aws.py PORT-FILE LOG

STS and the portal give the keys of the environment: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. StartSession answers with the error
that is called as the target; with several, joined by "+", in turn. Each
request is a line of LOG.
"""
import http.server
import json
import os
import sys
import time

KEY, SECRET, TOKEN = (os.environ.get("AWS_" + name, "") for name in (
    "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
ROLE = """<AssumeRoleResponse><AssumeRoleResult><Credentials>
<AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>
<SessionToken>%s</SessionToken><Expiration>%s</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""

asked = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def reply(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, text):
        with open(sys.argv[2], "a", encoding="ascii") as out:
            print(text, file=out)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        action = [x[7:] for x in body.split("&") if x.startswith("Action=")]
        target = self.headers.get("X-Amz-Target")
        self.note("POST %s" % (target or (action + ["?"])[0]))
        if target == "AmazonSSM.StartSession":
            errors = json.loads(body)["Target"].split("+")
            nth = asked.setdefault(body, 0)
            asked[body] = nth + 1
            self.reply(400, "application/x-amz-json-1.1", json.dumps({
                "__type": "com.amazonaws.ssm#" + errors[nth % len(errors)],
                "message": "the service says no"}))
            return
        if action != ["AssumeRole"]:
            self.reply(400, "text/xml", "<Error/>")
            return
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                              time.gmtime(time.time() + 3600))
        self.reply(200, "text/xml", ROLE % (KEY, SECRET, TOKEN, until))

    def do_GET(self):
        self.note("GET " + self.path)
        if self.headers.get("x-amz-sso_bearer_token") != "of-the-portal":
            self.reply(401, "application/json", "{}")
            return
        self.reply(200, "application/json", json.dumps({"roleCredentials": {
            "accessKeyId": KEY, "secretAccessKey": SECRET,
            "sessionToken": TOKEN,
            "expiration": int(time.time() + 3600) * 1000}}))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".part", "w", encoding="ascii") as out:
    print(server.server_address[1], file=out)
os.rename(sys.argv[1] + ".part", sys.argv[1])
server.serve_forever()
