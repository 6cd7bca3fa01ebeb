"""The baseline: findings that a team accepts, each for a reason, by somebody's name, and until a day."""
