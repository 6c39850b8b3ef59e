"""`resetapp check-config --terms`: the clauses are looked at by a rehearsal, on a copy that vanishes."""

import json
import sys
from datetime import datetime
from pathlib import Path

from resetapp.demo.stage import Stage
from resetapp.settings import load
from resetapp.terms.clause import State
from resetapp.terms.clauses import examine
from resetapp.terms.inspection import Inspection
from resetapp.terms.report import as_object, lines, write


def check_terms(config: Path, as_json: bool, target: Path | None, now: datetime) -> bool:
    """Tells every clause, writes the report when there is a `target`. False when one clause does not hold.

    Raises SettingsError.
    """
    settings = load(config)
    with Stage.opened() as stage:
        findings = examine(Inspection(settings, now, stage.rehearse))
    print(json.dumps(as_object(findings), ensure_ascii=False, indent=2) if as_json else "\n".join(lines(findings)))
    for written in write(target, findings, settings, now) if target else ():
        print(f"Written: {written}", file=sys.stderr)
    return all(found.state is not State.DOES_NOT_HOLD for found in findings)
