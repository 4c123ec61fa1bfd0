"""What a person says of an act that shadow only names: this is how trust is measured before anything is published."""

from __future__ import annotations

from dataclasses import replace

from sync.actions.applied import Applied, Setting
from sync.errors import NotPermitted
from sync.inbox.acts import Actor, Judge
from sync.inbox.view import CaseView
from sync.model.proof import Entry


def judge(view: CaseView, act: Judge, actor: Actor, setting: Setting) -> Applied:
    """Into the proof and the measures; nobody owns it by that. Of one person the newest word counts. Raises NotPermitted where
    nothing of the exception is in shadow."""
    if not view.shadow:
        raise NotPermitted(f"{view.system_name} is not in shadow any more: act on it instead.")
    would = f"pause {view.system_name}"
    figures = (("by", actor.name), ("would", would), ("system", ",".join(view.case.fingerprint.systems)))
    if act.agrees:
        entry = Entry("agreed", setting.now, actor.user, f"{actor.name} agrees: I would {would}.", figures)
        answer = "Noted: you agree."
    else:
        entry = Entry("disagreed", setting.now, actor.user, f"{actor.name} disagrees: I would {would}.", figures)
        answer = "Noted: you disagree."
    return Applied(replace(view.case, version=view.case.version + 1), (entry,), answer)
