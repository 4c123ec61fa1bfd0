"""The acts that a card offers, by state: one green button, at most three, and the rest behind ⋮ (inbox-design 2.3)."""

from __future__ import annotations

from bot.slack import blocks as b
from bot.slack import format as fmt
from bot.slack import texts as t
from bot.slack.cards.faces import face_of
from bot.slack.cards.state import CardState, failed_act, own_listing, state_of, subject
from sync.actions.counting_anyway import offered
from sync.actions.feeds import asked_for_feed
from sync.actions.freeing import to_free
from sync.actions.holds import to_hold, waiting_for_hand
from sync.actions.publishing import hidden_line
from sync.actions.reasons import asked_for_reason, reason_of, set_by_hand
from sync.actions.resending import resent, suppressed_line
from sync.actions.speaking import in_force
from sync.exceptions.spoken import is_silence
from sync.inbox.choosing import codes_of
from sync.inbox.view import CaseView
from sync.model.exceptions import WORDS, ActionKind, ActionState, Case, ExceptionClass

AT_ONCE = frozenset(
    {
        "take",
        "giveback",
        "retry",
        "wake",
        "byhand",
        "undo",
        "withdraw",
        "cancelcount",
        "remind",
        "help",
        "stillonit",
        "agree",
        "disagree",
    }
)
"""Acts of one click; all others open a modal with a preview first."""
SHOWN = frozenset({"picture", "proof", "more", "skus"})
"""Not acts: they only show."""
OF_PROOF = frozenset({"export", "verify"})
"""What can be done with a proof; no acts on the exception."""
CAUSE_FROM = 3
"""From this time on the card of what comes back asks for its cause."""
MOST_BEHIND = 5
"""Slack's limit of an overflow; what does not fit stands in a modal behind its last entry."""


def value_of(view: CaseView) -> str:
    """A button's value: the exception and the version that the person saw. A hint, never a permission."""
    return f"{view.case.name}:{view.case.version}"


def action_id(surface: str, act: str) -> str:
    """Names that route (inbox-design 13)."""
    if act in OF_PROOF:
        return f"proof.{act}"
    if act in AT_ONCE:
        return f"{surface}.{act}"
    return f"{surface}.{act}.show" if act in SHOWN else f"{surface}.{act}.open"


def act_button(view: CaseView, act: str, *, surface: str = "card", primary: bool = False) -> b.Block:
    """One button of an act."""
    button = _button_text(view, act)
    words = {"button": button, "system": fmt.plain(view.system_name, 30), "name": view.case.name}
    room = 75 - len(t.BUTTON_LABEL[act].format(sku="", **words))
    words["sku"] = fmt.cut_middle(subject(view), max(8, room))
    return b.button(
        action_id(surface, act),
        button,
        value_of(view),
        label=t.BUTTON_LABEL[act].format(**words),
        primary=primary,
    )


def action_blocks(view: CaseView, state: CardState, block_id: str) -> b.Block:
    """The card's row of buttons."""
    shown = buttons_for(view, state)
    elements = [act_button(view, act, primary=index == 0) for index, act in enumerate(shown)]
    more = others(view)
    more = more if len(more) <= MOST_BEHIND else [*more[: MOST_BEHIND - 1], "more"]
    if len(more) > 1:
        elements.append(
            b.overflow("card.more", [b.Option(_more_text(view, act), f"{act}:{value_of(view)}") for act in more])
        )
    elif more and len(elements) < 3:
        elements.append(act_button(view, more[0], primary=not elements))
    return b.actions(block_id, elements)


def _more_text(view: CaseView, act: str) -> str:
    text = _button_text(view, act)
    return text if act in AT_ONCE or act in ("picture", "proof", "skus") else f"{text}…"


def _button_text(view: CaseView, act: str) -> str:
    """The words on a button; the number that it would publish is among them."""
    if act != "publish":
        return t.BUTTON[act]
    line = hidden_line(view)
    units = line.may_show if line is not None else None
    return t.BUTTON[act].format(units=t.NOT_KNOWN if units is None else fmt.number(units))


