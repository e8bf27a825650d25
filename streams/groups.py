"""Names of the consumer groups in which the stages' workers read; their committed offsets show lag, and nothing else."""

JOURNEYS = "baton-journeys"
SCORES = "baton-scores"
