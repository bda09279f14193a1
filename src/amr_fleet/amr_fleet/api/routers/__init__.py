"""The routes of /api/v1, one module a subject. A new module adds its router here."""

from typing import Final

from amr_fleet.api.routers import (
    assistant,
    book,
    cameras,
    enrolment,
    escalation,
    fire,
    flights,
    ops,
    orders,
    periodic,
    replay,
    robots,
    sandbox,
    second_factor,
    session,
    system,
    users,
    webhooks,
    what_if,
    work,
    zones,
)

# The router looks them through from the top: what comes often stands first.
ROUTERS: Final = (
    orders.router,
    session.router,
    system.router,
    system.metrics_router,
    book.router,
    robots.router,
    ops.router,
    users.router,
    second_factor.router,
    zones.router,
    fire.router,
    flights.router,
    replay.router,
    what_if.router,
    cameras.router,
    assistant.router,
    periodic.router,
    sandbox.router,
    enrolment.router,
    webhooks.router,
    escalation.router,
    work.router,
)
