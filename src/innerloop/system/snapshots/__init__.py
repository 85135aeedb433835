"""Snapshots on disk: which tool keeps them, which pairs differ, and how they were before."""
