"""The statuses of responses that the oracle knows by name."""

from __future__ import annotations

BAD_REQUEST, UNAUTHORISED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409
