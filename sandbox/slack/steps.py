"""A workflow reaches a step of the app's.

Source: docs.slack.dev, event `function_executed`.
"""

from __future__ import annotations

import secrets

from sandbox.slack.api.functions import checked
from sandbox.slack.errors import CannotDoError
from sandbox.slack.model import Execution, Json
from sandbox.slack.state import State


def run_step(state: State, callback_id: str, inputs: Json) -> Execution:
    """Tell the app, with a token for this execution alone; the execution, which the app ends."""
    wanted = state.functions.get(callback_id)
    if wanted is None:
        raise CannotDoError(f"the app has no step {callback_id!r}; there is {', '.join(state.functions) or 'none'}")
    faults = checked(inputs, wanted["input_parameters"])
    if faults:
        raise CannotDoError("; ".join(faults))
    execution = Execution(state.new_id("Fx"), callback_id)
    state.executions[execution.id] = execution
    token = f"xwfp-{secrets.token_hex(16)}"
    state.step_tokens.add(token)
    about: Json = {"id": state.new_id("Fn"), "app_id": state.app_id, "callback_id": callback_id, "type": "app"}
    state.on_event(
        {
            "type": "function_executed",
            "function": about | wanted,
            "inputs": inputs,
            "function_execution_id": execution.id,
            "workflow_execution_id": state.new_id("Wx"),
            "bot_access_token": token,
        }
    )
    return execution
