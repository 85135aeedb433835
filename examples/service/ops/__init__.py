"""What is done to environments: python -m ops deploy, verify, rollback, monitor, status, stop."""
