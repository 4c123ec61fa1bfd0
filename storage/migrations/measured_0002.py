"""The tables that measures are counted from, as revision 0002 makes them, filled from the exceptions that are there.

An exception of before has one life: the one that it is in, with all its money at risk from when that began.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

PAGE = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def add_measured_tables() -> None:
    """Create and fill them."""
    op.create_table(
        "episodes",
        sa.Column("exception", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cls", _key(), nullable=False),
        sa.Column("sku", _key(), nullable=True),
        sa.Column("systems", _key(), nullable=False),
        sa.Column("direction", _key(), nullable=False),
        sa.Column("queue", _key(), nullable=False),
        sa.Column("owner", _key(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("recurrences", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("owned_at", sa.BigInteger(), nullable=True),
        sa.Column("assign_by", sa.BigInteger(), nullable=True),
        sa.Column("resolve_by", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.SmallInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("opening_risk", sa.BigInteger(), nullable=False),
        sa.Column("risk", sa.BigInteger(), nullable=False),
        sa.Column("shows", sa.BigInteger(), nullable=True),
        sa.Column("can_sell", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("exception", "number", name=op.f("pk_episodes")),
    )
    op.create_index(op.f("ix_episodes_opened_at"), "episodes", ["opened_at"])
    op.create_index(op.f("ix_episodes_ended_at"), "episodes", ["ended_at"])
    op.create_table(
        "risk_steps",
        sa.Column("exception", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("exception", "version", name=op.f("pk_risk_steps")),
    )
    op.create_table(
        "update_outcomes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("system", _key(), nullable=False),
        sa.Column("kind", _key(), nullable=False),
        sa.Column("target", _key(), nullable=False),
        sa.Column("sku", _key(), nullable=False),
        sa.Column("listing", _key(), nullable=True),
        sa.Column("exception", sa.BigInteger(), nullable=True),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=True),
        sa.Column("outcome", _key(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_update_outcomes")),
    )
    op.create_index(op.f("ix_update_outcomes_at"), "update_outcomes", ["at"])
    done = sa.text("outcome = 'done'")
    op.create_index(
        "ix_update_outcomes_done", "update_outcomes", ["target", "at"], sqlite_where=done, postgresql_where=done
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """One life per exception that is there, read and written by pages."""
    read = sa.text(
        "SELECT id, fingerprint, cls, sku, systems, life, version, queue, owner, cause, opened_at, owned_at, assign_by,"
        " resolve_by, ended_at, opening_risk, risk, body FROM exceptions WHERE id > :after ORDER BY id LIMIT :page"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "page": PAGE}).mappings().all():
        after = rows[-1]["id"]
        lives = [_life(row) for row in rows]
        names = [name for name in lives[0] if name != "version"]
        connection.execute(sa.insert(_named("episodes", names)), [{n: one[n] for n in names} for one in lives])
        steps = [step for one in lives for step in _steps(one)]
        if steps:
            connection.execute(sa.insert(_named("risk_steps", list(steps[0]))), steps)


def _named(table: str, names: list[str]) -> sa.TableClause:
    return sa.table(table, *(sa.column(name) for name in names))


def _life(row: sa.RowMapping) -> dict[str, Any]:
    body = json.loads(row["body"]) if isinstance(row["body"], str) else row["body"]
    evidence = body.get("evidence", {})
    snoozed = body.get("snoozed_until")
    same = ("cls", "sku", "systems", "queue", "owner", "cause", "opened_at", "owned_at", "assign_by", "resolve_by")
    return {
        "exception": row["id"],
        "version": row["version"],
        "number": body.get("reopenings", 0),
        **{name: row[name] for name in same},
        "direction": row["fingerprint"].split("|")[5],
        "recurrences": body.get("recurrences", 1),
        "since": _micros(body["since"]),
        "snoozed_until": _micros(snoozed) if snoozed else None,
        "snoozes": int(bool(snoozed)),
        "escalated": body.get("escalated", 0),
        "ended_at": row["ended_at"],
        "outcome": body.get("outcome", ""),
        "opening_risk": row["opening_risk"],
        "risk": 0 if row["life"] in ("resolved", "cleared") else row["risk"],
        "shows": evidence.get("shows"),
        "can_sell": evidence.get("can_sell"),
    }


def _steps(life: dict[str, Any]) -> list[dict[str, Any]]:
    """What it began with until it ended; what it is worth now, while it stands."""
    worth = life["risk"] if life["ended_at"] is None else life["opening_risk"]
    same = {"exception": life["exception"], "number": life["number"]}
    begins = {**same, "version": life["version"] - 1, "at": life["opened_at"], "change": worth}
    ends = {**same, "version": life["version"], "at": life["ended_at"], "change": -worth}
    return [begins, ends] if life["ended_at"] is not None and worth else [begins] if worth else []


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
