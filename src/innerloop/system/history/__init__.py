"""What happened, kept; and the ledger, which is asked what has passed."""
