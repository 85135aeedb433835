"""loops.yaml: from text to values that know what they mean."""
