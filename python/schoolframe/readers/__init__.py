"""Readers of published school data: each turns the files of one product, of any year and authority, into frames."""

from __future__ import annotations
