"""The FastAPI application: routes, errors as {code, facts}, and the dashboard's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.api.context import ApiContext
from amr_fleet.api.dashboard_files import answer, inside, page, possible
from amr_fleet.api.gate import Gate, error_response
from amr_fleet.api.guard import BodyLimit
from amr_fleet.api.hosts import Hosts
from amr_fleet.api.live import LiveFeed
from amr_fleet.api.mcp_door import PATHS, McpDoor
from amr_fleet.api.metrics import Metrics
from amr_fleet.api.once import Once
from amr_fleet.api.openapi import document, operation_id
from amr_fleet.api.order_spans import OrderSpans
from amr_fleet.api.photos import PhotoStore
from amr_fleet.api.routers import ROUTERS
from amr_fleet.api.sign_on import SignOn
from amr_fleet.api.trail import Trail
from amr_fleet.api.users import UserStore
from amr_fleet.assistant.desk import Desk
from amr_fleet.assistant.language_model import LanguageModel
from amr_fleet.assistant.record import TalkRecord
from amr_fleet.enrolment import EnrolmentDesk
from amr_fleet.neighbours.order_traces import TraceSpan
from amr_fleet.oidc.settings import OidcSettings
from amr_fleet.ops import Ops
from amr_fleet.ports import ANSWER_SECONDS, FleetPort

STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_NOT_BUILT: Final = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>AMR</title>
<body style="font:18px sans-serif;margin:3rem;max-width:40rem">
<h1>Bảng điều hành chưa được dựng</h1>
<p>Hãy chạy <code>make setup</code> trong thư mục mã nguồn rồi tải lại trang này.</p>
<p lang="en">The dashboard has not been built. Run <code>make setup</code> and reload. The API itself is running.</p>"""


def create_app(
    fleet: FleetPort,
    site: Site,
    users: UserStore,
    *,
    static: Path = STATIC,
    secure_cookies: bool = False,
    answer_seconds: float = ANSWER_SECONDS,
    ops: Ops | None = None,
    hosts: Sequence[str] = (),
    review: Path | None = None,
    enrolment: EnrolmentDesk | None = None,
    language_model: LanguageModel | None = None,
    photos: PhotoStore | None = None,
    traced: tuple[Callable[[TraceSpan], object], str] | None = None,
    oidc: OidcSettings | None = None,
) -> FastAPI:
    """Return the application; static is the folder of the built dashboard, hosts what else the server is called.

    traced: what takes spans of orders, and the place of the journal.
    """
    app = FastAPI(
        docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", generate_unique_id_function=operation_id
    )
    app.openapi = lru_cache(lambda: document(app))  # type: ignore[method-assign]
    app.state.context = ApiContext(
        fleet=fleet,
        site=site,
        users=users,
        live=LiveFeed(fleet),
        metrics=Metrics(fleet.snapshot, fleet.condition),
        trail=Trail(users),
        secure_cookies=secure_cookies,
        answer_seconds=answer_seconds,
        ops=ops,
        enrolment=enrolment,
        hosts=Hosts(hosts),
        assistant=Desk(record=TalkRecord(review)),
        language_model=language_model,
        photos=photos or PhotoStore(),
        sign_on=SignOn(oidc, users) if oidc is not None else None,
    )
    app.router.routes.extend(routes())
    _add_errors(app)
    _add_mcp(app)
    _add_dashboard(app, static)
    app.add_middleware(Once)
    app.add_middleware(BodyLimit)
    app.add_middleware(Gate)
    if traced is not None:
        app.add_middleware(OrderSpans, put=traced[0], place=traced[1])
    return app


@cache
def routes() -> list[BaseRoute]:
    """Return the routes of the API, the same for every application of a process.

    What they answer to comes from the request (`app.state.context`); to work out what each takes and gives is 0.3 s.
    """
    table = APIRouter(generate_unique_id_function=operation_id)
    for router in ROUTERS:
        table.include_router(router)
    return table.routes


def _add_mcp(app: FastAPI) -> None:
    """Serve the assistant's tools over MCP where the SDK is installed (requirements/mcp.lock)."""
    if find_spec("mcp") is None:
        return
    door = McpDoor()
    for path in PATHS:
        app.router.routes.append(Route(path, endpoint=door, name="mcp", include_in_schema=False))


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(AmrError)
    async def amr_error(request: Request, error: AmrError) -> Response:
        request.state.code = error.code
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        request.state.code = "request.invalid"
        first: dict[str, Any] = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        return error_response(AmrError("request.invalid", where=where, reason=str(first["msg"])[:200]))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND:
            return error_response(AmrError("request.not_found", path=request.url.path[:100]))
        return error_response(
            AmrError("request.invalid", where=request.url.path[:100], reason=error.detail), error.status_code
        )


def _add_dashboard(app: FastAPI, static: Path) -> None:
    root = static.resolve()

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def dashboard(path: str, request: Request) -> Response:
        takes = request.headers.get("accept-encoding", "")
        ours = path.split("/")[0] not in ("api", "assets") and possible(path)
        if not ours and not inside(root, path):
            raise AmrError("request.not_found", path=f"/{path[:100]}")
        if inside(root, path) and path != "index.html":
            # Files under assets/ carry a hash of their content in their names.
            cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return answer(root / path, takes, cache)
        if (root / "index.html").is_file():
            return page(root / "index.html")
        return HTMLResponse(_NOT_BUILT, 503)
