"""The FastAPI application: routes, errors as {code, facts}, security headers, and the dashboard's files."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.api import auth, trail
from amr_fleet.api.context import ANSWER_SECONDS, ApiContext
from amr_fleet.api.guard import BodyLimit
from amr_fleet.api.live import LiveFeed
from amr_fleet.api.metrics import Metrics
from amr_fleet.api.routers import ROUTERS
from amr_fleet.api.users import UserStore
from amr_fleet.ops import Ops
from amr_fleet.ports import FleetPort

STATIC: Final = Path(__file__).resolve().parents[1] / "static"
HEADERS: Final = {
    # Mantine writes its sizes into style attributes and one style element.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOT_BUILT: Final = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>AMR</title>
<body style="font:18px sans-serif;margin:3rem;max-width:40rem">
<h1>Bảng điều hành chưa được dựng</h1>
<p>Hãy chạy <code>make setup</code> trong thư mục mã nguồn rồi tải lại trang này.</p>
<p lang="en">The dashboard has not been built. Run <code>make setup</code> and reload. The API itself is running.</p>"""
_log = structlog.get_logger("amr_fleet.api")


def create_app(
    fleet: FleetPort,
    site: Site,
    users: UserStore,
    *,
    static: Path = STATIC,
    secure_cookies: bool = False,
    answer_seconds: float = ANSWER_SECONDS,
    ops: Ops | None = None,
) -> FastAPI:
    """Return the application; static is the folder of the built dashboard."""
    app = FastAPI(title="AMR fleet", version="1", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.state.context = ApiContext(
        fleet=fleet,
        site=site,
        users=users,
        live=LiveFeed(fleet),
        metrics=Metrics(fleet.snapshot),
        secure_cookies=secure_cookies,
        answer_seconds=answer_seconds,
        ops=ops,
    )
    for router in ROUTERS:
        app.include_router(router)
    _add_errors(app)
    _add_dashboard(app, static)
    app.add_middleware(BodyLimit)
    app.middleware("http")(_guard)
    return app


def _error(error: AmrError, status: int | None = None) -> Response:
    # ASCII JSON: facts may echo what a client sent, and lone surrogates have no UTF-8.
    text = json.dumps({"code": error.code, "facts": error.facts}, default=str)
    return Response(text, status or error.http_status, media_type="application/json")


async def _answer(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Answer, and write the audit row of a change first: a change that cannot be written down is an error."""
    context: ApiContext = request.app.state.context
    try:
        response = await call_next(request)
    except Exception:
        _log.exception("api.crashed", path=request.url.path)
        request.state.code = "internal"
        response = _error(AmrError("internal", reason="see the server's log"))
    if trail.is_change(request):
        try:
            write = functools.partial(trail.write, context.users, request, response.status_code)
            await asyncio.get_running_loop().run_in_executor(context.writer, write)
        except AmrError as error:
            _log.error("audit.failed", code=error.code, **error.facts)
            response = _error(error)
    return response


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    began = time.perf_counter()
    if request.method not in ("GET", "HEAD") and not auth.same_origin(request):
        response = _error(AmrError("auth.forbidden", role="cross-origin"))
    else:
        response = await _answer(request, call_next)
    context: ApiContext = request.app.state.context
    route = str(getattr(request.scope.get("route"), "path", "")) or "none"
    context.metrics.answered(request.method, route, response.status_code, time.perf_counter() - began)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith("/api/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(AmrError)
    async def amr_error(request: Request, error: AmrError) -> Response:
        request.state.code = error.code
        return _error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        request.state.code = "request.invalid"
        first: dict[str, Any] = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        return _error(AmrError("request.invalid", where=where, reason=str(first["msg"])[:200]))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND:
            return _error(AmrError("request.not_found", path=request.url.path[:100]))
        return _error(AmrError("request.invalid", where=request.url.path[:100], reason=error.detail), error.status_code)


def _add_dashboard(app: FastAPI, static: Path) -> None:
    root = static.resolve()

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def dashboard(path: str) -> Response:
        if path.split("/")[0] in ("api", "assets") and not _inside(root, path):
            raise AmrError("request.not_found", path=f"/{path[:100]}")
        if _inside(root, path):
            # Files under assets/ carry a hash of their content in their names.
            cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return FileResponse(root / path, headers={"Cache-Control": cache})
        if (root / "index.html").is_file():
            return FileResponse(root / "index.html", headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_NOT_BUILT, 503)


def _inside(root: Path, path: str) -> bool:
    if "\x00" in path:
        return False
    file = (root / path).resolve()
    return file.is_relative_to(root) and file.is_file()
