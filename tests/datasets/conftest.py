import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server.site
        site.requests.append(self.path)
        if self.path not in site.files:
            self.send_error(404)
            return
        body = site.files[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if site.drops > 0:
            site.drops -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Site:
    """Files served on 127.0.0.1: what was asked for, and how many answers break off half-way."""

    def __init__(self, url):
        self.url = url
        self.files = {}
        self.requests = []
        self.drops = 0

    def add(self, path, text):
        """Serve `text` at `path`; return its address and SHA-256."""
        self.files[path] = text.encode()
        return self.url + path, hashlib.sha256(self.files[path]).hexdigest()


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)  # between two tries
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.site
    server.shutdown()
    server.server_close()
    thread.join()
