"""School improvement frameworks on dataframes."""

from __future__ import annotations
