"""A local web server, and what a download tells."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.etl.fetch.sites import Handler, Site, page


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()

    class Served(Handler):
        def do_GET(self) -> None:
            served.asked.append((self.path, dict(self.headers.items())))
            answers = served.pages.get(self.path, [page(code=404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            # The client may have had enough.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                answer(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        served.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served
        served.stopped.set()
        server.shutdown()


@pytest.fixture
def told() -> list[str]:
    return []
