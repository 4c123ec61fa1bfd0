"""The picture of one SKU: what each channel shows and should, which system counts what, who holds units, and why."""

from __future__ import annotations

from datetime import datetime

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.blocks import Block
from bot.slack.cards.state import shows
from sync.inbox.view import HeldLine, ListingLine, PositionLine, SkuView
from sync.model.money import Converted, Money

MOST_ROWS = 12


def picture_blocks(view: SkuView, now: datetime, prefix: str) -> list[Block]:
    """Blocks for a private answer or a modal: fixed-width tables, each with the same content in sentences beside it."""
    title = fmt.mrkdwn(view.sku.title, 60) if view.sku.title else t.SKU_NO_TITLE
    head = t.SKU_HEAD.format(sku=fmt.mrkdwn(fmt.sku_code(view.sku.id), 60), title=title)
    blocks = [b.section(f"{prefix}.head", "\n".join([head, *_arithmetic(view)]))]
    if view.listings:
        blocks.append(b.preformatted(f"{prefix}.channels", _channels(view)))
        steps = [line for one in view.listings[:MOST_ROWS] if (line := _steps(one, now))]
        if steps:
            blocks.append(b.section(f"{prefix}.steps", "\n".join(steps)))
    if view.positions:
        blocks.append(b.preformatted(f"{prefix}.places", _places(view, now)))
    blocks.append(b.section(f"{prefix}.rest", "\n".join(_rest(view, now))))
    return blocks


def picture_text(view: SkuView) -> str:
    """The same in one line, for notifications and screen readers."""
    told = "; ".join(
        t.SKU_SHOWS_CAN.format(system=line.system_name, shows=shows(line), can=_can(line)) for line in view.listings[:3]
    )
    return fmt.sentence(f"{view.sku.id}: {told or t.SKU_NO_LISTING}", 1_000)


def _arithmetic(view: SkuView) -> list[str]:
    names = {line.listing: line.system_name for line in view.listings}
    if not view.listings:
        return [t.SKU_NO_LISTING]
    if not view.positions:
        known = fmt.listed([fmt.mrkdwn(name, 40) for name in dict.fromkeys(names.values())])
        return [t.SKU_KNOWN_FROM.format(sku=fmt.mrkdwn(fmt.sku_code(view.sku.id), 60), systems=known) + t.SKU_NO_COUNT]
    told: dict[tuple[str, ...], list[str]] = {}
    for listing, lines in view.arithmetic:
        told.setdefault(lines, []).append(names.get(listing, listing))
    return [
        t.SKU_CAN_SELL.format(system=fmt.mrkdwn(fmt.listed(systems), 80), lines=fmt.sentence("; ".join(lines), 400))
        for lines, systems in list(told.items())[:4]
    ]


def _can(line: ListingLine) -> str:
    return t.NOT_KNOWN if line.can_sell is None else fmt.number(line.can_sell)


def _should(line: ListingLine) -> str:
    """What customers should see there: nothing while a pause of ours stands."""
    return "0" if line.paused_by_us else _can(line)


def _state(view: SkuView, line: ListingLine) -> str:
    case = next((one.name for one in view.cases if one.fingerprint.listing == line.listing), "")
    if line.paused_by_us:
        state = t.SKU_STATES["paused"]
    elif line.shadow:
        state = t.SKU_STATES["shadow"]
    elif line.live is False:
        state = t.SKU_STATES["off"]
    elif line.shows is None or line.can_sell is None:
        state = t.SKU_STATES["unknown"]
    else:
        difference = line.shows - line.can_sell
        state = fmt.signed(difference) if difference else t.SKU_STATES["agrees"]
    return case or state


def _channels(view: SkuView) -> str:
    rows = [t.SKU_TABLE]
    rows += [
        (fmt.clean(line.system_name), _short(shows(line)), _short(_should(line)), _state(view, line))
        for line in view.listings[:MOST_ROWS]
    ]
    lines = [
        f"{fmt.column(a, 11)}{fmt.column(c, 6, right=True)} {fmt.column(d, 6, right=True)} {fmt.cut(e, 9)}"
        for a, c, d, e in rows
    ]
    if len(view.listings) > MOST_ROWS:
        lines.append(t.QUEUE_MORE.format(count=fmt.number(len(view.listings) - MOST_ROWS)))
    return "\n".join(lines)


def _short(text: str) -> str:
    return "?" if text == t.NOT_KNOWN else text


