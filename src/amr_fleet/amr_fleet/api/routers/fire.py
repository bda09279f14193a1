"""The fire alarm: raise it, end it. Robots leave the fire lanes and stop; doors are not held."""

from __future__ import annotations

from fastapi import APIRouter

from amr_fleet.api.deps import Context, Engineer, Operator
from amr_fleet.api.models.fire import FireBody, FireShown
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.peripherals import FireAlarm
from amr_fleet.requests import EndFire, FireContactsOff, RaiseFire

router = APIRouter(prefix="/api/v1")


@router.post("/fire-alarm", response_model=FireShown, status_code=201, responses=problems())
async def raise_fire(context: Context, session: Operator, body: FireBody | None = None) -> FireAlarm:
    """Raise the fire alarm; one that is on stays as it is."""
    text = body.text if body is not None else ""
    return await context.answer(context.fleet.ask(RaiseFire(text=text, user=session.user)))


@router.post("/fire-alarm/end", responses=problems("fire.none", "fire.still_on"))
async def end_fire(context: Context, session: Operator) -> Done:
    """End the fire alarm: robots go on. Refused while an input of the fire panel is on."""
    await context.answer(context.fleet.ask(EndFire(user=session.user)))
    return Done()


@router.post("/fire-alarm/contacts-off", responses=problems("fire.none", "fire.still_on"))
async def fire_contacts_off(context: Context, session: Engineer) -> Done:
    """Say that contacts are off that have said nothing since the fleet's start, or who said ON is gone.

    After a look at the fire panel: they may have gone off while the fleet was down. The alarm is ended after that;
    refused while one is on that has spoken and is there.
    """
    await context.answer(context.fleet.ask(FireContactsOff(user=session.user)))
    return Done()
