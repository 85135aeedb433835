"""Processes kept warm: started ahead of time, used once, never after they have run tests."""
