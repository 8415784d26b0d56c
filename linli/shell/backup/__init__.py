"""Backups that are encrypted, and restores that are proven."""
