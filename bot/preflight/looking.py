"""The looks of preflight, each at one thing. Nothing outside is changed by them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.preflight.controls import controls
from bot.preflight.found import Found, fail, good, warn
from bot.preflight.groups import user_groups
from bot.settings import Settings
from bot.slack.client import error_code, slack_client
from bot.slack.languages import speaks
from bot.slack.outcomes import CALL_ERRORS, told
from bot.slack.queues import QueueChannels
from storage.engine import open_store
from storage.standing import kept, sellers, standing
from storage.store import SqlStore
from sync.connectors.registry import build
from sync.errors import BadInput, CountersignError, SettingMissing, TryAgain
from sync.model.ids import SystemId
from sync.policy.groups import named_groups
from sync.policy.holder import PolicyInForce
from sync.policy.schema import Policy
from sync.policy.system_rules import Mode

SCOPES = frozenset(
    [
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "pins:write",
        "usergroups:read",
        "users:read",
    ]
)
"""What the bot must be granted: those of manifest.yml."""

OF_GROUPS = "usergroups:read"
"""Needed only where policy names user groups: an app that was installed before there were any goes on without."""

WEEK = timedelta(days=7)
CLOCKS = timedelta(seconds=5)
"""How far the clock of this machine may be from Slack's."""

MENDS = {
    "channel_not_found": "Create it, or correct `channel:` of the queue in policy; a private one needs /invite @countersign.",
    "is_archived": "Unarchive it, or name another in policy.",
    "not_in_channel": "In that channel: /invite @countersign.",
}


async def look(
    settings: Settings, policy: Policy, environment: Mapping[str, str], *, loopback: bool = False
) -> AsyncIterator[Found]:
    """Look at everything, one after another. ``loopback`` lets connectors speak to stand-ins on this machine."""
    yield _modes(policy)
    if not speaks(policy.language):
        yield warn(
            "language",
            f"there are no texts in {policy.language}: people read English, with its numbers and dates",
            "Take `en-US` or another that is there, or add it: docs/languages.md.",
        )
    async for found in _database(settings, policy):
        yield found
    async for found in _systems(settings, policy, environment, loopback):
        yield found
    async for found in _slack(settings, policy):
        yield found


def _modes(policy: Policy) -> Found:
    shadow = [
        name for name, system in policy.systems.items() if system.mode is Mode.SHADOW and system.channel is not None
    ]
    if shadow:
        named = ", ".join(shadow)
        return warn(
            "policy", f"in shadow, so nothing is published there: {named}", "Set `mode: full` when you trust it."
        )
    return good("policy", f"reads; {len(policy.systems)} systems, {len(policy.queues)} queues")


async def _database(settings: Settings, policy: Policy) -> AsyncIterator[Found]:
    try:
        store = await open_store(settings.database_url)
    except BadInput as error:
        yield fail("database", str(error), "Correct COUNTERSIGN_DATABASE_URL.")
        return
    try:
        async for found in _stored(store, policy):
            yield found
    except (OSError, SQLAlchemyError) as error:
        yield fail(
            "database",
            f"{store.database} does not answer: {str(error).splitlines()[0]}",
            "Start it, or correct its URL.",
        )
    finally:
        await store.close()


async def _stored(store: SqlStore, policy: Policy) -> AsyncIterator[Found]:
    known = await standing(store)
    recorded, selling = None, []
    if known.revision is None:
        yield warn("database", f"{store.database} has no tables yet", "`countersign run` makes them.")
    elif known.revision != known.newest:
        said = f"tables of revision {known.revision}; this version has {known.newest}"
        yield warn("database", said, "`countersign upgrade --backup FILE`.")
    else:
        yield good("database", f"{store.database}, revision {known.revision}")
    if not known.durable:
        mend = "Set fsync = on and synchronous_commit = on."
        yield fail("database", "what was acknowledged can be lost when the machine stops", mend)
    if known.standbys == 0:
        mend = "Set synchronous_standby_names on the primary. Without one, what was just acknowledged can be lost in a failover."
        yield warn("database", "no synchronous standby is connected", mend)
    if known.revision == known.newest:
        async with store.reading() as uow:
            recorded, selling = await kept(uow.link), await sellers(uow.link, datetime.now(UTC) - WEEK)
    for found in controls(policy, recorded, selling):
        yield found
    if recorded is not None and (foreign := sorted(recorded.currencies - {policy.currency} - policy.rates.keys())):
        mend = f"Add `rates:` with what one of each is in {policy.currency}; until then such sales are in no figure and no limit."
        yield warn("rates", f"there are prices in {', '.join(foreign)}, and policy has no rate for them", mend)
    if recorded is not None and recorded.without:
        told_of = ", ".join(f"{count} without {name}" for name, count in recorded.without.items())
        mend = "Add it in the catalogue's system: revenue at risk and limits in money need price and cost."
        yield warn("catalogue", f"of {recorded.skus} SKUs {told_of}", mend)


