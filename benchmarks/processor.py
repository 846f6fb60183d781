"""Processor time of processes, where Linux tells."""

from __future__ import annotations

import os
from pathlib import Path

USER, SYSTEM, ENDED_CHILDRENS_USER, ENDED_CHILDRENS_SYSTEM = 11, 12, 13, 14
"""The places of these, in ticks, among what proc(5) says of a process after its name."""


def processor_seconds(process: int) -> float:
    """Return the seconds of processor time that a process and all its children took, those that ended too."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # a child that ended a moment ago
        return 0.0
    places = (USER, SYSTEM, ENDED_CHILDRENS_USER, ENDED_CHILDRENS_SYSTEM)
    own = sum(int(fields[place]) for place in places) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(each)) for each in children)
