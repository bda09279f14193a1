"""Parameters of the fleet node."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FleetParams(BaseModel):
    """Parameters of the fleet. robots: names out of the site's fleet, none = all; port 0 = no API; times in s.

    database: a file, ":memory:" or postgresql://user@host/name; users: a file, "" = beside or in the database;
    evidence: folder of the signing key and the high-water marks, "" = beside a journal file, none for PostgreSQL;
    standby: wait until no other fleet owns the journal, then take over;
    settings, webhooks, drop_folder, escalation, syslog, neighbours, oidc: YAML files (docs), "" = off;
    uav: the aircraft of the site's flight.yaml flies; demo_flight: one inventory flight starts by itself;
    demo_trial: the site runs under a sample permit that is broken after a while (`amr_fleet.demo_trial`);
    language_model: a YAML file that names the assistant's endpoint (docs/assistant.md), "" = none;
    cameras: fixed cameras of the site that are in use: one that is not heard holds what it guards, from the start;
    tracks: a file for replay, "" = beside a journal file, else in memory;
    dashboard_names: names beside the computer's own under which browsers ask for the dashboard; secure_cookies: it is
    reached over TLS only; dashboard_certificate, dashboard_key: PEM files of its own TLS, "" = none;
    proxy: address of the reverse proxy whose X-Forwarded-For is believed, "" = nobody's;
    first_password: where the first start without a ready_file writes the administrator's password, "" = beside a
    journal file, else in the working directory; enrolment, broker: see amr_fleet.enrolment;
    api_process: API and dashboard in the engine's process or one of their own, which needs a journal on disk (ADR 10).
    """

    model_config = ConfigDict(frozen=True)
    site: str
    robots: list[str] = []
    cameras: list[str] = []
    database: str = ":memory:"
    evidence: str = ""
    standby: bool = False
    settings: str = ""
    tracks: str = ""
    users: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    ready_file: str = ""
    fleet_id: str = "amr"
    first_password: str = ""
    dashboard_names: list[str] = []
    secure_cookies: bool = False
    dashboard_certificate: str = ""
    dashboard_key: str = ""
    proxy: str = ""
    webhooks: str = ""
    drop_folder: str = ""
    escalation: str = ""
    syslog: str = ""
    neighbours: str = ""
    oidc: str = ""
    demo_trial: bool = False
    enrolment: str = ""
    broker: str = ""
    language_model: str = ""
    uav: bool = False
    demo_flight: bool = False
    api_process: Literal["engine", "own"] = "engine"
