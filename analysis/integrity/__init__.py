"""Integrity (作答质量核查): what looks as if it was not answered by the people it stands for."""