async def _systems(
    settings: Settings, policy: Policy, environment: Mapping[str, str], loopback: bool
) -> AsyncIterator[Found]:
    base = str(settings.public_url).rstrip("/") if settings.public_url is not None else None
    for name, rules in policy.systems.items():
        try:
            connector = build(SystemId(name), rules, environment, now=lambda: datetime.now(UTC), loopback=loopback)
        except (SettingMissing, BadInput) as error:
            yield fail(name, "cannot be connected", str(error))
            continue
        try:
            lacks = await connector.lacking(f"{base}/hooks/{name}" if base is not None else None)
        except TryAgain as error:
            yield fail(name, f"{rules.name} does not answer: {error}", "See that it runs and can be reached from here.")
            continue
        except CountersignError as error:
            yield fail(name, f"{rules.name} refuses", str(error))
            continue
        finally:
            await connector.close()
        for lack in lacks:
            yield fail(name, lack.what, lack.mend) if lack.stops else warn(name, lack.what, lack.mend)
        if not lacks:
            yield good(name, f"{rules.name} answers, mode {rules.mode}")


async def _slack(settings: Settings, policy: Policy) -> AsyncIterator[Found]:
    try:
        settings.require_slack()
    except SettingMissing as error:
        yield fail("slack", "settings are missing", str(error))
        return
    token = settings.slack_bot_token
    assert token is not None  # noqa: S101 - require_slack has seen it
    client = slack_client(token.get_secret_value(), settings.slack_base_url)
    try:
        async for found in _workspace(client, policy):
            yield found
    except SlackApiError as error:
        mend = "Install the app into the workspace again and copy its Bot User OAuth Token."
        yield fail("slack", f"refuses: {error_code(error)}", mend)
    except CALL_ERRORS as error:
        yield fail("slack", f"does not answer: {told(error)}", "See that slack.com can be reached from here.")


async def _workspace(client: AsyncWebClient, policy: Policy) -> AsyncIterator[Found]:
    me = await client.auth_test()
    clock = _clock(me.headers)
    if clock is not None:
        yield clock
    granted = {scope.strip() for scope in str(me.headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    needed = SCOPES if named_groups(policy) else SCOPES - {OF_GROUPS}
    if granted and needed - granted:
        missing = ", ".join(sorted(needed - granted))
        yield fail(
            "slack",
            f"these scopes are not granted: {missing}",
            "Update the app from manifest.yml and install it again.",
        )
    else:
        yield good("slack", f"workspace {me.get('team')} ({me.get('team_id')})")
    troubles = await QueueChannels(client, PolicyInForce(policy)).prepare(join=False)
    for trouble in troubles:
        mend = MENDS.get(trouble.error, "Look at the channel in Slack.")
        yield fail("slack", f"queue {trouble.queue}: #{trouble.channel.lstrip('#')}: {trouble.error}", mend)
    if not troubles:
        yield good("slack", f"the channels of {len(policy.queues)} queues can be used")
    async for found in user_groups(client, policy, str(me.get("team_id"))):
        yield found


def _clock(headers: Mapping[str, str]) -> Found | None:
    """Whether this machine's clock is right, by the date of an answer (whole seconds); None when it says none."""
    sent = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        away = datetime.now(UTC) - parsedate_to_datetime(sent)
    except (TypeError, ValueError):
        return None
    if abs(away) > CLOCKS:
        mend = "Let this machine keep its time (chrony, systemd-timesyncd): signatures and counts rest on it."
        return fail("clock", f"{away.total_seconds():+.0f} s from Slack's", mend)
    return good("clock", f"within {CLOCKS.seconds} s of Slack's")