def buttons_for(view: CaseView, state: CardState) -> list[str]:
    """The acts in sight, the safest useful next step first; at most three."""
    match state:
        case CardState.SENDING:
            return []
        case CardState.APPROVAL:
            return ["decide", "withdraw"]
        case CardState.COUNTING:
            return ["entercount", *_stop_or_resume(view)]
        case CardState.READY:
            return ["resume", "count"]
        case CardState.PAUSED:
            return [*(["count"] if can_count(view) else []), "resume"]
        case CardState.FIXED:
            return ["endoverride"]
        case CardState.ZEROED | CardState.VOUCHED:
            return [*[act for act in _first_steps(view) if act not in ("note", "close")][:2], "bypolicy"]
        case CardState.CAPPED:
            if view.agrees:
                return ["uncap", *(["count"] if can_count(view) else [])]
            return [*(["count"] if can_count(view) else []), "uncap"]
        case CardState.HELD:
            if waiting_for_hand(view.case):
                return ["byhand", "release"]
            return [*(["pause"] if can_pause(view) else []), *(["count"] if can_count(view) else []), "release"]
        case CardState.FAILED:
            return _after_failure(view)
        case CardState.READING:
            return []
        case CardState.SNOOZED:
            return ["wake", *(["pause"] if can_pause(view) else [])]
        case _:
            return _first_steps(view)


def _after_failure(view: CaseView) -> list[str]:
    """The next weaker stop, where the failed one leaves customers a number too high; without one somebody is asked for help."""
    failed = failed_act(view)
    if failed is not None and failed.kind is ActionKind.FILE:
        return [*(["countfile"] if offered(view) else []), "note", "help"]
    stops = failed is not None and failed.kind is ActionKind.PAUSE
    if stops and can_cap(view):
        return ["zero", "retry", "help"]
    return ["help", "retry"] if stops else ["retry", *(["count"] if can_count(view) else []), "help"]


def undo_of(kind: str, view: CaseView) -> b.Block | None:
    """What takes back an act of this kind with one click, for the private receipt of whoever did it; None: nothing does."""
    case = view.case
    kinds = {
        "pause": ActionKind.PAUSE,
        "cap": ActionKind.CAP,
        "count": ActionKind.COUNT,
        "correct": ActionKind.CORRECTION,
        "free": ActionKind.FREE,
        "nothing": ActionKind.NOTHING,
        "vouch": ActionKind.VOUCH,
        "countfile": ActionKind.FILE,
    }
    act = case.standing(kinds[kind]) if kind in kinds else None
    undo = {"pause": "undo", "cap": "undo", "count": "cancelcount", "correct": "withdraw", "snooze": "wake"}.get(kind)
    if kind in ("free", "nothing", "vouch") and act is not None:
        undo = "withdraw" if act.state is ActionState.ASKED else "undo"
    if kind == "countfile" and act is not None and act.state is ActionState.ASKED:
        undo = "withdraw"
    gone = kind in kinds and (act is None or (kind == "correct" and act.state is not ActionState.ASKED))
    return None if undo is None or gone or case.life.ended else act_button(view, undo)


def _first_steps(view: CaseView) -> list[str]:
    if view.case.lacks:
        return ["cause" if view.case.lacks == "cause" else "note"]
    if view.shadow and face_of(view).stops(view):
        return ["agree", "disagree", *_take(view)]
    return _with_cause(view, _own_steps(view) or _usual_steps(view))[:3]


def _own_steps(view: CaseView) -> list[str]:
    """A class's own first steps that can be taken now; what was asked for already is not asked for first again."""
    case, first = view.case, ""
    if asked_for_feed(case) is not None:
        first = "skus"
    elif set_by_hand(case):
        first = "count" if reason_of(case) is not None else "givereason" if asked_for_reason(case) is not None else ""
    steps = [first, *(one for one in face_of(view).steps if one != "askreason")] if first else face_of(view).steps
    return [act for act in dict.fromkeys(steps) if _possible(view, act)]


def _with_cause(view: CaseView, acts: list[str]) -> list[str]:
    """What comes back for the third time is not mended by the same act: its cause is asked for beside it."""
    again = view.case.reopenings > 0 and view.case.recurrences >= CAUSE_FROM and not view.case.root_cause
    return [*acts[:1], "cause", *acts[1:]] if again else acts


def _usual_steps(view: CaseView) -> list[str]:
    acts = []
    if can_pause(view):
        acts.append("pause")
    if view.case.fingerprint.cls is ExceptionClass.FAILED_UPDATE and view.case.fingerprint.sku is not None:
        acts.append("retry")
    elif can_count(view):
        acts.append("count")
    acts += _take(view)
    return acts or ["note", "close"]


