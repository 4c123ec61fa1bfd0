"""Exceptions: a queue's list, one's own, filtered, one as its card, and its proof."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.answering.asked import Asked, Reply
from bot.slack.blocks import Block
from bot.slack.cards import render_card
from bot.slack.choosing import chosen_by
from bot.slack.direct_files import send_proof
from bot.slack.home_view import open_and_owned, queues_of
from bot.slack.lists import act_on, at_risk, case_lines, is_late, owned_by, queue_text, storm_line
from bot.slack.room import Room
from bot.slack.silence import calm_text
from bot.slack.unfurling import card_link, link_to
from sync.model.exceptions import Case, ExceptionClass
from sync.model.ids import QueueId, SystemId, UserId, parse_exception_name
from sync.policy.schema import Policy
from sync.proof import export_json, verify_chain
from sync.recovery import recovery, story

MOST = 2_000
"""Exceptions looked through for a filter, the most urgent first."""


async def queue(room: Room, asked: Asked) -> Reply:
    """A queue's headline and list."""
    queues = room.policy.current.queues
    word = asked.rest.strip().casefold().removeprefix("#")
    chosen = matching_queue(room.policy.current, word) if word else room.channels.queue_of(asked.channel)
    if chosen is None and word and (meant := _meant(room.policy.current, word)):
        name = room.policy.current.queues[meant].name
        text = t.QUEUE_MEANT.format(word=fmt.code(word), queue=fmt.mrkdwn(name, 40))
        again = b.button("inventory.run", t.RUN.format(word=f"queue {fmt.plain(name, 40)}"), f"queue {meant}")
        return Reply(text, (b.section("inventory.meant", text, again),))
    if chosen is None and word:
        names = fmt.listed([fmt.mrkdwn(queue.name, 40) for queue in queues.values()], 10)
        return Reply(t.QUEUE_NONE.format(word=fmt.code(word), queues=names))
    if chosen is None:
        options = [b.Option(fmt.plain(queue.name, 60), f"queue {name}") for name, queue in queues.items()]
        select = b.select(options, placeholder=t.CHOOSE) | {"action_id": "inventory.run"}
        return Reply(t.QUEUE_WHICH, (b.section("inventory.queue", t.QUEUE_WHICH, select),))
    text = await queue_text(room, chosen, money_first=await _money_first(room, asked))
    counts = await room.inbox.queue_counts()
    open_ = counts.get(chosen, (0, 0, Decimal(0)))[0]
    return Reply(text, (b.section("inventory.list", text), *act_on(open_, (chosen,))))


async def _money_first(room: Room, asked: Asked) -> bool:
    """Whether the asker's own lists put money first; a list for all puts units first."""
    return (await chosen_by(room, asked.actor.user)).money_first and not asked.share


def _meant(policy: Policy, word: str) -> str:
    """The queue that a mistyped word is likest to; empty without one."""
    known = {alias.casefold(): name for name, one in policy.queues.items() for alias in (name, one.name)}
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return known[near[0]] if near else ""


def matching_queue(policy: Policy, word: str) -> QueueId | None:
    """The queue whose id, name or channel begins with the word."""
    for name, rules in policy.queues.items():
        known = (name, rules.name, rules.channel.removeprefix("#"))
        if any(one.casefold().startswith(word) for one in known):
            return QueueId(name)
    return None


async def mine(room: Room, asked: Asked) -> Reply:
    """What the asker owns."""
    policy = room.policy.current
    owned = await owned_by(room, asked.actor.user)
    if not owned.count:
        async with room.store.reading() as uow:
            standing = await uow.cases.standing()
        own = queues_of(policy, asked.actor)
        shown = [one for queue, one in standing.items() if not own or queue in own]
        whose = t.MINE_WHOSE if own else t.MINE_ALL
        return Reply(t.MINE_NONE.format(whose=whose, open=open_and_owned(shown)))
    head = t.MINE_HEAD.format(
        count=fmt.agreeing(owned.count, t.ARE_YOURS), risk=fmt.estimate(owned.risk, policy.currency)
    )
    storms = [storm_line(policy, storm) for storm in owned.storms]
    lines = [
        *storms,
        *case_lines(policy, owned.cases, room.now, money_first=await _money_first(room, asked)),
    ]
    return _listed(head, lines, act_on(owned.count, ("mine",)))


