"""functions.*: how an app ends a workflow's step.

Source: docs.slack.dev, methods `functions.completeSuccess` and `functions.completeError`, event `function_executed`.
"""

from __future__ import annotations

from sandbox.slack.api.args import Args
from sandbox.slack.api.desk import Desk, method
from sandbox.slack.errors import ApiError
from sandbox.slack.model import Execution, Json

KINDS: dict[str, type] = {"string": str, "slack#/types/user_id": str, "integer": int, "boolean": bool}


def _running(desk: Desk, args: Args) -> Execution:
    found = desk.state.executions.get(args.required("function_execution_id"))
    if found is None:
        raise ApiError("function_execution_not_found")
    if found.status != "running":
        raise ApiError("execution_not_in_running_state")
    return found


@method("functions.completeSuccess", tier=3)
async def complete_success(desk: Desk, args: Args) -> Json:
    """The step is done; its outputs must fit what the manifest says of them."""
    execution = _running(desk, args)
    outputs = args.json("outputs")
    wanted = desk.state.functions[execution.callback_id]["output_parameters"]
    faults = checked(outputs, wanted)
    if faults:
        raise ApiError("parameter_validation_failed", *faults)
    execution.status, execution.outputs = "completed", dict(outputs) if isinstance(outputs, dict) else {}
    desk.state.changed()
    return {}


@method("functions.completeError", tier=3)
async def complete_error(desk: Desk, args: Args) -> Json:
    """The step failed; the error is shown to whoever looks after the workflow."""
    execution = _running(desk, args)
    execution.status, execution.error = "failed", args.required("error")
    desk.state.changed()
    return {}


def checked(values: object, wanted: Json) -> list[str]:
    """What is wrong with parameters, by their definition in the manifest."""
    if not isinstance(values, dict):
        return ["[ERROR] must be an object"]
    known: Json = wanted["properties"]
    faults = [f"[ERROR] missing required field: {name}" for name in wanted.get("required", ()) if name not in values]
    faults += [f"[ERROR] unknown field: {name}" for name in values if name not in known]
    return faults + [
        f"[ERROR] {name} must be a {known[name]['type']}"
        for name, value in values.items()
        if name in known and not isinstance(value, KINDS[known[name]["type"]])
    ]
