"""What people used of the app during the shift, and all that it offers: the two must be the same.

Offered is what the running app registers (each listener of Bolt), what it sent (each button of each message, modal and Home), and
what the snapshots of its surfaces hold. Used is what went from the workspace to the app.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

import bot.slack.app
import sandbox.slack.api.front
from bot.slack.cards.buttons import AT_ONCE, action_id
from bot.slack.modals import FORMS, ROUTES
from sandbox.slack.api.front import Front
from sandbox.slack.sockets import SocketHub

GOLDEN = Path(__file__).parents[2] / "slack" / "golden"
KINDS = ("action", "view", "command", "shortcut", "function")
OLD_BUTTON = ".*"
"""What hears buttons of an older version; a shift has none."""


def plain(name: str) -> str:
    """An id without the number of the line or choice that it belongs to; an act on Home is the act of the card."""
    surface, _, rest = name.partition(".")
    act = rest.partition(".")[0]
    if surface == "home" and (act in AT_ONCE or act in FORMS or act in ROUTES):
        return f"card.{rest}"
    return re.sub(r"\.\d+$", ".N", name)


def entry(overflow: str, value: str) -> str:
    """An entry of an overflow, by the name that its act has as a button."""
    surface, act = overflow.split(".")[0], value.split(":")[0]
    return action_id(surface, act) if surface == "card" else f"{surface}.{act}.open"


def ids_in(part: Any) -> Iterator[str]:
    """Every id in blocks that a person can press or choose, entries of an overflow each by its own."""
    if isinstance(part, list):
        for one in part:
            yield from ids_in(one)
    elif isinstance(part, dict):
        if part.get("type") == "input" and not part.get("dispatch_action"):
            return
        if part.get("type") == "overflow":
            yield from (entry(part["action_id"], option["value"]) for option in part["options"])
        elif "action_id" in part and part["action_id"] != "value":
            yield plain(part["action_id"])
        for key, one in part.items():
            if key not in ("metadata", "private_metadata"):
                yield from ids_in(one)


@dataclass
class Use:
    """What was offered and what was used, by id."""

    listeners: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(kind, constraint) -> whether it heard anything."""
    offered: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Listen at the app's registry, at what the app sends, and at what the workspace sends the app."""
        patch.setattr(bot.slack.app, "AsyncApp", self._app())
        send, answer, answer_to = SocketHub.send, Front._answer, sandbox.slack.api.front.answer_to

        async def sent(hub: SocketHub, kind: str, payload: dict[str, Any], **how: Any) -> Any:
            self._heard(payload)
            given = await send(hub, kind, payload, **how)
            self.offered |= set(ids_in((given or {}).get("view", {}).get("blocks", [])))
            return given

        async def answered(front: Front, method: Any, args: Any) -> Any:
            shown = args.values.get("view") or args.values
            shown = json.loads(shown) if isinstance(shown, str) else shown
            blocks = shown.get("blocks") or []
            self.offered |= set(ids_in(json.loads(blocks) if isinstance(blocks, str) else blocks))
            return await answer(front, method, args)

        def responded(state: Any, entry: Any, body: dict[str, Any]) -> None:
            self.offered |= set(ids_in(body.get("blocks") or []))
            answer_to(state, entry, body)

        patch.setattr(SocketHub, "send", sent)
        patch.setattr(Front, "_answer", answered)
        patch.setattr(sandbox.slack.api.front, "answer_to", responded)

    def _app(self) -> type[AsyncApp]:
        """Bolt's app, noting what is registered and whether it is ever called."""
        use = self

        class Noted(AsyncApp):
            pass

        def noting(kind: str) -> Callable[..., Any]:
            register = getattr(AsyncApp, kind)

            def registered(app: AsyncApp, constraint: Any, *rest: Any, **more: Any) -> Callable[..., Any]:
                key = (kind, _told(constraint))
                use.listeners.setdefault(key, False)

                def listener(function: Any) -> Any:
                    return register(app, constraint, *rest, middleware=[heard], **more)(function)

                async def heard(next_: Any) -> Any:
                    use.listeners[key] = True
                    return await next_()

                return listener

            return registered

        for kind in KINDS:
            setattr(Noted, kind, noting(kind))
        return Noted

    def _heard(self, payload: dict[str, Any]) -> None:
        kind = payload.get("type")
        if kind == "block_actions":
            for one in payload["actions"]:
                value = (one.get("selected_option") or {}).get("value", "")
                self.pressed.add(
                    entry(one["action_id"], value) if one["type"] == "overflow" else plain(one["action_id"])
                )
        elif kind == "view_submission":
            self.sent.add(payload["view"]["callback_id"])
        elif "command" in payload:
            self.words.add((payload.get("text") or "help").split()[0].casefold())

    def unused(self, words: frozenset[str], excused: dict[str, str]) -> list[str]:
        """What was never used, each as a sentence that says what to add; and excuses that are none any more."""
        for path in GOLDEN.glob("*.json"):
            self.offered |= set(ids_in(json.loads(path.read_text(encoding="utf-8"))))
        lacking = {
            f"{kind} {told}" for (kind, told), heard in self.listeners.items() if not heard and told != OLD_BUTTON
        }
        lacking |= {f"button {one}" for one in self.offered - self.pressed}
        lacking |= {f"form {form.callback_id}" for form in FORMS.values() if form.callback_id not in self.sent}
        lacking |= {f"word {word}" for word in words - self.words}
        told = [
            f"{one}: nobody uses it in the shift; let somebody do so in tests/e2e/shift/"
            for one in lacking - set(excused)
        ]
        used = {f"button {one}" for one in self.pressed} | {f"form {one}" for one in self.sent}
        used |= {f"{kind} {told}" for (kind, told), heard in self.listeners.items() if heard}
        return sorted(told) + [f"{one}: it is used now; take its excuse away" for one in sorted(set(excused) & used)]


def _told(constraint: Any) -> str:
    if isinstance(constraint, dict):
        return " ".join(_told(one) for one in constraint.values())
    return constraint.pattern if isinstance(constraint, re.Pattern) else str(constraint)
