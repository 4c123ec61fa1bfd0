"""Taken policies: each version once, with its entry in the policy's chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from storage.dialect import Link
from storage.repositories.facts import mark_every_sku_due
from storage.repositories.proofs import SqlProofs
from storage.tables.proofs import chains
from storage.tables.work import policies
from sync.model.proof import Entry
from sync.policy.differing import digest_of
from sync.ports import TakenPolicy
from sync.proof import FIRST, POLICY_CHAIN


async def newest_policy(link: Link) -> TakenPolicy | None:
    """The policy taken last."""
    columns = (policies.c.version, policies.c.text, policies.c.taken_at)
    row = (await link.execute(select(*columns).order_by(policies.c.version.desc()).limit(1))).one_or_none()
    return None if row is None else TakenPolicy(*row)


async def newest_version(link: Link) -> int | None:
    """The version of the policy taken last, without its text."""
    newest = (await link.execute(select(func.max(policies.c.version)))).scalar_one()
    return None if newest is None else int(newest)


async def take_policy(
    link: Link, text: str, author: str, diff: Sequence[str], now: datetime, comes_in: datetime
) -> int:
    """Store a new version unless the text is the last one's, and mark every SKU to be judged by it when it ``comes_in``;
    returns the version taken last. The chain's head is the lock: of two processes that take the same file at once one
    writes and the other finds it written."""
    creating = link.insert_rows(chains, ("name", "seq", "hash"), [(POLICY_CHAIN, 0, FIRST)])
    await link.execute(creating.on_conflict_do_nothing(index_elements=["name"]))
    await link.execute(select(chains.c.seq).where(chains.c.name == POLICY_CHAIN).with_for_update())
    known = await newest_policy(link)
    if known is not None and known.text == text:
        return known.version
    version = known.version + 1 if known else 1
    row = (version, text, author, list(diff), now)
    await link.execute(link.insert_rows(policies, ("version", "text", "author", "diff", "taken_at"), [row]))
    told = "; ".join(diff) if diff else "the first one" if version == 1 else "no rule differs"
    figures = (("version", str(version)), ("digest", digest_of(text)))
    entry = Entry("policy_taken", now, author, f"Policy {version} taken from {author}: {told}.", figures)
    await SqlProofs(link).append([(POLICY_CHAIN, entry)])
    await mark_every_sku_due(link, comes_in, "policy")
    return version
