"""The walk: decides, runs, tells; is handed the outside world."""
