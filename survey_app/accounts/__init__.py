"""Accounts of the console: who has one, what it is confined to, and signing in."""
