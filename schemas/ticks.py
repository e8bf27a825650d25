"""What a tick is, for who sends it and for everybody who reads it."""

KEY = b"clock"
SUBJECT = "clock"
SOURCE = "baton/clock"
"""Ticks come from the clock alone; a tick of anybody else is parked."""
BOUNDARY_MS = 300_000
"""Five minutes: the steps that always get a tick, and the only ones a rebuild accepts for the past."""
LEEWAY_MS = 60_000
"""A tick further past its append time than this comes from a clock that runs ahead; every reader refuses it."""
