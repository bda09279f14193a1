"""What a worker's phone asks: places, what comes and goes at one of them, and what became of a load."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StringConstraints

from amr_fleet.api.models.base import Answer, Label, Name, RequestBody, Seconds
from amr_fleet.api.models.words import CargoKind, LoadWord, OrderState, PlaceKind, Reason
from amr_fleet.api.photos import MOST_BYTES

Photo = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
UnixTime = Annotated[float, Field(ge=0, le=2**40, allow_inf_nan=False)]


class SayBody(RequestBody):
    """Body of POST /work/words. at: Unix seconds at which it was said, which a phone without a network sends later."""

    order_id: Name
    said: LoadWord
    place: Name
    at: UnixTime
    read: Label = ""
    text: Label = ""
    photos: Annotated[tuple[Photo, ...], Field(max_length=4)] = ()


class CallBody(RequestBody):
    """Body of POST /work/calls: bring what stands at place to another place; load_id "" = it has no number.

    at: Unix seconds at which it was called, none = now; a call that comes minutes later is not carried out.
    """

    place: Name
    to_place: Name
    load_id: Label = ""
    at: UnixTime | None = None


class PhotoBody(RequestBody):
    """Body of POST /work/photos: a JPEG, PNG or WebP in base64."""

    image: Annotated[Base64Bytes, Field(max_length=MOST_BYTES)]


class PhotoKept(Answer):
    """What a picture is called, and for how many days it is kept."""

    photo: str
    days: float


class WorkPlace(Answer):
    """A place as people call it."""

    id: str
    kind: PlaceKind
    name_vi: str
    name_en: str


class WorkPlaces(Answer):
    """All places of the site."""

    places: list[WorkPlace]


class Task(Answer):
    """An order that takes a load from here (side from) or brings one here (to). Times in fleet seconds, 0 = not known.

    robot "": none yet; comes: when it is expected here; reason: why it waits; root: what has to end for it to get on;
    said: what was said of the load so far; awaits: it starts once somebody says that the load is ready; delivered: when
    the load was put down here.
    """

    order_id: str
    load_id: str
    cargo_kind: CargoKind
    side: Literal["from", "to"]
    other_place: str
    state: OrderState
    priority: int
    held: bool
    robot: str
    comes: Seconds
    delivered: Seconds
    reason: Reason | None
    root: Reason | None
    said: list[LoadWord]
    awaits: bool


class Tasks(Answer):
    """What comes and goes at a place. t: fleet seconds; unix: the server's clock, by which a phone sets its times."""

    t: Seconds
    rtf: float
    unix: float
    robots_stopped: bool
    fire: bool
    tasks: list[Task]


class Called(Answer):
    """The order that a call has made."""

    order_id: str
