"""The routes of /api/v1, one module a subject. A new module adds its router here."""

from typing import Final

from amr_fleet.api.routers import book, ops, orders, robots, session, system, users

ROUTERS: Final = (
    session.router,
    system.router,
    system.metrics_router,
    orders.router,
    book.router,
    robots.router,
    ops.router,
    users.router,
)
