#!/usr/bin/env python3
"""A server with made-up documents, to look at www/ and to take screenshots. It is no spoold, reads no spool, and no test of
spoold may stand on it: that is what spoold's own tests are for.

    tests/web/fixture.py [--port N] [--empty] [--dead-share] [--paused] [--still] [--no-events] [--operate]
    tests/web/fixture.py --check        each answer, against docs/openapi.yaml (needs PyYAML and jsonschema)

The token is "look". All that is shown comes from one seed: the same every time, but for the clock."""
import argparse
import json
import os
import queue
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fixture_answers import png, stamp
from fixture_spool import Spool

HERE = os.path.dirname(os.path.abspath(__file__))
WWW = os.path.join(HERE, "..", "..", "www")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Problem(Exception):
    def __init__(self, status, code, title, **more):
        super().__init__(title)
        self.status = status
        self.body = dict(
            type="urn:pdfspool:problem:" + code, code=code, title=title, status=status, **more
        )


def assets():
    """The whole of www/, by name: a request is looked up here, and never made into a path."""
    found = {}
    for folder, _, names in os.walk(WWW):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                found["/" + os.path.relpath(path, WWW)] = (
                    TYPES.get(os.path.splitext(name)[1], "application/octet-stream"),
                    f.read(),
                )
    found["/"] = found["/index.html"]
    return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    spool = None
    options = None
    operators = set()

    def log_message(self, *_):
        pass

    # -- answers --

    def send(self, status, body, kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self, method):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        try:
            self.route(method, urllib.parse.unquote(url.path), query, body)
        except Problem as p:
            self.send(p.status, p.body, "application/problem+json")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_GET(self):
        self.handle_one("GET")

    def do_POST(self):
        self.handle_one("POST")

    def do_DELETE(self):
        self.handle_one("DELETE")

    # -- routes --

    def route(self, method, path, query, body):
        if not path.startswith("/api/v1/"):
            if path == "/status.txt":
                return self.send(200, b"made-up documents\n", "text/plain; charset=utf-8")
            if path not in self.options.assets:
                raise Problem(404, "unknown-path", "There is no such page")
            kind, data = self.options.assets[path]
            return self.send(200, data, kind)
        parts = path[len("/api/v1/") :].split("/")
        if method == "GET" and parts == ["events"]:
            return self.events(query)
        if method == "GET" and len(parts) == 5 and parts[4] == "image":
            return self.send(200, png(int(query.get("width", 800))), "image/png")
        return self.answer(method, parts, query, body)

    def answer(self, method, parts, query, body):
        with self.spool.lock:
            if parts == ["session"]:
                return self.session(method, body)
            if method == "POST":
                if not self.operates():
                    raise Problem(401, "token-needed", "This needs the token")
                return self.send(
                    200,
                    self.spool.act(
                        parts, json.loads(body) if parts[0] == "actions" else query, len(body)
                    ),
                )
            found = self.spool.read(parts, query)
        if found is None:
            raise Problem(404, "unknown-document", "There is no such document")
        return self.send(200, found)

    def operates(self):
        return self.options.operate or self.headers.get("Cookie", "").startswith("pdfspool=look")

    def session(self, method, body):
        yes = self.operates()
        cookie = {}
        if method == "POST":
            if json.loads(body).get("token") != "look":
                raise Problem(401, "token-needed", "That is not the token")
            yes, cookie = True, {"Set_Cookie": "pdfspool=look; HttpOnly; SameSite=Strict; Path=/"}
        if method == "DELETE":
            return self.send(204, b"", Set_Cookie="pdfspool=; Max-Age=0; Path=/")
        return self.send(
            200,
            {
                "role": "operate" if yes else "read",
                "read_only": False,
                "expires": None,
                "upload_max_bytes": 536870912,
            },
            **cookie,
        )

    def events(self, query):
        if self.options.no_events:
            raise Problem(503, "too-busy", "No more streams")
        topics = set(query.get("topics", "overview,host,documents,journal,action").split(","))
        mine = queue.Queue(1000)
        self.spool.listeners.append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            self.wfile.write(b"retry: 3000\n\n")
            with self.spool.lock:
                self.event(1, "overview", self.spool.overview())
            while True:
                try:
                    number, kind, data = mine.get(timeout=10)
                    if kind in topics:
                        self.event(number, kind, data)
                except queue.Empty:
                    self.wfile.write(b": ka\n\n")
                self.wfile.flush()
        finally:
            self.spool.listeners.remove(mine)

    def event(self, number, kind, data):
        self.wfile.write(f"id: f-{number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode())


def check(spool):
    """Every answer that this makes up, against the contract; so that no screenshot shows what no server will say."""
    import jsonschema
    import yaml

    with open(os.path.join(HERE, "..", "..", "docs", "openapi.yaml"), encoding="utf-8") as f:
        contract = yaml.safe_load(f)
    some = {
        s: next(d["id"] for d in spool.documents if d["state"] == s)
        for s in ("pending", "waiting", "claimed", "done", "failed")
    }
    gets = [
        ("Overview", ["overview"], {}),
        ("HostList", ["hosts"], {}),
        ("DocumentPage", ["documents"], {"limit": "1000"}),
        ("FailureList", ["failures"], {}),
        ("JournalPage", ["journal"], {}),
        ("SettingList", ["settings"], {}),
        ("Health", ["health"], {}),
        ("Quota", ["quota"], {}),
        ("History", ["history"], {"span": "30d"}),
        ("Record", ["documents", some["done"], "record"], {}),
        ("TextPiece", ["documents", some["done"], "text"], {"page": "1"}),
    ]
    gets += [("Document", ["documents", i], {}) for i in some.values()]
    for name, parts, query in gets:
        schema = {"$ref": "#/components/schemas/" + name, "components": contract["components"]}
        jsonschema.Draft202012Validator(schema).validate(spool.read(parts, query))
    action = spool.act(["actions", "retry"], {"all": True, "dry_run": True}, 0)
    jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Action", "components": contract["components"]}
    ).validate(action)
    print(f"{len(gets) + 1} passed, 0 failed")


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--port", type=int, default=8651)
    for flag in ("empty", "dead-share", "paused", "still", "no-events", "operate", "check"):
        p.add_argument("--" + flag, action="store_true")
    options = p.parse_args()
    spool = Spool(options)
    if options.check:
        return check(spool)
    options.assets = assets()
    Handler.spool, Handler.options = spool, options
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = True
    if not options.still:
        threading.Thread(target=spool.run, daemon=True).start()
    print(
        f"http://127.0.0.1:{options.port}/  (made-up documents, since {stamp(time.time())}; token: look)",
        flush=True,
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return None


if __name__ == "__main__":
    sys.exit(main())
