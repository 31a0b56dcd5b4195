"""Papers read aloud by the county, for whoever rather listens."""
