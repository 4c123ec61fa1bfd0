"""What a person does in the workspace. The page and the tests call the same methods."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import structlog

from sandbox.slack import payloads
from sandbox.slack.api.front import add_response, response_content
from sandbox.slack.api.views import checked_view, replace_view, stack_view
from sandbox.slack.delivery import Delivery
from sandbox.slack.errors import ApiError, AppDidNotRespondError, CannotDoError
from sandbox.slack.groups import group_of, set_members
from sandbox.slack.inputs import first_values, missing, state_value, stateful_elements
from sandbox.slack.links import tell_links
from sandbox.slack.model import (
    SLACKBOT,
    Channel,
    ChannelKind,
    ComposedLinks,
    Execution,
    Json,
    Member,
    Message,
    ResponseUrl,
    View,
)
from sandbox.slack.state import State
from sandbox.slack.steps import run_step
from sandbox.slack.typed import as_sent
from sandbox.slack.wire import view_json

log = structlog.get_logger(__name__)

MESSAGE_EVENTS = {
    ChannelKind.PUBLIC: ("message.channels", "channel"),
    ChannelKind.PRIVATE: ("message.groups", "group"),
    ChannelKind.DIRECT: ("message.im", "im"),
}
"""Kind of conversation -> the subscription for what is said there, and the event's `channel_type`."""


class Outcome(StrEnum):
    """What became of a modal after its submission."""

    CLOSED = "closed"
    CLEARED = "cleared"
    ERRORS = "errors"
    UPDATED = "updated"
    PUSHED = "pushed"


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a submission: `errors` by block_id, from Slack's own checks or from the app."""

    outcome: Outcome
    errors: dict[str, str]
    view: View | None


