"""The outer loop's pipeline: python -m classifier.flow STEP, a step for each stage."""