def _listed(head: str, lines: Sequence[str], buttons: Sequence[Block] = ()) -> Reply:
    text = "\n".join([head, *lines])
    return Reply(text, (b.section("inventory.list", text), *buttons))


# -- filters -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of exceptions is narrowed to; parts that are not given let everything through."""

    late: bool = False
    unowned: bool = False
    cause_unknown: bool = False
    owner: UserId | None = None
    queue: QueueId | None = None
    classes: frozenset[ExceptionClass] = frozenset()
    systems: frozenset[SystemId] = frozenset()
    above: Decimal | None = None
    told: tuple[str, ...] = ()
    """What it says, in words."""
    unknown: tuple[str, ...] = ()


def read_filter(words: Sequence[str], policy: Policy, asker: UserId) -> Filter:
    """``late amazon >$500 oversell mine`` as a filter; words that mean nothing stand in ``unknown``."""
    late = unowned = cause_unknown = False
    owner: UserId | None = None
    queue: QueueId | None = None
    above: Decimal | None = None
    classes: set[ExceptionClass] = set()
    systems: set[SystemId] = set()
    told: list[str] = []
    unknown: list[str] = []
    for raw in words:
        word = raw.casefold()
        if word == "late":
            late = True
        elif word in ("nobody", "unowned", "free"):
            unowned = True
        elif word == "cause":
            cause_unknown = True
        elif word == "mine":
            owner = asker
        elif word.startswith(">") and (money := _amount(word[1:])) is not None:
            above = money
            told.append(t.FILTER_ABOVE.format(amount=fmt.booked(money, policy.currency)))
            continue
        elif by_class := _classes(word):
            classes |= by_class
        elif by_system := _systems(word, policy):
            systems |= by_system
            told.append(fmt.listed([policy.systems[one].name for one in sorted(by_system)]))
            continue
        elif by_queue := matching_queue(policy, word):
            queue = by_queue
        else:
            unknown.append(raw)
            continue
        told.append(raw)
    return Filter(
        late,
        unowned,
        cause_unknown,
        owner,
        queue,
        frozenset(classes),
        frozenset(systems),
        above,
        tuple(told),
        tuple(unknown),
    )


def _amount(text: str) -> Decimal | None:
    bare = "".join(char for char in text if char.isdigit() or char == ".")
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def _classes(word: str) -> set[ExceptionClass]:
    if len(word) < 4:
        return set()
    return {
        cls
        for cls in ExceptionClass
        if any(part.startswith(word) for part in (*cls.value.split("_"), cls.value, t.CLASS_SHORT[cls].casefold()))
    }


def _systems(word: str, policy: Policy) -> set[SystemId]:
    return {
        SystemId(name)
        for name, rules in policy.systems.items()
        if len(word) > 2 and word in (f"{name} {rules.name}".casefold())
    }


def passes(case: Case, wanted: Filter, late: bool) -> bool:
    """Whether an exception is what the filter asks for."""
    return (
        (late or not wanted.late)
        and (case.owner is None or not wanted.unowned)
        and (case.lacks == "cause" or not wanted.cause_unknown)
        and wanted.owner in (None, case.owner)
        and wanted.queue in (None, case.queue)
        and (not wanted.classes or case.fingerprint.cls in wanted.classes)
        and (not wanted.systems or bool(wanted.systems & set(case.fingerprint.systems)))
        and (wanted.above is None or case.risk_now.amount > wanted.above)
    )


@dataclass(frozen=True, slots=True)
class Matching:
    """What a filter leaves, the most urgent first; ``cut``: more than MOST were there to be looked through."""

    wanted: Filter
    cases: tuple[Case, ...]
    cut: bool


async def matching(room: Room, words: Sequence[str], asker: UserId) -> Matching:
    """The exceptions that words ask for; none when a word means nothing."""
    wanted = read_filter(words, room.policy.current, asker)
    if wanted.unknown:
        return Matching(wanted, (), cut=False)
    cases = await room.inbox.queue_list(wanted.queue, wanted.owner, MOST)
    found = tuple(case for case in cases if passes(case, wanted, is_late(case, room.now)))
    return Matching(wanted, found, cut=len(cases) >= MOST)