@dataclass(slots=True)
class Person:
    """One person at their desk. Methods raise CannotDoError for what the page would not offer, and
    AppDidNotRespondError when the app does not acknowledge within Slack's three seconds."""

    state: State
    delivery: Delivery
    member: Member
    commands: frozenset[str]

    @property
    def id(self) -> str:
        """The user id."""
        return self.member.id

    @property
    def name(self) -> str:
        """The name that others see."""
        return self.member.name

    # -- reading

    def channels(self) -> list[Channel]:
        """The conversations this person sees: their own, and public ones unless they are a guest."""
        return [c for c in self.state.channels.values() if self.sees(c)]

    def sees(self, channel: Channel) -> bool:
        """Whether this person may read a conversation."""
        if self.id in channel.members:
            return True
        return channel.kind is ChannelKind.PUBLIC and not self.member.is_restricted

    def channel(self, name: str) -> Channel:
        """A conversation this person sees, by name or id."""
        channel = self.state.channel(name)
        if not self.sees(channel):
            raise CannotDoError(f"{self.name} is not in #{channel.name}")
        return channel

    def message(self, channel: str, ts: str) -> Message:
        """A message this person sees, ephemeral ones of their own among them."""
        found = self.state.find_message(self.channel(channel), ts, self.id)
        if found is None:
            raise CannotDoError(f"there is no message {ts} in {channel} for {self.name}")
        return found

    def open_view(self) -> View | None:
        """The modal in front of this person, if there is one."""
        stack = self.state.stack(self.id)
        return stack[-1] if stack else None

    def home(self) -> View | None:
        """The Home tab as the app last published it."""
        return self.state.homes.get(self.id)

    def view(self, view_id: str | None = None) -> View:
        """A view of this person by id; without one, the modal in front."""
        found = self.open_view() if view_id is None else self.state.views.get(view_id)
        home = self.home()
        if home is not None and home.id == view_id:
            return home
        if found is None or found.owner_id != self.id:
            raise CannotDoError(f"{self.name} has no such view open")
        return found

    # -- writing

    async def say(self, channel: str, text: str, thread_ts: str | None = None, *, broadcast: bool = False) -> Message:
        """Post as this person; `@name` and `#channel` become mentions."""
        where = self.channel(channel)
        if self.id not in where.members:
            raise CannotDoError(f"{self.name} reads #{where.name} but has not joined it")
        if where.archived:
            raise CannotDoError(f"#{where.name} is archived")
        if thread_ts is not None and thread_ts not in where.messages:
            raise CannotDoError(f"there is no thread {thread_ts} in #{where.name}")
        message = self.state.add_message(
            Message(
                self.state.new_ts(),
                where.id,
                self.id,
                as_sent(self.state, text, self.sees, command=False),
                thread_ts=thread_ts,
                broadcast=broadcast and thread_ts is not None,
            )
        )
        self._tell_said(where, message)
        return message

    def compose(self, channel: str, text: str) -> ComposedLinks | None:
        """Write without posting; the links of the app's domains in it, of which the app hears already now."""
        return tell_links(self.state, self.id, self.channel(channel), text, None)

    def run_step(self, callback_id: str, inputs: Json) -> Execution:
        """Start a workflow of which this step of the app's is next."""
        return run_step(self.state, callback_id, inputs)

    def _tell_said(self, channel: Channel, message: Message) -> None:
        tell_links(self.state, self.id, channel, message.text, message)
        if self.state.bot.id not in channel.members:
            return
        event: Json = {
            "channel": channel.id,
            "user": self.id,
            "text": message.text,
            "ts": message.ts,
            "team": self.state.team_id,
        }
        if message.is_reply:
            event["thread_ts"] = message.thread_ts
        if f"<@{self.state.bot.id}>" in message.text:
            self.state.on_event({"type": "app_mention", **event})
        subscription, channel_type = MESSAGE_EVENTS[channel.kind]
        if subscription in self.delivery.events:
            self.delivery.emit({"type": "message", "channel_type": channel_type, **event}, subscribed=True)

    async def command(self, channel: str, command: str, text: str = "") -> Message | None:
        """Send a slash command; the answer that came with the acknowledgement, if any."""
        where = self.channel(channel)
        if command not in self.commands:
            raise CannotDoError(f"{command} is not a valid command; there is {', '.join(self.commands)}")
        entry = ResponseUrl(self.id, where.id, self.state.clock())
        url = payloads.response_url(self.state, entry)
        words = as_sent(self.state, text, self.sees, command=True)
        payload = payloads.slash_command(self.state, self.member, where, command, words, url, self._token)
        try:
            answer = await self.delivery.command(payload)
            if not answer:
                return None
            shown, blocks = response_content(self.state, answer)
        except AppDidNotRespondError:
            self._slackbot(where, f"{command} failed because the app did not respond")
            raise
        except ApiError as error:
            self._slackbot(where, f"{command} failed with the error “{error.code}”")
            raise
        return add_response(self.state, entry, answer, shown, blocks)

    def _slackbot(self, channel: Channel, text: str) -> None:
        ts = self.state.new_ts()
        self.state.add_message(Message(ts, channel.id, SLACKBOT, text, only_for=self.id))

    def join(self, channel: str) -> None:
        """Enter a public channel."""
        where = self.channel(channel)
        if where.kind is not ChannelKind.PUBLIC or where.archived:
            raise CannotDoError(f"#{where.name} cannot be joined")
        if self.id in where.members:
            return
        where.members.add(self.id)
        self.state.changed()
        event = {"user": self.id, "channel": where.id, "channel_type": "C", "team": self.state.team_id}
        self.state.on_event({"type": "member_joined_channel", **event})

    def enter_group(self, handle: str, *, inside: bool) -> None:
        """Come into a user group, or leave it, as far as a workspace lets people do that themselves."""
        group = group_of(self.state, handle)
        others = [one for one in group.members if one != self.id]
        set_members(self.state, group, [*others, self.id] if inside else others)

    def mark_read(self, channel: str, ts: str) -> None:
        """Remember that everything up to this message was seen."""
        key = (self.id, self.channel(channel).id)
        if ts > self.state.last_read.get(key, ""):
            self.state.last_read[key] = ts
            self.state.changed()

    def dismiss(self, channel: str, ts: str) -> None:
        """Put away a message that only this person sees."""
        message = self.message(channel, ts)
        if message.only_for != self.id:
            raise CannotDoError("others see this message, too")
        self.state.remove_message(message)

    # -- acting on messages and views

    async def click(
        self,
        channel: str,
        message_ts: str,
        action_id: str,
        value: object = None,
        *,
        block_id: str | None = None,
        values: Json | None = None,
    ) -> None:
        """Press or choose something in a message.

        `value` is an option's value, a person, a date, by what the element takes; for several buttons with one
        action_id it is the wanted button's own value. `values` is what else was typed in the message.
        """
        message = self.message(channel, message_ts)
        found = payloads.find_element(message.blocks, action_id, block_id, value)
        held = first_values(message.blocks, message.values.get(self.id))
        message.values[self.id] = held
        self._put(held, message.blocks, values)
        self._choose(held, found, value)
        payload = payloads.message_action(self.state, self.member, message, found, value, self._token)
        await self.delivery.interaction(payload)

    async def click_view(
        self,
        action_id: str,
        value: object = None,
        *,
        view_id: str | None = None,
        block_id: str | None = None,
        values: Json | None = None,
    ) -> None:
        """Press or choose something in the modal in front, or in the view named."""
        view = self.view(view_id)
        found = payloads.find_element(view.content["blocks"], action_id, block_id, value)
        self._put(view.values, view.content["blocks"], values)
        self._choose(view.values, found, value)
        payload = payloads.view_action(self.state, self.member, view, found, value, self._token)
        await self.delivery.interaction(payload)

    async def click_home(self, action_id: str, value: object = None, *, block_id: str | None = None) -> None:
        """Press something on the Home tab."""
        home = self.home()
        if home is None:
            raise CannotDoError(f"the app has not published a Home tab for {self.name}: open it first")
        await self.click_view(action_id, value, view_id=home.id, block_id=block_id)

    def _choose(self, held: dict[str, Json], found: payloads.Found, value: object) -> None:
        """Keep what an input holds after it was acted on."""
        block_id, action_id = found.block["block_id"], found.element["action_id"]
        if action_id in held.get(block_id, {}):
            held[block_id][action_id] = state_value(self.state, found.element, value)

    def _put(self, held: dict[str, Json], blocks: list[Json], values: Json | None) -> None:
        """Type values into inputs: by block_id, plain or by action_id."""
        if not values:
            return
        inputs = {(b["block_id"], e["action_id"]): e for b, e in stateful_elements(blocks)}
        for block_id, given in values.items():
            here = {a: e for (b, a), e in inputs.items() if b == block_id}
            if not here:
                known = ", ".join(sorted({b for b, _ in inputs}))
                raise CannotDoError(f"there is no input {block_id!r}; the inputs are: {known or 'none'}")
            by_action = given if isinstance(given, dict) and set(given) <= set(here) else None
            if by_action is None and len(here) > 1:
                raise CannotDoError(f"{block_id!r} has several inputs, name one of: {', '.join(here)}")
            for action_id, value in (by_action or dict.fromkeys(here, given)).items():
                before = held[block_id][action_id]
                held[block_id][action_id] = state_value(self.state, here[action_id], value, before)

    # -- modals

    async def submit_view(self, values: Json | None = None, view_id: str | None = None) -> Submission:
        """Fill the modal in front (or the one named) and press its submit button.

        `values` is block_id -> value (option value, text, person, date) or block_id -> action_id -> value.
        """
        view = self.view(view_id)
        if view.type != "modal" or view.content.get("submit") is None:
            raise CannotDoError("this view has no submit button")
        self._put(view.values, view.content["blocks"], values)
        before = (view.errors, view.trouble)
        view.errors, view.trouble = missing(view.content["blocks"], view.values), ""
        if before != (view.errors, view.trouble):
            self.state.touch(view)
        if view.errors:
            return Submission(Outcome.ERRORS, dict(view.errors), view)
        payload = payloads.view_submission(self.state, self.member, view, self._token)
        try:
            answer = await self.delivery.interaction(payload, answers=True)
            return self._answered(view, answer or {})
        except (AppDidNotRespondError, ApiError):
            view.trouble = "We had some trouble connecting. Try again?"
            self.state.touch(view)
            raise

    def _answered(self, view: View, answer: Json) -> Submission:
        """Do what the acknowledgement of a submission says."""
        action = answer.get("response_action")
        if view.id not in self.state.views:
            return Submission(Outcome.CLOSED, {}, self.open_view())
        if action == "errors":
            return self._field_errors(view, answer.get("errors"))
        if action == "update":
            replace_view(self.state, view, checked_view(answer.get("view"), "modal"))
            return Submission(Outcome.UPDATED, {}, view)
        if action == "push":
            pushed = stack_view(self.state, self.id, checked_view(answer.get("view"), "modal"))
            return Submission(Outcome.PUSHED, {}, pushed)
        if action == "clear":
            self.state.drop_modals(self.id)
            return Submission(Outcome.CLEARED, {}, None)
        if action is not None:
            raise ApiError("invalid_response_action", f"unknown response_action {action!r}")
        self.state.pop_modal(self.id)
        return Submission(Outcome.CLOSED, {}, self.open_view())

    def _field_errors(self, view: View, errors: object) -> Submission:
        known = {b["block_id"] for b in view.content["blocks"] if b["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= known:
            raise ApiError("invalid_errors", f"errors must name input blocks of the view, got {errors!r}")
        view.errors = {block_id: str(text) for block_id, text in errors.items()}
        self.state.touch(view)
        return Submission(Outcome.ERRORS, dict(view.errors), view)

    async def close_view(self, view_id: str | None = None, *, all_of_them: bool = False) -> None:
        """Close the modal in front, or all of them; the app hears of it when it asked to."""
        view = self.view(view_id)
        all_of_them = all_of_them or bool(view.content.get("clear_on_close"))
        closing = self.state.stack(self.id) if all_of_them else [view]
        for one in reversed(closing):
            if one.content.get("notify_on_close"):
                payload = payloads.view_closed(self.state, self.member, one, self._token, cleared=all_of_them)
                self.delivery.in_background(self._unanswered(payload))
        if all_of_them:
            self.state.drop_modals(self.id)
        else:
            self.state.pop_modal(self.id)

    async def _unanswered(self, payload: Json) -> None:
        try:
            await self.delivery.interaction(payload)
        except AppDidNotRespondError as error:
            log.info("interaction_not_acknowledged", type=payload["type"], why=str(error))

    async def suggest(
        self, action_id: str, typed: str, *, block_id: str | None = None, view_id: str | None = None
    ) -> list[Json]:
        """The options an external select offers for what was typed."""
        view = self.view(view_id)
        found = payloads.find_element(view.content["blocks"], action_id, block_id, None)
        payload = payloads.suggestion(self.state, self.member, view, found, typed, self._token)
        answer = await self.delivery.interaction(payload, answers=True) or {}
        options: list[Json] = list(answer.get("options", ()))
        found.element["options"] = options
        return options

    # -- the rest of the app's doors

    async def open_home(self) -> None:
        """Look at the app's Home tab; the app hears of it and may publish a newer one."""
        channel = self.direct()
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": channel.id, "tab": "home"}
        home = self.home()
        if home is not None:
            event["view"] = view_json(self.state, home)
        self.state.on_event(event)

    def direct(self) -> Channel:
        """The direct messages with the app."""
        return self.state.direct_channel({self.id, self.state.bot.id})

    async def shortcut(self, callback_id: str) -> None:
        """Use a global shortcut."""
        await self.delivery.interaction(payloads.shortcut(self.state, self.member, callback_id, self._token))

    async def message_shortcut(self, channel: str, ts: str, callback_id: str) -> None:
        """Use a shortcut on a message."""
        message = self.message(channel, ts)
        await self.delivery.interaction(
            payloads.message_shortcut(self.state, self.member, message, callback_id, self._token)
        )

    @property
    def _token(self) -> str:
        return self.delivery.verification_token
