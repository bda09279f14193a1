"""One database: a SQLite file (WAL), memory, or PostgreSQL; brought to the newest schema when it is opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from amr_core.errors import AmrError
from amr_fleet.store.where import file_of, is_postgresql, make_private, refuse_password

if TYPE_CHECKING:
    from amr_fleet.store.reach import Reach

_MIGRATIONS = Path(__file__).with_name("migrations")
_FIRST = "0001"
_BROKEN: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_TOOBIG)
_BROKEN_SERVER: Final = ("XX001", "XX002")  # PostgreSQL: data, an index
_SAID: Final = ("malformed", "no such", "not decode to UTF-8")  # of what SQLite has no code of its own for


class Database:
    """Transactions on one database. Every failure is AmrError("store.failed"). Safe to use from several threads."""

    def __init__(self, where: str | Path) -> None:
        """Open where: a file's path, ":memory:", or a URL postgresql://user@host/name. Raises as `judging` does.

        Raises parameter.invalid for a URL with a password in it.
        """
        self.where = str(where)
        refuse_password(self.where)
        self._reach: Reach | None = None
        self._file = file_of(self.where)
        with judging("" if self._file is None else self._file.name):
            if is_postgresql(self.where):
                self._reach = _new_reach()
            self.engine = _engine(self.where, self._reach)
            with self.engine.begin() as connection:
                _migrate(connection)
            self._opened = _identity(self._file)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Give a connection whose transaction is on disk when the block ends, in the file that has its name."""
        with failing():
            self._same_file()
            with self.engine.begin() as connection:
                yield connection
            self._same_file()

    def _same_file(self) -> None:
        """Raise OSError for a file that is not there any more: what has it open would write on, into nothing."""
        if _identity(self._file) != self._opened:
            raise OSError(f"{self._file} was moved, deleted or replaced")

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """Give a connection that reads all tables as they were when it first read, whatever is written meanwhile."""
        with failing(), self.engine.connect() as connection:
            if self._reach is not None:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            elif file_of(self.where) is not None:  # memory has one connection for all
                connection.exec_driver_sql("BEGIN")  # Python's driver begins with the first write only
            yield connection

    def hurry(self, seconds: float) -> None:
        """From now on wait at most so long (s) for a lock that another process holds."""
        if file_of(self.where) is None:
            return
        pragma = f"PRAGMA busy_timeout = {round(1000 * seconds)}"
        event.listen(self.engine, "connect", lambda connection, _: connection.execute(pragma))
        with failing(), self.engine.connect() as connection:  # the one that is open already
            connection.exec_driver_sql(pragma)

    def be_quick(self) -> None:
        """From now on give a server that says nothing up soon: who asks holds others up."""
        if self._reach is not None:
            self._reach.hurry()
            self.engine.dispose()

    def close(self) -> None:
        """Close all connections."""
        if self._reach is not None:
            self._reach.close()
        self.engine.dispose()


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Return what a file is, whatever its name; None for what is no file, or not there."""
    try:
        found = None if file is None else file.stat()
    except FileNotFoundError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def newest_schema() -> str:
    """Return the version of the last step of the migrations, which their files are named after."""
    return max(file.name[1:5] for file in (_MIGRATIONS / "versions").glob("v*.py"))


def _migrate(connection: Connection) -> None:
    if "alembic_version" in inspect(connection).get_table_names():
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version == newest_schema():
            return  # who only reads takes no lock that the engine would wait for; a restart loads no migrations
    _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # nothing else needs it, and it takes long to load
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    if connection.dialect.name == "sqlite":
        # Python's sqlite3 begins no transaction for CREATE TABLE: a process killed there would leave tables without a
        # version, and no other could open them. It also lets one process at a time look and change.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    names = set(inspect(connection).get_table_names())
    if "journal" in names and "alembic_version" not in names:
        command.stamp(config, _FIRST)  # made before there were migrations
    command.upgrade(config, "head")


def _new_reach() -> Reach:
    from amr_fleet.store.reach import Reach  # psycopg is for PostgreSQL only

    return Reach()


def _engine(where: str, reach: Reach | None) -> Engine:
    if reach is not None:
        remote = create_engine("postgresql+psycopg://" + where.partition("://")[2], pool_pre_ping=True)
        event.listen(remote, "do_connect", lambda _dialect, _record, args, options: reach.connect(*args, **options))
        return remote
    if where == ":memory:":
        return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Path(where).parent.mkdir(parents=True, exist_ok=True)
    make_private(where)
    engine = create_engine(f"sqlite:///{where}", connect_args={"timeout": 5.0, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # an answer must survive a power cut; one fsync a step is cheap
        cursor.close()

    return engine


@contextmanager
def failing() -> Iterator[None]:
    """Turn the database's errors into store.failed."""
    try:
        yield
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise AmrError("store.failed", reason=" ".join(str(getattr(error, "orig", None) or error).split())) from error


@contextmanager
def judging(name: str = "") -> Iterator[None]:
    """Do as `failing`; what the database itself cannot make sense of is store.damaged: that does not pass by itself.

    name: of the file, where the error is not told under it.
    """
    try:
        with failing():
            yield
    except AmrError as error:
        if is_broken(error.__cause__):
            what = " ".join(filter(None, (name, str(error.facts["reason"]))))
            raise AmrError("store.damaged", count=1, first=f"database: {what}") from error
        raise


def is_broken(cause: BaseException | None) -> bool:
    """Return whether an error says that a database cannot make sense of its own file."""
    error = getattr(cause, "orig", None) or cause
    if isinstance(error, sqlite3.Error):  # the lowest byte says what it is, those above in which way
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code in _BROKEN or (code == sqlite3.SQLITE_ERROR and any(said in str(error) for said in _SAID))
    return isinstance(error, UnicodeDecodeError) or getattr(error, "sqlstate", "") in _BROKEN_SERVER