def _places(view: SkuView, now: datetime) -> str:
    head = t.SKU_PLACES
    lines = [f"{fmt.column(head[0], 18)}{fmt.column(head[1], 6, right=True)}  {head[2]}"]
    for line in view.positions[:MOST_ROWS]:
        number = line.on_hand if line.on_hand is not None else line.available
        name = fmt.clean(f"{'*' if line.decides else ''}{line.system_name} {line.location_name}")
        units = "?" if number is None else fmt.number(number)
        lines.append(f"{fmt.column(name, 18)}{units:>6}  {_age(line, now)}")
    return "\n".join(lines)


def _age(line: PositionLine, now: datetime) -> str:
    """How old a number is: the same for every reader, where a time of day would need their zone."""
    return fmt.span(now - line.as_of).replace(fmt.NBSP, " ") if line.as_of else "?"


def _steps(line: ListingLine, now: datetime) -> str:
    """``wanted 1 14:02 · sent 14:02 · accepted · customers see 8``."""
    if line.wanted is None and not line.paused_by_us:
        return ""
    steps = []
    if line.wanted is not None:
        at = fmt.at(line.wanted_at, now) if line.wanted_at else ""
        steps.append(t.SKU_WANTED.format(units=fmt.number(line.wanted), at=at))
    if line.sent_at:
        steps.append(t.SKU_SENT.format(at=fmt.at(line.sent_at, now)))
    if line.accepted:
        steps.append(t.SKU_ACCEPTED)
    if line.failing:
        steps.append(t.SKU_FAILING.format(why=fmt.mrkdwn(fmt.spoken(line.failing), 120)))
    if line.paused_by_us:
        steps.append(t.SKU_RESUMES.format(units=_can(line)))
    if line.read_at:
        steps.append(t.SKU_SEEN.format(shows=fmt.mrkdwn(shows(line), 40), at=fmt.at(line.read_at, now)))
    return t.SKU_CHAIN.format(system=fmt.mrkdwn(line.system_name, 40), steps=" · ".join(steps))


def _money(money: Money) -> str:
    """An amount; where it was converted, from what and by the rates of which day."""
    shown = fmt.booked(money.amount, money.currency)
    if not isinstance(money, Converted):
        return shown
    own = fmt.booked(money.own.amount, money.own.currency)
    return t.SKU_CONVERTED.format(shown=shown, own=own, day=fmt.day(money.day))


def _rest(view: SkuView, now: datetime) -> list[str]:
    sku = view.sku
    price = t.SKU_PRICE.format(price=_money(sku.price)) if sku.price else ""
    cost = t.SKU_COST.format(cost=_money(sku.unit_cost)) if sku.unit_cost else ""
    lines = [t.SKU_SELLS.format(pace=fmt.units(view.pace_7d), price=price, cost=cost)]
    buckets = [_buckets(one) for one in view.positions[:MOST_ROWS] if _buckets(one)]
    if buckets:
        lines.append(t.SKU_BUCKETS.format(buckets=fmt.listed(buckets)))
    if view.held:
        lines.append(t.SKU_HELD.format(orders=fmt.listed([_held(one, now) for one in view.held])))
    if view.caution:
        lines.append(t.SKU_CAUTION.format(units=fmt.units(view.caution)))
    if view.recent:
        facts = [f"{fmt.sentence(one.text, 120)} ({fmt.at(one.at, now)})" for one in view.recent[:3]]
        lines.append(t.SKU_RECENT.format(facts=" · ".join(facts)))
    if view.cases:
        lines.append(t.SKU_OPEN.format(cases=fmt.listed([case.name for case in view.cases])))
    return lines


def _buckets(line: PositionLine) -> str:
    """``WMS Reno: 2 quarantined, 5 on their way``: what a system states beside what can be sold."""
    amounts = {"reserved": line.reserved, "quarantined": line.quarantined, "held": line.held, "incoming": line.incoming}
    told = [t.SKU_BUCKET[name].format(units=fmt.number(units)) for name, units in amounts.items() if units]
    name = fmt.mrkdwn(f"{line.system_name} {line.location_name}", 40)
    return t.SKU_BUCKETS_ONE.format(place=name, buckets=", ".join(told)) if told else ""


def _held(one: HeldLine, now: datetime) -> str:
    age = f" ({fmt.span(now - one.placed_at)})" if one.placed_at else ""
    return t.SKU_HELD_ONE.format(order=fmt.mrkdwn(one.order, 40), units=fmt.units(one.units), age=age)
