"""A company's login app with the official Scalekit Python SDK.

It does what ../node/scalekit-app.mjs does, with the same two addresses.
"""

import json
import os
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from scalekit import ScalekitClient
from scalekit.common.scalekit import TokenValidationOptions

ENV_URL = os.environ["SK_ENV_URL"]
scalekit = ScalekitClient(ENV_URL, os.environ["SK_CLIENT_ID"], os.environ["SK_CLIENT_SECRET"])


def login(query):
    handoff = query["handoff"][0]
    answer, _ = scalekit.auth.update_login_user_details(
        connection_id=f"conn_{handoff}",
        login_request_id=query["login_request_id"][0],
        user={
            "sub": "1234567890",
            "email": "alice@example.com",
            "custom_attributes": {"plan": "gold", "seats": 3},
        },
    )
    back = {"state": query["state"][0]}
    if handoff == "required":
        back["login_verifier"] = answer.auth_request_id
    return f"{ENV_URL}/sso/v1/connections/conn_{handoff}/partner:callback?{urlencode(back)}"


def validate(asked):
    options = TokenValidationOptions(
        issuer=asked["issuer"], audience=[asked["audience"]], required_scopes=asked["scopes"]
    )
    try:
        claims = scalekit.validate_access_token_and_get_claims(asked["token"], options=options)
        return {"valid": True, "claims": claims}
    except Exception as error:  # whatever the SDK throws is its verdict
        return {"valid": False, "reason": f"{type(error).__name__}: {error}"}


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            target = login(parse_qs(urlsplit(self.path).query))
        except Exception:
            traceback.print_exc()
            self.send_error(500)
            return
        self.send_response(303)
        self.send_header("Location", target)
        self.end_headers()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps(validate(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass  # the address holds login_request_id and state


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), App)
print("ready", flush=True)
server.serve_forever()