async def exceptions(room: Room, asked: Asked) -> Reply:
    """``2 of 143 match``, then the lines, and a button that acts on them."""
    policy, now = room.policy.current, room.now
    matched = await matching(room, asked.words[1:], asked.actor.user)
    wanted, found = matched.wanted, matched.cases
    if wanted.unknown:
        return Reply(_unknown(wanted.unknown, policy))
    counts = await room.inbox.queue_counts()
    total = sum(open_ for open_, _late, _risk in counts.values())
    if not total:
        return Reply(t.EXCEPTIONS_NONE.format(calm=await calm_text(room)))
    words = f": {fmt.mrkdwn(', '.join(wanted.told), 120)}" if wanted.told else ""
    shape = t.FILTER_HEAD_MOST if matched.cut else t.FILTER_HEAD
    head = shape.format(
        found=fmt.number(len(found)), total=fmt.number(total), words=words, risk=at_risk(policy, found), most=MOST
    )
    lines = case_lines(policy, found, now, money_first=await _money_first(room, asked))
    return _listed(head, lines, act_on(len(found), asked.words[1:]))


def _unknown(words: Sequence[str], policy: Policy) -> str:
    """What is not known, and what it likely means."""
    known = ["late", "nobody", "mine", "cause", *policy.systems, *policy.queues]
    known += [part for cls in ExceptionClass for part in cls.value.split("_")]
    near = [found[0] for word in words if (found := difflib.get_close_matches(word.casefold(), known, n=1))]
    meant = t.FILTER_MEANT.format(words=fmt.listed([fmt.code(one) for one in near], 5)) if near else ""
    return t.FILTER_UNKNOWN.format(words=fmt.code(" ".join(words)), meant=meant)


# -- one ---------------------------------------------------------------------------------------------------------------


async def show(room: Room, asked: Asked) -> Reply:
    """The card as it is now; its buttons lead to the one exception."""
    try:
        case = parse_exception_name(asked.rest)
    except ValueError:
        return Reply(t.SHOW_WHICH)
    view = await room.inbox.view(case, history=True)
    if view is None:
        return Reply(t.GONE.format(name=fmt.code(asked.rest)))
    message = render_card(view)
    link = link_to(room.public_url, view.case.name)
    original = await card_link(room, view)
    ways = [t.SHOW_ORIGINAL.format(link=original)] if original else []
    ways += [t.SHOW_LINK.format(link=link)] if link else []
    told = (b.context("show.link", b.mrkdwn_text(" · ".join(ways))),) if ways else ()
    return Reply(message.text, (*message.blocks, *told), shows=view.case.name)


async def proof(room: Room, asked: Asked) -> Reply:
    """Whether every hash fits, and the whole chain as a file for the asker."""
    file = asked.words[-1].casefold() == "file"
    try:
        case = parse_exception_name(asked.words[1] if len(asked.words) > 1 else "")
    except ValueError:
        return Reply(t.PROOF_WHICH)
    entries = await room.inbox.history(case, 0)
    if not entries:
        return Reply(t.GONE.format(name=fmt.code(asked.words[1])))
    name, problems = asked.words[1].upper(), verify_chain(entries)
    if file:
        await send_proof(room, asked.actor.user, name, export_json(entries))
        return Reply(t.PROOF_SENT.format(name=name))
    count, last = fmt.counted(len(entries), t.ENTRIES), entries[-1].hash[:8]
    shape = t.PROOF_BROKEN if problems else t.PROOF_FITS
    told = [
        t.PROOF_STORY.format(head=t.PROOF_HEADS[head], text=fmt.sentence(said, 600))
        for head, said in story(recovery(entries))
    ]
    text = shape.format(name=name, entries=count, hash=last, problem=fmt.sentence("; ".join(problems[:3]), 400))
    text = "\n".join([text, *told])
    button = b.button("inventory.proof", t.PROOF_FILE, f"proof {name} file", label=f"{t.PROOF_FILE}: {name}")
    return Reply(text, (b.section("inventory.proof", text, button),))
