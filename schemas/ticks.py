"""What a tick is, for who sends it and for everybody who reads it."""

from schemas.timestamps import MINUTE_MS

KEY = b"clock"
"""Of every record that the clock broadcasts, ticks and control records: it tells them from anybody else's."""
SUBJECT = "clock"
SOURCE = "baton/clock"
"""Ticks come from the clock alone; a tick of anybody else is parked."""
BOUNDARY_MS = 5 * MINUTE_MS
"""Five minutes: the steps that always get a tick, and the only ones a rebuild accepts for the past."""
LEEWAY_MS = MINUTE_MS
"""A tick further past its append time than this comes from a clock that runs ahead; every reader refuses it."""
CUT_EVENTS = 50_000
"""What a cut holds waits in memory until its tick: so who sends events and ticks sends one as soon as so many wait, and a
rebuild accepts one off its grid where so many do."""