def _possible(view: CaseView, act: str) -> bool:
    """Whether one of a class's own first steps can be taken now."""
    match act:
        case "pause":
            return can_pause(view)
        case "count":
            return can_count(view)
        case "correct":
            return can_correct(view)
        case "hold":
            return bool(to_hold(view))
        case "free":
            return bool(to_free(view)) and view.case.standing(ActionKind.FREE) is None
        case "countfile":
            return offered(view)
        case "choose":
            return bool(codes_of(view.case))
        case "keep":
            line = own_listing(view)
            return view.case.newest(ActionKind.OVERRIDE) is None and line is not None and line.writable
        case "senddata":
            line, before = suppressed_line(view), resent(view.case)
            under_way = before is not None and before.state in (ActionState.WANTED, ActionState.DONE)
            return line is not None and not line.shadow and view.frozen is None and not under_way
        case "askreason":
            return set_by_hand(view.case) and reason_of(view.case) is None
        case "givereason":
            return set_by_hand(view.case)
        case "publish":
            standing = view.case.standing(ActionKind.PUBLISH)
            waits = standing is not None and standing.state is ActionState.WANTED
            return hidden_line(view) is not None and view.frozen is None and not waits
        case "askfeed" | "skus":
            return view.feed is not None
        case "take":
            return view.case.owner is None
        case _:
            return view.sku is not None


def _take(view: CaseView) -> list[str]:
    return ["take"] if view.case.owner is None else []


def _stop_or_resume(view: CaseView) -> list[str]:
    if view.case.standing(ActionKind.PAUSE) is not None:
        return ["resume"]
    return ["pause"] if can_pause(view) else []


def can_pause(view: CaseView) -> bool:
    """Taking the listing off sale is possible and helps."""
    line = own_listing(view)
    return (
        line is not None and line.can_pause and not line.shadow and not line.paused_by_us and face_of(view).stops(view)
    )


def can_count(view: CaseView) -> bool:
    """There is a place where somebody can count, and no count is asked for yet."""
    count = view.case.standing(ActionKind.COUNT)
    asked = count is not None and count.state is ActionState.WANTED
    return view.sku is not None and bool(view.sku.positions) and not asked


def can_correct(view: CaseView) -> bool:
    """Some system states a number, and no correction is under way."""
    correction = view.case.standing(ActionKind.CORRECTION)
    under_way = correction is not None and correction.state in (ActionState.ASKED, ActionState.WANTED)
    stated = any(
        line.on_hand is not None or line.available is not None for line in (view.sku.positions if view.sku else ())
    )
    return stated and not under_way


def can_cap(view: CaseView) -> bool:
    """Some listing's quantity is ours to lower, and it shows anything."""
    lines = view.sku.listings if view.sku else ()
    return any(line.writable and not line.paused_by_us and line.capped is None and line.shows for line in lines)


def others(view: CaseView) -> list[str]:
    """What else can be done or seen beside the buttons in sight, the likeliest first."""
    case, shown = view.case, buttons_for(view, state_of(view))
    sleeping = case.snoozed_until is not None
    count = case.standing(ActionKind.COUNT)
    counted = count is not None and count.state is ActionState.WANTED
    said = in_force(case)
    wanted = [
        ("remind", counted),
        ("cancelcount", counted),
        ("correct", can_correct(view)),
        ("resume", case.standing(ActionKind.PAUSE) is not None),
        ("uncap", case.standing(ActionKind.CAP) is not None),
        ("byhand", bool(waiting_for_hand(case))),
        ("release", case.standing(ActionKind.HOLD) is not None),
        ("endoverride", case.standing(ActionKind.OVERRIDE) is not None),
        ("bypolicy", said is not None),
        ("nothing", is_silence(case) and (said is None or said.kind is not ActionKind.NOTHING)),
        ("vouch", is_silence(case) and not _asked_to_vouch(case)),
        ("countfile", offered(view)),
        ("giveback", case.owner is not None),
        ("handover", True),
        ("wake", sleeping),
        ("snooze", not sleeping and not case.ready),
        ("close", not case.stopped and not any(case.standing(kind) for kind in (ActionKind.OVERRIDE, *WORDS))),
        ("cap", can_cap(view)),
        ("hold", bool(to_hold(view))),
        ("choose", _possible(view, "choose")),
        ("free", _possible(view, "free")),
        ("keep", _possible(view, "keep") and view.case.fingerprint.cls is ExceptionClass.MANUAL_OVERRIDE),
        ("askfeed", _possible(view, "askfeed")),
        ("skus", _possible(view, "skus")),
        ("senddata", _possible(view, "senddata")),
        ("askreason", _possible(view, "askreason")),
        ("givereason", _possible(view, "givereason")),
        ("publish", _possible(view, "publish")),
        ("override", any(line.writable for line in (view.sku.listings if view.sku else ()))),
        ("note", True),
        ("sendback", case.home is not None),
        ("finance", view.finance is not None),
        ("vendor", view.vendor is not None),
        ("help", case.climb("help") is None),
        ("picture", view.sku is not None),
    ]
    return [act for act, offered in wanted if offered and act not in shown]


def _asked_to_vouch(case: Case) -> bool:
    vouch = case.standing(ActionKind.VOUCH)
    return vouch is not None and vouch.state is ActionState.ASKED
